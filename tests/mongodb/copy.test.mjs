// carillond --copy-storage: from SQLite to MongoDB and back, cut off in between; clients notice nothing.
import assert from 'node:assert/strict';
import { startDaemon } from '../harness/daemon.mjs';
import { copy } from './copying.mjs';
import { person, suite } from './fixture.mjs';

const MESSAGES = 600;

// All that a client can see of a conversation.
async function everything(client, channel, moderator) {
    const conversation = await client.get(`/conversations/${channel}`);
    const { epoch } = conversation;
    const members = await client.get(`/conversations/${channel}/members?limit=100`);
    for (const member of members.items) delete member.online; // of now, and nothing that is stored
    const held = await moderator.get(`/conversations/${channel}/held`);
    return JSON.stringify({ conversation, members, held, changes: await client.changes(channel, epoch) }, null, 1).split('\n');
}

async function fill(ada, bob) {
    await ada.createConversation('room');
    await ada.createConversation('secret', 'invited');
    for (let i = 0; i < MESSAGES; i += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, k) => ada.publish('room', `number ${i + k}`)));
    }
    const { items } = await ada.get('/conversations/room/messages?limit=100');
    const path = id => `/conversations/room/messages/${id}`;
    assert.equal((await ada.http('PATCH', path(items[0].id), { text: 'edited' })).status, 200);
    await bob.publish('room', 'an answer', { reply_to: items[1].id });
    assert.equal((await bob.http('PUT', `${path(items[2].id)}/reactions/${encodeURIComponent('👍')}`)).status, 200);
    assert.equal((await ada.http('DELETE', path(items[3].id))).status, 200);
    assert.equal((await ada.http('PATCH', '/conversations/room', { title: 'Another title' })).status, 200);
    await bob.request({ type: 'read', channel: 'room', pos: 300 });
    for (const queue of ['one', 'two']) { // what waits for a moderator, by tests/plugins/hooktest.c
        const waiting = { text: `!hold ${queue}`, data: { queue }, client_id: queue };
        assert.equal((await bob.http('POST', '/conversations/room/messages', waiting)).status, 202);
    }
}

suite('copying', {}, {
    'from SQLite to MongoDB and back: all of it is there': async (t, world) => {
        const plain = `mongodb = { uri = "${world.set.uri(world.database)}" }\n`;
        const daemon = await startDaemon(t, { plugins: ['mongodb', 'hooktest'], more: plain });
        const ada = await person(t, daemon, 'Ada'), bob = await person(t, daemon, 'Bob');
        await fill(ada, bob);
        await ada.subscribe('room');
        const all = () => Promise.all([['room', bob], ['secret', ada]].map(([channel, client]) => everything(client, channel, ada)));
        const idle = await person(t, daemon, 'Somebody idle'); // who writes nothing and is nowhere
        const first = await ada.publish('room', 'with a client id', { client_id: 'c1' });
        const gone = await ada.publish('room', 'to be deleted', { client_id: 'gone' });
        assert.equal((await ada.http('DELETE', `/conversations/room/messages/${gone.message.id}`)).status, 200);
        const moved = { type: 'publish', channel: 'room', event: 'moved', data: { x: 1 }, client_id: 'moved' };
        const event = await ada.request(moved);
        await idle.request({ type: 'read', channel: 'room', pos: 400 });
        const invitation = (await ada.http('POST', '/conversations/secret/invitations', { max_uses: 2 })).body;
        assert.equal((await idle.http('POST', `/invitations/${invitation.code}/accept`)).status, 200);
        assert.equal((await ada.http('DELETE', `/conversations/secret/members/${idle.user.id}`)).status < 300, true);
        const codes = [invitation.code];
        for (let i = 0; i < 3; i++) codes.push((await ada.http('POST', '/conversations/secret/invitations', {})).body.code);
        const before = await all();
        assert.equal((await ada.get('/conversations/room/held')).items.length, 2);
        await daemon.stop();

        for (const ms of [300, 450, 600, 750]) await copy(daemon, 'sqlite', 'mongodb', ms); // wherever it is by then
        const there = await copy(daemon, 'sqlite', 'mongodb');
        assert.equal(there.code, 0, there.said);
        assert.match(there.said, /mongodb has all of sqlite: 2 conversations/);
        await daemon.configure({ more: `${plain}storage = "mongodb"` });
        await daemon.start();
        assert.deepEqual(await all(), before);
        assert.equal((await ada.resume()).get('room').recovery, 'recovered');
        assert.equal((await ada.get('/search?q=edited')).items.length, 1);
        assert.equal((await ada.publish('room', 'with a client id', { client_id: 'c1' })).pos, first.pos);
        assert.equal((await ada.http('POST', '/tokens', { name: 'Somebody idle' })).body.code, 'name_taken');
        const invitations = async () => (await ada.get('/conversations/secret/invitations')).items;
        const again = (await invitations()).at(-1);
        assert.deepEqual([again.code, again.uses, again.max_uses], [invitation.code, 1, 2]);
        const remembered = async () => {
            assert.deepEqual((await invitations()).map(({ code }) => code), codes.toReversed());
            assert.equal((await idle.get('/conversations/room')).read_pos, 400);
            for (const [frame, pos] of [[{ client_id: 'gone', text: 'to be deleted' }, gone.pos], [moved, event.pos]]) {
                const retry = { type: 'publish', channel: 'room', ...frame };
                assert.equal((await ada.request(retry)).pos, pos);
                const other = await ada.request({ ...retry, ...(frame.text ? { text: 'another' } : { data: { x: 2 } }) });
                assert.equal(other.code, 'client_id_conflict', JSON.stringify(other));
            }
        };
        await remembered();
        await ada.publish('room', 'written into MongoDB');
        const after = await all();
        await daemon.stop();

        await daemon.configure({ more: `${plain}sqlite = { path = "back.db" }\nstorage = "sqlite"` });
        const back = await copy(daemon, 'mongodb', 'sqlite');
        assert.equal(back.code, 0, back.said);
        await daemon.start();
        assert.deepEqual(await all(), after);
        await ada.open();
        await remembered();
        await daemon.stop();
    },

    'what retention dropped stays away, and a target with another conversation is left alone': async (t, world) => {
        const plain = `mongodb = { uri = "${world.set.uri(world.database)}" }\n`;
        const daemon = await world.daemon(t);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        for (let i = 0; i < 10; i++) await ada.publish('room', `${i}`);
        await daemon.stop();
        // As retention leaves it: the positions up to 6 are gone.
        for (const collection of ['messages', 'changes']) {
            await world.call(collection, 'delete_many', { pos: { $lte: 6 } });
        }
        await world.call('conversations', 'update_one', {}, { $set: { first_pos: 7 } });
        await daemon.configure({ more: `${plain}storage = "sqlite"` });
        const first = await copy(daemon, 'mongodb', 'sqlite');
        assert.equal(first.code, 0, first.said);
        await daemon.start();
        await ada.open();
        const history = await ada.get('/conversations/room/messages');
        assert.deepEqual(history.items.map(({ text, pos }) => [text, pos]), [5, 6, 7, 8, 9].map(i => [`${i}`, i + 2]));
        await daemon.stop();
        await world.call('conversations', 'update_one', {}, { $set: { epoch: 'another' } });
        const second = await copy(daemon, 'mongodb', 'sqlite');
        assert.equal(second.code, 1);
        assert.match(second.said, /the target has another conversation of this name/);
    },
});
