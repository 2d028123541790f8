// A person at a daemon: a guest with a token and a WebSocket, who remembers a place in each channel and can come back.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';

const PATIENCE_MS = 10000;

export class Client {
    #socket;
    #next = 1;
    #waiting = new Map();
    #watchers = new Set();
    events = []; // all frames of type event, as they came
    frames = []; // all that came unasked, events too
    places = new Map(); // channel → { epoch, pos }: the last that was seen of each that is subscribed to
    closedBy = null; // once the socket is closed: { code, reason }

    constructor(daemon, { token, user } = {}) {
        this.daemon = daemon;
        this.token = token;
        this.user = user;
    }

    // A new guest, connected.
    static async signIn(daemon, name, app) {
        const client = new Client(daemon);
        const answer = await client.http('POST', '/tokens', { name, app });
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        client.token = answer.body.token;
        client.user = answer.body.user;
        daemon.secrets.push(client.token);
        await client.open();
        return client;
    }

    // Another session of the same person.
    async another() {
        const client = new Client(this.daemon, this);
        await client.open();
        return client;
    }

    get url() {
        return this.daemon.url;
    }

    get socket() {
        return this.#socket;
    }

    // Connects, or connects again, and signs in. What came before stays in events; places stay.
    // Throws when it is refused, with the answer.
    async open(options = {}) {
        const socket = new WebSocket(this.daemon.wsUrl, 'carillon.v1', options);
        this.#socket = socket;
        this.closedBy = null;
        socket.on('message', data => this.#take(JSON.parse(data)));
        this.closed = new Promise(resolve => {
            socket.on('close', (code, reason) => {
                this.closedBy = { code, reason: reason.toString() };
                for (const { reject } of this.#waiting.values()) reject(new Error(`closed: ${code} ${reason}`));
                this.#waiting.clear();
                this.#wake();
                resolve([code, reason]);
            });
        });
        await once(socket, 'open');
        socket.on('error', () => {}); // what follows from it is told by close
        this.connected = await this.request({ type: 'connect', token: this.token });
        if (this.connected.type === 'connected') return;
        socket.terminate();
        await this.closed;
        throw Object.assign(new Error(`not signed in: ${JSON.stringify(this.connected)}`), { answer: this.connected });
    }

    // Comes back: connects and subscribes to all channels from the place that was seen last. Answers what each said.
    async resume() {
        await this.open();
        const answers = new Map();
        for (const [channel, place] of this.places) {
            const answer = await this.request({ type: 'subscribe', channel, ...place });
            if (answer.recovery === 'reset') this.places.set(channel, { epoch: answer.epoch, pos: answer.pos });
            answers.set(channel, answer);
        }
        return answers;
    }

    async http(method, path, body, headers = {}) {
        const response = await fetch(`${this.url}/api/v1${path}`, {
            method,
            headers: {
                ...(this.token && { authorization: `Bearer ${this.token}` }),
                ...(body && { 'content-type': 'application/json' }),
                ...headers,
            },
            body: body && JSON.stringify(body),
        });
        const text = await response.text();
        return { status: response.status, body: text ? JSON.parse(text) : null };
    }

    // The same, where nothing but success will do.
    async get(path) {
        const answer = await this.http('GET', path);
        assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
        return answer.body;
    }

    async createConversation(channel, visibility = 'public') {
        const answer = await this.http('POST', '/conversations', { channel, title: channel, visibility });
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
    }

    // All changes of a conversation after a pos, over HTTP, page by page.
    async changes(channel, epoch, after = 0) {
        const items = [];
        for (;;) {
            const query = new URLSearchParams({ epoch, after: items.at(-1)?.pos ?? after, limit: 100 });
            const page = await this.get(`/conversations/${channel}/changes?${query}`);
            items.push(...page.items);
            if (!page.more) return items;
        }
    }

    #take(frame) {
        if (frame.type === 'event') {
            this.events.push(frame);
            if (frame.pos && this.places.has(frame.channel)) {
                this.places.set(frame.channel, { epoch: frame.epoch, pos: frame.pos });
            }
        }
        if (frame.type === 'subscribed' && frame.recovery === 'none') {
            this.places.set(frame.channel, { epoch: frame.epoch, pos: frame.pos });
        }
        if (frame.id === undefined) this.frames.push(frame);
        this.#waiting.get(frame.id)?.resolve(frame);
        this.#waiting.delete(frame.id);
        this.#wake();
    }

    #wake() {
        for (const watch of this.#watchers) watch();
    }

    send(frame) {
        this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    }

    // The answer, also if it is an error; rejects when the socket closes before it comes.
    request(fields) {
        const id = this.#next++;
        return new Promise((resolve, reject) => {
            if (this.#socket.readyState !== WebSocket.OPEN) throw new Error('not connected');
            this.#waiting.set(id, { resolve, reject });
            this.send({ id, ...fields });
        });
    }

    publish(channel, text, more = {}) {
        return this.request({ type: 'publish', channel, text, ...more });
    }

    async subscribe(channel, place = {}) {
        const answer = await this.request({ type: 'subscribe', channel, ...place });
        assert.equal(answer.type, 'subscribed', JSON.stringify(answer));
        return answer;
    }

    // The texts of the messages that came on a channel, in their order.
    texts(channel) {
        return this.events
            .filter(event => event.channel === channel && event.event === 'message.new')
            .map(event => event.data.message.text);
    }

    // Waits until find() gives something, which it looks for again with each frame that comes.
    waitFor(find, what = find, ms = PATIENCE_MS) {
        return new Promise((resolve, reject) => {
            const look = () => {
                const found = find();
                if (!found) return;
                clearTimeout(timer);
                this.#watchers.delete(look);
                resolve(found);
            };
            const timer = setTimeout(() => {
                this.#watchers.delete(look);
                reject(new Error(`${what} did not come; the last frames: ${JSON.stringify(this.frames.slice(-5))}`));
            }, ms);
            this.#watchers.add(look);
            look();
        });
    }

    // The first frame that came unasked and fits.
    waitForFrame(fits, ms) {
        return this.waitFor(() => this.frames.find(fits), fits, ms);
    }

    // Waits until so many messages have come on a channel.
    async waitForTexts(channel, count, ms) {
        const all = () => this.texts(channel);
        await this.waitFor(() => all().length >= count, `${count} messages on ${channel}`, ms);
        return all();
    }

    close() {
        this.#socket?.terminate();
    }
}
