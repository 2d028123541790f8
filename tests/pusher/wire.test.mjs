// The protocol, row by row, and each mistake that other servers made.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { apps, call, fresh, shared, sign, Socket, start } from './fixture.mjs';

for (const workers of [1, 3]) describe(`Pusher's protocol, workers: ${workers}`, () => {
    const held = shared({ workers, more: 'limits.subscriptions = 20' });
    before(held.before);
    after(held.after);
    const open = (app, options) => Socket.open(held.daemon, app, options);

    async function members(n, channel = fresh('presence-')) {
        const sockets = [];
        for (let i = 1; i <= n; i++) {
            const socket = await open();
            await socket.subscribe(channel, { data: { user_id: `u${i}`, user_info: { n: i } } });
            sockets.push(socket);
        }
        return { channel, sockets };
    }

    describe('connecting', () => {
        test('the first frame has a socket id and the activity timeout, inside a string', async () => {
            const socket = Socket.connect(held.daemon);
            const frame = await socket.take('pusher:connection_established');
            assert.equal(typeof frame.raw, 'string');
            assert.match(frame.data.socket_id, /^\d+\.\d+$/);
            assert.equal(frame.data.activity_timeout, 120);
            assert.deepEqual(Object.keys(frame.data).sort(), ['activity_timeout', 'socket_id']);
            const another = await open();
            assert.notEqual(another.id.split('.')[0], frame.data.socket_id.split('.')[0]);
            await another.close();
            await socket.close();
        });

        for (const protocol of [4, 5, 6, 7]) {
            test(`protocol ${protocol} is accepted`, async () => {
                const socket = await open(apps.main, { query: `protocol=${protocol}` });
                await socket.close();
            });
        }

        // Upgraded first and then closed: a refusal in HTTP would arrive as 1006, and the client would try for ever.
        for (const [name, code, app, options] of [
            ['a key that nobody has', 4001, { key: 'nobody' }, {}],
            ['a disabled app', 4003, apps.off, {}],
            ['no protocol', 4008, apps.main, { query: 'client=x' }],
            ['an empty protocol', 4008, apps.main, { query: 'protocol=' }],
            ['a protocol that is no number', 4006, apps.main, { query: 'protocol=seven' }],
            ['a protocol of the past', 4007, apps.main, { query: 'protocol=3' }],
            ['a protocol of the future', 4007, apps.main, { query: 'protocol=8' }],
            ['a path without a key', 4005, apps.main, { path: '/app' }],
            ['an app that wants TLS', 4000, apps.safe, {}],
            ['a page of a foreign origin', 4009, apps.main, { options: { origin: 'http://evil.example' } }],
        ]) {
            test(`${name} is closed with ${code}`, async () => {
                const socket = Socket.connect(held.daemon, app, options);
                const closed = await socket.waitClosed();
                assert.equal(closed.code, code);
                assert.ok(closed.reason.length > 0);
                const old = options.query === 'protocol=3';
                assert.deepEqual(socket.frames.map(f => f.event), old ? ['pusher:error'] : []);
                if (old) assert.equal(socket.frames[0].data.code, 4007);
            });
        }

        test('an allowed origin is accepted', async () => {
            const socket = await open(apps.main, { options: { origin: 'http://pages.example' } });
            await socket.close();
        });

        test('a connection over the quota is closed with 4004, and may be when another has gone', async () => {
            const one = await open(apps.small), two = await open(apps.small);
            const three = Socket.connect(held.daemon, apps.small);
            assert.equal((await three.waitClosed()).code, 4004);
            await one.close();
            let four;
            for (let i = 0; i < 100 && !four?.id; i++) {
                four = Socket.connect(held.daemon, apps.small);
                await four.until(() => four.closed || four.frames.length, 'answer');
                if (!four.closed) four.id = four.frames[0].data.socket_id;
            }
            assert.ok(four.id);
            await four.close();
            await two.close();
        });

        test('pings of both kinds are answered', async () => {
            const socket = await open();
            await socket.settle();
            const pong = new Promise(resolve => socket.ws.once('pong', resolve));
            socket.ws.ping('are you there');
            assert.equal((await pong).toString(), 'are you there');
            await socket.close();
        });
    });

    describe('frames that make no sense', () => {
        for (const [name, frame] of [
            ['no JSON', '{'], ['no object', '[1]'], ['no event', { data: {} }], ['an event that is no string', { event: 5 }],
            ['an unknown event', { event: 'hello', data: {} }],
            ['an internal event', { event: 'pusher_internal:member_added', channel: 'x', data: '{}' }],
            ['an event that only servers send', { event: 'pusher:connection_established', data: {} }],
            ['too many levels', `{"event":"pusher:ping","data":${'['.repeat(60)}${']'.repeat(60)}}`],
            ['a subscription without a channel', { event: 'pusher:subscribe', data: {} }],
            ['a subscription to a number', { event: 'pusher:subscribe', data: { channel: 7 } }],
            ['a subscription without data', { event: 'pusher:subscribe' }],
            ['leaving what was not joined', { event: 'pusher:unsubscribe', data: { channel: 'never' } }],
            ['a sign-in without data', { event: 'pusher:signin', data: {} }],
            ['a client event without a channel', { event: 'client-x', data: {} }],
        ]) {
            test(`${name}: an error event, and the connection stays`, async () => {
                const socket = await open();
                socket.send(frame);
                const error = await socket.refused();
                assert.equal(error.code, null);
                assert.ok(error.message.length > 0);
                await socket.settle();
                await socket.close();
            });
        }

        test('a binary frame is not obeyed', async () => {
            const socket = await open();
            const channel = fresh('room');
            socket.send(Buffer.from(JSON.stringify({ event: 'pusher:subscribe', data: { channel } })));
            await socket.settle();
            assert.deepEqual(socket.frames, []);
            await socket.close();
        });

        test('who sends nothing else is closed', async () => {
            const socket = await open();
            for (let i = 0; i < 10; i++) socket.send('nonsense');
            assert.equal((await socket.waitClosed()).code, 4009);
        });

        test('data may be a string that holds JSON', async () => {
            const socket = await open();
            const channel = fresh('room');
            socket.send({ event: 'pusher:subscribe', data: JSON.stringify({ channel }) });
            await socket.take('pusher_internal:subscription_succeeded', channel);
            await socket.close();
        });
    });

    describe('channels', () => {
        test('a public channel: what is triggered arrives, data is the text that was sent', async () => {
            const socket = await open();
            const channel = fresh('room');
            assert.equal((await socket.subscribe(channel)).raw, '{}');
            const texts = ['{"a": 1,\n "b":[1e2, 0.10]}', 'plain', '"quoted"', '', '12', 'null', '{"broken', ' {"a":1} ', '"a" ', 'ä\\u0000"'];
            for (const data of texts) {
                assert.equal((await call(held.daemon, 'POST', '/events', { body: { name: 'App\\Events\\Said', data, channels: [channel] } })).text, '{}');
                assert.equal((await socket.take('App\\Events\\Said', channel)).raw, data);
            }
            assert.deepEqual(Object.keys(socket.all.at(-1)).sort(), ['channel', 'data', 'event', 'raw']);
            await socket.close();
        });

        test('subscribing twice is refused, leaving works, and one may come again', async () => {
            const socket = await open();
            const channel = fresh('room');
            await socket.subscribe(channel);
            socket.ask(channel);
            assert.match((await socket.refused()).message, /^Existing subscription to channel /);
            socket.send({ event: 'pusher:unsubscribe', data: { channel } });
            await socket.settle();
            await call(held.daemon, 'POST', '/events', { body: { name: 'e', data: '1', channel } });
            await socket.subscribe(channel);
            assert.equal(socket.all.filter(f => f.event === 'e').length, 0);
            await socket.close();
        });

        test('leaving before the answer leaves', async () => {
            const socket = await open();
            const channel = fresh('room');
            socket.ask(channel);
            socket.send({ event: 'pusher:unsubscribe', data: { channel } });
            await socket.settle();
            for (let i = 0; i < 100; i++) {
                const { body } = await call(held.daemon, 'GET', `/channels/${channel}`);
                if (!body.occupied) break;
                assert.ok(i < 99);
            }
            await socket.subscribe(channel);
            await socket.close();
        });

        for (const name of ['', 'a b', 'ü', 'a/b', 'x'.repeat(165), '#', '#user', '#conversations-', '#server-to-user-', 'a#b']) {
            test(`"${name.slice(0, 20)}" is no channel`, async () => {
                const socket = await open();
                socket.ask(name);
                assert.equal((await socket.refused()).code, null);
                await socket.close();
            });
        }

        for (const prefix of ['private-', 'presence-', 'private-encrypted-', 'private-cache-', 'presence-cache-', 'private-encrypted-cache-']) {
            test(`${prefix} needs the right signature`, async () => {
                const socket = await open();
                const channel = fresh(prefix);
                const data = prefix.startsWith('presence') ? { user_id: 'u' } : undefined;
                const text = data && JSON.stringify(data);
                const parts = data ? [socket.id, channel, text] : [socket.id, channel];
                const good = sign(apps.main, ...parts);
                const wrong = [
                    '', 'x', 'main-key:', `main-key:${'0'.repeat(64)}`, good.toUpperCase(), `${good}0`, good.slice(0, -1),
                    sign(apps.other, ...parts), `main-key:${sign(apps.other, ...parts).split(':')[1]}`,
                    sign(apps.main, '1.2', ...parts.slice(1)), sign(apps.main, socket.id, `${channel}x`),
                ];
                if (data) wrong.push(sign(apps.main, socket.id, channel));
                for (const auth of wrong) {
                    socket.ask(channel, { auth, data });
                    const error = await socket.refused();
                    assert.equal(error.code, null);
                    const told = await socket.take('pusher:subscription_error', channel);
                    assert.deepEqual([told.data.type, told.data.status], ['AuthError', 401]);
                }
                await socket.subscribe(channel, { data });
                await socket.close();
            });
        }

        test('channel_data is part of the signature on a private channel too', async () => {
            const socket = await open();
            const channel = fresh('private-');
            socket.ask(channel, { data: '{"user_id":"u"}', auth: sign(apps.main, socket.id, channel) });
            assert.equal((await socket.refused()).code, null);
            await socket.subscribe(channel, { data: '{"user_id":"u"}' });
            await socket.close();
        });

        test('too many subscriptions of one connection are refused', async () => {
            const socket = await open(apps.small);
            for (let i = 0; i < 3; i++) await socket.subscribe(fresh('room'));
            socket.ask(fresh('room'));
            assert.equal((await socket.refused()).code, null);
            await socket.close();
        });

        test('an invited conversation is not open to who knows its name', async () => {
            const ada = await Client.signIn(held.daemon, fresh('Ada'));
            const channel = fresh('invited');
            await ada.createConversation(channel, 'invited');
            const socket = await open();
            socket.ask(channel);
            assert.equal((await socket.refused()).code, null);
            await socket.take('pusher:subscription_error', channel);
            await socket.close();
            ada.close();
        });
    });

    describe('presence', () => {
        test('members with what they tell of themselves, as a string; joins and leaves', async () => {
            const { channel, sockets: [one, two] } = await members(2);
            const seen = one.all.find(f => f.event === 'pusher_internal:subscription_succeeded');
            assert.deepEqual(seen.data, { presence: { ids: ['u1'], hash: { u1: { n: 1 } }, count: 1 } });
            const joined = await one.take('pusher_internal:member_added', channel);
            assert.equal(typeof joined.raw, 'string');
            assert.deepEqual(joined.data, { user_id: 'u2', user_info: { n: 2 } });
            assert.deepEqual(two.all.filter(f => f.event === 'pusher_internal:member_added'), []);
            await two.close();
            const left = await one.take('pusher_internal:member_removed', channel);
            assert.equal(typeof left.raw, 'string');
            assert.deepEqual(left.data, { user_id: 'u2' });
            await one.close();
        });

        test('only the first and the last connection of a user are told, and others do not count', async () => {
            const channel = fresh('presence-');
            const one = await open(apps.small), two = await open(apps.small);
            await one.subscribe(channel, { data: { user_id: 'a' } });
            const seen = await two.subscribe(channel, { data: { user_id: 'a' } });
            assert.equal(seen.data.presence.count, 1);
            await two.close();
            await one.settle();
            const { body } = await call(held.daemon, 'GET', `/channels/${channel}/users`, { app: apps.small });
            assert.deepEqual(body, { users: [{ id: 'a' }] });
            assert.deepEqual(one.all.filter(f => /member_/.test(f.event)), []);
            await one.close();
        });

        test('a numeric id is told as a string', async () => {
            const { channel, sockets: [one] } = await members(1);
            const two = await open();
            const seen = await two.subscribe(channel, { data: { user_id: 42, user_info: { name: 'N' } } });
            assert.deepEqual(seen.data.presence.ids, ['u1', '42']);
            assert.deepEqual((await one.take('pusher_internal:member_added')).data, { user_id: '42', user_info: { name: 'N' } });
            await one.close();
            await two.close();
        });

        for (const [name, data] of [
            ['none', undefined], ['no JSON', '{'], ['no object', '[]'], ['no id', '{}'], ['an empty id', { user_id: '' }],
            ['an id that is true', { user_id: true }], ['a long id', { user_id: 'x'.repeat(129) }],
            ['a large user_info', { user_id: 'u', user_info: 'x'.repeat(1100) }],
        ]) {
            test(`channel_data: ${name}: refused`, async () => {
                const socket = await open();
                const channel = fresh('presence-');
                socket.ask(channel, { data });
                assert.equal((await socket.refused()).code, null);
                await socket.take('pusher:subscription_error', channel);
                await socket.close();
            });
        }

        test('no more members than the app allows', async () => {
            const channel = fresh('presence-');
            const one = await open(apps.small);
            await one.subscribe(channel, { data: { user_id: 'a' } });
            const two = await open(apps.small);
            await two.subscribe(channel, { data: { user_id: 'b' } });
            await one.close();
            await two.take('pusher_internal:member_removed');
            const three = await open(apps.small);
            await three.subscribe(channel, { data: { user_id: 'c' } });
            await two.close();
            await three.take('pusher_internal:member_removed');
            await three.close();
        });

        test('apps are apart', async () => {
            const channel = fresh('presence-');
            const one = await open(), two = await open(apps.other);
            await one.subscribe(channel, { data: { user_id: 'a' } });
            const seen = await two.subscribe(channel, { data: { user_id: 'b' } });
            assert.deepEqual(seen.data.presence.ids, ['b']);
            await call(held.daemon, 'POST', '/events', { body: { name: 'mine', data: '1', channel } });
            await one.take('mine');
            await two.settle();
            assert.deepEqual(two.frames, []);
            assert.deepEqual((await call(held.daemon, 'GET', `/channels/${channel}/users`, { app: apps.other })).body, { users: [{ id: 'b' }] });
            await one.close();
            await two.close();
        });
    });

    describe('client events', () => {
        for (const prefix of ['private-', 'presence-', 'private-cache-', 'presence-cache-']) {
            test(`${prefix}: others get them as they were sent, the sender does not`, async () => {
                const channel = fresh(prefix);
                const one = await open(), two = await open();
                const as = id => (prefix.startsWith('presence') ? { data: { user_id: id } } : {});
                await one.subscribe(channel, as('a'));
                await two.subscribe(channel, as('b'));
                for (const data of [{ x: 1 }, 'text', [1, 2], 5, null]) {
                    one.trigger(channel, 'client-moved', data);
                    const frame = await two.take('client-moved', channel);
                    assert.deepEqual(frame.raw, data);
                    assert.equal(frame.user_id, prefix.startsWith('presence') ? 'a' : undefined);
                }
                await one.settle();
                assert.deepEqual(one.all.filter(f => f.event === 'client-moved'), []);
                await one.close();
                await two.close();
            });
        }

        test('not on public or encrypted channels, not where one does not subscribe, not where the options forbid it', async () => {
            const one = await open();
            const open1 = fresh('room'), secret = fresh('private-encrypted-'), quiet = fresh('private-quiet');
            await one.subscribe(open1);
            await one.subscribe(secret);
            await one.subscribe(quiet);
            for (const channel of [open1, secret, fresh('private-'), fresh('presence-'), quiet]) {
                one.trigger(channel, 'client-x', {});
                assert.equal((await one.refused()).code, null, channel);
            }
            await one.close();
        });

        test('after leaving they are refused', async () => {
            const one = await open();
            const channel = fresh('private-');
            await one.subscribe(channel);
            one.send({ event: 'pusher:unsubscribe', data: { channel } });
            one.trigger(channel, 'client-x', {});
            assert.equal((await one.refused()).code, null);
            await one.close();
        });

        test('too many in a second: 4301, and the connection stays', async () => {
            const one = await open(apps.small);
            const channel = fresh('private-');
            await one.subscribe(channel);
            for (let i = 0; i < 30; i++) one.trigger(channel, 'client-x', {});
            assert.equal((await one.refused()).code, 4301);
            await one.settle();
            await one.close();
        });

        test('a name or data that is too large is refused', async () => {
            const one = await open(apps.small);
            const channel = fresh('private-');
            await one.subscribe(channel);
            one.trigger(channel, `client-${'x'.repeat(200)}`, {});
            assert.match((await one.refused()).message, /name/);
            one.trigger(channel, 'client-x', 'x'.repeat(201));
            assert.match((await one.refused()).message, /data/);
            await one.close();
        });
    });

    describe('cache channels', () => {
        for (const prefix of ['cache-', 'private-cache-', 'presence-cache-', 'private-encrypted-cache-']) {
            test(`${prefix}: a miss is told, then the newest event comes, with its channel`, async () => {
                const channel = fresh(prefix);
                const as = prefix.startsWith('presence') ? { data: { user_id: 'a' } } : {};
                const one = await open();
                await one.subscribe(channel, as);
                assert.equal((await one.take('pusher:cache_miss')).channel, channel);
                for (const data of ['1', '2']) await call(held.daemon, 'POST', '/events', { body: { name: 'price', data, channel } });
                await one.take('price');
                await one.take('price');
                await one.close();
                const two = await open();
                await two.subscribe(channel, as);
                const cached = await two.take('price', channel);
                assert.equal(cached.raw, '2');
                await two.settle();
                assert.deepEqual(two.frames.filter(f => f.event === 'pusher:cache_miss'), []);
                await two.close();
            });
        }

        test('a client event is not kept, and what is kept ages', async () => {
            const channel = fresh('private-cache-');
            const one = await open(apps.small);
            await one.subscribe(channel);
            await one.take('pusher:cache_miss');
            one.trigger(channel, 'client-x', {});
            await one.settle();
            const two = await open(apps.small);
            await two.subscribe(channel);
            await two.take('pusher:cache_miss');
            await two.close();
            await call(held.daemon, 'POST', '/events', { app: apps.small, body: { name: 'e', data: '1', channel } });
            await one.take('e');
            await new Promise(resolve => setTimeout(resolve, 1100));
            const three = await open(apps.small);
            await three.subscribe(channel);
            await three.take('pusher:cache_miss');
            await three.close();
            await one.close();
        });

        test('x-cache-y is an ordinary channel', async () => {
            const one = await open();
            await one.subscribe(fresh('x-cache-'));
            await one.settle();
            assert.deepEqual(one.frames, []);
            await one.close();
        });
    });

    describe('users', () => {
        test('sign-in, and events for the user, on every connection and no other channel of users', async () => {
            const one = await open(), two = await open(), id = fresh('user');
            one.ask(`#server-to-user-${id}`);
            assert.equal((await one.refused()).code, null);
            assert.equal(JSON.parse((await one.signIn({ id })).data.user_data).id, id);
            await two.signIn({ id });
            await one.subscribe(`#server-to-user-${id}`);
            await two.subscribe(`#server-to-user-${id}`);
            one.ask('#server-to-user-somebody');
            assert.equal((await one.refused()).code, null);
            for (const [path, body] of [
                ['/events', { name: 'hi', data: '{"n":1}', channels: [`#server-to-user-${id}`] }],
                [`/users/${id}/events`, { name: 'hi', data: '{"n":1}' }],
            ]) {
                assert.equal((await call(held.daemon, 'POST', path, { body })).text, '{}');
                for (const socket of [one, two]) {
                    assert.equal((await socket.take('hi', `#server-to-user-${id}`)).raw, '{"n":1}');
                }
            }
            await one.close();
            await two.close();
        });

        test('who is signed in hears of public conversations on #conversations, where nobody can trigger', async () => {
            const socket = await open();
            socket.ask('#conversations');
            assert.equal((await socket.refused()).code, null);
            assert.equal((await socket.take('pusher:subscription_error', '#conversations')).data.status, 401);
            await socket.signIn({ id: fresh('user') });
            await socket.subscribe('#conversations');
            const { body: told } = await call(held.daemon, 'GET', '/channels');
            assert.equal(told.channels['#conversations'], undefined);
            const person = await Client.signIn(held.daemon, fresh('Ada')), quiet = fresh('quiet'), loud = fresh('loud');
            await person.createConversation(quiet, 'invited');
            await person.createConversation(loud);
            const { data } = await socket.take('conversation.announced', '#conversations');
            assert.equal(data.channel, loud);
            const body = { name: 'conversation.announced', data: '{}', channels: ['#conversations'] };
            assert.equal((await call(held.daemon, 'POST', '/events', { body })).status, 400);
            socket.send({ event: 'pusher:unsubscribe', data: { channel: '#conversations' } });
            await socket.settle();
            await person.createConversation(fresh('later'));
            await socket.settle();
            assert.deepEqual(socket.frames, []);
            person.close();
            await socket.close();
        });

        for (const [name, user, app] of [
            ['another app', { id: 'x' }, apps.other], ['an empty id', { id: '' }], ['no id', {}], ['a numeric id', { id: 5 }],
            ['an id with spaces', { id: 'a b' }], ['a watchlist that is none', { id: 'x', watchlist: 'y' }],
            ['a large user_info', { id: 'x', user_info: 'y'.repeat(2000) }],
        ]) {
            test(`signed in with ${name}: refused`, async () => {
                const socket = await open();
                const data = JSON.stringify(user);
                socket.send({ event: 'pusher:signin', data: { auth: sign(app ?? apps.main, socket.id, '', 'user', '', data), user_data: data } });
                assert.equal((await socket.refused()).code, null);
                socket.ask('#server-to-user-x');
                assert.equal((await socket.refused()).code, null);
                await socket.close();
            });
        }

        test('a second user on one connection is refused, the same one is not', async () => {
            const socket = await open();
            const id = fresh('user'), data = JSON.stringify({ id: 'eve' });
            await socket.signIn({ id });
            await socket.signIn({ id });
            socket.send({ event: 'pusher:signin', data: { auth: sign(apps.main, socket.id, '', 'user', '', data), user_data: data } });
            assert.match((await socket.refused()).message, /another user/);
            await socket.close();
        });

        test('a presence channel takes who is signed in without channel_data', async () => {
            const socket = await open(), id = fresh('user'), channel = fresh('presence-');
            await socket.signIn({ id, user_info: { name: 'Ada' } });
            const { data } = await socket.subscribe(channel);
            assert.deepEqual(data.presence, { ids: [id], hash: { [id]: { name: 'Ada' } }, count: 1 });
            await socket.close();
        });

        test('terminate_connections closes those who signed in, and nobody else', async () => {
            const one = await open(), two = await open(), id = fresh('user');
            await one.signIn({ id });
            await two.subscribe(fresh('presence-'), { data: { user_id: id } });
            assert.equal((await call(held.daemon, 'POST', `/users/${id}/terminate_connections`)).text, '{}');
            assert.equal((await one.waitClosed()).code, 4009);
            await two.settle();
            await two.close();
        });

        test('a watchlist: who is online and who is not, then each change', async () => {
            const ada = fresh('user'), bob = fresh('user'), eve = fresh('user');
            const one = await open(), two = await open();
            await two.signIn({ id: bob });
            await one.signIn({ id: ada, watchlist: [bob, eve] });
            const first = (await one.take('pusher_internal:watchlist_events')).data.events;
            assert.deepEqual(first, [{ name: 'online', user_ids: [bob] }, { name: 'offline', user_ids: [eve] }]);
            const three = await open();
            await three.signIn({ id: eve });
            assert.deepEqual((await one.take('pusher_internal:watchlist_events')).data.events, [{ name: 'online', user_ids: [eve] }]);
            const four = await open();
            await four.signIn({ id: eve });
            await three.close();
            await four.close();
            assert.deepEqual((await one.take('pusher_internal:watchlist_events')).data.events, [{ name: 'offline', user_ids: [eve] }]);
            await one.close();
            await two.close();
        });

        test('a watchlist that is too long: 4302, and its first users are watched', async () => {
            const socket = await open(apps.small), users = [fresh('a'), fresh('b'), fresh('c')];
            await socket.signIn({ id: fresh('user'), watchlist: users });
            assert.equal((await socket.refused()).code, 4302);
            const { events } = (await socket.take('pusher_internal:watchlist_events')).data;
            assert.deepEqual(events.map(e => [e.name, [...e.user_ids].sort()]), [['offline', users.slice(0, 2)]]);
            await socket.close();
        });
    });

    describe('subscription counts', () => {
        test('are told where the app wants them, and not on presence channels', async () => {
            const channel = fresh('room');
            const one = await open(apps.other), two = await open(apps.other);
            await one.subscribe(channel);
            assert.deepEqual((await one.take('pusher_internal:subscription_count', channel)).data, { subscription_count: 1 });
            await two.subscribe(channel);
            assert.deepEqual((await one.take('pusher_internal:subscription_count')).data, { subscription_count: 2 });
            await two.take('pusher_internal:subscription_count');
            await two.close();
            assert.deepEqual((await one.take('pusher_internal:subscription_count')).data, { subscription_count: 1 });
            await one.subscribe(fresh('presence-'), { data: { user_id: 'x' } });
            await one.settle();
            assert.deepEqual(one.frames, []);
            await one.close();
        });

        test('are not told elsewhere', async () => {
            const one = await open();
            await one.subscribe(fresh('room'));
            await one.settle();
            assert.deepEqual(one.frames, []);
            await one.close();
        });
    });

    describe('one world', () => {
        test('a message of the API arrives as message.new, and a trigger at a WebSocket', async () => {
            const ada = await Client.signIn(held.daemon, fresh('Ada'));
            const channel = fresh('room');
            await ada.createConversation(channel);
            const socket = await open();
            await socket.subscribe(channel);
            await ada.subscribe(channel);
            const posted = await ada.http('POST', `/conversations/${channel}/messages`, { text: 'over HTTP' });
            assert.equal(posted.status, 201, JSON.stringify(posted.body));
            const frame = await socket.take('message.new', channel);
            assert.equal(frame.data.message.text, 'over HTTP');
            assert.equal(typeof frame.raw, 'string');
            await call(held.daemon, 'POST', '/events', { body: { name: 'App\\Events\\Rang', data: '{"bell": 1}', channel } });
            const event = await ada.waitFor(() => ada.events.find(e => e.event === 'App\\Events\\Rang'));
            assert.deepEqual(event.data, { bell: 1 });
            assert.ok(event.pos > 0);
            await socket.take('App\\Events\\Rang');
            const { items } = await ada.get(`/conversations/${channel}/changes?after=0&epoch=${event.epoch}`);
            assert.ok(items.some(item => item.event === 'App\\Events\\Rang'), 'what was triggered is stored');
            await socket.close();
            ada.close();
        });
    });
});

