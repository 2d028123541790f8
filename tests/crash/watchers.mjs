// Clients that see everything and come back by themselves after each crash: one of each transport. `seen(channel)` is the
// list of changes in the order in which they came.
import { setTimeout as sleep } from 'node:timers/promises';
import { Stream } from '../harness/stream.mjs';

const RETRY_MS = 20;
const isChange = channel => item => item.type === 'reset' || (item.channel === channel && item.pos > 0);

export class SocketWatcher {
    name = 'WebSocket';
    #running = true;

    static async start(client, channels) {
        const watcher = new SocketWatcher();
        watcher.client = client;
        watcher.from = new Map();
        for (const channel of channels) watcher.from.set(channel, (await client.subscribe(channel)).pos);
        watcher.done = watcher.#run();
        return watcher;
    }

    async #run() {
        while (this.#running) {
            await this.client.closed;
            while (this.#running && this.client.closedBy) await this.#comeBack();
        }
    }

    async #comeBack() {
        try {
            for (const answer of (await this.client.resume()).values()) {
                if (answer.recovery === 'reset') this.client.events.push({ type: 'reset', reason: answer.reason });
            }
        } catch {
            await sleep(RETRY_MS);
        }
    }

    get connected() {
        return this.client.closedBy === null;
    }

    seen(channel) {
        return this.client.events.filter(event => event.type === 'reset' || isChange(channel)(event));
    }

    async stop() {
        this.#running = false;
        this.client.close();
        await this.done;
    }
}

// npm's EventSource does all of the coming back.
export class StreamWatcher {
    name = 'SSE';

    static async start(client, channels) {
        const watcher = new StreamWatcher();
        watcher.stream = await Stream.open(client, channels);
        watcher.from = new Map(watcher.stream.of('subscribed').map(({ channel, pos }) => [channel, pos]));
        return watcher;
    }

    get problem() {
        return this.stream.problem;
    }

    get connected() {
        return this.stream.source.readyState === this.stream.source.OPEN;
    }

    seen(channel) {
        const marked = this.stream.data.map(item =>
            item.type === 'subscribed' && item.recovery === 'reset' ? { type: 'reset', reason: item.reason } : item);
        return marked.filter(item => item.type === 'reset' || (item.type === 'event' && isChange(channel)(item)));
    }

    async stop() {
        this.stream.close();
    }
}

// Asks for the changes after the last that it has, again and again.
export class PollWatcher {
    name = 'HTTP';
    connected = true;
    #running = true;
    #seen = new Map();

    static async start(client, channels) {
        const watcher = new PollWatcher();
        watcher.from = new Map(channels.map(channel => [channel, 0]));
        watcher.done = watcher.#run(client, channels);
        return watcher;
    }

    async #run(client, channels) {
        const epochs = new Map();
        for (const channel of channels) {
            this.#seen.set(channel, []);
            epochs.set(channel, (await client.get(`/conversations/${channel}`)).epoch);
        }
        for (; this.#running; await sleep(RETRY_MS)) {
            for (const channel of channels) {
                const seen = this.#seen.get(channel);
                const fresh = await client.changes(channel, epochs.get(channel), seen.at(-1)?.pos ?? 0).catch(() => []);
                seen.push(...fresh);
            }
        }
    }

    seen(channel) {
        return this.#seen.get(channel) ?? [];
    }

    async stop() {
        this.#running = false;
        await this.done;
    }
}
