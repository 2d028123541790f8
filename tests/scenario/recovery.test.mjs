// Who was away gets every later change, by whatever way, or is told that it cannot be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stream } from '../harness/stream.mjs';
import { durable, expect, expectProblem, mainApp, scenes } from './stage.mjs';

const channels = `
    { pattern = "small-*", ring_events = 4 },
    { pattern = "live-*", stored = false, ring_events = 4 },
    { pattern = "kept-*", ring_events = 4, retention_count = 5 }`;
const RETENTION_MS = 60000; // the first round is 30 s after the start

// The daemon's first numbers of a channel that lives in memory only.
async function startLive(client, channel) {
    const { epoch, pos } = await client.subscribe(channel);
    return { epoch, pos };
}

async function publishMany(stage, channel, count) {
    for (let done = 0; done < count; done += 100) {
        const items = Array.from({ length: Math.min(100, count - done) }, (_, i) => ({ channel, text: `m ${done + i}` }));
        const { items: results } = await expect(200, stage.server.http('POST', '/publish/batch', { items }));
        for (const result of results) assert.ok(result.pos, JSON.stringify(result));
    }
}

// Messages, edits, a deletion and reactions, by two people; answers the last pos.
async function liveOn(ada, bob, channel) {
    const path = `/conversations/${channel}/messages`;
    const made = [];
    for (let i = 0; i < 12; i++) made.push((await (i % 2 ? ada : bob).publish(channel, `away ${i}`)).message.id);
    await expect(200, bob.http('PATCH', `${path}/${made[0]}`, { text: 'edited' }));
    await expect(200, ada.http('DELETE', `${path}/${made[1]}`));
    await expect(200, ada.http('PUT', `${path}/${made[2]}/reactions/%F0%9F%91%8D`));
    return (await expect(200, ada.http('DELETE', `${path}/${made[2]}/reactions/%F0%9F%91%8D`))).pos;
}