describe('silence', () => {
    test('a silent client is pinged, lives if it answers, and is closed with 4201 if it does not', async t => {
        const daemon = await start(t, { more: 'pusher = { activity_timeout = "1s", pong_timeout = "3s" }' });
        const one = await Socket.open(daemon), two = await Socket.open(daemon);
        assert.equal(one.activityTimeout, 1);
        one.ws.on('message', text => {
            if (JSON.parse(text).event === 'pusher:ping') one.send({ event: 'pusher:pong', data: {} });
        });
        for (let i = 0; i < 3; i++) await one.take('pusher:ping');
        assert.equal((await two.waitClosed()).code, 4201);
        await two.take('pusher:ping');
        assert.equal(one.closed, null);
        await one.close();
        await daemon.stop();
    });

    test('who says nothing of substance is closed with 4202', async t => {
        const daemon = await start(t, { more: 'pusher = { inactive_timeout = "2s" }' });
        const one = await Socket.open(daemon);
        await one.settle();
        assert.equal((await one.waitClosed()).code, 4202);
        await daemon.stop();
    });

    test('a daemon that stops says so with 4200', async t => {
        const daemon = await start(t);
        const one = await Socket.open(daemon);
        daemon.signal('SIGTERM');
        assert.equal((await one.waitClosed()).code, 4200);
        await daemon.stop();
    });
});

