// The bounds of what one client may send: the same on every transport, and those that a reload sets count at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { reload, startDaemon } from '../harness/daemon.mjs';
import { Wire } from '../harness/wire.mjs';

const nested = levels => `${'['.repeat(levels)}${']'.repeat(levels)}`;

async function signedIn(daemon, person, options) {
    const wire = await Wire.open(daemon, options);
    assert.equal((await wire.ask({ type: 'connect', token: person.token })).type, 'connected');
    return wire;
}

test('JSON may nest as deep as limits.json_depth says, over WebSocket and HTTP', async t => {
    const daemon = await startDaemon(t, { more: 'limits.json_depth = 5' });
    const ada = await Client.signIn(daemon, 'Ada');
    await ada.createConversation('deep');
    const wire = await signedIn(daemon, ada);

    const overWebSocket = async levels => {
        wire.send(`{"type":"publish","id":1,"channel":"deep","text":"x","data":${nested(levels - 1)}}`);
        return wire.take(frame => frame.id === 1 || frame.type === 'error'); // what is too deep is not read, its id neither
    };
    const overHttp = async levels => {
        const response = await fetch(`${daemon.url}/api/v1/conversations/deep/messages`, {
            method: 'POST',
            headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
            body: `{"text":"x","data":${nested(levels - 1)}}`,
        });
        return response.json();
    };
    const expectBound = async most => {
        assert.equal((await overWebSocket(most)).type, 'published');
        assert.ok((await overHttp(most)).message);
        assert.equal((await overWebSocket(most + 1)).code, 'too_deep');
        assert.equal((await overHttp(most + 1)).code, 'too_deep');
    };
    await expectBound(5);
    await reload(daemon, 'limits.json_depth = 60');
    await expectBound(60);
    wire.close();
    ada.close();
    await daemon.stop();
});

test('a WebSocket message is as large as limits.frame says, after inflation, or ends its connection with 1009', async t => {
    const daemon = await startDaemon(t, { more: 'limits.frame = "4k"' });
    const ada = await Client.signIn(daemon, 'Ada');
    const ping = bytes => {
        const frame = { type: 'ping', id: 7, x: '' };
        return JSON.stringify({ ...frame, x: 'y'.repeat(bytes - JSON.stringify(frame).length) });
    };
    const expectBound = async most => {
        for (const perMessageDeflate of [false, { threshold: 0 }]) {
            const wire = await signedIn(daemon, ada, { perMessageDeflate });
            wire.send(ping(most));
            assert.equal((await wire.take('pong')).id, 7);
            wire.send(ping(most + 1));
            assert.equal((await wire.closed).code, 1009);
        }
        const pieces = await signedIn(daemon, ada, { perMessageDeflate: false });
        pieces.socket.send(ping(most), { fin: false });
        pieces.socket.send('y', { fin: true });
        assert.equal((await pieces.closed).code, 1009);
    };
    await expectBound(4096);
    await reload(daemon, 'limits.frame = "64k"');
    await expectBound(65536);
    assert.equal((await ada.request({ type: 'ping' })).type, 'pong', 'another client is not concerned');
    ada.close();
    await daemon.stop();
});

test('a request\'s body is as large as limits.body says, or 413', async t => {
    const daemon = await startDaemon(t, { more: 'limits.body = "4k"' });
    const ada = await Client.signIn(daemon, 'Ada');
    await ada.createConversation('room');
    const post = async bytes => {
        const body = { text: 'x', data: '' };
        body.data = 'y'.repeat(bytes - JSON.stringify(body).length);
        return ada.http('POST', '/conversations/room/messages', body);
    };
    assert.equal((await post(4096)).status, 201);
    const refused = await post(4097);
    assert.equal(refused.status, 413);
    assert.equal(refused.body.code, 'too_large');
    await reload(daemon, 'limits.body = "8k"');
    assert.equal((await post(8192)).status, 201);
    assert.equal((await post(8193)).status, 413);
    ada.close();
    await daemon.stop();
});
