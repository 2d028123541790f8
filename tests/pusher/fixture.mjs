// A daemon with several apps, what its servers sign with, and a client that says nothing by itself.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import WebSocket from 'ws';
import { startDaemon } from '../harness/daemon.mjs';

const PATIENCE_MS = 30000;

export const apps = {
    main: { id: '100', key: 'main-key', secret: 'main-secret-0123456789' },
    other: { id: '200', key: 'other-key', secret: 'other-secret-0123456789' },
    off: { id: '300', key: 'off-key', secret: 'off-secret-0123456789' },
    small: { id: '400', key: 'small-key', secret: 'small-secret-0123456789' },
    safe: { id: '500', key: 'safe-key', secret: 'safe-secret-0123456789' },
};

const extras = {
    main: `origins = { "http://pages.example" },
        channels = { { pattern = "stored-*" }, { pattern = "private-quiet*" } }`,
    other: 'subscription_counts = true, limits = { members = 1000 }',
    off: 'enabled = false',
    small: `limits = { connections = 2, subscriptions = 3, client_events = 3, event_data = 200, event_channels = 2, batch = 2,
        members = 2, member_data = 100, watchlist = 2, requests = 0, cached = "1s" }`,
    safe: 'tls_only = true, refuse_replays = true',
};

const appLines = Object.entries(apps)
    .map(([name, { id, key, secret }]) => `${name} = { id = "${id}", key = "${key}", secret = "${secret}", ${extras[name]} },`)
    .join('\n');

// more: Lua behind it.
export function start(t, { workers = 1, more = '' } = {}) {
    return startDaemon(t, { plugins: ['pusher'], workers, more: `apps = { ${appLines} }\n${more}` });
}

// A daemon for all tests of a `describe`: before() and after() of it.
export function shared(options) {
    let dispose;
    const held = {
        async before() {
            held.daemon = await start({ after: end => (dispose = end) }, options);
            assert.ok(held.daemon.url, held.daemon.log);
        },
        async after() {
            try {
                assert.deepEqual(await held.daemon.stop(), { code: 0, signal: null });
            } finally {
                await dispose();
            }
        },
    };
    return held;
}

export const sign = (app, ...parts) =>
    `${app.key}:${createHmac('sha256', app.secret).update(parts.join(':')).digest('hex')}`;

let names = 0;
// A channel that no other test uses.
export const fresh = prefix => `${prefix}${++names}-${randomBytes(3).toString('hex')}`;

export class Socket {
    frames = []; // as they came, with `data` read where it is a string of JSON, and as `raw`
    all = [];
    closed = null;
    #wake = [];

    static connect(daemon, app = apps.main, { query = 'protocol=7&client=test&version=1.0', path, options = {} } = {}) {
        const socket = new Socket();
        socket.app = app;
        const url = `${daemon.url.replace('http', 'ws')}${path ?? `/app/${app.key}`}?${query}`;
        socket.ws = new WebSocket(url, options);
        socket.ws.on('message', (data, binary) => socket.#take(data.toString(), binary));
        socket.ws.on('close', (code, reason) => {
            socket.closed = { code, reason: reason.toString() };
            socket.#awake();
        });
        socket.ws.on('error', error => (socket.error = error));
        return socket;
    }

    static async open(daemon, app, options) {
        const socket = Socket.connect(daemon, app, options);
        const { data } = await socket.take('pusher:connection_established');
        socket.id = data.socket_id;
        socket.activityTimeout = data.activity_timeout;
        return socket;
    }

    #take(text, binary) {
        assert.equal(binary, false);
        const frame = JSON.parse(text);
        frame.raw = frame.data;
        if (typeof frame.data === 'string') {
            try {
                frame.data = JSON.parse(frame.data);
            } catch {
                // it is text
            }
        }
        this.frames.push(frame);
        this.all.push(frame);
        this.#awake();
    }