scenes('recovery', { more: mainApp(channels) }, stage => {
    for (const crash of [false, true]) {
        const what = crash ? 'a kill -9' : 'a restart';
        for (const prefix of ['c', 'small']) {
            test(`after ${what} WebSocket, EventSource and HTTP get the same (${prefix})`, async () => {
                const [ada, bob, eve] = await stage().guests('Ada', 'Bob', 'Eve');
                const channel = await stage().conversation(ada, [eve], { prefix });
                const stream = await Stream.open(eve, [channel]);
                const first = await bob.publish(channel, 'before');
                for (const each of [eve, stream]) await each.waitFor(() => each.events.some(event => event.pos === first.pos));
                const { epoch } = eve.places.get(channel);

                if (crash) await stage().daemon.kill();
                await stage().daemon.restart();
                for (const client of [ada, bob]) await client.open();
                const last = await liveOn(ada, bob, channel);
                const answer = (await eve.resume()).get(channel);
                assert.deepEqual([answer.recovery, answer.epoch, answer.pos], ['recovered', epoch, last]);

                const changes = await ada.changes(channel, epoch, first.pos);
                assert.equal(changes.at(-1).pos, last);
                await eve.waitFor(() => eve.events.some(event => event.pos === last));
                assert.deepEqual(durable(eve.events, channel).filter(event => event.pos > first.pos), changes);
                await stream.waitFor(() => stream.events.some(event => event.pos === last));
                const streamed = durable(stream.events, channel).filter(event => event.pos > first.pos);
                assert.deepEqual(streamed.map(event => [event.pos, event.event]), changes.map(event => [event.pos, event.event]));
                assert.deepEqual(stream.of('subscribed').at(-1).recovery, 'recovered');
                stream.close();
            });
        }
    }

    test('a short gap, beyond the ring, while others go on writing', async () => {
        const [ada, eve] = await stage().guests('Ada', 'Eve');
        const channel = await stage().conversation(ada, [eve], { prefix: 'small' });
        const { pos } = eve.places.get(channel);
        let writing = true;
        let last = pos;
        const writer = (async () => {
            while (writing) last = (await ada.publish(channel, 'more')).pos;
        })();
        for (let round = 0; round < 8; round++) {
            eve.close();
            await eve.closed;
            await sleep(30);
            assert.equal((await eve.resume()).get(channel).recovery, 'recovered');
        }
        writing = false;
        await writer;
        await eve.waitFor(() => eve.events.some(event => event.channel === channel && event.pos === last));
        const seen = durable(eve.events, channel).map(event => event.pos);
        assert.deepEqual(seen, Array.from({ length: last - pos }, (_, i) => pos + 1 + i));
    });

    test('another epoch, or a pos that never was, is a reset', async () => {
        const [ada, eve] = await stage().guests('Ada', 'Eve');
        const channel = await stage().conversation(ada);
        const { epoch, pos } = ada.places.get(channel);
        for (const place of [{ epoch: 'another', pos }, { epoch, pos: pos + 1000 }]) {
            const answer = await (await stage().another(eve)).subscribe(channel, place);
            assert.deepEqual([answer.recovery, answer.reason, answer.epoch, answer.pos], ['reset', 'epoch', epoch, pos]);
        }
        await expectProblem(410, 'gone', eve.http('GET', `/conversations/${channel}/changes?epoch=another&after=${pos}`));
    });

    test('an unstored channel resets beyond its ring and after a restart', async () => {
        const [ada, eve] = await stage().guests('Ada', 'Eve');
        const channel = `live-ring`;
        const place = await startLive(ada, channel);
        for (let i = 0; i < 3; i++) await ada.request({ type: 'publish', channel, event: 'tick', data: i });
        const near = await stage().another(eve);
        assert.equal((await near.subscribe(channel, place)).recovery, 'recovered');
        await near.waitFor(() => durable(near.events, channel).length === 3);
        assert.deepEqual(near.events.map(event => event.data), [0, 1, 2]);
        for (let i = 0; i < 6; i++) await ada.request({ type: 'publish', channel, event: 'tick', data: i });
        const far = await (await stage().another(eve)).subscribe(channel, place);
        assert.deepEqual([far.recovery, far.reason], ['reset', 'ring']);

        await stage().daemon.restart();
        await eve.open();
        const other = await eve.subscribe(channel, place);
        assert.deepEqual([other.recovery, other.reason], ['reset', 'epoch']);
        assert.notEqual(other.epoch, place.epoch);
    });

    test('more than a thousand changes are too far, and HTTP still pages through them', async () => {
        const [ada, eve] = await stage().guests('Ada', 'Eve');
        const channel = await stage().conversation(ada, [], { prefix: 'small' });
        const { epoch, pos } = ada.places.get(channel);
        await publishMany(stage(), channel, 1010);
        const { last_pos } = await ada.get(`/conversations/${channel}`);
        assert.ok(last_pos > pos + 1000);
        const far = await (await stage().another(eve)).subscribe(channel, { epoch, pos });
        assert.deepEqual([far.recovery, far.reason, far.pos], ['reset', 'too_far', last_pos]);
        const near = await stage().another(eve);
        assert.equal((await near.subscribe(channel, { epoch, pos: last_pos - 1000 })).recovery, 'recovered');
        await near.waitFor(() => near.events.at(-1)?.pos === last_pos);
        assert.equal(durable(near.events, channel).length, 1000);
        const changes = await eve.changes(channel, epoch, pos);
        assert.deepEqual(changes.map(change => change.pos), Array.from({ length: last_pos - pos }, (_, i) => pos + 1 + i));
    });
});

scenes('retention', { more: mainApp(channels) }, stage => {
    test('what is no longer kept is a reset on every way, and the rest is there', async () => {
        const [ada, eve] = await stage().guests('Ada', 'Eve');
        const channel = await stage().conversation(ada, [], { prefix: 'kept' });
        const { epoch, pos } = ada.places.get(channel);
        await publishMany(stage(), channel, 20);
        const path = `/conversations/${channel}`;
        const until = Date.now() + RETENTION_MS;
        while ((await ada.get(`${path}/messages`)).items.length > 5 && Date.now() < until) await sleep(250);
        const { items, last_pos } = await ada.get(`${path}/messages`);
        assert.deepEqual(items.map(message => message.text), ['m 15', 'm 16', 'm 17', 'm 18', 'm 19']);

        const lost = await (await stage().another(eve)).subscribe(channel, { epoch, pos });
        assert.deepEqual([lost.recovery, lost.reason, lost.pos], ['reset', 'retention', last_pos]);
        await expectProblem(410, 'gone', eve.http('GET', `${path}/changes?epoch=${epoch}&after=${pos}`));
        const kept = await (await stage().another(eve)).subscribe(channel, { epoch, pos: last_pos - 3 });
        assert.equal(kept.recovery, 'recovered');
        assert.equal((await ada.publish(channel, 'next')).pos, last_pos + 1 + 0);
    });
});
