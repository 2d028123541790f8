// Hooks at the steps of a session (connect, sign-in, subscribe, presence) and at deliveries: steptest.c.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { Stream } from '../harness/stream.mjs';
import { Socket } from '../pusher/fixture.mjs';

const developmentApp = { key: 'carillon' }; // whose credentials are known while only this machine reaches the daemon

const refusal = { code: 'not_here', status: 403, detail: 'steptest says no', retry: false };

for (const workers of [1, 3]) describe(`steps, workers: ${workers}`, () => {
    let daemon, dispose, ada, bob;
    const others = [];

    before(async () => {
        daemon = await startDaemon({ after: end => (dispose = end) }, {
            plugins: ['steptest', 'pusher'], workers, more: 'trusted_proxies = { "127.0.0.1" }',
        });
        assert.ok(daemon.url, daemon.log);
        ada = await person('Ada');
        bob = await person('Bob');
    });

    after(async () => {
        others.forEach(client => client.close());
        try {
            assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        } finally {
            await dispose();
        }
    });

    async function person(name) {
        const client = await Client.signIn(daemon, name);
        others.push(client);
        return client;
    }

    const from = address => ({ headers: { 'x-forwarded-for': address } });

    test('connect: a refused session is told why and closed before it can sign in', async () => {
        for (const address of ['192.0.2.13', '192.0.2.15']) {
            const other = new Client(daemon, ada);
            await assert.rejects(other.open(from(address)), /closed|not connected/);
            await other.closed;
            const { type, reconnect_after, ...told } = other.frames.find(frame => frame.type === 'closing');
            assert.equal(told.code, 'not_here');
            assert.equal(told.detail, 'steptest says no');
            assert.equal(other.closedBy.code, 1008);
        }
    });

    test('connect: while it is judged the sign-in waits', async () => {
        const begun = Date.now();
        const other = new Client(daemon, ada);
        await other.open(from('192.0.2.14'));
        assert.ok(Date.now() - begun >= 240, 'it did not wait');
        assert.equal(other.connected.type, 'connected');
        other.close();
    });

    test('connect: a refused Pusher client gets an error event, and is closed with 4009', async () => {
        for (const address of ['192.0.2.13', '192.0.2.15']) {
            const socket = Socket.connect(daemon, developmentApp, { options: from(address) });
            socket.ws.on('open', () => socket.send({ event: 'pusher:subscribe', data: { channel: 'early' } }));
            assert.deepEqual(await socket.waitClosed(), { code: 4009, reason: 'not_here' });
            const { event, data } = socket.all.at(-1);
            assert.deepEqual({ event, data }, { event: 'pusher:error', data: { code: 4009, message: 'steptest says no' } });
            assert.ok(socket.all.every(frame => frame.event === 'pusher:error'), JSON.stringify(socket.all));
        }
    });

    test('connect: while it is judged a Pusher client is not established', async () => {
        const begun = Date.now();
        const socket = Socket.connect(daemon, developmentApp, { options: from('192.0.2.14') });
        socket.ws.on('open', () => socket.send({ event: 'pusher:subscribe', data: { channel: 'early' } }));
        assert.match((await socket.refused()).message, /Wait for/);
        await socket.take('pusher:connection_established');
        assert.ok(Date.now() - begun >= 240, 'it did not wait');
        await socket.subscribe('early');
        await socket.close();
    });

    test('connect: a Pusher client that goes away while it is judged harms nothing', async () => {
        const socket = Socket.connect(daemon, developmentApp, { options: from('192.0.2.15') });
        socket.ws.on('open', () => socket.ws.close());
        await socket.waitClosed();
        assert.equal((await ada.request({ type: 'ping' })).type, 'pong');
    });

    test('connect: one that goes away while it is judged harms nothing', async () => {
        const other = new Client(daemon, ada);
        const opened = other.open(from('192.0.2.15'));
        opened.catch(() => {});
        other.socket.on('open', () => other.close());
        await assert.rejects(opened);
        assert.equal((await ada.request({ type: 'ping' })).type, 'pong');
    });

    test('auth: a refused sign-in has the hook\'s code and text', async () => {
        const other = new Client(daemon);
        const { body } = await other.http('POST', '/tokens', { name: `banned ${workers}` });
        other.token = body.token;
        daemon.secrets.push(body.token);
        await assert.rejects(other.open(), error => {
            const { id, type, ...told } = error.answer;
            assert.deepEqual(told, refusal);
            return true;
        });
    });

    test('auth: while it is judged the next sign-in of the session waits', async () => {
        const slow = await person(`slow ${workers}`);
        const order = [];
        const sign = kind => slow.request({ type: kind, token: slow.token }).then(answer => order.push(answer.type));
        await Promise.all([sign('refresh'), sign('refresh')]);
        assert.deepEqual(order, ['refreshed', 'refreshed']);
    });

    test('subscribe: refused at once or later, by WebSocket and by SSE', async () => {
        for (const channel of ['closed-1', 'slow-closed-1']) {
            const { id, type, ...told } = await ada.request({ type: 'subscribe', channel });
            assert.equal(type, 'error');
            assert.deepEqual(told, refusal);
        }
        await ada.createConversation('chat-open');
        const stream = await Stream.open(ada, ['closed-1', 'chat-open']);
        const told = stream.of('unsubscribed').find(item => item.channel === 'closed-1');
        assert.equal(told.code ?? told.error?.code, 'not_here', JSON.stringify(told));
        assert.ok(stream.of('subscribed').some(item => item.channel === 'chat-open'));
        stream.close();
    });

    test('subscribe: what the session asks about that channel next waits behind it', async () => {
        await ada.createConversation('slow-chat');
        const begun = Date.now();
        const subscribed = bob.request({ type: 'subscribe', channel: 'slow-chat' });
        const published = bob.publish('slow-chat', 'said behind it');
        await bob.publish('elsewhere', 'other channels do not wait');
        assert.equal((await subscribed).type, 'subscribed');
        assert.ok(Date.now() - begun >= 240);
        assert.equal((await published).type, 'published');
        assert.deepEqual(await bob.waitForTexts('slow-chat', 1), ['said behind it']);
    });

    test('subscribe: a session that goes away meanwhile leaves nothing behind', async () => {
        const other = await bob.another();
        other.request({ type: 'subscribe', channel: 'slow-gone' }).catch(() => {});
        await other.publish('elsewhere', 'the subscription has been seen');
        other.close();
        assert.equal((await bob.subscribe('slow-gone')).type, 'subscribed');
    });

    test('unsubscribe: is told, asked for or not', async () => {
        await ada.subscribe('told-1');
        await ada.request({ type: 'unsubscribe', channel: 'told-1' });
        await daemon.waitForLog(/Ada unsubscribed told-1/);
        const other = await bob.another();
        await other.subscribe('told-2');
        other.close();
        await daemon.waitForLog(/Bob unsubscribed told-2/);
    });

    test('presence: hidden people are neither told nor listed, late ones later', async () => {
        const channel = `present-${workers}`;
        await ada.createConversation(channel);
        await ada.subscribe(channel);
        const ghost = await person(`Ghost ${workers}`);
        const late = await person(`Late ${workers}`);
        await ghost.subscribe(channel);
        await late.subscribe(channel);
        const names = async () => (await ada.request({ type: 'presence', channel })).users.map(user => user.name).sort();
        await ada.waitFor(() => ada.events.some(event => event.data.user?.name === `Late ${workers}`), 'the late one');
        assert.deepEqual(await names(), ['Ada', `Late ${workers}`]);
        ghost.close();
        late.close();
        await daemon.waitForLog(new RegExp(`Ghost ${workers} left ${channel}`));
        await ada.waitFor(() => ada.events.some(event => event.event === 'presence.left'), 'who left');
        const told = ada.events.filter(event => event.channel === channel && event.event.startsWith('presence.'));
        assert.deepEqual(told.map(event => `${event.data.user.name} ${event.event}`).filter(text => !text.startsWith('Ada')),
            [`Late ${workers} presence.joined`, `Late ${workers} presence.left`]);
    });

    test('presence: who leaves before the verdict was never there', async () => {
        const channel = `present-shortly-${workers}`;
        await ada.createConversation(channel);
        await ada.subscribe(channel);
        const late = await person(`Late and gone ${workers}`);
        await late.subscribe(channel);
        await late.request({ type: 'unsubscribe', channel });
        await daemon.waitForLog(new RegExp(`Late and gone ${workers} left ${channel}`));
        await late.subscribe(channel);
        await ada.waitFor(() => ada.events.some(event => event.channel === channel &&
            event.data.user?.name.startsWith('Late')), 'the second stay');
        const stays = ada.events.filter(event => event.channel === channel && event.data.user.name.startsWith('Late'));
        assert.deepEqual(stays.map(event => event.event), ['presence.joined']);
    });

    test('deliver: each receiver gets what the hook leaves of it, live and when they come back', async () => {
        const channel = `chat-deliver-${workers}`;
        await ada.createConversation(channel);
        await ada.subscribe(channel);
        const place = await bob.subscribe(channel);
        const { message } = await ada.publish(channel, 'not for Bob', { data: { n: 1.50 } });
        await ada.publish(channel, 'this is for you', { data: { big: 12345678901234567890n.toString() } });
        await ada.publish(channel, 'end');
        const own = '"message.new" of Ada, for Bob';
        assert.deepEqual(await bob.waitForTexts(channel, 2), [own, 'end']);
        assert.deepEqual(await ada.waitForTexts(channel, 3), ['not for Bob', '"message.new" of Ada, for Ada', 'end']);
        assert.equal(bob.events.find(event => event.channel === channel).data.message.data.big, '12345678901234567890');

        const other = await bob.another();
        const answer = await other.subscribe(channel, { epoch: place.epoch, pos: place.pos });
        assert.equal(answer.recovery, 'recovered');
        assert.deepEqual(await other.waitForTexts(channel, 2), [own, 'end']);
        const page = await bob.get(`/conversations/${channel}/messages/${message.id}`);
        assert.equal(page.text, 'not for Bob', 'what is stored is everybody\'s');

        const edited = await ada.http('PATCH', `/conversations/${channel}/messages/${message.id}`, { text: 'for you now' });
        assert.equal(edited.status, 200);
        await bob.waitFor(() => bob.events.some(event => event.event === 'message.edited' &&
            event.data.message.text === '"message.edited" of Ada, for Bob'), 'the edit');
        const stream = await Stream.open(bob, [channel]);
        await ada.publish(channel, 'for you by SSE');
        await stream.waitFor(() => stream.events.some(event => event.data.message?.text === own));
        stream.close();
        other.close();
    });

    test('deliver: it does not wait; where no pattern fits it is not asked', async () => {
        const channel = `chat-wait-${workers}`;
        await ada.createConversation(channel);
        await bob.subscribe(channel);
        await ada.publish(channel, 'wait');
        await ada.publish(channel, 'end');
        assert.deepEqual(await bob.waitForTexts(channel, 1), ['end']);
        assert.match(daemon.log, /hook deliver gave a verdict that .*; the message is kept from the receiver/);
        await ada.createConversation(`room-${workers}`);
        await bob.subscribe(`room-${workers}`);
        await ada.publish(`room-${workers}`, 'not for Bob');
        assert.deepEqual(await bob.waitForTexts(`room-${workers}`, 1), ['not for Bob']);
    });
});

test('a daemon that stops lets go of what is judged', async t => {
    const daemon = await startDaemon(t, { plugins: ['steptest'], workers: 3, more: 'trusted_proxies = { "127.0.0.1" }' });
    const ada = await Client.signIn(daemon, 'Ada');
    const late = await Client.signIn(daemon, 'Late');
    await ada.createConversation('room');
    await late.subscribe('room');
    const other = new Client(daemon, ada);
    const opened = assert.rejects(other.open({ headers: { 'x-forwarded-for': '192.0.2.16' } }));
    const subscribed = assert.rejects(ada.request({ type: 'subscribe', channel: 'endless-1' }));
    await ada.publish('elsewhere', 'it has been seen');
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    await Promise.all([opened, subscribed]);
});
