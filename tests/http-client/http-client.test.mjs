// The daemon's HTTP client as a plugin uses it (tests/plugins/fetcher.c), asking real servers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '../harness/daemon.mjs';
import { freePort, startFull, startHttp, startHttps, startRaw } from './servers.mjs';

const results = { busy: -7, invalid: -1, tooLarge: -8 };
const local = ['127.0.0.0/8'];

async function metrics(daemon) {
    const text = await (await fetch(`${daemon.url}/metrics`)).text();
    return name => Number(new RegExp(`^carillon_${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
}

// Waits until a gauge is what it should be.
async function waitForGauge(daemon, name, value) {
    for (let i = 0; i < 400; i++) {
        if ((await metrics(daemon))(name) === value) return;
        await sleep(25);
    }
    assert.equal((await metrics(daemon))(name), value, name);
}

for (const workers of [1, 3]) {
    describe(`workers: ${workers}`, () => {
        let daemon, server, secure, stranger;
        const cleanups = [];
        const suite = { after: fn => cleanups.push(fn) };

        before(async () => {
            server = await startHttp(suite);
            secure = await startHttps(suite);
            stranger = await startHttps(suite);
            daemon = await startDaemon(suite, {
                plugins: ['fetcher'],
                workers,
                more: `http_client = { ca_file = "${secure.caFile}", in_flight = 8, in_flight_owner = 8, waiting = 120,
                    waiting_owner = 120 }
                    log = { level = "debug" }`,
            });
            assert.ok(daemon.url, daemon.log);
        });

        after(async () => {
            try {
                assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
            } finally {
                for (const cleanup of cleanups.reverse()) await cleanup();
            }
        });

        // What becomes of a fetch by the daemon.
        async function ask(fields) {
            const response = await fetch(`${daemon.url}/fetch`, {
                method: 'POST',
                body: JSON.stringify({ allow: local, ...fields }),
            });
            assert.equal(response.status, 200);
            return response.json();
        }
        const get = (path, more) => ask({ url: server.url + path, ...more });
        const outcome = async (path, more) => (await get(path, more)).outcome;

        test('a request arrives as it was meant, and its answer comes back whole', async () => {
            const answer = await ask({
                url: `${server.url}/echo?a=1&b=%20`,
                method: 'POST',
                headers: { 'Content-Type': 'application/json', 'X-Empty': '', 'X-Key': 's3cret' },
                body: '{"é":1}',
            });
            assert.equal(answer.outcome, 'done');
            assert.equal(answer.status, 200);
            assert.deepEqual(answer.headers.find(([name]) => name === 'x-answer'), ['x-answer', 'yes']);
        });

        test('what libcurl would add by itself is left out', async () => {
            const answer = await get('/echo', { method: 'POST', body: 'x', headers: { 'X-Empty': '' } });
            assert.deepEqual(JSON.parse(answer.body), {
                method: 'POST',
                url: '/echo',
                rawHeaders: ['Host', `127.0.0.1:${server.port}`, 'User-Agent', 'carillon/0.1.0', 'Accept', '*/*',
                    'X-Empty', '', 'Content-Length', '1'],
                body: 'x',
            });
        });

        test('each method is sent as such', async () => {
            for (const [method, body] of [['GET'], ['POST'], ['PUT', 'x'], ['PATCH', 'x'], ['DELETE'], ['DELETE', 'x'],
                ['OPTIONS'], ['GET', 'x'], ['PURGE']]) {
                const answer = await get('/echo', { method, body });
                const echo = JSON.parse(answer.body);
                assert.deepEqual([echo.method, echo.body], [method, body ?? ''], method);
            }
            const head = await get('/echo', { method: 'HEAD' });
            assert.deepEqual([head.outcome, head.status, head.body], ['done', 200, '']);
            assert.equal(JSON.parse((await get('/echo')).body).method, 'GET');
            assert.equal(JSON.parse((await get('/echo', { body: 'x' })).body).method, 'POST');
        });

        test('a chunked answer is put together', async () => {
            assert.equal((await get('/chunked')).body, 'one two three');
        });

        test('any status is an answer', async () => {
            for (const n of [204, 304, 404, 500, 599]) assert.equal((await get(`/status?n=${n}`)).status, n);
        });

        test('only http and https are spoken, and no user stands in an URL', async () => {
            for (const url of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/', 'dict://127.0.0.1:1/d', 'nonsense',
                '', 'http://', 'http://a:b@127.0.0.1/', '//127.0.0.1/', 'http://127.0.0.1/\n', 'http://127.0.0.1:99999/']) {
                assert.deepEqual(await ask({ url }), { refused: results.invalid }, url);
            }
            assert.deepEqual(await ask({ url: `${server.url}/${'x'.repeat(9000)}` }), { refused: results.tooLarge });
        });

        test('headers and methods that would break the request are refused', async () => {
            for (const headers of [{ Host: 'x' }, { 'content-LENGTH': '1' }, { 'Transfer-Encoding': 'chunked' }, { Connection: 'x' },
                { 'a b': 'x' }, { '': 'x' }, { 'X-A': 'x\r\nX-B: y' }, { 'X-A': 'x\u0001' }, { 'X:A': 'x' }]) {
                assert.deepEqual(await get('/echo', { headers }), { refused: results.invalid }, JSON.stringify(headers));
            }
            for (const method of ['CONNECT', 'TRACE', 'GET / HTTP/1.1\r\n', '']) {
                assert.deepEqual(await get('/echo', { method }), { refused: results.invalid }, method);
            }
            assert.deepEqual(await get('/echo', { headers: { 'X-A': 'x'.repeat(70000) } }), { refused: results.tooLarge });
            assert.deepEqual(await get('/echo', { allow: ['nonsense'] }), { refused: results.invalid });
        });

        test('addresses that are not public are refused unless allowed', async () => {
            const seen = server.seen.length;
            for (const host of ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '[::1]', '[::]',
                '0.0.0.0', '[::ffff:127.0.0.1]', '10.0.0.1', '192.168.0.1', '169.254.169.254', '[fe80::1]', '[fd00::1]',
                '[64:ff9b::7f00:1]', '[2002:7f00:1::]']) {
                const answer = await ask({ url: `http://${host}:${server.port}/echo`, allow: [] });
                assert.equal(answer.outcome, 'address_refused', `${host}: ${answer.detail}`);
            }
            assert.equal(server.seen.length, seen);
            for (const allow of [['127.0.0.1'], ['127.0.0.0/8', '::1'], ['0.0.0.0/0']]) {
                assert.equal(await outcome('/echo', { allow }), 'done');
            }
            assert.equal(await outcome('/echo', { allow: ['10.0.0.0/8', '::1', '127.0.0.2'] }), 'address_refused');
        });

        test('a kept connection lets nobody through who may not go there', async () => {
            assert.equal(await outcome('/echo'), 'done');
            const seen = server.seen.length;
            for (let i = 0; i < 6; i++) assert.equal(await outcome('/echo', { allow: [] }), 'address_refused');
            assert.equal(server.seen.length, seen);
        });

        test('connections are used again', async () => {
            const before = server.connections;
            for (let i = 0; i < 20; i++) assert.equal(await outcome('/echo'), 'done');
            assert.ok(server.connections - before <= 8 * workers, `${server.connections - before} new ones`);
        });

        test('where one address of a host refuses, the next is tried at once', async () => {
            const answer = await ask({ url: `http://localhost:${server.port}/echo`, allow: ['127.0.0.1', '::1'] });
            assert.equal(answer.outcome, 'done', answer.detail);
            assert.ok(answer.took_ms < 4000, `${answer.took_ms} ms`);
        });

        // Under ThreadSanitizer this sees a descriptor that is touched after its number went to another worker.
        test('connections that are never made disturb no others', async t => {
            const url = await startFull(t);
            for (let round = 0; round < 20; round++) {
                const asked = Array.from({ length: 60 }, (_, i) => ask({ url, total_ms: 20 + (i % 5) }));
                assert.deepEqual([...new Set((await Promise.all(asked)).map(({ outcome }) => outcome))], ['timeout']);
                assert.equal(await outcome('/echo'), 'done');
            }
        });

        test('redirects are answers, unless they are to be followed', async () => {
            const to = path => `/redirect?to=${encodeURIComponent(path)}`;
            const first = await get(to('/echo'));
            assert.deepEqual([first.status, first.body], [302, 'elsewhere']);
            assert.deepEqual(first.headers.find(([name]) => name === 'location'), ['location', '/echo']);
            const followed = await get(to('/echo'), { redirects: 1 });
            assert.deepEqual([followed.status, JSON.parse(followed.body).url], [200, '/echo']);
            assert.ok(!followed.headers.some(([name]) => name === 'location'));
            assert.equal(await outcome(to(to('/echo')), { redirects: 1 }), 'redirect_refused');
            assert.equal(await outcome(to(to('/echo')), { redirects: 2 }), 'done');
            assert.equal(await outcome(to('file:///etc/passwd'), { redirects: 3 }), 'redirect_refused');
            assert.equal(await outcome(to('gopher://127.0.0.1/'), { redirects: 3 }), 'redirect_refused');
        });

        test('a redirect is held to the addresses that are allowed, and https stays https', async () => {
            const to = url => `/redirect?to=${encodeURIComponent(url)}`;
            assert.equal(await outcome(to(`http://127.0.0.2:${server.port}/echo`), { allow: ['127.0.0.1'], redirects: 3 }),
                'address_refused');
            assert.equal(await outcome(to(`${secure.url}/echo`), { redirects: 1 }), 'done');
            const down = await ask({ url: secure.url + to(`${server.url}/echo`), redirects: 1 });
            assert.equal(down.outcome, 'redirect_refused');
        });

        test('what is too large is refused as it comes', async () => {
            assert.equal((await get('/sized?n=1000', { body_max: 1000 })).length, 1000);
            assert.equal(await outcome('/sized?n=1001', { body_max: 1000 }), 'too_large');
            assert.equal(await outcome('/endless'), 'too_large');
            assert.equal((await get('/sized?n=1048576')).length, 1 << 20);
            assert.equal(await outcome('/headers', { headers_max: 8192 }), 'too_large');
            assert.equal(await outcome('/headers'), 'done');
        });

        test('what is slow ends in time', async () => {
            for (const path of ['/silent', '/drip']) {
                const answer = await get(path, { total_ms: 300 });
                assert.equal(answer.outcome, 'timeout');
                assert.ok(answer.took_ms >= 290 && answer.took_ms < 10000, `${answer.took_ms} ms`);
            }
        });

        test('what is no server, or breaks off, is told apart', async t => {
            assert.equal((await ask({ url: `http://127.0.0.1:${await freePort()}/` })).outcome, 'connect_failed');
            assert.equal(await outcome('/cut'), 'broken');
            assert.equal((await ask({ url: await startRaw(t, '') })).outcome, 'broken');
            assert.equal((await ask({ url: await startRaw(t, 'SSH-2.0-nonsense\r\n') })).outcome, 'broken');
            assert.equal((await ask({ url: await startRaw(t, 'HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n') })).outcome,
                'broken');
            const plain = await ask({ url: server.url.replace('http', 'https') });
            assert.equal(plain.outcome, 'tls_failed');
        });

        test('over https the certificate and its name are checked', async () => {
            const answer = await ask({ url: `${secure.url}/echo`, body: 'x' });
            assert.deepEqual([answer.outcome, answer.status], ['done', 200], answer.detail);
            assert.equal((await ask({ url: `${stranger.url}/echo` })).outcome, 'tls_failed');
            const other = secure.url.replace('127.0.0.1', '127.0.0.2');
            assert.match((await ask({ url: `${other}/echo` })).outcome, /tls_failed|connect_failed/);
            assert.equal(stranger.seen.length, 0);
        });

        test('a cancelled one is never heard of again', async () => {
            const answer = await get('/silent', { cancel_ms: 100 });
            assert.deepEqual(answer, { cancelled: true, again: false });
            await waitForGauge(daemon, 'http_client_running', 0);
        });

        test('a hundred at once take turns, and nobody else waits for them', async () => {
            const asked = Array.from({ length: 100 }, () => get('/late'));
            for (let i = 0; i < 5; i++) {
                const began = performance.now();
                assert.equal((await fetch(`${daemon.url}/healthz`)).status, 200);
                assert.ok(performance.now() - began < 5000);
            }
            const answers = await Promise.all(asked);
            assert.deepEqual([...new Set(answers.map(({ body }) => body))], ['late']);
            await waitForGauge(daemon, 'http_client_waiting', 0);
        });

        test('more than may wait are refused as busy, and what waits too long ends', async () => {
            const asked = Array.from({ length: 160 * workers }, () => get('/silent', { total_ms: 1500 }));
            const answers = await Promise.all(asked);
            const refused = answers.filter(answer => answer.refused);
            assert.ok(refused.every(answer => answer.refused === results.busy));
            if (workers === 1) assert.equal(refused.length, 160 - 8 - 120);
            assert.ok(answers.every(answer => answer.refused || answer.outcome === 'timeout'));
            await waitForGauge(daemon, 'http_client_waiting', 0);
            await waitForGauge(daemon, 'http_client_running', 0);
        });

        test('the metrics tell outcomes, and no secret is in the log', async () => {
            const read = await metrics(daemon);
            for (const word of ['done', 'timeout', 'address_refused', 'connect_failed', 'tls_failed', 'too_large',
                'redirect_refused', 'broken', 'cancelled']) {
                assert.ok(read(`http_client_requests_total{outcome="${word}"}`) > 0, word);
            }
            assert.ok(!daemon.log.includes('s3cret'));
        });
    });

    test(`what is outstanding ends with its plugin (workers: ${workers})`, async t => {
        const server = await startHttp(t);
        const daemon = await startDaemon(t, { plugins: ['fetcher'], workers });
        for (let i = 0; i < 4; i++) {
            await fetch(`${daemon.url}/fetch`, {
                method: 'POST',
                headers: { connection: 'close' },
                body: JSON.stringify({ allow: local, url: `${server.url}/silent`, hold: true }),
            });
        }
        await daemon.configure({ plugins: [] });
        daemon.signal('SIGHUP');
        await daemon.waitForLog(/fetcher is unloaded/);
        assert.equal(daemon.log.match(/the fetch ended: cancelled/g)?.length, 4);
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });

    test(`what is outstanding ends with the daemon (workers: ${workers})`, async t => {
        const server = await startHttp(t);
        const daemon = await startDaemon(t, { plugins: ['fetcher'], workers });
        for (let i = 0; i < 3; i++) {
            await fetch(`${daemon.url}/fetch`, {
                method: 'POST',
                body: JSON.stringify({ allow: local, url: `${server.url}/silent`, hold: true }),
            });
        }
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        assert.equal(daemon.log.match(/the fetch ended: cancelled/g)?.length, 3);
    });
}

test('other certificates are read at a reload', async t => {
    const [first, second] = [await startHttps(t), await startHttps(t)];
    const file = server => `http_client = { ca_file = "${server.caFile}" }`;
    const daemon = await startDaemon(t, { plugins: ['fetcher'], more: file(first) });
    const outcome = async server => {
        const body = JSON.stringify({ allow: local, url: `${server.url}/echo` });
        return (await (await fetch(`${daemon.url}/fetch`, { method: 'POST', body })).json()).outcome;
    };
    assert.deepEqual([await outcome(first), await outcome(second)], ['done', 'tls_failed']);
    await daemon.configure({ more: file(second) });
    daemon.signal('SIGHUP');
    await daemon.waitForLog(/configuration was read again/);
    for (let i = 0; i < 200 && (await outcome(second)) !== 'done'; i++) await sleep(25);
    assert.equal(await outcome(second), 'done');
    await daemon.stop();
});
