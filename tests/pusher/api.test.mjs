// The signed HTTP API: what it refuses and how, and what it answers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { apps, call, fresh, request, shared, Socket } from './fixture.mjs';

const now = () => Math.floor(Date.now() / 1000);

for (const workers of [1, 3]) describe(`the signed API, workers: ${workers}`, () => {
    const held = shared({ workers });
    before(held.before);
    after(held.after);
    const ask = (method, path, options) => call(held.daemon, method, path, options);
    const trigger = (body, options) => ask('POST', '/events', { body, ...options });
    const event = (more = {}) => ({ name: 'e', data: '{}', channels: [fresh('room')], ...more });

    describe('who may', () => {
        for (const [name, status, options] of [
            ['a signature of zeros', 401, { change: { auth_signature: '0'.repeat(64) } }],
            ['a short signature', 401, { change: { auth_signature: 'abc' } }],
            ['a key that nobody has', 401, { change: { auth_key: 'nobody' } }],
            ['the key of another app', 401, { change: { auth_key: 'other-key' } }],
            ['another version', 401, { change: { auth_version: '2.0' } }],
            ['an old timestamp', 401, { change: { auth_timestamp: String(now() - 700) } }],
            ['a timestamp of the future', 401, { change: { auth_timestamp: String(now() + 700) } }],
            ['a timestamp that is no number', 401, { change: { auth_timestamp: 'x' } }],
            ['the md5 of another body', 401, { change: { body_md5: createHash('md5').update('x').digest('hex') } }],
            ['a parameter that was not signed', 401, { suffix: '&info=user_count' }],
            ['an app that there is not', 404, { app: { ...apps.main, id: '999' } }],
            ['the secret of another app', 401, { app: { ...apps.main, secret: apps.other.secret } }],
            ['a disabled app', 403, { app: apps.off }],
            ['a page of a foreign origin', 403, { headers: { origin: 'http://evil.example' } }],
        ]) {
            test(`${name}: ${status}, in readable text`, async () => {
                const answer = await trigger(event(), options);
                assert.equal(answer.status, status, answer.text);
                assert.match(answer.type, /^text\/plain/);
                assert.ok(answer.text.length > 5);
            });
        }

        test('a timestamp within 600 seconds is good', async () => {
            for (const apart of [-590, 590]) {
                assert.equal((await trigger(event(), { query: { auth_timestamp: String(now() + apart) } })).status, 200);
            }
        });

        test('a body that was not signed is refused, and a GET may sign that it has none', async () => {
            const { status } = await request(held.daemon, 'POST', (await signedPath('POST', '/events')), JSON.stringify(event()));
            assert.equal(status, 401);
            const answer = await ask('GET', '/channels', { query: { body_md5: createHash('md5').update('').digest('hex') } });
            assert.equal(answer.status, 200);
        });

        async function signedPath(method, path) {
            const { createHmac } = await import('node:crypto');
            const query = `auth_key=main-key&auth_timestamp=${now()}&auth_version=1.0`;
            const signature = createHmac('sha256', apps.main.secret).update(`${method}\n/apps/100${path}\n${query}`).digest('hex');
            return `/apps/100${path}?${query}&auth_signature=${signature}`;
        }

        test('equal requests are good twice, but not where the app refuses replays', async () => {
            const stamp = { auth_timestamp: String(now()) };
            const body = event();
            for (let i = 0; i < 2; i++) assert.equal((await trigger(body, { query: stamp })).status, 200);
            assert.equal((await trigger(body, { query: stamp, app: apps.safe })).status, 200);
            assert.equal((await trigger(body, { query: stamp, app: apps.safe })).status, 401);
        });
    });

    describe('events', () => {
        for (const [name, status, body] of [
            ['no JSON', 400, '{'], ['a list', 400, '[]'], ['no name', 400, { name: undefined }], ['a name that is a number', 400, { name: 5 }],
            ['an empty name', 400, { name: '' }], ['a long name', 400, { name: 'x'.repeat(201) }],
            ['a name of Pusher itself', 400, { name: 'pusher:error' }], ['an internal name', 400, { name: 'pusher_internal:x' }],
            ['no data', 400, { data: undefined }], ['data that is an object', 400, { data: {} }],
            ['data that is too large', 413, { data: 'x'.repeat(10241) }],
            ['no channel', 400, { channels: [] }], ['channels that are a string', 400, { channels: 'x' }],
            ['a channel that is a number', 400, { channels: [5] }], ['a bad channel', 400, { channels: ['a b'] }],
            ['a long channel', 400, { channels: ['x'.repeat(165)] }], ['a personal channel of the daemon', 400, { channels: ['#user'] }],
            ['too many channels', 400, { channels: Array.from({ length: 101 }, (_, i) => `c${i}`) }],
            ['two channels, one encrypted', 400, { channels: ['private-encrypted-a', 'b'] }],
            ['a bad socket id', 400, { socket_id: 'abc' }], ['a socket id that is a number', 400, { socket_id: 1.2 }],
            ['an unknown info', 400, { info: 'weather' }],
        ]) {
            test(`${name}: ${status}`, async () => {
                const answer = await trigger(typeof body === 'string' ? body : event(body));
                assert.equal(answer.status, status, answer.text);
            });
        }

        test('a body that is too large for any event: 413', async () => {
            const { status } = await trigger(event({ data: 'x'.repeat(5 << 20) })).catch(() => ({ status: 413 }));
            assert.equal(status, 413);
        });

        test('to 100 channels; the socket that is named is left out; socket_id may be null', async () => {
            const one = await Socket.open(held.daemon), two = await Socket.open(held.daemon);
            const channels = Array.from({ length: 100 }, () => fresh('many'));
            for (const socket of [one, two]) await socket.subscribe(channels[99]);
            assert.equal((await trigger(event({ channels, socket_id: one.id }))).text, '{}');
            await two.take('e', channels[99]);
            await one.settle();
            assert.deepEqual(one.frames, []);
            assert.equal((await trigger(event({ channels: [channels[99]], socket_id: null }))).text, '{}');
            await one.take('e');
            await one.close();
            await two.close();
        });

        test('info of those channels that have it', async () => {
            const socket = await Socket.open(held.daemon);
            const room = fresh('room'), presence = fresh('presence-');
            await socket.subscribe(room);
            await socket.subscribe(presence, { data: { user_id: 'a' } });
            const { body } = await trigger(event({ channels: [room, presence], info: 'user_count,subscription_count' }));
            assert.deepEqual(body, { channels: { [room]: { subscription_count: 1 }, [presence]: { user_count: 1, subscription_count: 1 } } });
            await socket.close();
        });

        test('parameters in the query instead of a body', async () => {
            const socket = await Socket.open(held.daemon), channel = fresh('room');
            await socket.subscribe(channel);
            const answer = await ask('POST', '/events', { query: { name: 'q', data: 'a b&c', 'channels[]': channel } });
            assert.equal(answer.text, '{}', answer.text);
            assert.equal((await socket.take('q')).raw, 'a b&c');
            await socket.close();
        });

        test('batches: in order, aligned answers, and what is wrong with them', async () => {
            const socket = await Socket.open(held.daemon), a = fresh('room'), b = fresh('presence-');
            await socket.subscribe(a);
            const one = (channel, data, more) => ({ name: 'b', channel, data, ...more });
            const batch = [one(a, '1', { info: 'subscription_count' }), one(b, '2', { info: 'user_count' }), one(a, '3')];
            assert.deepEqual((await ask('POST', '/batch_events', { body: { batch } })).body, { batch: [{ subscription_count: 1 }, { user_count: 0 }, {}] });
            assert.equal((await socket.take('b')).raw, '1');
            assert.equal((await socket.take('b')).raw, '3');
            assert.equal((await ask('POST', '/batch_events', { body: { batch: [one(a, 'x')] } })).text, '{}');
            for (const [status, bad] of [[400, []], [400, 'x'], [400, undefined], [400, [one('a b', '1')]], [400, [5]], [400, Array(11).fill(one(a, '1'))], [413, [one(a, 'x'.repeat(10241))]]]) {
                assert.equal((await ask('POST', '/batch_events', { body: { batch: bad } })).status, status);
            }
            await socket.close();
        });
    });

    describe('channels', () => {
        test('those that are occupied, by prefix, with info', async () => {
            const socket = await Socket.open(held.daemon), room = fresh('listed'), presence = fresh('presence-listed');
            await socket.subscribe(room);
            await socket.subscribe(presence, { data: { user_id: 'a' } });
            const all = (await ask('GET', '/channels')).body.channels;
            assert.deepEqual([all[room], all[presence]], [{}, {}]);
            const query = { filter_by_prefix: 'presence-listed', info: 'user_count' };
            assert.deepEqual((await ask('GET', '/channels', { query })).body, { channels: { [presence]: { user_count: 1 } } });
            assert.equal((await ask('GET', '/channels', { app: apps.other })).text, '{"channels":{}}');
            for (const bad of [{ info: 'user_count' }, { info: 'user_count', filter_by_prefix: 'room' }, { info: 'x' }]) {
                assert.equal((await ask('GET', '/channels', { query: bad })).status, 400);
            }
            assert.deepEqual((await ask('GET', `/channels/${presence}`, { query: { info: 'user_count,subscription_count' } })).body, { occupied: true, user_count: 1, subscription_count: 1 });
            await socket.close();
        });

        test('one: occupied is always there; info that does not apply is refused', async () => {
            const room = fresh('room'), cache = fresh('cache-');
            assert.deepEqual((await ask('GET', `/channels/${room}`)).body, { occupied: false });
            assert.equal((await ask('GET', `/channels/${room}`, { query: { info: 'user_count' } })).status, 400);
            assert.equal((await ask('GET', `/channels/${room}`, { query: { info: 'cache' } })).status, 400);
            assert.equal((await ask('GET', '/channels/a!b')).status, 400);
            await trigger(event({ channels: [cache], data: '{"a":1}' }));
            const { body } = await ask('GET', `/channels/${cache}`, { query: { info: 'cache' } });
            assert.equal(body.cache.data, '{"a":1}');
            assert.ok(body.cache.ttl > 1700 && body.cache.ttl <= 1800);
        });

        test('users: of presence channels only, also of one that nobody knows', async () => {
            assert.deepEqual((await ask('GET', `/channels/${fresh('presence-')}/users`)).body, { users: [] });
            for (const prefix of ['room', 'private-']) assert.equal((await ask('GET', `/channels/${fresh(prefix)}/users`)).status, 400);
        });

        test('a name that is escaped in the path is signed as it is sent', async () => {
            const socket = await Socket.open(held.daemon), channel = fresh('presence-a@b=c,');
            await socket.subscribe(channel, { data: { user_id: 'x' } });
            for (const name of [channel, encodeURIComponent(channel)]) {
                const answer = await ask('GET', `/channels/${name}/users`);
                assert.deepEqual([answer.status, answer.text], [200, '{"users":[{"id":"x"}]}'], name);
            }
            assert.equal((await ask('GET', `/channels/${encodeURIComponent('a;b')}`)).text, '{"occupied":false}');
            const twice = await ask('GET', `/channels/${encodeURIComponent(encodeURIComponent(channel))}/users`);
            assert.ok([400, 401].includes(twice.status), twice.text);
            await socket.close();
        });

        test('users: terminating those of a bad id is refused, of nobody is not', async () => {
            assert.equal((await ask('POST', '/users/nobody/terminate_connections')).text, '{}');
            assert.ok([400].includes((await ask('POST', '/users/a!b/events', { body: { name: 'x', data: '1' } })).status));
        });
    });
});
