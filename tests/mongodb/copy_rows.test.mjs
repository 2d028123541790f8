// carillond --copy-storage, held against every column of SQLite's tables and every field of MongoDB's collections: what is
// filled by daemons, retention and other programs is row by row the same after it went to the other storage and back.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startDaemon } from '../harness/daemon.mjs';
import { until } from '../harness/mongod.mjs';
import { COLLECTIONS, TABLES } from './copied.mjs';
import { copy } from './copying.mjs';
import { fill, retention } from './filling.mjs';
import { APP, suite } from './fixture.mjs';
import { sqlite } from './sqlite.mjs';

const DAY_MS = 86400000;
const EVENT = 10; // CARILLON_EVENT_EVENT

/* ---- SQLite ---- */

// What no client can do at once, or daemons would act on: as if it had come before the daemon was stopped.
const byHand = now => [
    ['INSERT INTO revocations(app, user_id, at_ms, until_ms) VALUES(?, ?, ?, ?)', [APP, 'mallory', now, now + DAY_MS]],
    ['INSERT INTO revocations(app, token, at_ms, until_ms) VALUES(?, ?, ?, ?)', [APP, 'token-1', now - 1000, now + 2 * DAY_MS]],
    ['INSERT INTO mutes(app, user_id, channel, text, until_ms) VALUES(?, ?, ?, ?, ?)', [APP, 'mallory', 'room', 'be quiet', now + DAY_MS]],
    ['INSERT INTO mutes(app, user_id, channel, until_ms) VALUES(?, ?, ?, ?)', [APP, 'mallory', '*', now + DAY_MS]],
    [`INSERT INTO held(app, channel, queue, id, author_id, author_name, type, digest, name, data, created_ms, expires_ms)
      SELECT app, channel, queue, 'event-1', author_id, author_name, ?, digest, 'moved', '{"x":1}', created_ms, expires_ms FROM held LIMIT 1`, [EVENT]],
    ['INSERT INTO erasures(app, user_id, user_name, at_ms) VALUES(?, ?, ?, ?)', [APP, 'eve', 'Eve', now]],
];

// Names of tables, and of each its columns.
async function schemaOf(path) {
    const [tables] = await sqlite(path, [[`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`]]);
    const columns = await sqlite(path, tables.map(([name]) => ['SELECT name FROM pragma_table_info(?)', [name]]));
    return new Map(tables.map(([name], i) => [name, columns[i].flat()]));
}

const isExpression = how => typeof how === 'string';

// table → its rows in a form that another file's rows have too, sorted: which order counts is in a column.
async function rowsOf(path) {
    const compared = Object.entries(TABLES).filter(([, table]) => !table.not);
    const selects = compared.map(([name, { from = name, where = '1', columns }]) => {
        const list = Object.entries(columns).filter(([, how]) => isExpression(how)).map(([column, sql]) => `${sql} AS "${column}"`);
        return [`SELECT ${list.join(', ')} FROM ${from} t WHERE ${where}`];
    });
    const answers = await sqlite(path, selects);
    return new Map(compared.map(([name, { columns }], i) => {
        const names = Object.keys(columns).filter(column => isExpression(columns[column]));
        return [name, answers[i].map(row => JSON.stringify(Object.fromEntries(row.map((value, k) => [names[k], value])))).sort()];
    }));
}

function assertEveryColumnIsFilled(rows) {
    for (const [table, list] of rows) {
        assert.ok(list.length, `${table} is empty: nothing is compared`);
        const seen = new Set(list.flatMap(row => Object.entries(JSON.parse(row)).filter(([, value]) => value !== null).map(([column]) => column)));
        const empty = Object.entries(TABLES[table].columns).filter(([column, how]) => isExpression(how) && !seen.has(column));
        assert.deepEqual(empty.map(([column]) => `${table}.${column}`), []);
    }
}

/* ---- MongoDB ---- */

// With keys in one order, so that equal documents are equal texts.
const inOrder = value => Array.isArray(value) ? value.map(inOrder)
    : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map(key => [key, inOrder(value[key])])) : value;

// What another program may write and no daemon does: a time besides the one when it came, somebody mentioned twice.
function plain(name, { ...doc }) {
    if (name === 'changes' && ['message.new', 'conversation.created'].includes(doc.type)) doc.at = null;
    if (doc.mentions) doc.mentions = [...new Set(doc.mentions)];
    return doc;
}

