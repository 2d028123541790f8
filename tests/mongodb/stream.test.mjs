// What others write into the database reaches every subscriber, once and in one order.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../harness/mongod.mjs';
import { section } from '../lua/fixture.mjs';
import { APP, assertContiguous, person, suite } from './fixture.mjs';

const MESSAGES = 150; // of each of two publishers

async function twoDaemons(t, world, options) {
    const daemons = [await world.daemon(t, options), await world.daemon(t, options)];
    const ada = await person(t, daemons[0], 'Ada');
    const bob = await person(t, daemons[1], 'Bob');
    await ada.createConversation('room');
    await ada.subscribe('room');
    await bob.subscribe('room');
    return { daemons, ada, bob };
}

const named = (client, channel, event) => client.events.filter(e => e.channel === channel && e.event === event);

suite('changes by others', {}, {
    'a plain document of another program is a message everywhere': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        await world.insert('room', 'robot', 'hello from outside');
        await world.insert('room', { id: 'robot', name: 'The robot' }, 'and once more', { app: APP });
        for (const client of [ada, bob]) {
            assert.deepEqual(await client.waitForTexts('room', 2), ['hello from outside', 'and once more']);
            const [first, second] = named(client, 'room', 'message.new');
            assert.equal(second.pos, first.pos + 1);
            assert.equal(first.data.message.author.id, 'robot');
            assert.equal(second.data.message.author.name, 'The robot');
        }
        const history = await bob.get('/conversations/room/messages');
        assert.deepEqual(history.items.map(message => message.text), ['hello from outside', 'and once more']);
        const found = await bob.get('/search?q=outside');
        assert.equal(found.items.length, 1);
    },

    'an edit and a deletion of another program too': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        await ada.publish('room', 'first');
        await ada.publish('room', 'second');
        await bob.waitForTexts('room', 2);
        await world.call('messages', 'update_one', { body: 'first' }, { $set: { body: 'edited outside' } });
        await world.call('messages', 'delete_one', { body: 'second' });
        for (const client of [ada, bob]) {
            await client.waitFor(() => named(client, 'room', 'message.deleted').length, 'the deletion');
            const [edited] = named(client, 'room', 'message.edited');
            assert.equal(edited.data.message.text, 'edited outside');
            assertContiguous(client, 'room');
        }
        const history = await bob.get('/conversations/room/messages');
        assert.deepEqual(history.items.map(message => message.text), ['edited outside', '']);
        assert.ok(history.items[1].deleted_at);
    },

    'what cannot be a message is left alone, and what follows is not': async (t, world) => {
        const { daemons, ada } = await twoDaemons(t, world);
        await world.insert('nowhere', 'robot', 'lost');
        await world.insert('room', { $literal: 1 }, 'no author');
        await world.insert('room', 'robot', 42);
        await world.call('messages', 'insert_one', { hello: 'world' });
        await world.insert('room', 'robot', 'fine');
        assert.deepEqual(await ada.waitForTexts('room', 1), ['fine']);
        const logs = daemons.map(daemon => daemon.log).join('');
        for (const why of [/no such conversation/, /author is no user id/, /body is no text/]) assert.match(logs, why);
    },

    'a new conversation, another title, who comes and goes: of another program too': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        const lists = [ada, bob];
        await Promise.all(lists.map(client => client.request({ type: 'subscribe', channel: '#conversations' })));
        await world.call('conversations', 'insert_one', { name: 'hall', title: 'The hall', visibility: 'public' });
        for (const client of lists) {
            await client.waitFor(() => client.frames.find(({ event, data }) =>
                event === 'conversation.announced' && data.channel === 'hall' && data.title === 'The hall'), 'the announcement');
            await client.subscribe('hall');
        }
        await ada.publish('hall', 'first');
        await world.insert('hall', 'robot', 'second');
        for (const client of lists) assert.deepEqual(await client.waitForTexts('hall', 2), ['first', 'second']);

        await world.call('conversations', 'update_one', { name: 'hall' }, { $set: { title: 'The great hall' } });
        for (const client of lists) {
            await client.waitFor(() => named(client, 'hall', 'conversation.updated').length, 'the title');
            assert.equal(named(client, 'hall', 'conversation.updated')[0].data.title, 'The great hall');
        }
        assert.equal((await bob.get('/conversations/hall')).title, 'The great hall');

        // Without an app, twice: no index takes them for the same.
        await world.call('members', 'insert_one', { conversation: 'hall', user: 'robot' });
        await world.call('members', 'insert_one', { conversation: 'hall', user: { id: 'other', name: 'The other' }, role: 'moderator' });
        for (const client of lists) {
            const joined = () => named(client, 'hall', 'member.joined').map(event => event.data.user.id);
            await client.waitFor(() => ['robot', 'other'].every(id => joined().includes(id)), 'both');
        }
        const members = async () => (await bob.get('/conversations/hall/members')).items
            .map(({ user, role }) => [user.id, role]).filter(([id]) => ['robot', 'other'].includes(id)).sort();
        assert.deepEqual(await members(), [['other', 'moderator'], ['robot', 'member']]);
        await world.call('members', 'update_one', { 'user.id': 'robot' }, { $set: { role: 'moderator' } });
        await world.call('members', 'delete_one', { 'user.id': 'other' });
        for (const client of lists) {
            await client.waitFor(() => named(client, 'hall', 'member.role').length, 'the role');
            await client.waitFor(() => named(client, 'hall', 'member.left').length, 'the end');
            assertContiguous(client, 'hall');
        }
        assert.deepEqual(await members(), [['robot', 'moderator']]);

        // A document that was replaced has lost its place; what is in the conversation tells it.
        const { last_pos: before, members: count } = await bob.get('/conversations/hall');
        await world.call('conversations', 'replace_one', { name: 'hall' }, { name: 'hall', title: 'Replaced', visibility: 'public' });
        await ada.waitFor(() => named(ada, 'hall', 'conversation.updated').length === 2, 'the new document');
        assert.equal((await ada.publish('hall', 'third')).pos, before + 2);
        const after = await bob.get('/conversations/hall');
        assert.deepEqual([after.title, after.last_pos, after.members], ['Replaced', before + 2, count]);
    },

    'a conversation of another program has an owner if it says so, and what cannot be one is left alone': async (t, world) => {
        const { daemons, ada, bob } = await twoDaemons(t, world);
        await world.call('conversations', 'insert_one', { name: 'no channel', title: 'A space' });
        await world.call('conversations', 'insert_one', { name: 'room', title: 'The same again' });
        await world.call('conversations', 'insert_one', { name: 'bobs', title: "Bob's", creator: { id: bob.user.id, name: 'Bob' } });
        await bob.waitFor(() => bob.frames.find(frame => frame.data?.channel === 'bobs'), 'the conversation');
        assert.equal((await bob.http('PATCH', '/conversations/bobs', { title: 'Mine' })).status, 200);
        assert.equal((await ada.http('GET', '/conversations/bobs')).status, 403); // not said to be public
        assert.equal((await ada.get('/conversations/room')).title, 'room');
        const logs = daemons.map(daemon => daemon.log).join('');
        for (const why of [/its name is no channel's/, /there is a conversation of this name/]) assert.match(logs, why);
    },

    'reactions of another program, given and taken back': async (t, world) => {
        const { daemons, ada, bob } = await twoDaemons(t, world);
        const { pos, message: { id } } = await ada.publish('room', 'what do you think?');
        const react = (client, method, emoji) =>
            client.http(method, `/conversations/room/messages/${id}/reactions/${encodeURIComponent(emoji)}`);
        const shown = async () => (await bob.get('/conversations/room/messages')).items.find(message => message.pos === pos)
            .reactions.map(({ emoji, count }) => [emoji, count]).sort();
        assert.equal((await react(ada, 'PUT', '👍')).status, 200);
        await world.call('reactions', 'insert_one', { conversation: 'room', message: pos, emoji: '👍', user: { id: 'robot', name: 'The robot' } });
        await world.call('reactions', 'insert_one', { conversation: 'room', message: id, emoji: '🎉', user: { id: 'robot' } });
        for (const client of [ada, bob]) {
            await client.waitFor(() => named(client, 'room', 'reaction.added').length === 3, 'three reactions');
            assertContiguous(client, 'room');
        }
        assert.deepEqual(await shown(), [['👍', 2], ['🎉', 1]].sort());
        await world.call('reactions', 'delete_one', { emoji: '🎉' });
        await world.call('reactions', 'delete_one', { emoji: '👍', 'user.id': ada.user.id });
        for (const client of [ada, bob]) {
            await client.waitFor(() => named(client, 'room', 'reaction.removed').length === 2, 'both gone');
            assertContiguous(client, 'room');
        }
        assert.deepEqual(await shown(), [['👍', 1]]);
        // What a daemon takes back is told once, and what is none is left alone.
        for (const method of ['PUT', 'DELETE']) assert.equal((await react(bob, method, '👏')).status, 200);
        await world.call('reactions', 'insert_one', { conversation: 'room', message: pos + 1000, emoji: '👍', user: { id: 'robot' } });
        await world.call('reactions', 'insert_one', { conversation: 'room', message: pos, emoji: '👍', user: { id: 'robot' }, more: 'the same again' });
        await world.insert('room', 'robot', 'last');
        for (const client of [ada, bob]) {
            await client.waitForTexts('room', 2);
            assert.equal(named(client, 'room', 'reaction.removed').length, 3);
            assertContiguous(client, 'room');
        }
        const logs = daemons.map(daemon => daemon.log).join('');
        for (const why of [/there is no such message/, /they have reacted so already/]) assert.match(logs, why);
    },

    'a conversation that another program deletes is gone everywhere, and may be made again': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        await ada.publish('room', 'to be forgotten');
        await bob.waitForTexts('room', 1);
        await world.call('conversations', 'delete_one', { name: 'room' });
        for (const client of [ada, bob]) {
            const end = await client.waitFor(() => client.frames.find(frame => frame.type === 'unsubscribed' && frame.channel === 'room'), 'the end');
            assert.equal(end.code, 'unknown_channel');
            assert.equal((await client.http('GET', '/conversations/room')).status, 404);
        }
        await ada.waitFor(() => ada.frames.find(frame => frame.event === 'conversation.removed'), 'the word to its member');
        for (const collection of ['messages', 'changes', 'members']) {
            await until(`the end of ${collection}`, async () => await world.call(collection, 'count_documents', { conversation: 'room' }) === 0);
        }
        await bob.createConversation('room');
        for (const client of [ada, bob]) await client.subscribe('room');
        await ada.publish('room', 'begun anew');
        await bob.waitFor(() => bob.texts('room').includes('begun anew'), 'the new message');
        const { items } = await ada.get('/conversations/room/messages');
        assert.deepEqual(items.map(({ text, pos }) => [text, pos]), [['begun anew', 3]]);
    },

    'another name of a user is shown where members are listed': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        await bob.publish('room', 'I join by writing');
        await world.call('users', 'update_one', { id: bob.user.id }, { $set: { name: 'Robert' } });
        const names = async () => (await ada.get('/conversations/room/members')).items.map(({ user }) => user.name);
        await until('the name', async () => (await names()).includes('Robert'));
        await world.call('users', 'update_one', { id: bob.user.id }, { $set: { name: 'Roberta' } });
        await until('the newer name', async () => (await names()).includes('Roberta'));
    },

    'who is removed from an invited conversation by another program is out': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        await ada.createConversation('secret', 'invited');
        await world.call('members', 'insert_one', { conversation: 'secret', user: bob.user.id });
        await bob.waitFor(() => bob.frames.find(frame => frame.event === 'conversation.added'), 'the invitation');
        await bob.subscribe('secret');
        await ada.publish('secret', 'for two');
        await bob.waitForTexts('secret', 1);
        await world.call('members', 'delete_one', { 'user.id': bob.user.id, conversation: 'secret' });
        await bob.waitFor(() => bob.frames.find(frame => frame.event === 'conversation.removed'), 'the end');
        assert.equal((await bob.http('GET', '/conversations/secret/messages')).status, 403);
        assert.equal((await ada.get('/conversations/secret')).members, 1);
    },

    'what was written while no daemon ran is there when one comes': async (t, world) => {
        const daemon = await world.daemon(t);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        await ada.publish('room', 'before');
        await daemon.stop();
        await world.insert('room', 'robot', 'meanwhile');
        await daemon.start();
        await ada.open();
        await ada.subscribe('room');
        const history = async () => (await ada.get('/conversations/room/messages')).items.map(item => item.text);
        for (let i = 0; i < 100 && (await history()).length < 2; i++) await new Promise(r => setTimeout(r, 50));
        assert.deepEqual(await history(), ['before', 'meanwhile']);
    },

    // As if the daemons had been away longer than the oplog reaches back.
    'a queue of held messages keeps its bound among two daemons': async (t, world) => {
        const folder = await mkdtemp(join(tmpdir(), 'carillon-hold-'));
        t.after(() => rm(folder, { recursive: true }));
        await writeFile(join(folder, 'hold.lua'), 'hook.on("message.publish", { id = "all" }, function() return hold() end)');
        const more = `limits.held = 5\n${section(folder, ['hold.lua'])}`;
        const { ada, bob } = await twoDaemons(t, world, { more });
        const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? ada : bob).publish('room', `${i}`)));
        const count = code => answers.filter(answer => (answer.code ?? 'held') === code).length;
        assert.deepEqual([count('held'), count('held_full')], [5, 35], JSON.stringify(answers));
        assert.equal(await world.call('held', 'count_documents', {}), 5);
    },

    'a token that is too old: all is read again, and clients are told to': async (t, world) => {
        const daemon = await world.daemon(t);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        await ada.subscribe('room');
        for (const text of ['one', 'two', 'three']) await ada.publish('room', text);
        await ada.waitForTexts('room', 3);
        await daemon.stop();
        const watcher = world.set.foreign();
        t.after(() => watcher.close());
        const told = new Promise(resolve => { watcher.onevent = resolve; });
        await watcher.ask({ db: world.database, collection: 'messages', method: 'watch' });
        await world.call('messages', 'update_one', { body: 'one' }, { $set: { body: 'one, edited' } });
        await world.call('messages', 'delete_one', { body: 'two' });
        await world.insert('room', 'robot', 'four');
        const token = (await told).event._id; // of an event: the server must find it again, which a mere time need not be
        const old = `82${'10000000'}${token._data.slice(10)}`; // its time, in 1978
        await world.call('carillon', 'update_one', { _id: 'stream' }, { $set: { 'token._data': old } });
        await daemon.start();
        await daemon.waitForLog(/no longer in the oplog/);
        await daemon.waitForLog(/all messages were read again/);
        const answers = await ada.resume();
        assert.equal(answers.get('room').recovery, 'reset');
        const history = await ada.get('/conversations/room/messages');
        assert.deepEqual(history.items.map(message => message.text), ['one, edited', '', 'three', 'four']);
        assert.equal((await ada.get('/search?q=edited')).items.length, 1);
        await world.insert('room', 'robot', 'five');
        await ada.waitFor(() => ada.texts('room').includes('five'), 'what is written after that');
    },

    'two daemons and another program at once: one order everywhere': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        const publish = async (client, name) => {
            const sent = [];
            for (let i = 0; i < MESSAGES; i += 10) {
                const some = Array.from({ length: 10 }, (_, k) => `${name}-${i + k}`);
                sent.push(...(await Promise.all(some.map(text => client.publish('room', text)))));
            }
            return sent;
        };
        const outside = async () => {
            for (let i = 0; i < 30; i++) await world.insert('room', 'robot', `robot-${i}`);
        };
        const answers = (await Promise.all([publish(ada, 'ada'), publish(bob, 'bob'), outside()])).flat();
        const total = 2 * MESSAGES + 30;
        const texts = await ada.waitForTexts('room', total, 60000);
        assert.deepEqual(await bob.waitForTexts('room', total, 60000), texts);
        assert.equal(new Set(texts).size, total);
        for (const client of [ada, bob]) assertContiguous(client, 'room');
        for (const answer of answers.filter(Boolean)) assert.equal(answer.type, 'published', JSON.stringify(answer));
        for (const name of ['ada', 'bob', 'robot']) {
            const own = texts.filter(text => text.startsWith(name)).map(text => Number(text.split('-')[1]));
            if (name === 'robot') assert.deepEqual(own, [...own].sort((a, b) => a - b));
        }
    },

    'an invitation at one daemon is told at the other': async (t, world) => {
        const { ada, bob } = await twoDaemons(t, world);
        await ada.createConversation('secret', 'invited');
        const body = { role: 'member', user: { id: bob.user.id, name: bob.user.name } };
        const answer = await ada.http('PUT', `/conversations/secret/members/${bob.user.id}`, { role: 'member' });
        assert.ok(answer.status < 300, JSON.stringify([answer, body]));
        await bob.waitFor(() => bob.frames.find(frame => frame.event === 'conversation.added'), 'the invitation');
        await bob.subscribe('secret');
    },
});
