// A carillond with the web app, its limits as a user finds them, and what a server with an API key does there.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../harness/daemon.mjs';

/* The app that is built on pusher-js, where pusher.test.mjs asks for it. */
const onPusher = process.env.CARILLON_E2E_TRANSPORT === 'pusher';
export const transportName = onPusher ? 'Pusher' : 'WebSocket';
const dist = join(dirname(fileURLToPath(import.meta.url)), onPusher ? '../../web/dist-pusher' : '../../web/dist');

const settings = key => `
web = { directory = ${JSON.stringify(dist)} }
limits = {}
apps = { main = { guest_rate = 0, server_keys = { { name = "Seed", key = "${key}" } } } }
`;

export class Server {
    key = randomBytes(24).toString('hex');
    #daemon;
    #remove;

    /** more: Lua that is added to the configuration. Who starts it stops it. */
    static async start(more = '', plugins = []) {
        const server = new Server();
        await server.#start({ workers: 2, plugins: onPusher ? ['pusher', ...plugins] : plugins, more: settings(server.key) + more });
        return server;
    }

    async #start(options) {
        this.#daemon = await startDaemon({ after: remove => (this.#remove = remove) }, options);
        this.#daemon.secrets.push(this.key);
        assert.ok(this.url, this.#daemon.log);
    }

    get url() {
        return this.#daemon.url;
    }

    /** Again, on the same port and with what is stored. */
    async up() {
        await this.#daemon.start();
        assert.ok(this.#daemon.running, this.#daemon.log);
    }

    async kill() {
        await this.#daemon.kill();
    }

    async stop() {
        try {
            await this.#daemon.stop();
        } finally {
            await this.#remove();
        }
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

    async signIn(name) {
        const answer = await this.call('POST', '/tokens', { name }, null);
        this.#daemon.secrets.push(answer.token);
        return answer;
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