async function documentsOf(world, database) {
    const all = new Map();
    for (const [name, how] of Object.entries(COLLECTIONS)) {
        if (typeof how === 'string') continue;
        const docs = await world.foreign.call(database, name, 'find', {});
        const unknown = new Set(docs.flatMap(doc => Object.keys(doc)).filter(field => !(field in how)));
        assert.deepEqual([...unknown], [], `${name}: fields of which nobody has said how they are copied`);
        all.set(name, docs.map(doc => JSON.stringify(inOrder(plain(name,
            Object.fromEntries(Object.entries(doc).filter(([field]) => how[field] === true)))))).sort());
    }
    return all;
}

function assertEveryFieldIsFilled(documents) {
    for (const [name, list] of documents) {
        const seen = new Set(list.flatMap(doc => Object.keys(JSON.parse(doc))));
        const empty = Object.entries(COLLECTIONS[name]).filter(([field, how]) => how === true && !seen.has(field));
        assert.deepEqual(empty.map(([field]) => `${name}.${field}`), []);
    }
}

const PAST = { $date: '2020-02-02T02:02:02Z' };
const LATER = { $date: new Date(Date.now() + DAY_MS).toISOString() };

// Messages, a conversation, a member and a reaction of another program; and what it takes away.
async function writeAsAnother(world, ada) {
    await world.insert('room', { id: 'robot', name: 'The robot' }, 'from outside', { created: PAST, expires: LATER, mentions: [ada.user.id, ada.user.id] });
    await world.insert('room', 'robot', 'to be taken away');
    await world.call('conversations', 'insert_one', { name: 'hall', title: 'The hall', visibility: 'public', created: PAST });
    await world.call('conversations', 'insert_one', { name: 'desk', title: 'A desk', creator: { id: ada.user.id, name: 'Ada' } });
    await world.call('members', 'insert_one', { conversation: 'room', user: 'robot', joined: PAST });
    const [{ pos }] = await world.call('messages', 'find', { body: 'number 5' });
    await world.call('reactions', 'insert_one', { conversation: 'room', message: pos, emoji: '🤖', user: 'robot' });
    const placed = (collection, filter) => until(`the place in ${collection}`, () => world.call(collection, 'find_one', filter));
    await placed('messages', { body: 'to be taken away', pos: { $exists: true } });
    await placed('messages', { body: 'from outside', pos: { $exists: true } });
    await placed('conversations', { name: 'hall', epoch: { $exists: true } });
    await placed('conversations', { name: 'desk', epoch: { $exists: true } });
    await placed('members', { 'user.id': 'robot', sort_name: { $exists: true } });
    await placed('reactions', { emoji: '🤖', pos: { $exists: true } });
    await world.call('messages', 'delete_one', { body: 'to be taken away' });
    await world.call('messages', 'update_one', { body: 'number 6' }, { $set: { body: 'edited outside' } });
    await placed('messages', { deleted: { $exists: true }, 'author.id': 'robot' });
    await placed('messages', { body: 'edited outside', edited: { $exists: true } });
}

async function fillByHand(world) {
    const now = new Date().toISOString();
    const put = (collection, doc) => world.call(collection, 'insert_one', { app: APP, ...doc });
    await put('revocations', { user: 'mallory', at: { $date: now }, until: LATER });
    await put('revocations', { token: 'token-1', at: { $date: now }, until: LATER });
    await put('mutes', { user: 'mallory', channel: 'room', text: 'be quiet', until: LATER });
    await put('mutes', { user: 'mallory', channel: '*', text: null, until: LATER });
    await put('erasures', { user: { id: 'eve', name: 'Eve' }, at: { $date: now } });
    const { _id, queue, body, client_id: id, ...held } = (await world.call('held', 'find', {}))[0];
    await put('held', { ...held, id: 'event-1', queue, type: 'event', name: 'moved' });
}

/* ---- both ---- */

const insertion = doc => ({
    take: apply => apply('insert_one', { app: APP, ...doc }),
    back: (apply, id) => apply('delete_one', { _id: id }),
});

const setting = (filter, field, value) => ({
    take: async apply => {
        const old = await apply('find_one', filter);
        await apply('update_one', { _id: old._id }, { $set: { [field]: value } });
        return old;
    },
    back: (apply, old) => apply('update_one', { _id: old._id }, field in old ? { $set: { [field]: old[field] } } : { $unset: { [field]: 1 } }),
});

