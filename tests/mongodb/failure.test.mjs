// A set of three whose members stop, die and step down under load: what was acknowledged is there once and in order, every
// publish ends within its limit, what is not stored goes on, and the daemon comes back by itself.
//
// CARILLON_QUICK=1 stops members for 8 s instead of 60.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { canMount } from '../harness/mongod.mjs';
import { assertContiguous, person, suite } from './fixture.mjs';

const STOPPED_MS = process.env.CARILLON_QUICK ? 8000 : 60000;
const LIMIT_MS = 3000; // storage_options.timeout
const SLACK_MS = 4000; // the coarse wheel's second, and a busy machine
const PUBLISHERS = 4;
const RECOVERY_MS = 60000;
const more = `storage_options = { timeout = "${LIMIT_MS}ms" }
apps = { main = { channels = { { pattern = "live-*", stored = false } } } }`;

const inTime = (promise, ms, what) => Promise.race([
    promise, sleep(ms, null, { ref: false }).then(() => assert.fail(`${what} took more than ${ms} ms`)),
]);

// Publishes on and on, each message with its client id until it is acknowledged; counts how the tries ended.
class Load {
    acknowledged = new Map(); // text → pos
    outcomes = { published: 0, unknown: 0, refused: 0 };
    longest = 0;
    #running = true;

    constructor(clients, channel) {
        this.clients = clients;
        this.channel = channel;
        this.done = Promise.all(clients.map((client, k) => this.#run(client, k)));
    }

    async #run(client, k) {
        for (let i = 0; this.#running; i++) await this.#insist(client, `${k}-${i}`);
    }

    async #insist(client, text) {
        for (;;) {
            const begin = performance.now();
            const answer = await inTime(client.publish(this.channel, text, { client_id: text }), LIMIT_MS + SLACK_MS, text);
            this.longest = Math.max(this.longest, performance.now() - begin);
            if (answer.type === 'published') {
                this.outcomes.published++;
                this.acknowledged.set(text, answer.pos);
                return;
            }
            assert.ok(answer.retry, JSON.stringify(answer));
            this.outcomes[answer.code === 'outcome_unknown' ? 'unknown' : 'refused']++;
            await sleep(50);
        }
    }

    // Waits until n more messages than now were acknowledged.
    async progress(n, ms = RECOVERY_MS) {
        const goal = this.acknowledged.size + n, end = performance.now() + ms;
        while (this.acknowledged.size < goal) {
            assert.ok(performance.now() < end, `${this.acknowledged.size} of ${goal}: ${JSON.stringify(this.outcomes)}`);
            await sleep(20);
        }
    }

    async stop() {
        this.#running = false;
        await this.done;
    }
}

// Messages that are not stored, all the while: each must arrive.
class Passing {
    #running = true;
    sent = 0;

    constructor(client) {
        this.client = client;
        this.done = this.#run();
    }

    async #run() {
        while (this.#running) {
            const tick = { type: 'publish', channel: 'live-1', event: 'tick', data: this.sent };
            const answer = await inTime(this.client.request(tick), 2000, 'what is not stored');
            assert.equal(answer.type, 'published', JSON.stringify(answer));
            this.sent++;
            await sleep(10);
        }
    }

    async stop() {
        this.#running = false;
        await this.done;
        const ticks = () => this.client.events.filter(event => event.event === 'tick').map(event => event.data);
        await this.client.waitFor(() => ticks().length >= this.sent, 'every tick');
        assert.deepEqual(ticks(), Array.from({ length: this.sent }, (_, i) => i));
    }
}

async function history(client, channel) {
    const items = [];
    for (let after = 0; ;) {
        const page = await client.get(`/conversations/${channel}/messages?after=${after}&limit=100`);
        items.push(...page.items);
        if (!page.more_after) return items;
        after = page.items.at(-1).pos;
    }
}

