// Bad input, the same list on each transport: the error that the documents promise, at the cost of its sender alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SignJWT } from 'jose';
import { Client } from '../harness/client.mjs';
import { shareDaemon } from '../harness/together.mjs';
import { Wire } from '../harness/wire.mjs';

const secret = 'jwt-secret-for-bad-input-0123456789abc';
const signed = (user, expires) => new SignJWT({ sub: user, name: user }).setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt().setExpirationTime(expires).sign(new TextEncoder().encode(secret));
const brackets = n => `${'['.repeat(n)}${']'.repeat(n)}`;
const bytes = (...parts) => Buffer.concat(parts.map(part => Buffer.from(part)));

// What a body or frame says of a message, its beginning left to the transport; and the code that it is refused with.
const bodies = [
    ['malformed JSON', '"text":}', 'invalid_json'],
    ['cut-off JSON', '"text":"x', 'invalid_json'],
    ['a key that comes twice', '"text":"a","text":"b"}', 'invalid_json'],
    ['a number that is none', '"text":"x","data":1e}', 'invalid_json'],
    ['half a surrogate', '"text":"\\ud800"}', 'invalid_json'],
    ['a text of another type', '"text":7}', 'invalid_request'],
    ['a client id of another type', '"text":"x","client_id":{}}', 'invalid_request'],
    ['mentions of another type', '"text":"x","mentions":"ada"}', 'invalid_request'],
    ['mentions of which one is none', '"text":"x","mentions":["ada",1]}', 'invalid_request'],
    ['no text', '"data":1}', 'invalid_request'],
    ['an empty text', '"text":""}', 'invalid_request'],
    ['JSON that is deep', `"text":"x","data":${brackets(40)}}`, 'too_deep'],
    ['JSON that is very deep', `"text":"x","data":${brackets(30000)}}`, 'too_deep'],
    ['a huge client id', `"text":"x","client_id":"${'c'.repeat(5000)}"}`, 'invalid_request'],
    ['a reply to nothing', '"text":"x","reply_to":"no-such-message"}', 'invalid_request'],
];
const status = { invalid_json: 400, invalid_request: 400, too_deep: 400 };