// [collection, what is done to it and taken back, what is said]; nothing that a copy brings again by itself.
const faults = now => {
    const at = { $date: new Date(now).toISOString() };
    return [
        ['conversations', setting({ name: 'room' }, 'created', at), /the conversations differ/],
        ['messages', setting({ conversation: 'room' }, 'data', '{"otherwise":1}'), /room: the messages differ: mongodb has (\d+), sqlite has \1, not the same/],
        ['changes', setting({ type: 'event' }, 'data', '{}'), /the changes differ/],
        ['members', insertion({ conversation: 'room', user: { id: 'eve', name: 'Eve' }, sort_name: 'eve', role: 'member', joined: at }), /room: the members differ/],
        ['read_marks', insertion({ conversation: 'room', user: 'eve', pos: 3 }), /room: the read marks differ/],
        ['invitations', insertion({ conversation: 'secret', code: 'otherwise', role: 'member', created: at, expires: LATER, uses: 0, max_uses: 0 }), /secret: the invitations differ: mongodb has 4, sqlite has 3/],
        ['users', insertion({ id: 'eve', name: 'Eve', sort_name: 'eve' }), /main: the users differ/],
        ['client_ids', insertion({ conversation: 'room', author: 'eve', client_id: 'c1', pos: 3, type: 'event', at }), /main: the client ids differ/],
        ['held', insertion({ conversation: 'room', id: 'otherwise', queue: 'one', author: { id: 'eve' }, type: 'message.new', body: 'x', created: at, expires: LATER }), /the held messages differ/],
        ['revocations', insertion({ user: 'eve', at, until: LATER }), /the revocations differ/],
        ['mutes', insertion({ user: 'eve', channel: 'room', until: LATER }), /the mutes differ/],
        ['erasures', insertion({ user: { id: 'mallory', name: 'Mallory' }, at }), /the erasures differ/],
    ];
};

function assertSame(before, after) {
    assert.deepEqual([...after.keys()], [...before.keys()]);
    for (const [name, list] of before) assert.deepEqual(after.get(name), list, name);
}

async function copied(daemon, from, to) {
    const { code, said } = await copy(daemon, from, to);
    assert.equal(code, 0, said);
}

suite('what a copy keeps', {}, {
    'SQLite to MongoDB and back: each row of each table': async (t, world) => {
        const more = `mongodb = { uri = "${world.set.uri(world.database)}" }\n`;
        const daemon = await startDaemon(t, { plugins: ['mongodb', 'hooktest'], more: more + retention });
        await fill(t, daemon);
        await daemon.stop();
        const path = join(daemon.stateDir, 'carillon.db'), back = join(daemon.stateDir, 'back.db');
        await sqlite(path, byHand(Date.now()));
        const schema = await schemaOf(path);
        assert.deepEqual([...schema.keys()], Object.keys(TABLES).sort(), 'a table of which nobody has said how it is copied, or one that is gone');
        for (const [table, { columns }] of Object.entries(TABLES)) {
            if (columns) assert.deepEqual(Object.keys(columns).sort(), schema.get(table).toSorted(), table);
        }
        const before = await rowsOf(path);
        assertEveryColumnIsFilled(before);

        await copied(daemon, 'sqlite', 'mongodb');
        const names = await world.foreign.call(world.database, undefined, 'list_collection_names');
        assert.deepEqual(names.sort(), Object.keys(COLLECTIONS).sort(), 'a collection of which nobody has said how it is copied, or one that is gone');
        assertEveryFieldIsFilled(await documentsOf(world, world.database));
        await daemon.configure({ more: `${more}sqlite = { path = "back.db" }\n` });
        await copied(daemon, 'mongodb', 'sqlite');
        assertSame(before, await rowsOf(back));

        // What is there beside it, or otherwise, is told: of each list that is compared.
        for (const [collection, how, what] of faults(Date.now())) {
            const apply = (...args) => world.foreign.call(world.database, collection, ...args);
            const was = await how.take(apply);
            const { code, said } = await copy(daemon, 'sqlite', 'mongodb');
            assert.equal(code, 1, `${collection}: ${said}`);
            assert.match(said, what);
            await how.back(apply, was);
        }
        await copied(daemon, 'sqlite', 'mongodb');
    },

    'MongoDB to SQLite and back: each field of each document, of other programs too': async (t, world) => {
        const again = `${world.database}again`;
        const configuration = database => `mongodb = { uri = "${world.set.uri(database)}" }\n`;
        const daemon = await startDaemon(t, { plugins: ['mongodb', 'hooktest'], more: `storage = "mongodb"\n${configuration(world.database)}${retention}` });
        const { ada } = await fill(t, daemon);
        await writeAsAnother(world, ada);
        await daemon.stop();
        await fillByHand(world);
        const before = await documentsOf(world, world.database);
        assertEveryFieldIsFilled(before);
        await daemon.configure({ more: configuration(world.database) });
        await copied(daemon, 'mongodb', 'sqlite');
        await daemon.configure({ more: configuration(again) });
        await copied(daemon, 'sqlite', 'mongodb');
        assertSame(before, await documentsOf(world, again));
    },
});