describe('configuration', () => {
    test('a daemon that only its machine reaches has a development app, and warns of it', async t => {
        const { startDaemon } = await import('../harness/daemon.mjs');
        const daemon = await startDaemon(t, { plugins: ['pusher'] });
        await daemon.waitForLog(/well-known id "1", key "carillon"/);
        const app = { id: '1', key: 'carillon', secret: 'carillon-development' };
        const page = await Socket.open(daemon, app, { options: { origin: 'http://localhost:3000' } });
        assert.equal((await call(daemon, 'GET', '/channels', { app })).status, 200);
        const evil = await call(daemon, 'GET', '/channels', { app, headers: { origin: 'http://evil.example' } });
        assert.equal(evil.status, 403);
        await page.close();
        await daemon.stop();
    });

    test('an app with credentials of its own makes the well-known ones useless', async t => {
        const daemon = await start(t);
        const socket = Socket.connect(daemon, { key: 'carillon' });
        assert.equal((await socket.waitClosed()).code, 4001);
        await daemon.stop();
    });

    for (const [name, lua, problem] of [
        ['a short secret', 'main = { key = "k", secret = "short" }', /secret of at least 16/],
        ['no secret', 'main = { key = "k" }', /secret of at least 16/],
        ['a key with a slash', 'main = { key = "a/b", secret = "0123456789abcdef" }', /other characters/],
        ['one key twice', 'a = { key = "k", secret = "0123456789abcdef" }, b = { key = "k", secret = "0123456789abcdef" }', /same key/],
        ['one id twice', 'a = { id = "7" }, b = { id = "7" }', /same id/],
    ]) {
        test(`${name} is refused`, async t => {
            const { startDaemon } = await import('../harness/daemon.mjs');
            const daemon = await startDaemon(t, { plugins: ['pusher'], more: `apps = { ${lua} }` });
            assert.equal(daemon.url, null);
            assert.match(daemon.log, problem);
        });
    }

    test('below a prefix, too', async t => {
        const daemon = await start(t, { more: 'pusher = { prefix = "/realtime" }' });
        const socket = await Socket.open(daemon, apps.main, { path: '/realtime/app/main-key' });
        await socket.close();
        const { createHmac } = await import('node:crypto');
        const { request } = await import('./fixture.mjs');
        const query = `auth_key=main-key&auth_timestamp=${Math.floor(Date.now() / 1000)}&auth_version=1.0`;
        for (const signed of ['/realtime/apps/100/channels', '/apps/100/channels']) {
            const signature = createHmac('sha256', apps.main.secret).update(`GET\n${signed}\n${query}`).digest('hex');
            const answer = await request(daemon, 'GET', `/realtime/apps/100/channels?${query}&auth_signature=${signature}`);
            assert.deepEqual([answer.status, answer.text], [200, '{"channels":{}}']);
        }
        await daemon.stop();
    });
});
