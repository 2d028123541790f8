// Coming back after a gap: everything that was missed, in order, or an explicit reset with its reason; WebSocket, SSE and
// HTTP agree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durable, essence, eventually, scenarios } from './fixture.mjs';

const channels = '{ pattern = "ring-*", stored = false, ring_events = 10 }';
const named = change => { const { pos, event, id, epoch } = essence(change); return { pos, event, id, epoch }; };

scenarios('recovery', { channels }, scene => {
    // A message, an edit, a reaction, a deletion: what somebody who is away misses.
    async function makeHistory(ada, channel, n) {
        for (let i = 0; i < n; i++) {
            const { message } = await ada.publish(channel, `missed ${i}`);
            const path = `/conversations/${channel}/messages/${message.id}`;
            if (i % 3 === 0) await ada.http('PATCH', path, { text: `edited ${i}` });
            if (i % 3 === 1) await ada.http('PUT', `${path}/reactions/%F0%9F%91%8D`);
            if (i % 3 === 2) await ada.http('DELETE', path);
        }
    }

    test('WebSocket, SSE and HTTP tell the same after a gap', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await bob.subscribe(channel);
        const stream = await scene.stream(bob, channel);
        const place = bob.places.get(channel);
        const connects = stream.connects;
        await scene.daemon.kill();
        await bob.closed;
        await scene.daemon.start();
        await eventually(() => ada.open().then(() => true, () => false));
        await makeHistory(ada, channel, 12);
        const resumed = (await bob.resume()).get(channel);
        assert.equal(resumed.recovery, 'recovered');
        assert.equal(resumed.pos, place.pos + 24);
        await ada.publish(channel, 'after');

        const last = place.pos + 25;
        await bob.waitFor(() => durable(bob.events).at(-1)?.pos === last, 'the last change');
        await stream.waitFor(() => durable(stream.events).at(-1)?.pos === last);
        assert.ok(stream.connects > connects);
        const http = await bob.changes(channel, place.epoch, place.pos);
        assert.deepEqual(durable(bob.events).map(named), http.map(named));
        assert.deepEqual(durable(stream.events).map(named), http.map(named));
        assert.deepEqual(http.map(({ pos }) => pos), Array.from({ length: 25 }, (_, i) => place.pos + 1 + i));
    });

    test('what was deleted is told to nobody who comes back', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await bob.subscribe(channel);
        bob.close();
        await bob.closed;
        const { message } = await ada.publish(channel, 'a slip of the tongue');
        await ada.publish(channel, 'something else');
        const { body } = await ada.http('DELETE', `/conversations/${channel}/messages/${message.id}`);
        assert.equal((await bob.resume()).get(channel).recovery, 'recovered');
        await bob.waitFor(() => durable(bob.events).at(-1)?.pos === body.pos, 'the deletion');
        assert.doesNotMatch(JSON.stringify(bob.events), /slip of the tongue/);
        assert.match(JSON.stringify(bob.events), /something else/);
    });

    test('changes that come while one is coming back come after what was missed, once', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await bob.subscribe(channel);
        for (let round = 0; round < 5; round++) {
            bob.close();
            await bob.closed;
            for (let i = 0; i < 20; i++) await ada.publish(channel, 'missed');
            const busy = Promise.all(Array.from({ length: 30 }, () => ada.publish(channel, 'meanwhile')));
            assert.equal((await bob.resume()).get(channel).recovery, 'recovered');
            const told = await busy;
            await bob.waitFor(() => durable(bob.events).at(-1)?.pos >= told.at(-1).pos, 'the last change');
        }
        const seen = durable(bob.events).map(({ pos }) => pos);
        assert.deepEqual(seen, Array.from({ length: 250 }, (_, i) => seen[0] + i));
    });

    test('a reset names its reason: epoch', async () => {
        const ada = await scene.person('ada');
        const channel = await scene.conversation(ada);
        const { epoch, pos } = await ada.subscribe(channel);
        const other = scene.keep(await ada.another());
        const answer = await other.subscribe(channel, { epoch: 'another', pos });
        assert.deepEqual([answer.recovery, answer.reason, answer.epoch], ['reset', 'epoch', epoch]);
        const future = scene.keep(await ada.another());
        assert.deepEqual((await future.subscribe(channel, { epoch, pos: pos + 1000 })).recovery, 'reset');
        assert.equal((await ada.http('GET', `/conversations/${channel}/changes?epoch=another&after=0`)).status, 410);
    });

    test('a reset names its reason: ring', async () => {
        const ada = await scene.person('ada');
        const channel = scene.name('ring');
        const { epoch, pos } = await ada.subscribe(channel);
        for (let i = 0; i < 20; i++) await ada.request({ type: 'publish', channel, event: 'tick', data: i });
        const late = scene.keep(await ada.another());
        const lost = await late.subscribe(channel, { epoch, pos });
        assert.deepEqual([lost.recovery, lost.reason], ['reset', 'ring']);
        const early = scene.keep(await ada.another());
        const kept = await early.subscribe(channel, { epoch, pos: pos + 15 });
        assert.equal(kept.recovery, 'recovered');
        await early.waitFor(() => early.events.length === 5, 'the five that it missed');
        assert.deepEqual(early.events.map(({ data }) => data), [15, 16, 17, 18, 19]);
    });

    test('a reset names its reason: too_far', async () => {
        const ada = await scene.person('ada');
        const channel = await scene.conversation(ada);
        const { epoch, pos } = await ada.subscribe(channel);
        for (let i = 0; i < 12; i++) {
            const told = await Promise.all(Array.from({ length: 100 }, (_, k) => ada.publish(channel, `${i} ${k}`)));
            assert.ok(told.every(({ type }) => type === 'published'), JSON.stringify(told.find(({ code }) => code)));
        }
        const late = scene.keep(await ada.another());
        const answer = await late.subscribe(channel, { epoch, pos });
        assert.deepEqual([answer.recovery, answer.reason], ['reset', 'too_far']);
        // Over HTTP there is no such bound: it is read page by page.
        assert.equal((await ada.changes(channel, epoch, pos)).length, 1200);
    });
});
