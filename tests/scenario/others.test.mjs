// The home's order when somebody else writes to its conversations: what lies between is read first, what is known already is
// not read again, and no failure on the way makes a hole. The other daemon is played by tests/plugins/twostore.c.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { pluginDirs, startDaemon } from '../harness/daemon.mjs';

async function start(t, workers) {
    const more = `storage = "twostore"\ntwostore = { inner = ${JSON.stringify(join(pluginDirs[0], 'sqlite.so'))} }`;
    const daemon = await startDaemon(t, { workers, plugins: ['twostore'], more });
    assert.ok(daemon.url, daemon.log);
    const [ada, bob] = [await Client.signIn(daemon, 'Ada'), await Client.signIn(daemon, 'Bob')];
    await ada.createConversation('room');
    await bob.subscribe('room');
    return { daemon, ada, bob };
}

// Bob has heard just this, without a gap, and the daemon ends well.
async function heard({ daemon, ada, bob }, texts) {
    assert.deepEqual(await bob.waitForTexts('room', texts.length), texts);
    const places = bob.events.filter(event => event.pos).map(event => event.pos);
    assert.deepEqual(places.map(pos => pos - places[0]), places.map((_, i) => i), 'told without a gap');
    ada.close();
    bob.close();
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
}

const readings = daemon => daemon.log.match(/the changes after \d+ are read/g)?.length ?? 0;

for (const workers of [1, 3]) {
    test(`what others wrote just before is read and told before the own message, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        const first = await scene.ada.publish('room', 'first');
        assert.equal((await scene.ada.publish('room', '!other 2')).pos, first.pos + 3);
        await scene.ada.publish('room', 'last');
        await heard(scene, ['first', 'of robot 1', 'of robot 2', '!other 2', 'last']);
    });

    test(`many publishers while others write: one order, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        const texts = Array.from({ length: 40 }, (_, i) => (i % 5 === 4 ? '!other 1' : `${i}`));
        const answers = await Promise.all(texts.map(text => scene.ada.publish('room', text)));
        for (const answer of answers) assert.equal(answer.type, 'published', JSON.stringify(answer));
        const { items } = await scene.ada.get('/conversations/room/messages?limit=100');
        assert.equal(items.length, 48);
        await heard(scene, items.map(item => item.text));
    });

    test(`news of the own message come before its answer, and nothing is read for them, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        for (let i = 0; i < 3; i++) assert.equal((await scene.ada.publish('room', '!told 0')).type, 'published');
        assert.equal(readings(scene.daemon), 0, scene.daemon.log);
        await heard(scene, ['!told 0', '!told 0', '!told 0']);
    });

    test(`news of others' messages come before the own answer: they are told after it, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        await scene.ada.publish('room', '!told 2');
        await heard(scene, ['!told 2', 'of robot 1', 'of robot 2']);
    });

    test(`others' messages that come with their change are told without reading, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        for (let i = 0; i < 3; i++) await scene.ada.publish('room', '!given 2');
        assert.equal(readings(scene.daemon), 0, scene.daemon.log);
        const { items } = await scene.ada.get('/conversations/room/messages');
        await scene.bob.waitForTexts('room', items.length);
        const heardOf = scene.bob.events.filter(event => event.event === 'message.new').map(event => event.data.message);
        assert.deepEqual(heardOf, items);
        await heard(scene, Array(3).fill(['of robot 1', 'of robot 2', '!given 2']).flat());
    });

    test(`one that comes with its change and not in its turn brings what is before it, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        await scene.ada.publish('room', '!missed 2');
        await scene.ada.publish('room', '!given 1');
        await heard(scene, ['of robot 1', 'of robot 2', 'of robot 1', '!missed 2', 'of robot 1', '!given 1']);
    });

    test(`a place that does not exist is looked for, and then forgotten, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        await scene.ada.publish('room', '!wrong');
        for (const text of ['one', 'two', 'three']) await scene.ada.publish('room', text);
        assert.ok(readings(scene.daemon) <= 2, scene.daemon.log);
        await heard(scene, ['!wrong', 'one', 'two', 'three']);
    });

    test(`what cannot be read now is read later, though nobody acts, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        assert.equal((await scene.ada.publish('room', '!unread 2')).type, 'published');
        await heard(scene, ['of robot 1', '!unread 2']);
    });

    test(`what retention took before it was read: subscribers are sent away to read again, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        const { ada, bob } = scene;
        await ada.publish('room', 'first');
        await bob.waitForTexts('room', 1);
        assert.equal((await ada.publish('room', '!gone 3')).type, 'published');
        const sentAway = await bob.waitFor(() => bob.frames.find(frame => frame.code === 'gone'), 'the end of the subscription');
        assert.equal(sentAway.channel, 'room');
        const answer = await bob.request({ type: 'subscribe', channel: 'room', ...bob.places.get('room') });
        assert.equal(answer.recovery, 'reset', JSON.stringify(answer));
        const { items } = await bob.get('/conversations/room/messages');
        assert.deepEqual(items.map(item => item.text), ['of robot 3', '!gone 3']);
        await ada.publish('room', 'last');
        await bob.waitFor(() => bob.texts('room').includes('last'), 'what comes after');
        ada.close();
        bob.close();
        assert.deepEqual(await scene.daemon.stop(), { code: 0, signal: null });
    });
}
