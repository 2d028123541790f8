// Clients who come back by themselves: a real EventSource over the end of its daemon, a reader with a poor connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { durable, scenarios } from './fixture.mjs';

// What a change is and where; its message is shown as it is by the time of reading.
const outline = ({ channel, epoch, pos, event, data }) => [
    channel, epoch, pos, event, data.message?.id ?? data.message_id, data.by.id,
];

scenarios('coming back', { channels: '{ pattern = "*", ring_events = 4 }' }, scene => {
    async function succeed(answering) {
        const { status, body } = await answering;
        assert.equal(status, 200, JSON.stringify(body));
        return body;
    }

    // Messages, an edit, a deletion and reactions, more than the ring holds; answers the last pos.
    async function liveOn(ada, bob, channel) {
        const path = `/conversations/${channel}/messages`;
        const made = [];
        for (let i = 0; i < 12; i++) made.push((await (i % 2 ? ada : bob).publish(channel, `away ${i}`)).message.id);
        await succeed(bob.http('PATCH', `${path}/${made[0]}`, { text: 'edited' }));
        await succeed(ada.http('DELETE', `${path}/${made[1]}`));
        await succeed(ada.http('PUT', `${path}/${made[2]}/reactions/%F0%9F%91%8D`));
        return (await succeed(ada.http('DELETE', `${path}/${made[2]}/reactions/%F0%9F%91%8D`))).pos;
    }

    for (const how of ['kill', 'restart']) {
        test(`after a ${how} of the daemon WebSocket, EventSource and HTTP tell the same`, async () => {
            const [ada, bob, eve] = await scene.people('ada', 'bob', 'eve');
            const channel = await scene.conversation(ada);
            await eve.subscribe(channel);
            const stream = await scene.stream(eve, channel);
            const { pos: before } = await bob.publish(channel, 'before');
            for (const each of [eve, stream]) await each.waitFor(() => each.events.some(({ pos }) => pos === before));
            const { epoch } = eve.places.get(channel);

            if (how === 'kill') await scene.daemon.kill();
            await scene.daemon.restart();
            for (const client of [ada, bob]) await client.open();
            const last = await liveOn(ada, bob, channel);
            const answer = (await eve.resume()).get(channel);
            assert.deepEqual([answer.recovery, answer.epoch, answer.pos], ['recovered', epoch, last]);

            const changes = (await ada.changes(channel, epoch, before)).map(outline);
            assert.deepEqual(changes.map(([, , pos]) => pos), Array.from({ length: last - before }, (_, i) => before + 1 + i));
            for (const each of [eve, stream]) {
                await each.waitFor(() => each.events.some(({ pos }) => pos === last));
                assert.deepEqual(durable(each.events).filter(({ pos }) => pos > before).map(outline), changes);
            }
            assert.equal(stream.of('subscribed').at(-1).recovery, 'recovered');
        });
    }

    test('many short gaps while another writes leave no hole and nothing twice', async () => {
        const [ada, eve] = await scene.people('ada', 'eve');
        const channel = await scene.conversation(ada);
        await eve.subscribe(channel);
        const start = eve.places.get(channel).pos;
        let absences = 0;
        const writing = (async () => {
            let answer;
            while (absences < 12) {
                answer = await ada.publish(channel, 'more');
                assert.equal(answer.type, 'published', JSON.stringify(answer));
            }
            return answer.pos;
        })();
        try {
            for (; absences < 12; absences++) {
                eve.close();
                await eve.closed;
                await sleep(20);
                assert.equal((await eve.resume()).get(channel).recovery, 'recovered');
            }
        } finally {
            absences = Infinity;
        }
        const last = await writing;
        await eve.waitFor(() => eve.events.some(({ pos }) => pos === last));
        assert.deepEqual(durable(eve.events).map(({ pos }) => pos), Array.from({ length: last - start }, (_, i) => start + 1 + i));
    });
});
