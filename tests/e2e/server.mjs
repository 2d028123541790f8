// A carillond with the web app, on a port that the kernel gives and that stays the same through kill and restart.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const build = process.env.CARILLON_BUILD ?? join(root, 'build');
/* The app that is built on pusher-js, where pusher.test.mjs asks for it. */
const onPusher = process.env.CARILLON_E2E_TRANSPORT === 'pusher';
export const transportName = onPusher ? 'Pusher' : 'WebSocket';
const SANITIZER = /(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:/;

export class Server {
    key = randomBytes(24).toString('hex');
    log = '';
    #child;
    #port = 0;

    /** more: Lua that is added to the configuration. */
    static async start(more = '', plugins = []) {
        const server = new Server();
        server.more = more;
        server.plugins = plugins;
        server.folder = await mkdtemp(join(tmpdir(), 'carillon-e2e-'));
        await server.up();
        return server;
    }

    get url() {
        return `http://127.0.0.1:${this.#port}`;
    }

    #configuration() {
        const lua = list => `{ ${list.map(text => JSON.stringify(text)).join(', ')} }`;
        return `
workers = 2
listen = { { address = "127.0.0.1:${this.#port}" } }
plugins = ${lua(['websocket', 'sse', 'sqlite', ...(onPusher ? ['pusher'] : []), ...this.plugins])}
plugin_dirs = ${lua([join(build, 'plugins'), join(build, 'tests/plugins')])}
web = { directory = ${JSON.stringify(join(root, onPusher ? 'web/dist-pusher' : 'web/dist'))} }
drain = { timeout = "1s", jitter = 0 }
apps = { main = { guest_rate = 0, server_keys = { { name = "Seed", key = "${this.key}" } } } }
${this.more}`;
    }

    async up() {
        const file = join(this.folder, 'carillon.lua');
        await writeFile(file, this.#configuration());
        this.#child = spawn(join(build, 'daemon/carillond'), ['--config', file, '--state-dir', this.folder, '--ready-fd', '3'], {
            stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
        });
        this.#child.stderr.setEncoding('utf8').on('data', text => {
            this.log += text;
        });
        this.exited = once(this.#child, 'close');
        const ready = once(createInterface({ input: this.#child.stdio[3] }), 'line');
        const [line] = await Promise.race([ready, this.exited.then(() => assert.fail(`carillond ended:\n${this.log}`))]);
        this.#port = Number(JSON.parse(line).addresses[0].split(':').pop());
    }

    async kill() {
        this.#child.kill('SIGKILL');
        await this.exited;
    }

    async stop() {
        if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
        await this.exited;
        await rm(this.folder, { recursive: true, force: true });
        assert.doesNotMatch(this.log, SANITIZER);
    }

    /** As a server with the API key, or as the person whose token is given. */
    async call(method, path, body, token = this.key) {
        const response = await fetch(`${this.url}/api/v1${path}`, {
            method,
            headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
            body: body && JSON.stringify(body),
        });
        const text = await response.text();
        assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
        return text === '' ? null : JSON.parse(text);
    }

    signIn(name) {
        return this.call('POST', '/tokens', { name }, null);
    }

    createConversation(channel, title, visibility, token) {
        return this.call('POST', '/conversations', { channel, title, visibility }, token);
    }

    say(channel, author, text, more = {}) {
        return this.call('POST', '/publish', { channel, author, text, ...more });
    }

    /** So many messages, quickly. text: made from the number, from 0. */
    async fill(channel, author, count, text) {
        for (let from = 0; from < count; from += 100) {
            const items = Array.from({ length: Math.min(100, count - from) }, (_, n) => ({ channel, author, text: text(from + n) }));
            const { items: results } = await this.call('POST', '/publish/batch', { items });
            const refused = results.find(result => result.pos === undefined);
            assert.equal(refused, undefined, JSON.stringify(refused));
        }
    }
}
