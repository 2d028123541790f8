// A database that an older Carillon made is brought up to date with all that is in it; a newer one's is left alone.
import assert from 'node:assert/strict';
import { person, suite } from './fixture.mjs';

// As version 1 had it: a document for each client id, and no news in the conversations.
async function turnBackToVersion1(world) {
    for (const change of await world.call('changes', 'find', { client_id: { $exists: true } })) {
        const { app, conversation, author, client_id, digest, pos, id, type, at } = change;
        await world.call('client_ids', 'insert_one', { app, conversation, author, client_id, digest, pos, id, type, at });
    }
    await world.call('changes', 'update_many', {}, { $unset: { client_id: 1, digest: 1 } });
    await world.call('conversations', 'update_many', {}, { $unset: { news: 1 } });
    await world.call('changes', 'drop_index', 'client_id');
    await world.call('client_ids', 'drop_index', 'conversation');
    await world.call('carillon', 'update_one', { _id: 'schema' }, { $set: { version: 1 } });
}

suite('schema', {}, {
    'a database of version 1: what was published there is known': async (t, world) => {
        const daemon = await world.daemon(t);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        const first = await ada.publish('room', 'hello', { client_id: 'c1' });
        await daemon.stop();
        await turnBackToVersion1(world);
        await daemon.start();
        await daemon.waitForLog(/schema is now version 2/);
        await ada.open();
        const again = await ada.publish('room', 'hello', { client_id: 'c1' });
        assert.deepEqual([again.type, again.pos], ['published', first.pos]);
        assert.equal((await ada.publish('room', 'another', { client_id: 'c1' })).code, 'client_id_conflict');
        assert.equal((await ada.publish('room', 'another', { client_id: 'c2' })).pos, first.pos + 1);
        await daemon.stop();
    },

    'a database of a newer Carillon is refused': async (t, world) => {
        const daemon = await world.daemon(t);
        await daemon.stop();
        await world.call('carillon', 'update_one', { _id: 'schema' }, { $set: { version: 99 } });
        await daemon.start();
        assert.ok(!daemon.running, 'it started');
        assert.match(daemon.log, /has schema 99, this is only able to read up to 2; use a newer carillond/);
    },
});
