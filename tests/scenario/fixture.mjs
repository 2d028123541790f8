// What the scenarios share: a daemon for one worker and one for three, people, and conversations of a test's own.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { Stream } from '../harness/stream.mjs';
import { shareDaemon } from '../harness/together.mjs';

export const serverKey = 'server-key-for-scenarios-0123456789';
export const jwtSecret = 'jwt-secret-for-scenarios-0123456789';

const app = channels => `
sse = { retry = "100ms" }
apps = { main = {
    guest_rate = 0,
    server_keys = { { name = "backend", key = "${serverKey}" } },
    jwt_keys = { { algorithm = "HS256", key = "${jwtSecret}" } },
    channels = { ${channels} },
} }
tokens = { leeway = 0 }`;

// Runs body(scene) for each number of workers. `channels` are entries of apps.main.channels, `more` other Lua text.
export function scenarios(title, { channels = '', more = '' }, body) {
    for (const workers of [1, 3]) describe(`${title}, workers: ${workers}`, () => {
        const scene = new Scene(workers);
        shareDaemon({ workers, more: `${app(channels)}\n${more}` }, daemon => scene.begin(daemon));
        body(scene);
    });
}

class Scene {
    #open = [];
    #count = 0;

    constructor(workers) {
        this.workers = workers;
    }

    // Answers who is to be closed at the end.
    begin(daemon) {
        this.daemon = daemon;
        daemon.secrets.push(serverKey, jwtSecret);
        return this.#open;
    }

    name(word) {
        return `${word}-${this.workers}-${++this.#count}`;
    }

    keep(client) {
        this.#open.push(client);
        return client;
    }

    // A new guest, connected.
    async person(word = 'guest') {
        return this.keep(await Client.signIn(this.daemon, this.name(word)));
    }

    async people(...words) {
        return Promise.all(words.map(word => this.person(word)));
    }

    async stream(client, ...channels) {
        return this.keep(await Stream.open(client, channels));
    }

    // A conversation that `owner` creates.
    async conversation(owner, visibility) {
        const channel = this.name('room');
        await owner.createConversation(channel, visibility);
        return channel;
    }

    // A request of the application's server.
    async server(method, path, body) {
        return new Client(this.daemon, { token: serverKey }).http(method, path, body);
    }
}

export async function eventually(condition, what = condition, ms = 10000) {
    for (const until = Date.now() + ms; Date.now() < until; await sleep(20)) {
        const value = await condition();
        if (value) return value;
    }
    return assert.fail(`not within ${ms} ms: ${what}`);
}

// What makes two tellings of a change the same.
export const essence = ({ channel, epoch, pos, event, data }) => ({
    channel, epoch, pos, event, id: data.message?.id ?? data.message_id, text: data.message?.text,
});
export const durable = events => events.filter(event => event.pos);
