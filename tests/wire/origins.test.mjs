// Pages of foreign origins: an app's list counts for that app alone, on every transport.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { reload, startDaemon } from '../harness/daemon.mjs';
import { shareDaemon } from '../harness/together.mjs';
import { Wire } from '../harness/wire.mjs';

const key = 'server-key-for-origins-0123456789abc';
const apps = `
sse = { retry = "100ms" }
apps = {
    main = { origins = { "https://main.example" } },
    other = { origins = { "https://other.example" }, server_keys = { { name = "backend", key = "${key}" } } },
    open = { origins = { "*" } },
}`;

for (const workers of [1, 3]) describe(`Origins, workers: ${workers}`, () => {
    let daemon, tokens;

    const api = (method, path, { origin, token, body } = {}) => fetch(`${daemon.url}${path}`, {
        method,
        headers: {
            ...(origin && { origin }),
            ...(token && { authorization: `Bearer ${token}` }),
            ...(body && { 'content-type': 'application/json' }),
        },
        body: body && JSON.stringify(body),
    });
    const allowed = response => response.headers.get('access-control-allow-origin');

    async function expectRefused(response) {
        assert.equal(response.status, 403);
        assert.equal((await response.json()).code, 'origin_refused');
        assert.equal(allowed(response), null);
        assert.match(response.headers.get('vary'), /Origin/);
    }

    shareDaemon({ workers, more: apps }, async started => {
        daemon = started;
        tokens = {};
        for (const app of ['main', 'other', 'open']) {
            const made = await api('POST', '/api/v1/tokens', { body: { name: 'Ada', app } });
            assert.equal(made.status, 201);
            tokens[app] = (await made.json()).token;
        }
    });

    test('HTTP: once the app is known, only its origins are served and told so', async () => {
        for (const [app, own, foreign] of [
            ['main', 'https://main.example', 'https://other.example'],
            ['other', 'https://other.example', 'https://main.example'],
        ]) {
            for (const origin of [own, daemon.url, undefined]) {
                const response = await api('GET', '/api/v1/me', { origin, token: tokens[app] });
                assert.equal(response.status, 200);
                if (origin) assert.equal(allowed(response), origin);
            }
            for (const origin of [foreign, 'https://nobody.example', 'null'])
                await expectRefused(await api('GET', '/api/v1/me', { origin, token: tokens[app] }));
        }
        const anywhere = await api('GET', '/api/v1/me', { origin: 'https://nobody.example', token: tokens.open });
        assert.equal(allowed(anywhere), 'https://nobody.example');
    });

    test('HTTP: a refused page changes nothing, with a server\'s key neither', async () => {
        const origin = 'https://main.example';
        const body = { channel: `made-${workers}`, title: 'x', visibility: 'public' };
        for (const token of [tokens.other, key]) await expectRefused(await api('POST', '/api/v1/conversations', { origin, token, body }));
        const path = `/api/v1/conversations/${body.channel}`;
        assert.equal((await api('GET', path, { token: tokens.other })).status, 404);
        await expectRefused(await api('POST', '/api/v1/tokens', { origin, body: { name: 'Eve', app: 'other' } }));
        await expectRefused(await api('POST', '/api/v1/tokens', { origin, body: { jwt: tokens.other } }));
        await expectRefused(await api('GET', '/api/v1/config?app=other', { origin }));
        const own = await api('POST', '/api/v1/tokens', { origin, body: { name: 'Eve', app: 'main' } });
        assert.equal(own.status, 201);
        assert.equal(allowed(own), origin);
    });

    test('HTTP: before the app is known a listed page may read the answer', async () => {
        const preflight = await api('OPTIONS', '/api/v1/me', { origin: 'https://other.example' });
        assert.equal(preflight.status, 204);
        assert.equal(allowed(preflight), 'https://other.example');
        const unauthorized = await api('GET', '/api/v1/me', { origin: 'https://other.example', token: 'x' });
        assert.equal(unauthorized.status, 401);
        assert.equal(allowed(unauthorized), 'https://other.example');
        const nobody = await api('OPTIONS', '/api/v1/me', { origin: 'https://nobody.example' });
        // `open` takes pages from anywhere, so that this one may go on to say which app it means
        assert.equal(allowed(nobody), 'https://nobody.example');
    });

    test('WebSocket: the sign-in of a page that the app does not list is refused and closes', async () => {
        const wire = await Wire.open(daemon, { origin: 'https://main.example' });
        const answer = await wire.ask({ type: 'connect', token: tokens.other });
        assert.equal(answer.code, 'origin_refused');
        assert.equal(answer.status, 403);
        assert.equal((await wire.take('closing')).code, 'origin_refused');
        assert.deepEqual(await wire.closed, { code: 1008, reason: 'origin_refused' });

        for (const [app, origin] of [['main', 'https://main.example'], ['other', 'https://other.example'], ['open', 'https://x.example'],
            ['main', daemon.url], ['main', undefined]]) {
            const good = await Wire.open(daemon, origin ? { origin } : {});
            assert.equal((await good.ask({ type: 'connect', token: tokens[app] })).type, 'connected', `${app} ${origin}`);
            good.close();
        }
    });

    test('SSE: the stream is refused before it begins, with a token, a ticket and a cursor alike', async () => {
        const events = '/api/v1/events?channels=room';
        const ticketFor = async token => {
            const response = await api('POST', '/api/v1/tickets', { token });
            return (await response.json()).ticket;
        };
        const origin = 'https://main.example';
        await expectRefused(await api('GET', events, { origin, token: tokens.other }));
        await expectRefused(await api('GET', `${events}&ticket=${await ticketFor(tokens.other)}`, { origin }));

        const own = await api('GET', `${events}&ticket=${await ticketFor(tokens.other)}`, { origin: 'https://other.example' });
        assert.equal(own.status, 200);
        assert.equal(allowed(own), 'https://other.example');
        let text = '';
        const reader = own.body.getReader();
        while (!/^id: ./m.test(text)) text += Buffer.from((await reader.read()).value).toString();
        await reader.cancel();
        const [, cursor] = /^id: (.+)$/m.exec(text);
        const back = headers => fetch(`${daemon.url}${events}`, { headers: { 'last-event-id': cursor, ...headers } });
        await expectRefused(await back({ origin }));
        const resumed = await back({ origin: 'https://other.example' });
        assert.equal(resumed.status, 200);
        await resumed.body.cancel();
    });
});

test('an origin that a reload takes away is refused from the next request and refresh on', async t => {
    const more = list => `apps = { main = { origins = { ${list} } } }`;
    const daemon = await startDaemon(t, { more: more('"https://a.example"') });
    const ada = await Client.signIn(daemon, 'Ada');
    const wire = await Wire.open(daemon, { origin: 'https://a.example' });
    assert.equal((await wire.ask({ type: 'connect', token: ada.token })).type, 'connected');
    await reload(daemon, more(''));
    assert.equal((await ada.http('GET', '/me', undefined, { origin: 'https://a.example' })).body.code, 'origin_refused');
    assert.equal((await wire.ask({ type: 'refresh', token: ada.token })).code, 'origin_refused');
    assert.equal((await wire.closed).code, 1008);
    assert.ok((await Wire.open(daemon, { origin: 'https://a.example' })).error, 'no app lists it: no handshake');
    assert.equal((await ada.request({ type: 'ping' })).type, 'pong');
    ada.close();
    await daemon.stop();
});
