// The protocol of plugins/websocket/README.md, row by row.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { shareDaemon } from '../harness/together.mjs';
import { Wire } from '../harness/wire.mjs';

const anything = Symbol('anything');

// What is named must be there and equal; nothing else may be.
function assertFrame(frame, expected) {
    assert.deepEqual(Object.keys(frame).sort(), Object.keys(expected).sort(), JSON.stringify(frame));
    for (const [name, value] of Object.entries(expected)) {
        if (value instanceof RegExp) assert.match(String(frame[name]), value);
        else if (value !== anything) assert.deepEqual(frame[name], value);
    }
}

for (const workers of [1, 3]) describe(`WebSocket, workers: ${workers}`, () => {
    let daemon, ada, bob;
    let channels = 0;

    shareDaemon({
        workers,
        more: `
limits.unauthenticated = "1s"
limits.frame = "32k"
apps = { main = { channels = { { pattern = "live-*", stored = false }, { pattern = "secret-*", subscribe = "nobody", publish = "nobody" } } } }`,
    }, async started => {
        daemon = started;
        ada = await Client.signIn(daemon, 'Ada');
        bob = await Client.signIn(daemon, 'Bob');
        return [ada, bob];
    });

    async function conversation() {
        const channel = `c${++channels}`;
        await ada.createConversation(channel);
        return channel;
    }

    async function signedIn(person = ada) {
        const wire = await Wire.open(daemon);
        assert.equal((await wire.ask({ type: 'connect', token: person.token })).type, 'connected');
        return wire;
    }

    test('the subprotocol is chosen, and others alone are refused', async () => {
        const wire = await Wire.open(daemon, { protocols: ['other', 'carillon.v1'] });
        assert.equal(wire.socket.protocol, 'carillon.v1');
        wire.close();
        const none = await Wire.open(daemon, { protocols: [] });
        assert.equal(none.error, undefined);
        none.close();
        const other = await Wire.open(daemon, { protocols: ['other'] });
        assert.ok(other.error);
    });

    test('connect, refresh, ping', async () => {
        const wire = await Wire.open(daemon);
        wire.send({ type: 'connect', id: 1, token: ada.token });
        assertFrame(await wire.take(), {
            type: 'connected', id: 1, session: /^[0-9a-f]{16}$/, user: ada.user, expires_at: /^\d{13}$/,
            ping_interval: 25000,
        });
        wire.send({ type: 'refresh', id: 'r', token: ada.token });
        assertFrame(await wire.take(), { type: 'refreshed', id: 'r', expires_at: /^\d{13}$/ });
        wire.send({ type: 'refresh', id: 'other', token: bob.token });
        assertFrame(await wire.take(), {
            type: 'error', id: 'other', code: 'forbidden', status: 403, detail: anything, retry: false,
        });
        wire.send({ type: 'ping' });
        assert.deepEqual(await wire.take(), { type: 'pong' });
        wire.send({ type: 'ping', id: 9007199254740991 });
        assert.deepEqual(await wire.take(), { type: 'pong', id: 9007199254740991 });
        wire.close();
    });

    test('a bad token is refused, and the next may be good', async () => {
        const wire = await Wire.open(daemon);
        const forged = `${ada.token.slice(0, -4)}AAAA`;
        for (const token of ['', 'x', 'a.b.c', forged]) {
            const answer = await wire.ask({ type: 'connect', token });
            assert.equal(answer.code, 'unauthorized');
            assert.equal(answer.status, 401);
        }
        assert.equal((await wire.ask({ type: 'connect', token: ada.token })).type, 'connected');
        assert.equal((await wire.ask({ type: 'connect', token: ada.token })).code, 'invalid_request');
        wire.close();
    });

    test('nothing is done for those who have not signed in, and they are closed in time', async () => {
        const channel = await conversation();
        const wire = await Wire.open(daemon);
        const frames = [
            { type: 'refresh', token: ada.token }, { type: 'subscribe', channel }, { type: 'publish', channel, text: 'x' },
            { type: 'typing', channel, active: true }, { type: 'read', channel, pos: 1 }, { type: 'presence', channel },
        ];
        for (const frame of frames) {
            const answer = await wire.ask(frame);
            assert.equal(answer.type, 'error', JSON.stringify(frame));
            assert.ok([401, 403].includes(answer.status), JSON.stringify(answer));
        }
        assertFrame(await wire.take('closing'), {
            type: 'closing', code: 'unauthenticated_timeout', status: 401, detail: anything, reconnect_after: anything,
        });
        assert.equal((await wire.closed).code, 4401);
    });

    test('subscribe, publish, event, unsubscribe', async () => {
        const channel = await conversation();
        const wire = await signedIn();
        wire.send({ type: 'subscribe', id: 1, channel });
        const subscribed = await wire.take('subscribed');
        assertFrame(subscribed, {
            type: 'subscribed', id: 1, channel, epoch: /^\w+$/, pos: anything, stored: true, recovery: 'none',
            ...(subscribed.users && { users: anything }),
        });
        const { epoch, pos } = subscribed;
        wire.send({
            type: 'publish', id: 2, channel, text: 'Hi *you* 👋', client_id: 'one', data: { n: 1.50, list: [1, 2] },
            mentions: [bob.user.id],
        });
        const published = await wire.take('published');
        assertFrame(published, { type: 'published', id: 2, channel, epoch, pos: pos + 1, message: anything });
        assertFrame(published.message, {
            id: /^[0-9a-f-]{36}$/, pos: pos + 1, channel, author: ada.user, text: 'Hi *you* 👋',
            data: { n: 1.5, list: [1, 2] }, client_id: 'one', created_at: /^\d{13}$/, mentions: [bob.user.id],
        });
        const event = await wire.take(frame => frame.event === 'message.new');
        assertFrame(event, { type: 'event', channel, epoch, pos: pos + 1, event: 'message.new', at: /^\d{13}$/, data: anything });
        assert.deepEqual(event.data, { message: published.message, by: ada.user });

        const again = await wire.ask({
            type: 'publish', channel, text: 'Hi *you* 👋', client_id: 'one', data: { n: 1.50, list: [1, 2] },
            mentions: [bob.user.id],
        });
        assert.equal(again.duplicate, true);
        assert.deepEqual(again.message, published.message);
        assert.equal((await wire.ask({ type: 'publish', channel, text: 'other', client_id: 'one' })).code, 'client_id_conflict');

        const reply = await wire.ask({ type: 'publish', channel, text: 'and', reply_to: published.message.id });
        assert.equal(reply.message.reply_to.id, published.message.id);
        assert.equal((await wire.ask({ type: 'subscribe', channel })).code, 'exists');
        assert.deepEqual(await wire.ask({ type: 'unsubscribe', channel }).then(({ id, ...rest }) => rest), {
            type: 'unsubscribed', channel,
        });
        assert.equal((await wire.ask({ type: 'unsubscribe', channel })).type, 'error');
        await bob.publish(channel, 'not for ada');
        await wire.ask({ type: 'ping' });
        assert.ok(!wire.rest.some(frame => frame.event && frame.data.message?.text === 'not for ada'));
        wire.close();
    });

    test('the application\'s data comes back as it was written', async () => {
        const channel = await conversation();
        const wire = await signedIn();
        const raw = [];
        wire.socket.on('message', bytes => raw.push(bytes.toString()));
        wire.send(`{"type":"publish","id":1,"channel":"${channel}","text":"x","data": { "b" : 1.50e+2, "a" :\n9007199254740993 } }`);
        await wire.take('published');
        assert.match(raw.join('\n'), /"data":\{"b":1\.50e\+2,"a":9007199254740993\}/);
        wire.close();
    });

    test('own events', async () => {
        const channel = await conversation();
        const wire = await signedIn();
        await bob.subscribe(channel);
        const published = await wire.ask({ type: 'publish', channel, event: 'app.moved', data: { x: 1 } });
        assertFrame(published, { type: 'published', id: anything, channel, epoch: anything, pos: anything });
        for (let i = 0; i < 100 && !bob.events.some(event => event.event === 'app.moved'); i++) await sleep(20);
        const event = bob.events.find(frame => frame.event === 'app.moved');
        assert.deepEqual(event.data, { x: 1 });
        assert.equal(event.pos, published.pos);
        // nobody may pass an event off as one of the daemon's
        for (const name of ['message.new', 'message.deleted', 'typing', 'read', 'presence.joined', 'member.joined']) {
            const answer = await wire.ask({ type: 'publish', channel, event: name, data: {} });
            assert.equal(answer.type, 'error', name);
            assert.equal(answer.status, 400);
        }
        wire.close();
    });

    test('typing, read marks, presence', async () => {
        const channel = await conversation();
        const wire = await signedIn();
        const other = await signedIn(bob);
        await wire.ask({ type: 'subscribe', channel });
        const joined = wire.take(frame => frame.event === 'presence.joined' && frame.data.user.id === bob.user.id);
        await other.ask({ type: 'subscribe', channel });
        assertFrame(await joined, { type: 'event', channel, event: 'presence.joined', at: anything, data: { user: bob.user } });

        wire.send({ type: 'typing', channel, active: true });
        assertFrame(await other.take(frame => frame.event === 'typing'), {
            type: 'event', channel, event: 'typing', at: anything, data: { user: ada.user, active: true },
        });
        const { pos } = await wire.ask({ type: 'publish', channel, text: 'x' });
        const read = await other.ask({ type: 'read', channel, pos });
        assertFrame(read, { type: 'read', id: anything, channel, pos, unread: 0, mentions: 0 });
        assert.deepEqual((await wire.take(frame => frame.event === 'read')).data, { user: bob.user, pos });

        const presence = await wire.ask({ type: 'presence', channel });
        assertFrame(presence, { type: 'presence', id: anything, channel, users: anything });
        assert.deepEqual(presence.users.map(user => user.id).sort(), [ada.user.id, bob.user.id].sort());
        other.close();
        assert.deepEqual((await wire.take(frame => frame.event === 'presence.left')).data, { user: bob.user });
        wire.close();
    });

    test('what was missed comes after the answer and before anything newer', async () => {
        const channel = await conversation();
        const wire = await signedIn();
        const { epoch, pos } = await wire.ask({ type: 'subscribe', channel });
        wire.close();
        const first = await ada.publish(channel, 'm0');
        for (let i = 1; i < 150; i++) await ada.publish(channel, `m${i}`);
        await ada.http('PATCH', `/conversations/${channel}/messages/${first.message.id}`, { text: 'edited' });

        const back = await signedIn();
        const answer = await back.ask({ type: 'subscribe', channel, epoch, pos });
        assert.equal(answer.recovery, 'recovered');
        assert.equal(answer.pos, pos + 151);
        await ada.publish(channel, 'newest');
        const seen = [];
        while (seen.at(-1) !== answer.pos + 1) seen.push((await back.take(frame => frame.type === 'event' && frame.pos)).pos);
        assert.deepEqual(seen, Array.from({ length: 152 }, (_, i) => pos + 1 + i));
        back.close();

        const lost = await signedIn();
        const reset = await lost.ask({ type: 'subscribe', channel, epoch: 'another', pos });
        assert.equal(reset.recovery, 'reset');
        assert.equal(reset.reason, 'epoch');
        assert.equal(reset.epoch, epoch);
        lost.close();
    });

    test('what may not be done is refused with a stable code', async () => {
        const channel = await conversation();
        const wire = await signedIn();
        const rows = [
            [{ type: 'subscribe', channel: '' }, 'invalid_channel', 400],
            [{ type: 'subscribe', channel: 'with space' }, 'invalid_channel', 400],
            [{ type: 'subscribe', channel: 'x'.repeat(165) }, 'invalid_channel', 400],
            [{ type: 'subscribe', channel: 'secret-one' }, 'forbidden', 403],
            [{ type: 'publish', channel: 'secret-one', text: 'x' }, 'forbidden', 403],
            [{ type: 'publish', channel, text: 'x'.repeat(20000) }, 'too_large', 413],
            [{ type: 'publish', channel, text: 'x', reply_to: 'nobody-wrote-this' }, 'invalid_request', 400],
            [{ type: 'publish', channel, text: '' }, 'invalid_request', 400],
            [{ type: 'publish', channel, text: 'x', client_id: '' }, 'invalid_request', 400],
            [{ type: 'publish', channel, text: 'x', client_id: 'x'.repeat(65) }, 'invalid_request', 400],
            [{ type: 'publish', channel, text: 'x', mentions: Array(51).fill('u') }, 'invalid_request', 400],
            [{ type: 'publish', channel, event: 'no good' }, 'invalid_request', 400],
            [{ type: 'presence', channel: 'secret-one' }, 'forbidden', 403],
            [{ type: 'subscribe', channel: 7 }, 'invalid_request', 400],
            [{ type: 'nothing' }, 'invalid_request', 400],
        ];
        for (const [frame, code, status] of rows) {
            const answer = await wire.ask(frame);
            assertFrame(answer, { type: 'error', id: anything, code, status, detail: /\S/, retry: false });
        }
        wire.close();
    });

    test('malformed frames are errors, and ten in ten seconds close', async () => {
        const wire = await signedIn();
        const frames = ['{', '[]', '"text"', '{"type":"ping","type":"ping"}', '{}', '{"type":1}', '{"type":"ping","id":{}}',
            `{"type":"ping","x":${'['.repeat(40)}${']'.repeat(40)}}`, '{"type":"publish","channel":"c"}'];
        for (const frame of frames) {
            wire.send(frame);
            const answer = await wire.take('error');
            assert.ok(['invalid_json', 'invalid_request', 'too_deep'].includes(answer.code), frame);
        }
        assert.equal((await wire.ask({ type: 'ping' })).type, 'pong');
        wire.send('nonsense');
        assert.equal((await wire.take('closing')).code, 'too_many_errors');
        assert.equal((await wire.closed).code, 4400);
    });

    test('binary, too large, invalid UTF-8', async () => {
        const binary = await signedIn();
        binary.send(Buffer.from([1, 2, 3]));
        assert.equal((await binary.closed).code, 1003);
        const large = await signedIn();
        large.send(JSON.stringify({ type: 'ping', x: 'y'.repeat(33 * 1024) }));
        assert.equal((await large.closed).code, 1009);
        const invalid = await signedIn();
        invalid.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
        assert.equal((await invalid.closed).code, 1007);
    });

    test('unstored channels have positions of their ring', async () => {
        const wire = await signedIn();
        const channel = `live-${workers}`;
        const { epoch, pos, stored } = await wire.ask({ type: 'subscribe', channel });
        assert.equal(stored, false);
        const published = await wire.ask({ type: 'publish', channel, event: 'tick', data: 1 });
        assert.equal(published.type, 'published', JSON.stringify(published));
        assert.equal(published.pos, pos + 1);
        assert.equal(published.epoch, epoch);
        const back = await signedIn();
        const answer = await back.ask({ type: 'subscribe', channel, epoch, pos });
        assert.equal(answer.recovery, 'recovered');
        assert.equal((await back.take(frame => frame.event === 'tick')).data, 1);
        wire.close();
        back.close();
    });

    test('a lost right ends a subscription', async () => {
        const channel = `inv${workers}`;
        assert.equal((await ada.http('POST', '/conversations', { channel, title: 'i', visibility: 'invited' })).status, 201);
        assert.equal((await ada.http('PUT', `/conversations/${channel}/members/${bob.user.id}`, { role: 'member' })).status, 200);
        const wire = await signedIn(bob);
        assert.equal((await wire.ask({ type: 'subscribe', channel })).type, 'subscribed');
        assert.equal((await ada.http('DELETE', `/conversations/${channel}/members/${bob.user.id}`)).status, 204);
        assertFrame(await wire.take(frame => frame.type === 'unsubscribed'), {
            type: 'unsubscribed', channel, code: anything, detail: anything,
        });
        assert.equal((await wire.ask({ type: 'subscribe', channel })).type, 'error');
        wire.close();
    });

    test('a revoked token closes', async () => {
        const eve = await Client.signIn(daemon, `Eve${workers}`);
        const wire = await signedIn(eve);
        assert.equal((await eve.http('DELETE', '/tokens')).status, 204);
        assert.equal((await wire.take('closing', 15000)).code, 'token_revoked');
        assert.equal((await wire.closed).code, 4401);
        eve.close();
    });
});

test('a daemon that stops says when to come back', async t => {
    const daemon = await startDaemon(t, {});
    const ada = await Client.signIn(daemon, 'Ada');
    const wire = await Wire.open(daemon);
    await wire.ask({ type: 'connect', token: ada.token });
    const stopping = daemon.stop();
    assertFrame(await wire.take('closing'), {
        type: 'closing', code: 'shutting_down', status: 503, detail: anything, reconnect_after: anything,
    });
    assert.equal((await wire.closed).code, 1001);
    assert.deepEqual(await stopping, { code: 0, signal: null });
});
