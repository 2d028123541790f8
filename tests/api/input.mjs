// Bodies and requests that no client of ours would send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation, daemon, expectOk, expectProblem, guest, post } from './client.mjs';

const ada = await guest();
const channel = await conversation(ada);
const send = (body, type) => ada.messages_post({ path: { channel }, body, type });

test('bodies that are no JSON object', async () => {
    for (const body of ['{', '{"text":}', 'text', '{"text":"a"} {}', '{"text":"a",}', "{'text':'a'}", '{"text":NaN}', '{"text":"a\\u0000b"}', '{"text":1e999}'])
        expectProblem(await send(body), 400, 'invalid_json');
    for (const body of ['[]', '"text"', '5', 'null', '[{"text":"a"}]']) expectProblem(await send(body), 400, 'invalid_request');
});

test('a key that comes twice', async () => {
    expectProblem(await send('{"text":"a","text":"b"}'), 400, 'invalid_json');
});

test('text that is not UTF-8', async () => {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80]]) {
        const body = Buffer.concat([Buffer.from('{"text":"'), Buffer.from(bytes), Buffer.from('"}')]);
        expectProblem(await send(body), 400, 'invalid_utf8');
    }
    assert.equal((await send('{"text":"\\ud800"}')).status, 400);
});

test('JSON that is too deep', async () => {
    const nested = depth => `{"text":"a","data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expectOk(await send(nested(31)), 201);
    expectProblem(await send(nested(32)), 400, 'too_deep');
    expectProblem(await send(nested(50000)), 400, 'too_deep');
    expectOk(await send(`{"text":"a","data":"${'['.repeat(1000)}"}`), 201);
});

test('a body that is too large', async () => {
    expectProblem(await send(`{"text":"a","data":"${'x'.repeat(300 * 1024)}"}`), 413, 'too_large');
});

test('a body of another type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
        expectProblem(await send('{"text":"a"}', type), 415, 'unsupported_media_type');
    expectOk(await send('{"text":"a"}', 'application/json; charset=utf-8'), 201);
    expectOk(await send('{"text":"a"}', 'Application/JSON'), 201);
});

test('every problem of the fields is told at once', async () => {
    const response = await send({ text: '', client_id: 5, mentions: 3, wrong: true });
    expectProblem(response, 400, 'invalid_request');
    assert.deepEqual(response.data.errors.map(error => error.field).sort(), ['client_id', 'mentions', 'text', 'wrong']);
    const many = await send(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`field${i}`, i])));
    assert.equal(many.data.errors.length, 10);
});

async function raw(method, path, headers = {}) {
    const response = await fetch(daemon.url + path, { method, headers: { authorization: `Bearer ${ada.bearer}`, ...headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, data: text ? JSON.parse(text) : null };
}

test('paths and methods that are not there', async () => {
    const missing = await raw('GET', '/api/v1/nothing');
    assert.equal(missing.headers.get('content-type'), 'application/problem+json');
    expectProblem(missing, 404, 'not_found');
    expectProblem(await raw('PUT', '/api/v1/me'), 405, 'method_not_allowed');
    expectProblem(await raw('GET', '/api/v1/conversations/a%2Fb'), 404, 'not_found');
});

test('authorization headers that are none', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer ', 'Basic YWRhOmFkYQ==', ada.bearer, `Bearer  ${ada.bearer}`, `Bearer ${'x'.repeat(9000)}`])
        expectProblem(await raw('GET', '/api/v1/me', { authorization }), 401, 'unauthorized');
    assert.equal((await raw('GET', '/api/v1/me', { authorization: `bEARER ${ada.bearer}` })).status, 200);
});

test('a query that is not UTF-8', async () => {
    expectProblem(await raw('GET', '/api/v1/search?q=%ff'), 400, 'invalid_request', 'q');
});

test('no token and no secret is in the log', async () => {
    await post(ada, channel, 'a text that nobody logs');
    const secrets = [ada.bearer, ada.bearer.split('.')[2], 'a text that nobody logs'];
    for (const secret of secrets) assert.ok(!daemon.log.includes(secret));
    assert.match(daemon.log, /POST \/api\/v1\/conversations\/\{channel\}\/messages 201/);
});