for (const workers of [1, 3]) describe(`Bad input, workers: ${workers}`, () => {
    let daemon, ada, bob, told;

    shareDaemon({
        workers, more: `apps = { main = { jwt_keys = { { algorithm = "HS256", key = "${secret}" } } } } tokens = { leeway = 0 }`,
    }, async started => {
        daemon = started;
        [ada, bob] = [await Client.signIn(daemon, 'Ada'), await Client.signIn(daemon, 'Bob')];
        await ada.createConversation('room');
        await bob.subscribe('room');
        told = 0;
        return [ada, bob];
    });

    // Somebody else notices nothing: the same connection answers and is told what comes.
    async function expectOthersServed() {
        const texts = bob.texts('room').length;
        assert.equal((await ada.publish('room', `after ${++told}`)).type, 'published');
        assert.equal((await bob.waitForTexts('room', texts + 1)).at(-1), `after ${told}`);
        assert.equal((await bob.request({ type: 'ping' })).type, 'pong');
    }

    async function post(body, { channel = 'room', token = ada.token } = {}) {
        const response = await fetch(`${daemon.url}/api/v1/conversations/${channel}/messages`, {
            method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body,
        });
        assert.match(response.headers.get('content-type'), /^application\/(problem\+)?json$/);
        return { status: response.status, ...await response.json() };
    }

    async function signedIn(token = ada.token) {
        const wire = await Wire.open(daemon);
        assert.equal((await wire.ask({ type: 'connect', token })).type, 'connected');
        return wire;
    }

    test('HTTP: each body is a problem', async () => {
        for (const [what, rest, code] of bodies) {
            const answer = await post(`{${rest}`);
            assert.deepEqual([answer.code, answer.status], [code, status[code]], what);
        }
        const invalid = await post(bytes('{"text":"', [0xff, 0xfe], '"}'));
        assert.deepEqual([invalid.code, invalid.status], ['invalid_utf8', 400]);
        for (const size of [20 * 1024, 300 * 1024]) {
            const large = await post(`{"text":"${'x'.repeat(size)}"}`);
            assert.ok([400, 413].includes(large.status), JSON.stringify(large));
            assert.equal(large.code, size > 256 * 1024 ? 'too_large' : 'invalid_request');
        }
        await expectOthersServed();
    });

    test('WebSocket: each frame is an error, and the connection goes on', async () => {
        for (const [what, rest, code] of bodies) {
            const wire = await signedIn();
            wire.send(`{"type":"publish","channel":"room",${rest}`);
            const answer = await wire.take('error');
            assert.deepEqual([answer.code, answer.status, answer.retry], [code, status[code], false], what);
            assert.equal((await wire.ask({ type: 'ping' })).type, 'pong', what);
            wire.close();
        }
        await expectOthersServed();
    });

    test('WebSocket: what is too large or no UTF-8 ends its connection with the code for it', async () => {
        const large = await signedIn();
        const answer = await large.ask({ type: 'publish', channel: 'room', text: 'x'.repeat(20 * 1024) });
        assert.deepEqual([answer.code, answer.status], ['too_large', 413]);
        large.send(JSON.stringify({ type: 'publish', channel: 'room', text: 'x'.repeat(200 * 1024) }));
        assert.equal((await large.closed).code, 1009);
        const invalid = await signedIn();
        invalid.socket.send(bytes('{"type":"ping","x":"', [0xc3, 0x28], '"}'), { binary: false });
        assert.equal((await invalid.closed).code, 1007);
        await expectOthersServed();
    });

    test('SSE: each wrong request is a problem instead of a stream', { timeout: 30000 }, async () => {
        const open = async (query, headers = {}) => {
            const response = await fetch(`${daemon.url}/api/v1/events${query}`, {
                headers: { authorization: `Bearer ${ada.token}`, ...headers },
            });
            if (response.status !== 200) return [response.status, (await response.json()).code];
            const reader = response.body.getReader();
            let text = '', told;
            while (!(told = /"type":"unsubscribed".*"code":"(\w+)"/.exec(text))) {
                const { value, done } = await reader.read();
                assert.ok(!done, text);
                text += Buffer.from(value).toString();
            }
            await reader.cancel();
            return [200, told[1]];
        };
        const many = Array.from({ length: 51 }, (_, i) => `c${i}`).join(',');
        const rows = [
            ['', 400, 'invalid_request'],
            ['?channels=', 400, 'invalid_request'],
            // One name that is none does not cost the other channels: the stream says so.
            ['?channels=room,%ff%fe', 200, 'invalid_channel'],
            ['?channels=room,with%20space', 200, 'invalid_channel'],
            [`?channels=room,${'x'.repeat(165)}`, 200, 'invalid_channel'],
            [`?channels=${many}`, 400, 'invalid_request'],
            ['?channels=room&cursor=nonsense', 400, 'invalid_request'],
            [`?channels=room&cursor=${'A'.repeat(9000)}`, 400, 'invalid_request'],
        ];
        for (const [query, expected, code] of rows) assert.deepEqual(await open(query), [expected, code], query.slice(0, 60));
        assert.deepEqual(await open('?channels=room', { 'last-event-id': '\u00ff\u00fe' }), [400, 'invalid_request']);
        assert.deepEqual(await open(`?channels=room&cursor=${'A'.repeat(20000)}`), [414, 'uri_too_long']);
        assert.deepEqual(await open('?channels=room&ticket=used-up', { authorization: '' }), [401, 'ticket_invalid']);
        await expectOthersServed();
    });

    test('an unknown channel is 404 where a conversation is meant, on each transport', async () => {
        const answer = await post('{"text":"x"}', { channel: 'nowhere' });
        assert.deepEqual([answer.code, answer.status], ['unknown_channel', 404]);
        const wire = await signedIn();
        for (const frame of [{ type: 'publish', text: 'x' }, { type: 'read', pos: 1 }]) {
            const refused = await wire.ask({ channel: 'nowhere', ...frame });
            assert.deepEqual([refused.code, refused.status], ['unknown_channel', 404], JSON.stringify(refused));
        }
        assert.equal((await wire.ask({ type: 'unsubscribe', channel: 'nowhere' })).type, 'error');
        wire.close();
        await expectOthersServed();
    });

    test('an expired token is told as such, on each transport', async () => {
        const expired = await signed('eve', '-1s');
        const answer = await post('{"text":"x"}', { token: expired });
        assert.deepEqual([answer.code, answer.status], ['token_expired', 401]);
        const wire = await Wire.open(daemon);
        const refused = await wire.ask({ type: 'connect', token: expired });
        assert.deepEqual([refused.code, refused.status], ['token_expired', 401]);
        assert.equal((await wire.ask({ type: 'connect', token: await signed('eve', '1h') })).type, 'connected', 'a good one may follow');
        wire.close();
        const stream = await fetch(`${daemon.url}/api/v1/events?channels=room`, { headers: { authorization: `Bearer ${expired}` } });
        assert.deepEqual([stream.status, (await stream.json()).code], [401, 'token_expired']);
        const short = await signedIn(await signed('fay', '2s'));
        assert.equal((await short.take('closing', 15000)).code, 'token_expired');
        assert.equal((await short.closed).code, 4401);
        await expectOthersServed();
    });

    test('a client id that comes again with another body is 409, across transports', async () => {
        assert.equal((await post('{"text":"one","client_id":"same"}')).code, undefined);
        const wire = await signedIn();
        const same = await wire.ask({ type: 'publish', channel: 'room', text: 'one', client_id: 'same' });
        assert.equal(same.duplicate, true);
        const other = await wire.ask({ type: 'publish', channel: 'room', text: 'two', client_id: 'same' });
        assert.deepEqual([other.code, other.status, other.retry], ['client_id_conflict', 409, false]);
        const conflict = await post('{"text":"three","client_id":"same"}');
        assert.deepEqual([conflict.code, conflict.status], ['client_id_conflict', 409]);
        assert.equal((await bob.publish('room', 'mine', { client_id: 'same' })).type, 'published', 'another author is not concerned');
        wire.close();
        await expectOthersServed();
    });
});
