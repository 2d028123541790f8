// Many at once: those who read too slowly, those who all leave together, and those whom a crash leaves behind.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apps, call, clientOptions, fresh, sign, Socket, start } from './fixture.mjs';

const PusherClient = createRequire(import.meta.url)('pusher-js');

const openMany = (daemon, app, n) => Promise.all(Array.from({ length: n }, () => Socket.open(daemon, app)));

// Asks until the answer fits.
async function becomes(ask, wanted, tries = 400) {
    let answer;
    for (let i = 0; i < tries; i++) {
        answer = await ask();
        try {
            return assert.deepEqual(answer, wanted);
        } catch {
            await sleep(25);
        }
    }
    assert.deepEqual(answer, wanted);
}

const noise = randomBytes(7000).toString('base64');

async function triggerTen(daemon, channel, round) {
    const batch = Array.from({ length: 10 }, (_, i) => ({ name: 'e', channel, data: `${round * 10 + i} ${noise}` }));
    assert.equal((await call(daemon, 'POST', '/batch_events', { body: { batch } })).text, '{}');
}

// Makes noise until a reader was given up, which a metric tells, and returns how often. The close frame waits 5 s for room,
// so the reader is to read on right away.
async function untilGivenUp(daemon, most, make) {
    const given = /connections_closed_total\{[^}]*slow_consumer[^}]*\} [1-9]/;
    for (let rounds = 0; rounds < most; ) {
        await make(rounds++);
        if (given.test(await (await fetch(`${daemon.url}/metrics`)).text())) return rounds;
    }
    return most;
}

