import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caller, claims, conversation, daemon, document, expectOk, expectProblem, guest, nobody, post, signed } from './client.mjs';
import { serverKey, setGuest } from './daemon.mjs';

const server = caller(serverKey);

test('health and readiness', async () => {
    assert.deepEqual(expectOk(await nobody.health_alive()), { status: 'alive' });
    assert.deepEqual(expectOk(await nobody.health_ready()), { status: 'ready' });
});

test('metrics in the Prometheus text format', async () => {
    const text = expectOk(await nobody.health_metrics());
    const samples = new Map();
    for (const line of text.trimEnd().split('\n')) {
        if (line.startsWith('#')) {
            assert.match(line, /^# (HELP|TYPE) carillon_\w+ \S/);
            continue;
        }
        const [, name, value] = line.match(/^(carillon_\w+(?:\{[^}]*\})?) (\S+)$/) ?? assert.fail(line);
        assert.ok(!samples.has(name), `${name} comes twice`);
        assert.ok(Number.isFinite(Number(value)), line);
        samples.set(name, Number(value));
    }
    assert.ok([...samples.keys()].some(name => name.includes('_bucket{')), 'no histogram');
    assert.ok(samples.size > 20);
});

test('the description is served as it is in the source', async () => {
    assert.deepEqual(expectOk(await nobody.openapi_show()), document);
});

test('the configuration of each app', async () => {
    const main = expectOk(await nobody.config_show());
    assert.equal(main.app, 'main');
    assert.equal(main.guest, true);
    assert.equal(main.limits.text, 16384);
    assert.deepEqual(main.transports.sort(), ['sse', 'websocket']);
    assert.equal(expectOk(await nobody.config_show({ query: { app: 'closed' } })).guest, false);
    expectProblem(await nobody.config_show({ query: { app: 'nowhere' } }), 404, 'unknown_app');
});

test('names of a backend’s users are kept', async () => {
    const eve = caller(await signed(claims('eve-1', { name: 'Eve' })));
    expectOk(await eve.me_show());
    let response;
    for (let i = 0; i < 50 && response?.status !== 200; i++) {
        response = await server.users_show({ path: { id: 'eve-1' } });
        await new Promise(next => setTimeout(next, 20));
    }
    assert.deepEqual(expectOk(response), { id: 'eve-1', name: 'Eve' });
    expectProblem(await server.users_show({ path: { id: 'never-seen' } }), 404, 'not_found');
});

test('a reload changes an app, and who is signed in stays so', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    await setGuest(daemon, false);
    assert.equal(expectOk(await nobody.config_show()).guest, false);
    expectProblem(await nobody.tokens_create({ body: { name: 'Late' } }), 403, 'guests_refused');
    await post(ada, channel, 'still here');
    assert.equal(expectOk(await ada.conversations_show({ path: { channel } })).last_message.text, 'still here');
    await setGuest(daemon, true);
    await guest();
});

test('tokens and revocations outlive a restart', async () => {
    const kept = await guest(), revoked = await guest();
    expectOk(await revoked.tokens_revoke(), 204);
    await daemon.restart();
    expectProblem(await revoked.me_show(), 401, 'token_revoked');
    expectOk(await kept.me_show());
});
