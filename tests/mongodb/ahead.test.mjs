// The look-ahead: another program's message gets its place while the majority is still waited for, and nobody sees it
// before; what is lost with a primary is seen by nobody; and where the oplog may not be read, all is as without it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Foreign, until } from '../harness/mongod.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { assertContiguous, person, suite } from './fixture.mjs';

async function room(t, world, options) {
    const daemon = await world.daemon(t, options);
    const ada = await person(t, daemon, 'Ada');
    await ada.createConversation('room');
    await ada.subscribe('room');
    await world.insert('room', 'robot', 'first');
    await ada.waitForTexts('room', 1);
    return { daemon, ada };
}

// Another program at one member alone, whether it is the primary or not.
function at(t, member, more = '') {
    const foreign = new Foreign(`mongodb://${member.host}/?directConnection=true${more}`);
    t.after(() => foreign.close());
    return foreign;
}

const replicate = (foreign, on) => foreign.command({ configureFailPoint: 'stopReplProducer', mode: on ? 'off' : 'alwaysOn' });

// Inserts a message into the primary while nobody replicates it, and waits until it has a place there. The look-ahead leaves
// it to the change stream where that has not come past what was before yet, which needs a majority: then once more.
async function insertAlone(t, world, ada) {
    const primary = await world.set.primary();
    const others = world.set.members.filter(member => member !== primary).map(member => at(t, member));
    const alone = at(t, primary, '&w=1');
    const freeze = frozen => Promise.all(others.map(other => replicate(other, !frozen)));
    t.after(() => Promise.allSettled(others.map(other => replicate(other, true)))); // when the test fails midway
    for (let i = 0; i < 5; i++) {
        const text = `alone ${i}`, before = ada.texts('room');
        await sleep(1000);
        await freeze(true);
        await alone.call(world.database, 'messages', 'insert_one', { conversation: 'room', author: 'robot', body: text });
        const placed = async () => (await alone.call(world.database, 'messages', 'find_one', { body: text })).pos;
        const pos = await until('a place on the primary', placed, 8000).catch(() => 0);
        if (pos) return { primary, text, before, resume: () => freeze(false) };
        await freeze(false);
        await ada.waitForTexts('room', before.length + 1, 60000);
    }
    return assert.fail('no look-ahead: the message got no place before a majority had it');
}

suite('looking ahead in a set of three', { members: 3, electionMs: 10000 }, {
    'a place is given before a majority has the message, and told after': async (t, world) => {
        const { ada } = await room(t, world);
        const { text, before, resume } = await insertAlone(t, world, ada);
        await sleep(1000);
        assert.deepEqual(ada.texts('room'), before);
        await resume();
        assert.deepEqual(await ada.waitForTexts('room', before.length + 1, 60000), [...before, text]);
        assertContiguous(ada, 'room');
    },

    'what is lost with its primary was seen by nobody, and leaves no hole': async (t, world) => {
        const { ada } = await room(t, world);
        const { primary, before, resume } = await insertAlone(t, world, ada);
        await primary.stop('SIGKILL');
        await resume();
        await world.set.primary();
        await world.insert('room', 'robot', 'second');
        assert.deepEqual(await ada.waitForTexts('room', before.length + 1, 60000), [...before, 'second']);
        await primary.start();
        await world.insert('room', 'robot', 'third');
        const all = [...before, 'second', 'third'];
        assert.deepEqual(await ada.waitForTexts('room', all.length, 60000), all);
        assertContiguous(ada, 'room');
        const { items } = await ada.get('/conversations/room/messages');
        assert.deepEqual(items.map(({ text }) => text), all);
    },
});