describe('crowds', () => {
    test('a reader that is too slow is closed with 4100; another gets everything', { timeout: 60000 }, async t => {
        const daemon = await start(t, { more: 'limits.queue = "256k"' });
        const channel = fresh('room'), slow = await Socket.open(daemon), good = await Socket.open(daemon);
        for (const socket of [slow, good]) await socket.subscribe(channel);
        slow.ws._socket.pause();
        const sent = await untilGivenUp(daemon, 100, round => triggerTen(daemon, channel, round));
        slow.ws._socket.resume();
        assert.equal((await slow.waitClosed()).code, 4100);
        assert.ok(slow.all.length < sent * 10, 'the slow reader got everything');
        for (let i = 0; i < sent * 10; i++) assert.equal(parseInt((await good.take('e')).raw, 10), i);
        await good.close();
        await daemon.stop();
    });

    test('who does not read the answers to its own requests is closed with 4100, too', { timeout: 60000 }, async t => {
        const daemon = await start(t, { more: 'limits.queue = "256k"' });
        const slow = await Socket.open(daemon), channel = `private-${'x'.repeat(150)}`;
        slow.ws._socket.pause();
        await untilGivenUp(daemon, 60, () => {
            for (let i = 0; i < 1000; i++) slow.ask(channel, { auth: 'main-key:wrong' });
        });
        slow.ws._socket.resume();
        assert.equal((await slow.waitClosed()).code, 4100);
        await daemon.stop();
    });

    test('who holds most when all together hold too much is closed with 4100, too', { timeout: 60000 }, async t => {
        const daemon = await start(t, { more: 'limits.queue = "16M" limits.queue_total = "1M"' });
        const channel = fresh('room'), slow = await Socket.open(daemon);
        await slow.subscribe(channel);
        slow.ws._socket.pause();
        await untilGivenUp(daemon, 100, round => triggerTen(daemon, channel, round));
        slow.ws._socket.resume();
        assert.equal((await slow.waitClosed()).code, 4100);
        await daemon.stop();
    });

    test('above 100 subscribers, counts are told at once no more but within 5 s, and then the newest', { timeout: 60000 }, async t => {
        const daemon = await start(t);
        const channel = fresh('room'), sockets = await openMany(daemon, apps.other, 130);
        for (const socket of sockets) await socket.subscribe(channel);
        const counts = () => sockets[0].all.filter(f => f.event === 'pusher_internal:subscription_count').map(f => f.data.subscription_count);
        await sockets[0].until(() => counts().at(-1) === 130, 'count of 130');
        const told = counts();
        assert.deepEqual(told.slice(0, 100), Array.from({ length: 100 }, (_, i) => i + 1));
        assert.ok(told.length < 125, `${told.length} counts were told`);
        await Promise.all(sockets.map(socket => socket.close()));
        await daemon.stop();
    });

    test('a list of members that fills many frames is the list of who is there, whoever came and went', { timeout: 60000 }, async t => {
        const daemon = await start(t, { workers: 3 });
        const channel = fresh('presence-'), there = new Map();
        const tell = i => ({ name: `"${i}" \\ ü`, about: randomBytes(200).toString('hex') });
        const sockets = await openMany(daemon, apps.other, 150);
        const join = async i => {
            const user_info = tell(i);
            there.set(`u${i}`, user_info);
            return sockets[i].subscribe(channel, { data: { user_id: `u${i}`, user_info } });
        };
        const leave = async i => {
            sockets[i].send({ event: 'pusher:unsubscribe', data: { channel } });
            there.delete(`u${i}`);
            await sockets[i].settle();
        };
        const check = ({ data: { presence } }) => {
            assert.equal(presence.count, there.size);
            assert.deepEqual([...presence.ids].sort(), [...there.keys()].sort());
            assert.deepEqual(presence.hash, Object.fromEntries(there));
        };
        for (let i = 0; i < sockets.length; i++) check(await join(i));
        for (let i = 0; i < 140; i += 3) await leave(i); // of every page some
        check(await join(0));
        for (let i = 1; i < 70; i++) if (i % 3) await leave(i); // nearly all of the first page
        check(await join(3));

        // The library for pages puts the pieces together, too.
        const client = new PusherClient(apps.other.key, {
            ...clientOptions(daemon),
            channelAuthorization: {
                customHandler: ({ socketId, channelName }, callback) => {
                    const channel_data = JSON.stringify({ user_id: 'page', user_info: { name: 'page' } });
                    callback(null, { auth: sign(apps.other, socketId, channelName, channel_data), channel_data });
                },
            },
        });
        there.set('page', { name: 'page' });
        const members = await new Promise((resolve, reject) => {
            client.subscribe(channel).bind('pusher:subscription_succeeded', resolve).bind('pusher:subscription_error', reject);
        });
        assert.equal(members.count, there.size);
        assert.deepEqual(members.members, Object.fromEntries(there));
        client.disconnect();
        await Promise.all(sockets.map(socket => socket.close()));
        await daemon.stop();
    });

    test('many who leave at once leave nothing behind, and do not keep others out', { timeout: 60000 }, async t => {
        const daemon = await start(t, { workers: 3 });
        const channel = fresh('presence-'), stays = await Socket.open(daemon);
        await stays.subscribe(channel, { data: { user_id: 'stays' } });
        const sockets = await openMany(daemon, apps.main, 90);
        for (const [i, socket] of sockets.entries()) await socket.subscribe(channel, { data: { user_id: `u${i}` } });
        for (const socket of sockets) socket.ws.terminate();
        const next = await Socket.open(daemon);
        await next.subscribe(channel, { data: { user_id: 'next' } });
        for (let i = 0; i < sockets.length; i++) await stays.take('pusher_internal:member_removed', channel);
        await becomes(async () => (await call(daemon, 'GET', `/channels/${channel}/users`)).body.users.map(u => u.id).sort(), ['next', 'stays']);
        await next.close();
        await stays.close();
        await daemon.stop();
    });

    test('after a kill -9 nobody is present who did not come back', async t => {
        const daemon = await start(t), channel = fresh('presence-');
        const before = [];
        for (const user_id of ['ghost', 'returns']) {
            const socket = await Socket.open(daemon);
            await socket.subscribe(channel, { data: { user_id } });
            before.push(socket);
        }
        await daemon.kill();
        await Promise.all(before.map(socket => socket.waitClosed()));
        await daemon.start();
        assert.ok(daemon.running, daemon.log.slice(-4000));
        assert.deepEqual((await call(daemon, 'GET', `/channels/${channel}`)).body, { occupied: false });
        const socket = await Socket.open(daemon);
        const { data } = await socket.subscribe(channel, { data: { user_id: 'returns' } });
        assert.deepEqual(data.presence.ids, ['returns']);
        assert.deepEqual((await call(daemon, 'GET', `/channels/${channel}/users`)).body, { users: [{ id: 'returns' }] });
        await socket.close();
        await daemon.stop();
    });
});
