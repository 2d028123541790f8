// What others wrote, unchanged: pusher-js and laravel-echo as clients, npm's and PyPI's `pusher` as servers, pysher.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '../harness/client.mjs';
import { apps, clientOptions, fresh, shared } from './fixture.mjs';
import { pythonWithPusher } from './python.mjs';

const require = createRequire(import.meta.url);
const PusherClient = require('pusher-js');
const PusherServer = require('pusher');
const here = dirname(fileURLToPath(import.meta.url));
const masterKey = Buffer.alloc(32, 7).toString('base64');

const heard = (emitter, event, ms = 15000) =>
    new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${event}`)), ms);
        emitter.bind(event, data => {
            clearTimeout(timer);
            resolve(data);
        });
    });

const worlds = ['ws', 'xhr_streaming', 'xhr_polling'].flatMap(transport => [1, 3].map(workers => ({ transport, workers })));

for (const { transport, workers } of worlds) describe(`libraries over ${transport}, workers: ${workers}`, () => {
    const held = shared({ workers });
    const clients = [];
    let server;

    before(async () => {
        await held.before();
        const { id, key, secret } = apps.main;
        server = new PusherServer({
            appId: id, key, secret, host: '127.0.0.1', port: new URL(held.daemon.url).port, useTLS: false,
            encryptionMasterKeyBase64: masterKey,
        });
    });
    after(async () => {
        for (const client of clients) client.disconnect();
        await held.after();
    });

    // A page of the user who has this id, whose own backend signs with the npm library.
    function page(user_id, extra = {}) {
        const client = new PusherClient(apps.main.key, {
            ...clientOptions(held.daemon, transport),
            channelAuthorization: {
                customHandler: ({ socketId, channelName }, callback) =>
                    callback(null, server.authorizeChannel(socketId, channelName, channelName.startsWith('presence-') ? { user_id, user_info: { name: user_id } } : undefined)),
            },
            userAuthentication: {
                customHandler: ({ socketId }, callback) => callback(null, server.authenticateUser(socketId, { id: user_id, ...extra })),
            },
        });
        clients.push(client);
        return client;
    }

    test('pusher-js: public, private, encrypted, cache and presence channels; npm pusher triggers', async () => {
        const client = page('ada');
        for (const prefix of ['room', 'private-', 'private-encrypted-', 'cache-', 'private-cache-', 'presence-']) {
            const channel = client.subscribe(fresh(prefix));
            const missed = /cache/.test(prefix) && heard(channel, 'pusher:cache_miss');
            await heard(channel, 'pusher:subscription_succeeded');
            await missed;
            const said = heard(channel, 'said');
            await server.trigger(channel.name, 'said', { text: 'grüß dich', n: 0.1 });
            assert.deepEqual(await said, { text: 'grüß dich', n: 0.1 });
        }
    });

    test('pusher-js: members come, go, and speak to each other', async () => {
        const name = fresh('presence-'), ada = page('ada'), bob = page('bob');
        const one = ada.subscribe(name);
        await heard(one, 'pusher:subscription_succeeded');
        const added = heard(one, 'pusher:member_added');
        const two = bob.subscribe(name);
        const all = await heard(two, 'pusher:subscription_succeeded');
        assert.deepEqual([all.count, all.me.id, Object.keys(all.members).sort()], [2, 'bob', ['ada', 'bob']]);
        assert.deepEqual(await added, { id: 'bob', info: { name: 'bob' } });
        const typed = new Promise(resolve => one.bind('client-typing', (data, metadata) => resolve([data, metadata])));
        two.trigger('client-typing', { on: true });
        assert.deepEqual(await typed, [{ on: true }, { user_id: 'bob' }]);
        const removed = heard(one, 'pusher:member_removed');
        bob.disconnect();
        assert.equal((await removed).id, 'bob');
    });

    test('pusher-js: signs in, is sent to, watches, is terminated', async () => {
        const ada = fresh('ada'), bob = fresh('bob');
        const client = page(ada, { watchlist: [bob] });
        const offline = heard(client.user.watchlist, 'offline');
        client.signin();
        assert.deepEqual((await offline).user_ids, [bob]);
        await new Promise(resolve => {
            const look = () => (client.user.serverToUserChannel?.subscribed ? resolve() : setTimeout(look, 20));
            look();
        });
        const hi = heard(client.user, 'hi');
        await server.sendToUser(ada, 'hi', { n: 1 });
        assert.deepEqual(await hi, { n: 1 });
        const online = heard(client.user.watchlist, 'online');
        const other = page(bob);
        other.signin();
        assert.deepEqual((await online).user_ids, [bob]);
        const gone = heard(client.connection, 'error');
        await server.terminateUserConnections(ada);
        assert.equal((await gone).data.code, 4009);
    });

    test('pusher-js: a refused signature is an error, not the end', async () => {
        const client = new PusherClient(apps.main.key, {
            ...clientOptions(held.daemon, transport),
            channelAuthorization: { customHandler: (_, callback) => callback(null, { auth: 'main-key:0' }) },
        });
        clients.push(client);
        const channel = client.subscribe(fresh('private-'));
        const refused = heard(channel, 'pusher:subscription_error');
        assert.equal((await refused).status, 401);
        assert.equal(client.connection.state, 'connected');
    });

    test('pusher-js: gives up on a key that there is not', async () => {
        const client = new PusherClient('nobody', clientOptions(held.daemon, transport));
        clients.push(client);
        const error = await heard(client.connection, 'error');
        assert.equal((error.error ?? error).data.code, 4001);
        for (let i = 0; i < 200 && client.connection.state !== 'disconnected'; i++) {
            await new Promise(resolve => setTimeout(resolve, 25));
        }
        assert.equal(client.connection.state, 'disconnected');
    });

    test('npm pusher: batches, and what it asks for', async () => {
        const client = page('ada'), room = client.subscribe(fresh('room')), presence = client.subscribe(fresh('presence-'));
        await Promise.all([room, presence].map(c => heard(c, 'pusher:subscription_succeeded')));
        const said = heard(room, 'said');
        const batch = await server.triggerBatch([{ channel: room.name, name: 'said', data: 'text', info: 'subscription_count' }]);
        assert.deepEqual(await batch.json(), { batch: [{ subscription_count: 1 }] });
        assert.equal(await said, 'text');
        const get = async (path, params) => (await server.get({ path, params })).json();
        assert.deepEqual(await get('/channels', { filter_by_prefix: presence.name, info: 'user_count' }), { channels: { [presence.name]: { user_count: 1 } } });
        assert.deepEqual(await get(`/channels/${presence.name}/users`), { users: [{ id: 'ada' }] });
        const only = heard(room, 'others');
        const left_out = page('bob'), same = left_out.subscribe(room.name);
        await heard(same, 'pusher:subscription_succeeded');
        same.bind('others', () => assert.fail('it was to be left out'));
        await server.trigger(room.name, 'others', {}, { socket_id: left_out.connection.socket_id });
        await only;
    });

    test('laravel-echo: channels, presence, whispers', async () => {
        const { default: Echo } = await import('laravel-echo');
        const echo = user => new Echo({ broadcaster: 'pusher', client: page(user), key: apps.main.key, cluster: 'none' });
        const ada = echo('ada'), bob = echo('bob'), name = fresh('team');
        const here1 = new Promise(resolve => ada.join(name).here(resolve));
        assert.equal((await here1).length, 1);
        const joining = new Promise(resolve => ada.join(name).joining(resolve));
        await new Promise(resolve => bob.join(name).here(resolve));
        assert.deepEqual(await joining, { name: 'bob' });
        const whisper = new Promise(resolve => ada.join(name).listenForWhisper('typing', resolve));
        bob.join(name).whisper('typing', { on: 1 });
        assert.deepEqual(await whisper, { on: 1 });
        const said = new Promise(resolve => ada.private(name).subscribed(() => server.trigger(`private-${name}`, 'App\\Events\\Said', { x: 1 })).listen('Said', resolve));
        assert.deepEqual(await said, { x: 1 });
        ada.disconnect();
        bob.disconnect();
    });

    test('/pusher/auth and /pusher/user-auth: a person with a token of the daemon needs no other backend', async () => {
        const person = await Client.signIn(held.daemon, fresh('Ada')), conversation = fresh('presence-team');
        const answer = await person.http('POST', '/conversations', { channel: conversation, title: 'Team', visibility: 'invited' });
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        const headers = { authorization: `Bearer ${person.token}` };
        const client = new PusherClient(apps.main.key, {
            ...clientOptions(held.daemon, transport),
            channelAuthorization: { endpoint: `${held.daemon.url}/pusher/auth`, headers },
            userAuthentication: { endpoint: `${held.daemon.url}/pusher/user-auth`, headers },
        });
        clients.push(client);
        const channel = client.subscribe(conversation);
        const members = await heard(channel, 'pusher:subscription_succeeded');
        assert.deepEqual(members.me, { id: person.user.id, info: { name: person.user.name } });
        client.signin();
        await heard(client.connection, 'message');
        const refused = heard(client.subscribe(fresh('private-')), 'pusher:subscription_error');
        assert.equal((await refused).status, 403);
        const post = (body, more = headers) => fetch(`${held.daemon.url}/pusher/auth`, { method: 'POST', body, headers: more });
        assert.equal((await post('socket_id=1.2&channel_name=private-x', {})).status, 401);
        assert.equal((await post('socket_id=1.2&channel_name=private-x', { authorization: 'Bearer x' })).status, 401);
        for (const bad of ['', 'socket_id=x&channel_name=private-x', 'socket_id=1.2&channel_name=room', '{"socket_id":5}']) {
            assert.equal((await post(bad)).status, 400, bad);
        }
        person.close();
    });

    test('who is signed in with pusher-js hears of new public conversations', async () => {
        const person = await Client.signIn(held.daemon, fresh('Ada')), conversation = fresh('hall');
        const headers = { authorization: `Bearer ${person.token}` };
        const client = new PusherClient(apps.main.key, {
            ...clientOptions(held.daemon, transport),
            userAuthentication: { endpoint: `${held.daemon.url}/pusher/user-auth`, headers },
        });
        clients.push(client);
        const signedIn = new Promise(resolve => client.connection.bind('message', ({ event }) => event === 'pusher:signin_success' && resolve()));
        const subscribed = new Promise(resolve => client.connection.bind('message', ({ event, channel }) => {
            if (event === 'pusher_internal:subscription_succeeded' && channel === '#conversations') resolve();
        }));
        client.signin();
        await signedIn;
        client.send_event('pusher:subscribe', { channel: '#conversations' });
        await subscribed;
        const announced = new Promise(resolve => client.bind('conversation.announced', resolve));
        await person.createConversation(conversation);
        assert.equal((await announced).channel, conversation);
        person.close();
    });

    test('one world: a message posted over a WebSocket is heard by pusher-js, a client event by a WebSocket', async () => {
        const person = await Client.signIn(held.daemon, fresh('Ada')), channel = fresh('room');
        await person.createConversation(channel);
        const room = page('ada').subscribe(channel);
        await heard(room, 'pusher:subscription_succeeded');
        const news = heard(room, 'message.new');
        await person.publish(channel, 'hello');
        assert.equal((await news).message.text, 'hello');
        person.close();
    });
});

// PyPI's terminate_user_connections posts to a path without the app, which nobody serves: it is not tried.
describe('Python libraries', () => {
    const held = shared({ workers: 3 });
    let python;

    before(async () => {
        await held.before();
        python = await pythonWithPusher();
    });
    after(held.after);

    test('PyPI pusher triggers, asks and signs; pysher connects, subscribes and hears', async () => {
        const { hostname, port } = new URL(held.daemon.url);
        const child = spawn(python, [join(here, 'python_clients.py'), hostname, port, apps.main.id, apps.main.key, apps.main.secret]);
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text));
        const timer = setTimeout(() => child.kill('SIGKILL'), 60000);
        const [code] = await once(child, 'close');
        clearTimeout(timer);
        assert.equal(code, 0, said);
        assert.match(said, /all is well/);
    });
});
