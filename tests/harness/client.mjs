// A person at a daemon: a guest with a token and a WebSocket.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';

export class Client {
    #socket;
    #next = 1;
    #waiting = new Map();
    #watchers = new Set();
    events = []; // all frames of type event, as they came

    static async signIn(daemon, name) {
        const client = new Client();
        client.url = daemon.url;
        const answer = await client.http('POST', '/tokens', { name });
        assert.equal(answer.status, 201);
        client.token = answer.body.token;
        client.user = answer.body.user;
        client.#socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, 'carillon.v1');
        client.#socket.on('message', data => client.#take(JSON.parse(data)));
        await once(client.#socket, 'open');
        client.closed = once(client.#socket, 'close');
        client.closed.catch(() => {});
        assert.equal((await client.request({ type: 'connect', token: client.token })).type, 'connected');
        return client;
    }

    async http(method, path, body) {
        const response = await fetch(`${this.url}/api/v1${path}`, {
            method,
            headers: {
                ...(this.token && { authorization: `Bearer ${this.token}` }),
                ...(body && { 'content-type': 'application/json' }),
            },
            body: body && JSON.stringify(body),
        });
        const text = await response.text();
        return { status: response.status, body: text ? JSON.parse(text) : null };
    }

    async createConversation(channel) {
        const answer = await this.http('POST', '/conversations', { channel, title: channel, visibility: 'public' });
        assert.equal(answer.status, 201);
    }

    #take(frame) {
        if (frame.type === 'event') this.events.push(frame);
        this.#waiting.get(frame.id)?.(frame);
        this.#waiting.delete(frame.id);
        for (const watch of this.#watchers) watch();
    }

    // The answer, also if it is an error.
    request(fields) {
        const id = this.#next++;
        this.#socket.send(JSON.stringify({ id, ...fields }));
        return new Promise(resolve => this.#waiting.set(id, resolve));
    }

    publish(channel, text, more = {}) {
        return this.request({ type: 'publish', channel, text, ...more });
    }

    async subscribe(channel) {
        const answer = await this.request({ type: 'subscribe', channel });
        assert.equal(answer.type, 'subscribed', JSON.stringify(answer));
        return answer;
    }

    // The texts of the messages that came on a channel, in their order.
    texts(channel) {
        return this.events
            .filter(event => event.channel === channel && event.event === 'message.new')
            .map(event => event.data.message.text);
    }

    // Waits until so many messages have come on a channel.
    waitForTexts(channel, count, ms = 10000) {
        return new Promise((resolve, reject) => {
            const check = () => {
                if (this.texts(channel).length < count) return;
                clearTimeout(timer);
                this.#watchers.delete(check);
                resolve(this.texts(channel));
            };
            const timer = setTimeout(() => {
                this.#watchers.delete(check);
                reject(new Error(`${count} messages expected on ${channel}, came: ${this.texts(channel)}`));
            }, ms);
            this.#watchers.add(check);
            check();
        });
    }

    close() {
        this.#socket.terminate();
    }
}
