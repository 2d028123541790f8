// The third way a publish may end: the storage did not answer in time. Nobody is told a lie, nothing comes twice, and the
// order stays one for all. The storage is SQLite behind a disk that hangs on demand (tests/plugins/faultstore.c).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { pluginDirs, startDaemon } from '../harness/daemon.mjs';

const hanging = options => `
storage = "faultstore"
faultstore = { inner = ${JSON.stringify(join(pluginDirs[0], 'sqlite.so'))} }
storage_options = { timeout = "1s"${options ? `, ${options}` : ''} }`;

async function start(t, workers, options) {
    const daemon = await startDaemon(t, { workers, plugins: ['faultstore'], more: hanging(options) });
    assert.ok(daemon.url, daemon.log);
    const [ada, bob] = [await Client.signIn(daemon, 'Ada'), await Client.signIn(daemon, 'Bob')];
    await ada.createConversation('room');
    await bob.subscribe('room');
    return { daemon, ada, bob };
}

async function end({ daemon, ada, bob }) {
    ada.close();
    bob.close();
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
}

const overHttp = person => async (text, clientId) => {
    const { status, body } = await person.http('POST', '/conversations/room/messages', { text, client_id: clientId });
    return { status, code: body.code, retry: body.retry, message: body.message, duplicate: body.duplicate };
};
const overWebSocket = person => async (text, clientId) => {
    const answer = await person.publish('room', text, { client_id: clientId });
    return { status: answer.status ?? (answer.duplicate ? 200 : 201), ...answer };
};

// As the answer asks for: the same again, until the storage says what became of it.
async function retried(publish, text, clientId) {
    for (let i = 0; i < 60; i++) {
        const answer = await publish(text, clientId);
        if (answer.status < 300) return answer;
        assert.ok([503, 504].includes(answer.status), JSON.stringify(answer));
        assert.equal(answer.retry, true);
        await sleep(200);
    }
    return assert.fail('no answer to any retry');
}

async function stored(reader) {
    const { items } = await reader.get('/conversations/room/messages');
    return items.map(item => item.text);
}

for (const workers of [1, 3]) {
    for (const [transport, via] of [['HTTP', overHttp], ['WebSocket', overWebSocket]]) {
        test(`${transport}: stored but told too late: 504, and a retry gives the first result, workers: ${workers}`, async t => {
            const scene = await start(t, workers);
            const publish = via(scene.ada);
            const unknown = await publish('!late 3000', 'one');
            assert.equal(unknown.status, 504);
            assert.equal(unknown.code, 'outcome_unknown');
            assert.equal(unknown.retry, true);
            const again = await retried(publish, '!late 3000', 'one');
            assert.equal(again.duplicate, true);
            assert.deepEqual(await stored(scene.bob), ['!late 3000']);
            await scene.bob.waitForTexts('room', 1);
            assert.equal(scene.bob.events.filter(event => event.event === 'message.new').length, 1, 'everybody hears it once');
            assert.equal((await publish('another body', 'one')).status, 409);
            await end(scene);
        });

        test(`${transport}: not stored and told too late: 504, and a retry stores it, workers: ${workers}`, async t => {
            const scene = await start(t, workers);
            const publish = via(scene.ada);
            assert.equal((await publish('!lost 3000', 'one')).code, 'outcome_unknown');
            assert.notEqual((await retried(publish, '!lost 3000', 'one')).duplicate, true);
            assert.deepEqual(await stored(scene.bob), ['!lost 3000']);
            await end(scene);
        });
    }

    test(`what comes after an unknown outcome waits for it, and one order is told to all, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        const { ada, bob } = scene;
        assert.equal((await ada.publish('room', '!late 2500', { client_id: 'first' })).code, 'outcome_unknown');
        await retried(overWebSocket(ada), 'second', 'second');
        await retried(overHttp(bob), 'third', 'third');
        assert.deepEqual(await bob.waitForTexts('room', 3), ['!late 2500', 'second', 'third']);
        assert.deepEqual(await stored(ada), ['!late 2500', 'second', 'third']);
        const places = bob.events.filter(event => event.pos).map(event => event.pos);
        assert.deepEqual(places.map(pos => pos - places[0]), places.map((_, i) => i), 'told without a gap');
        await end(scene);
    });

    test(`what waits behind an unknown outcome is refused with it, and may be tried again, workers: ${workers}`, async t => {
        const scene = await start(t, workers);
        const { ada, bob } = scene;
        const hung = ada.publish('room', '!late 2500', { client_id: 'first' });
        await sleep(200); // it is with the storage
        const behind = bob.publish('room', 'behind', { client_id: 'behind' });
        assert.equal((await hung).code, 'outcome_unknown');
        const refused = await behind;
        assert.deepEqual([refused.code, refused.retry], ['storage_unavailable', true]);
        assert.notEqual((await retried(overWebSocket(bob), 'behind', 'behind')).duplicate, true);
        assert.deepEqual(await bob.waitForTexts('room', 2), ['!late 2500', 'behind']);
        assert.deepEqual(await stored(ada), ['!late 2500', 'behind']);
        await end(scene);
    });

    test(`too many that wait are refused at once, and the refused are not stored, workers: ${workers}`, async t => {
        const scene = await start(t, workers, 'max_waiting = 4');
        const { daemon, ada, bob } = scene;
        const rooms = Array.from({ length: 12 }, (_, i) => `other-${i}`);
        for (const room of rooms) await ada.createConversation(room);
        const hung = ada.publish('room', '!late 4000', { client_id: 'one' });
        const answers = await Promise.all(rooms.map(async room => {
            const begun = Date.now();
            const response = await fetch(`${daemon.url}/api/v1/conversations/${room}/messages`, {
                method: 'POST',
                headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
                body: JSON.stringify({ text: 'x', client_id: 'x' }),
            });
            const body = await response.json();
            return { room, status: response.status, code: body.code, after: response.headers.get('retry-after'), ms: Date.now() - begun };
        }));
        const busy = answers.filter(answer => answer.code === 'busy');
        assert.ok(busy.length >= 6, JSON.stringify(answers));
        for (const { status, after } of busy) assert.deepEqual([status, after], [503, '1']);
        // Those that waited were given up after the timeout of a second; these did not wait for that.
        assert.ok(Math.min(...busy.map(answer => answer.ms)) < 900, JSON.stringify(busy));
        assert.equal((await hung).code, 'outcome_unknown');
        await retried(overHttp(ada), '!late 4000', 'one');
        for (const { room } of busy) assert.deepEqual((await ada.get(`/conversations/${room}/messages`)).items, []);
        await end({ daemon, ada, bob });
    });
}