suite('looking ahead', {}, {
    'the order of one program stays, whatever it writes': async (t, world) => {
        const { ada } = await room(t, world);
        const expected = [];
        for (let round = 0; round < 5; round++) {
            const name = `hall-${round}`;
            const docs = kind => Array.from({ length: 10 }, (_, i) => ({ conversation: name, author: 'robot', body: `${kind} ${i}` }));
            await world.call('conversations', 'insert_one', { name, title: name, visibility: 'public' });
            await world.call('messages', 'insert_many', docs('a'));
            await world.call('messages', 'update_one', { conversation: name, body: 'a 3' }, { $set: { body: 'edited' } });
            await world.call('messages', 'insert_many', docs('b'));
            expected.push([name, [...docs('a'), ...docs('b')].map(({ body }) => body.replace('a 3', 'edited'))]);
        }
        for (const [name, texts] of expected) {
            const items = await until(name, async () => {
                const answer = await ada.http('GET', `/conversations/${name}/messages?limit=100`);
                return answer.body.items?.length === texts.length && answer.body.items;
            });
            assert.deepEqual(items.map(({ text }) => text), texts);
            // The creation, the messages and one edit, which is later than the message that it is about. It may have come
            // before anybody looked, and is then no change.
            const { last_pos: last } = await ada.get(`/conversations/${name}`);
            assert.ok(last === texts.length + 1 || last === texts.length + 2, `${last}`);
        }
    },

    'a message that is deleted while it gets its place': async (t, world) => {
        const { ada } = await room(t, world);
        for (let i = 0; i < 20; i++) {
            const _id = await world.insert('room', 'robot', `short ${i}`);
            await world.call('messages', 'delete_one', { _id });
        }
        await world.insert('room', 'robot', 'last');
        await ada.waitFor(() => ada.texts('room').includes('last'), 'the last');
        // Each was deleted before anybody saw it, or has become a tombstone.
        await until('the tombstones', async () => !(await world.call('messages', 'count_documents', { body: /^short/ })));
        await until('the end of the changes', async () => {
            const { items } = await ada.get('/conversations/room/messages?limit=100');
            return items.filter(item => !item.deleted_at).map(({ text }) => text).join() === 'first,last';
        });
        assertContiguous(ada, 'room');
    },

    'two daemons look ahead at the same messages: each is there once': async (t, world) => {
        const { ada } = await room(t, world);
        const bob = await person(t, await world.daemon(t), 'Bob');
        await bob.subscribe('room');
        const bodies = Array.from({ length: 100 }, (_, i) => `number ${i}`);
        for (const body of bodies) await world.insert('room', 'robot', body);
        assert.deepEqual(await ada.waitForTexts('room', 101, 60000), ['first', ...bodies]);
        assert.deepEqual(await bob.waitForTexts('room', 100, 60000), bodies);
        for (const client of [ada, bob]) assertContiguous(client, 'room');
    },
});

const user = { name: 'root', password: 'secret' };
suite('looking ahead is not allowed', { user }, {
    'who may not read the oplog is told so, and all comes by the change stream': async (t, world) => {
        const start = async name => {
            const uri = world.set.uri(world.database).replace(`${user.name}:`, `${name}:`);
            const daemon = await startDaemon(t, { plugins: ['mongodb'], more: `storage = "mongodb"\nmongodb = { uri = "${uri}" }` });
            assert.ok(daemon.url, daemon.log);
            return daemon;
        };
        const roles = [{ role: 'readWrite', db: world.database }];
        await world.foreign.command({ createUser: 'writer', pwd: user.password, roles });
        await world.foreign.command({ createUser: 'looker', pwd: user.password, roles: [...roles, { role: 'read', db: 'local' }] });
        const writer = await start('writer');
        await writer.waitForLog(/the oplog may not be read/);
        const ada = await person(t, writer, 'Ada');
        await ada.createConversation('room');
        await ada.subscribe('room');
        await world.insert('room', 'robot', 'hello');
        assert.deepEqual(await ada.waitForTexts('room', 1), ['hello']);
        await writer.stop();
        const looker = await start('looker');
        const bob = await person(t, looker, 'Bob');
        await bob.subscribe('room');
        await world.insert('room', 'robot', 'hello again');
        assert.deepEqual(await bob.waitForTexts('room', 1), ['hello again']);
        assert.doesNotMatch(looker.log, /oplog/);
        await looker.stop();
    },
});
