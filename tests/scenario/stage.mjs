// What the scenarios play on: a daemon for all tests of a file, with one worker and again with three, and people on it.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';

export const serverKey = 'a-server-key-for-the-scenarios-0123456789';
const appOptions = `guest_rate = 0, server_keys = { { name = "backend", key = "${serverKey}" } }`;

// The app of most scenarios, with these rows of `channels`.
export const mainApp = (channels = '') => `apps = { main = { ${appOptions}, channels = { ${channels} } } }`;

class Stage {
    #people = [];
    #channels = 0;

    constructor(daemon) {
        this.daemon = daemon;
        daemon.secrets.push(serverKey);
        this.server = new Client(daemon, { token: serverKey });
    }

    // A guest who is connected until the scenes end.
    async guest(name = 'Guest') {
        return this.keep(await Client.signIn(this.daemon, `${name} ${this.#people.length}`));
    }

    async guests(...names) {
        return Promise.all(names.map(name => this.guest(name)));
    }

    // Another session of the same person.
    async another(client) {
        return this.keep(await client.another());
    }

    keep(client) {
        this.#people.push(client);
        return client;
    }

    // A conversation of its own that these have subscribed to; the first owns it.
    async conversation(owner, others = [], { visibility = 'public', prefix = 'c' } = {}) {
        const channel = `${prefix}-${++this.#channels}`;
        await owner.createConversation(channel, visibility);
        for (const client of [owner, ...others]) await client.subscribe(channel);
        return channel;
    }

    leave() {
        for (const client of this.#people) client.close();
    }
}

// Runs body(stage) within a describe for one and for three workers; stage() is there while tests run.
export function scenes(name, { more = mainApp(), ...options } = {}, body) {
    for (const workers of [1, 3]) {
        describe(`${name}, workers: ${workers}`, () => {
            let stage, dispose;
            before(async () => {
                const daemon = await startDaemon({ after: end => (dispose = end) }, { workers, more, ...options });
                assert.ok(daemon.url, daemon.log);
                stage = new Stage(daemon);
            });
            after(async () => {
                try {
                    stage?.leave();
                    if (stage) assert.deepEqual(await stage.daemon.stop(), { code: 0, signal: null });
                } finally {
                    await dispose();
                }
            });
            body(() => stage);
        });
    }
}

// The durable changes of a channel that a WS client or an SSE stream was told of, as the HTTP API lists them.
export const durable = (events, channel) =>
    events.filter(event => event.channel === channel && event.pos !== undefined);

// Nothing but success will do.
export async function expect(status, answering) {
    const answer = await answering;
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body;
}

// The problem's code.
export async function expectProblem(status, code, answering) {
    const answer = await answering;
    assert.deepEqual([answer.status, answer.body?.code], [status, code], JSON.stringify(answer.body));
}

// On a WebSocket.
export async function expectRefused(code, answering) {
    const answer = await answering;
    assert.deepEqual([answer.type, answer.code], ['error', code], JSON.stringify(answer));
}
