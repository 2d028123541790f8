// Stop, reload and limits, with clients connected.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { Stream } from '../harness/stream.mjs';
import { eventually } from './fixture.mjs';

for (const workers of [1, 3]) {
    test(`SIGTERM drains and tells everybody when to come back, workers: ${workers}`, async t => {
        const daemon = await startDaemon(t, { workers, more: 'drain = { timeout = "5s", jitter = "3s" }' });
        const people = [];
        for (let i = 0; i < 12; i++) people.push(await Client.signIn(daemon, `p${i}`));
        const channel = 'room';
        await people[0].createConversation(channel);
        for (const person of people) await person.subscribe(channel);
        const stream = await Stream.open(people[0], [channel]);
        const told = people.map((person, i) => person.publish(channel, `m${i}`).catch(() => null));
        const stopping = daemon.stop();
        const closings = [];
        for (const person of people) {
            closings.push(await person.waitForFrame(({ type }) => type === 'closing'));
            assert.equal((await person.closed)[0], 1001);
        }
        assert.ok(closings.every(({ code }) => code === 'shutting_down'));
        const times = closings.map(({ reconnect_after }) => reconnect_after);
        assert.ok(times.every(ms => ms >= 0 && ms <= 3000), times.join());
        assert.ok(new Set(times).size > 3, `all at the same moment: ${times}`);
        await stream.waitFor(() => stream.of('closing').length);
        stream.close();
        assert.deepEqual(await stopping, { code: 0, signal: null });

        // What was acknowledged while it stopped is there.
        const acknowledged = (await Promise.all(told)).filter(answer => answer?.type === 'published');
        await daemon.start();
        const { items } = await eventually(async () => {
            const answer = await people[0].http('GET', `/conversations/${channel}/messages`);
            return answer.status === 200 && answer.body;
        });
        for (const { message } of acknowledged) assert.ok(items.some(({ id }) => id === message.id));
        for (const person of people) {
            await eventually(() => person.open().then(() => true, () => false));
            person.close();
        }
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });

    test(`SIGHUP takes over what is right, keeps the old where it is wrong, and drops nobody, workers: ${workers}`, async t => {
        const daemon = await startDaemon(t, { workers });
        const ada = await Client.signIn(daemon, 'ada');
        await ada.createConversation('room');
        await ada.subscribe('room');
        const stream = await Stream.open(ada, ['room']);

        await daemon.configure({ more: 'apps = { main = { guest = false, channels = { { pattern = "*", message_max = 20 } } } }' });
        daemon.signal('SIGHUP');
        await daemon.waitForLog(/the configuration was read again/);
        await eventually(async () => (await ada.http('POST', '/tokens', { name: 'bob' })).body.code === 'guests_refused');
        assert.equal((await ada.publish('room', 'x'.repeat(21))).code, 'too_large');
        assert.equal((await ada.publish('room', 'short')).type, 'published');

        await daemon.configure({ more: 'apps = { main = { gest = true } }' });
        daemon.signal('SIGHUP');
        await daemon.waitForLog(/is not taken over/);
        assert.match(daemon.log, /guest/, 'the nearest name is told');
        assert.equal((await ada.http('POST', '/tokens', { name: 'bob' })).body.code, 'guests_refused');

        assert.equal((await ada.publish('room', 'still here')).type, 'published');
        assert.deepEqual(await ada.waitForTexts('room', 2), ['short', 'still here']);
        await stream.waitFor(() => stream.events.filter(({ event }) => event === 'message.new').length === 2);
        assert.deepEqual([ada.closedBy, stream.connects], [null, 1]);
        stream.close();
        ada.close();
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });

    test(`limits cost only who exceeds them, workers: ${workers}`, async t => {
        const more = `limits.subscriptions = 4 limits.publish_burst = 10 limits.publish_rate = 2
            limits.connections_per_address = 6 apps = { main = { guest_rate = 0 } }`;
        const daemon = await startDaemon(t, { workers, more });
        const [ada, bob] = [await Client.signIn(daemon, 'ada'), await Client.signIn(daemon, 'bob')];
        for (const channel of ['a', 'b', 'c', 'd']) await ada.createConversation(channel);
        // The personal channel is the fourth.
        for (const channel of ['a', 'b', 'c']) await ada.subscribe(channel);
        const refused = await ada.request({ type: 'subscribe', channel: 'd' });
        assert.deepEqual([refused.code, refused.status], ['subscription_limit', 429]);
        await ada.request({ type: 'unsubscribe', channel: 'c' });
        await ada.subscribe('d');

        await bob.subscribe('a');
        const told = await Promise.all(Array.from({ length: 30 }, (_, i) => ada.publish('a', String(i))));
        const limited = told.filter(({ code }) => code === 'rate_limited');
        assert.ok(limited.length >= 15 && limited.length <= 20, `${limited.length} of 30`);
        assert.ok(limited.every(({ status, retry }) => status === 429 && retry));
        assert.equal((await bob.publish('a', 'not me')).type, 'published');
        await sleep(1200);
        assert.equal((await ada.publish('a', 'again')).type, 'published');

        // Connections of one address: those that are there stay, one more is closed, and one that leaves makes room.
        const sessions = [];
        const refusedAt = await (async () => {
            for (let i = 0; i < 8; i++) {
                const session = await ada.another().catch(() => null);
                if (!session) return i;
                sessions.push(session);
            }
            return 8;
        })();
        assert.ok(refusedAt >= 1 && refusedAt <= 4, `refused after ${refusedAt}`);
        assert.equal((await ada.request({ type: 'ping' })).type, 'pong');
        sessions.pop().close();
        await eventually(() => ada.another().then(session => sessions.push(session), () => false));
        for (const person of [ada, bob, ...sessions]) person.close();
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });
}
