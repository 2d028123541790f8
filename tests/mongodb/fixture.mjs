// What the tests of daemons on MongoDB share: a set a file, a database a test, daemons and another program at it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { ReplicaSet } from '../harness/mongod.mjs';

export const APP = 'main';

let databases = 0;

// Tests named in `tests` as name → async (t, world) => ..., one after the other on one set.
export function suite(name, { skip = false, ...options }, tests) {
    test(name, { timeout: 900000, skip }, async t => {
        const set = await ReplicaSet.start(options);
        t.after(() => set.stop());
        const foreign = set.foreign();
        t.after(() => foreign.close());
        for (const [title, run] of Object.entries(tests)) {
            await t.test(title, async t => run(t, new World(set, foreign)));
        }
    });
}

export class World {
    constructor(set, foreign) {
        this.set = set;
        this.foreign = foreign;
        this.database = `test${++databases}`;
    }

    // more: Lua text; options: of the connection string
    async daemon(t, { more = '', options = '', workers = 2 } = {}) {
        const daemon = await this.start(t, this.set.uri(this.database, options), { more, workers });
        assert.ok(daemon.url, daemon.log);
        daemon.checked = true;
        return daemon;
    }

    // The same with any connection string; it may end at once.
    start(t, uri, { more = '', workers = 2 } = {}) {
        return startDaemon(t, {
            plugins: ['mongodb'],
            workers,
            more: `storage = "mongodb"\nmongodb = { uri = "${uri}" }\n${more}`,
        });
    }

    // The other program: collection, method and arguments as in pymongo.
    call(collection, method, ...args) {
        return this.foreign.call(this.database, collection, method, ...args);
    }

    insert(conversation, author, body, more = {}) {
        return this.call('messages', 'insert_one', { conversation, author, body, ...more });
    }
}

// A guest, who is ended with the test.
export async function person(t, daemon, name) {
    const client = await Client.signIn(daemon, name);
    t.after(() => client.close());
    return client;
}

// The positions of a client's events of a channel are contiguous from the first.
export function assertContiguous(client, channel) {
    const positions = client.events.filter(event => event.channel === channel && event.pos).map(event => event.pos);
    positions.forEach((pos, i) => assert.equal(pos, positions[0] + i, `${channel}: ${positions}`));
    return positions;
}