    #awake() {
        this.#wake.splice(0).forEach(wake => wake());
    }

    // Waits until look() gives something.
    async until(look, what) {
        const end = Date.now() + PATIENCE_MS;
        for (;;) {
            const found = look();
            if (found) return found;
            const left = end - Date.now();
            assert.ok(left > 0, `no ${what}; the last are ${JSON.stringify(this.frames.slice(-5)).slice(-2000)}, closed ${JSON.stringify(this.closed)}`);
            let timer;
            await Promise.race([
                new Promise(wake => this.#wake.push(wake)),
                new Promise(wake => (timer = setTimeout(wake, left))),
            ]);
            clearTimeout(timer);
        }
    }

    // The first frame that was not taken yet, of this event, on this channel if one is named.
    async take(event, channel) {
        const i = await this.until(() => {
            const at = this.frames.findIndex(f => f.event === event && (channel === undefined || f.channel === channel));
            return at >= 0 && { at };
        }, `frame ${event}`);
        return this.frames.splice(i.at, 1)[0];
    }

    async waitClosed() {
        return this.until(() => this.closed, 'close');
    }

    send(frame) {
        this.ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
    }

    // Whatever was sent before has been answered, as far as it is answered.
    async settle() {
        this.send({ event: 'pusher:ping', data: {} });
        await this.take('pusher:pong');
    }

    ask(channel, { auth, data, ...more } = {}) {
        const wants = /^(private|presence)-/.test(channel);
        const member = data === undefined || typeof data === 'string' ? data : JSON.stringify(data);
        const parts = member === undefined ? [this.id, channel] : [this.id, channel, member];
        this.send({
            event: 'pusher:subscribe',
            data: { channel, auth: auth ?? (wants ? sign(this.app, ...parts) : undefined), channel_data: member, ...more },
        });
    }

    async subscribe(channel, options) {
        this.ask(channel, options);
        return this.take('pusher_internal:subscription_succeeded', channel);
    }

    async signIn(user) {
        const data = JSON.stringify(user);
        this.send({ event: 'pusher:signin', data: { auth: sign(this.app, this.id, '', 'user', '', data), user_data: data } });
        return this.take('pusher:signin_success');
    }

    trigger(channel, event, data) {
        this.send({ event, channel, data });
    }

    async refused() {
        return (await this.take('pusher:error')).data;
    }

    async close() {
        this.ws.close();
        await this.waitClosed();
    }
}

// One signed request of an app's server. body: an object, or text as it is. Answers { status, body, text, type }.
export async function call(daemon, method, path, { app = apps.main, body, query = {}, change = {}, headers = {}, suffix = '' } = {}) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const params = {
        auth_key: app.key,
        auth_timestamp: String(Math.floor(Date.now() / 1000)),
        auth_version: '1.0',
        ...(text !== undefined && { body_md5: createHash('md5').update(text).digest('hex') }),
        ...query,
        ...change,
    };
    const whole = `/apps/${app.id}${path}`;
    const joined = Object.keys(params).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).map(k => `${k}=${params[k]}`).join('&');
    const signature = createHmac('sha256', app.secret).update(`${method}\n${whole}\n${joined}`).digest('hex');
    const search = new URLSearchParams({ ...params, auth_signature: signature, ...change });
    return request(daemon, method, `${whole}?${search}${suffix}`, text, headers);
}

export async function request(daemon, method, path, text, headers = {}) {
    const { hostname, port } = new URL(daemon.url);
    const made = http.request({ hostname, port, method, path, headers: { ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...(text === undefined && method === 'POST' && { 'content-length': 0 }), ...headers } });
    made.end(text);
    const [response] = await once(made, 'response');
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    const answer = Buffer.concat(chunks).toString();
    const type = response.headers['content-type'];
    return { status: response.statusCode, text: answer, type, body: /json/.test(type) ? JSON.parse(answer) : undefined, headers: response.headers };
}

// What pusher-js is told, wherever it runs.
export const clientOptions = (daemon, transport = 'ws') => ({
    wsHost: '127.0.0.1',
    wsPort: Number(new URL(daemon.url).port),
    httpHost: '127.0.0.1',
    httpPort: Number(new URL(daemon.url).port),
    forceTLS: false,
    enabledTransports: [transport],
    cluster: 'none',
});
