// pusher-js in real Chromium, from a page of another origin: over WebSocket, and by each kind of HTTP requests.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from '../e2e/people.mjs';
import { apps, call, clientOptions, fresh, sign, Socket, start } from './fixture.mjs';

const script = createRequire(import.meta.url).resolve('pusher-js').replace(/dist\/.*/, 'dist/web/pusher.min.js');
const PATIENCE_MS = 20000;

describe('pusher-js in Chromium', () => {
    let daemon, dispose, browser, pages, origin;

    before(async () => {
        const code = await readFile(script, 'utf8');
        pages = http.createServer((request, response) => {
            const isScript = request.url === '/pusher.js';
            response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
            response.end(isScript ? code : '<!doctype html><title>A page</title><link rel="icon" href="data:,"><script src="/pusher.js"></script>');
        });
        await once(pages.listen(0, '127.0.0.1'), 'listening');
        origin = `http://127.0.0.1:${pages.address().port}`;
        daemon = await start({ after: end => (dispose = end) }, { workers: 3, more: `apps.main.origins = { "${origin}" }; limits.queue = "16m"` });
        browser = await openBrowser();
    });
    after(async () => {
        await browser?.close();
        pages.close();
        try {
            assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        } finally {
            await dispose?.();
        }
    });

    // A page with a client of its own, which keeps what it hears. options: of pusher-js.
    async function visit(user_id, options, prepare = async () => {}) {
        const context = await browser.newContext(), page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        await page.exposeFunction('sign', (socketId, channel, data) => sign(apps.main, ...[socketId, channel, data].filter(part => part !== null)));
        await prepare(page);
        await page.goto(origin);
        await page.evaluate(([key, all, id]) => {
            const channelAuthorization = {
                async customHandler({ socketId, channelName }, callback) {
                    const data = channelName.startsWith('presence-') ? JSON.stringify({ user_id: id, user_info: { name: id } }) : null;
                    const auth = await window.sign(socketId, channelName, data);
                    callback(null, { auth, ...(data && { channel_data: data }) });
                },
            };
            window.heard = [];
            window.states = [];
            window.client = new window.Pusher(key, { ...all, channelAuthorization });
            window.client.connection.bind('state_change', ({ current }) => window.states.push(current));
        }, [apps.main.key, { ...clientOptions(daemon), ...options }, user_id]);
        await page.waitForFunction(() => window.client.connection.state === 'connected');
        return {
            page,
            transport: () => page.evaluate(() => window.client.connection.connection.transport.name),
            states: () => page.evaluate(() => window.states),
            async subscribe(channel) {
                await page.evaluate(name => {
                    window.client.subscribe(name).bind_global((event, data) => window.heard.push([event, data]));
                }, channel);
                await page.waitForFunction(name => window.client.channel(name).subscribed, channel);
            },
            // What was heard of this event, once there is so much of it.
            async hear(event, count = 1) {
                await page.waitForFunction(([name, n]) => window.heard.filter(([one]) => one === name).length >= n, [event, count]);
                return page.evaluate(name => window.heard.filter(([one]) => one === name).map(([, data]) => data), event);
            },
            leave: () => context.close(),
        };
    }

    for (const transport of ['ws', 'xhr_streaming', 'xhr_polling']) describe(transport, () => {
        const only = { enabledTransports: [transport] };

        test('subscribes, hears in order, sends to others; who leaves is gone', { timeout: 120000 }, async () => {
            const channel = fresh('presence-'), watcher = await Socket.open(daemon);
            await watcher.subscribe(channel, { data: { user_id: 'watcher' } });
            const ada = await visit('ada', only), bob = await visit('bob', only);
            assert.equal(await ada.transport(), transport);
            await ada.subscribe(channel);
            await bob.subscribe(channel);
            assert.deepEqual(await ada.hear('pusher:member_added'), [{ id: 'bob', info: { name: 'bob' } }]);
            for (let i = 0; i < 20; i++) {
                assert.equal((await call(daemon, 'POST', '/events', { body: { name: 'said', channel, data: `grüß "${i}" 😀` } })).status, 200);
            }
            for (const person of [ada, bob]) {
                assert.deepEqual(await person.hear('said', 20), Array.from({ length: 20 }, (_, i) => `grüß "${i}" 😀`));
            }
            await bob.page.evaluate(name => window.client.channel(name).trigger('client-typing', { on: true }), channel);
            assert.deepEqual(await ada.hear('client-typing'), [{ on: true }]);
            await bob.leave();
            await ada.hear('pusher:member_removed');
            assert.equal((await watcher.take('pusher_internal:member_removed', channel)).data.user_id, 'bob');
            await watcher.close();
            await ada.leave();
        });

        test('more than an answer holds: nothing is lost, nothing comes twice, the connection stays', { timeout: 120000 }, async () => {
            const channel = fresh('room'), ada = await visit('ada', only), filler = 'é€😀'.repeat(600);
            await ada.subscribe(channel);
            const count = 300;
            for (let i = 0; i < count; i += 10) {
                const batch = Array.from({ length: 10 }, (_, n) => ({ name: 'said', channel, data: `${i + n} ${filler}` }));
                assert.equal((await call(daemon, 'POST', '/batch_events', { body: { batch } })).status, 200);
            }
            const said = await ada.hear('said', count);
            assert.deepEqual(said.map(data => parseInt(data, 10)), Array.from({ length: count }, (_, i) => i));
            assert.deepEqual(await ada.states(), ['connected']);
            await ada.leave();
        });
    });

    test('where WebSockets are blocked, pusher-js finds another way by itself', { timeout: 120000 }, async () => {
        const block = page => page.addInitScript(() => {
            window.WebSocket = class extends EventTarget {
                constructor() {
                    super();
                    setTimeout(() => this.onclose?.({ code: 1006, reason: '', wasClean: false }));
                }
                close() {}
            };
        });
        const channel = fresh('private-'), ada = await visit('ada', { enabledTransports: undefined }, block);
        assert.match(await ada.transport(), /^xhr_/);
        await ada.subscribe(channel);
        await call(daemon, 'POST', '/events', { body: { name: 'said', channel, data: 'hi' } });
        assert.deepEqual(await ada.hear('said'), ['hi']);
        await ada.leave();
    });
});