// Runs harm() under load, and afterwards looks whether all is as it was acknowledged.
async function underLoad(t, world, harm) {
    const daemon = await world.daemon(t, { more, options: '&serverSelectionTimeoutMS=1000' });
    const [watcher, passer, ...writers] = await Promise.all(
        Array.from({ length: PUBLISHERS + 2 }, (_, i) => person(t, daemon, `Person ${i}`)));
    await watcher.createConversation('room');
    await watcher.subscribe('room');
    await passer.subscribe('live-1');
    t.after(() => world.set.members.forEach(member => member.running && member.signal('SIGCONT')));
    const load = new Load(writers, 'room'), passing = new Passing(passer);
    await load.progress(20);
    await harm({ daemon, load, watcher });
    await load.progress(50);
    await Promise.all([load.stop(), passing.stop()]);
    const stored = await history(watcher, 'room');
    const positions = new Map(stored.map(({ text, pos }) => [text, pos]));
    assert.equal(positions.size, stored.length, 'stored twice');
    assert.deepEqual(positions, new Map([...load.acknowledged].sort((a, b) => a[1] - b[1])));
    await watcher.waitFor(() => watcher.texts('room').length >= stored.length, 'every message');
    assert.deepEqual(watcher.texts('room'), stored.map(({ text }) => text));
    assertContiguous(watcher, 'room');
    t.diagnostic(`${JSON.stringify(load.outcomes)}, the longest ${Math.round(load.longest)} ms`);
    return daemon;
}

const ready = async daemon => (await fetch(`${daemon.url}/readyz`)).status;

async function becomes(status, daemon) {
    for (let i = 0; i < 300; i++) {
        if ((await ready(daemon)) === status) return;
        await sleep(100);
    }
    assert.fail(`readyz does not become ${status}`);
}

suite('failures', { members: 3 }, {
    'the primary stops answering': (t, world) => underLoad(t, world, async () => {
        const primary = await world.set.primary();
        primary.signal('SIGSTOP');
        await sleep(STOPPED_MS);
        primary.signal('SIGCONT');
    }),

    'all members stop answering: readyz and a metric tell': (t, world) => underLoad(t, world, async ({ daemon, load }) => {
        world.set.members.forEach(member => member.signal('SIGSTOP'));
        await becomes(503, daemon);
        const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
        assert.match(metrics, /storage_healthy 0/);
        await sleep(STOPPED_MS);
        const before = load.acknowledged.size;
        await sleep(500);
        assert.equal(load.acknowledged.size, before, 'acknowledged without a majority');
        world.set.members.forEach(member => member.signal('SIGCONT'));
        await becomes(200, daemon);
    }),

    'the primary is killed and comes back': (t, world) => underLoad(t, world, async ({ load }) => {
        const primary = await world.set.primary();
        await primary.stop('SIGKILL');
        await load.progress(50);
        await primary.start();
    }),

    'the primary steps down': (t, world) => underLoad(t, world, async () => {
        const before = await world.set.primary();
        await world.foreign.command({ replSetStepDown: 10, secondaryCatchUpPeriodSecs: 5 });
        assert.notEqual((await world.set.primary()).port, before.port);
    }),

    'no file of the primary may grow': (t, world) => underLoad(t, world, async ({ load }) => {
        const primary = await world.set.primary();
        await primary.limitFiles(); // mongod ends itself
        await primary.ended;
        await load.progress(50);
        await primary.start();
    }),
});

// mongod ends itself when its journal cannot be written, and every member of the set is on this disk.
suite('a full disk', { disk: 400, skip: canMount ? false : 'it needs root, who may mount one' }, {
    'what cannot be stored is refused in time, and all is well when there is room again': (t, world) =>
        underLoad(t, world, async ({ daemon, load }) => {
            const [only] = world.set.members;
            await world.set.disk.fill();
            await inTime(only.ended, RECOVERY_MS, 'the end of mongod');
            await becomes(503, daemon);
            const before = load.acknowledged.size;
            await sleep(STOPPED_MS / 10);
            assert.equal(load.acknowledged.size, before, 'acknowledged without a server');
            await world.set.disk.free();
            await only.start();
            await becomes(200, daemon);
        }),
});
