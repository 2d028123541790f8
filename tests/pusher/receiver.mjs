// An app's own server, which webhooks are posted to. npm's `pusher` judges each of them; what is wrong is in `problems`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import Pusher from 'pusher';

const PATIENCE_MS = 30000;

export class Receiver {
    bodies = []; // of all requests, taken or not: { status, body, headers, path }
    events = []; // of those that were taken, in their order
    problems = [];
    answer = () => 200; // status of the next answer; null: none comes; a function of the request's number and events
    #server = null;
    #held = new Set();
    #port = 0;

    constructor(app) {
        this.app = app;
        this.judge = new Pusher({ appId: app.id, key: app.key, secret: app.secret });
    }

    // Listens on a port that the kernel gives, and later on the same one again.
    async start() {
        this.#server = http.createServer((request, response) => void this.#take(request, response));
        this.#server.listen(this.#port, '127.0.0.1');
        await once(this.#server, 'listening');
        this.#port = this.#server.address().port;
        return this;
    }

    get url() {
        return `http://127.0.0.1:${this.#port}`;
    }

    async stop() {
        const server = this.#server;
        this.#server = null;
        if (!server) return;
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
    }

    async #take(request, response) {
        let body = '';
        for await (const chunk of request.setEncoding('utf8')) body += chunk;
        const webhook = this.judge.webhook({ headers: request.headers, rawBody: body });
        if (!webhook.isValid()) this.problems.push(`not valid: ${body} ${JSON.stringify(request.headers)}`);
        const events = webhook.isValid() ? webhook.getEvents() : [];
        const status = this.answer(this.bodies.length, events);
        this.bodies.push({ status, body, headers: request.headers, path: request.url, at: webhook.isValid() && webhook.getTime() });
        if (status === null) return void this.#held.add(response);
        if (status < 300) this.events.push(...events);
        response.writeHead(status, { location: '/elsewhere' }).end();
    }

    // Waits until look(this) gives something.
    async until(look, what) {
        const end = Date.now() + PATIENCE_MS;
        for (;;) {
            const found = look(this);
            if (found) return found;
            assert.ok(Date.now() < end, `no ${what}; ${JSON.stringify({ problems: this.problems, bodies: this.bodies.slice(-5), events: this.events.slice(-20) })}`);
            await new Promise(wake => setTimeout(wake, 20));
        }
    }

    // The first event of this name on this channel; it is taken off the list.
    async take(name, channel) {
        return this.until(() => {
            const at = this.events.findIndex(e => e.name === name && e.channel === channel);
            return at >= 0 && this.events.splice(at, 1)[0];
        }, `${name} of ${channel}`);
    }

    of(channel) {
        return this.events.filter(event => event.channel === channel);
    }
}
