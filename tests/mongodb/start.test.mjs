// The daemon and its MongoDB start in any order: what needs no storage works meanwhile, what does is refused as unavailable,
// and all of it works once the server is there. What will not mend itself is refused at the start.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { Socket, call } from '../pusher/fixture.mjs';
import { copy } from './copying.mjs';
import { person, suite } from './fixture.mjs';

const bells = { id: '100', key: 'bells-key', secret: 'bells-secret-0123456789' };
const QUICK = '&serverSelectionTimeoutMS=500&connectTimeoutMS=500';
const more = uri => `storage = "mongodb"
mongodb = { uri = "${uri}" }
apps = { main = {}, bells = { id = "${bells.id}", key = "${bells.key}", secret = "${bells.secret}", channels = { { pattern = "*", stored = false } } } }`;

const status = async (daemon, path) => (await fetch(`${daemon.url}${path}`)).status;

async function becomesReady(daemon) {
    for (let i = 0; i < 600 && (await status(daemon, '/readyz')) !== 200; i++) await sleep(100);
    assert.equal(await status(daemon, '/readyz'), 200, daemon.log);
}

suite('starting', {}, {
    'before MongoDB: it waits for it, and what is not stored works': async (t, world) => {
        const [member] = world.set.members;
        const uri = world.set.uri(world.database, QUICK);
        await member.stop();
        t.after(() => member.running || member.start());
        const daemon = await startDaemon(t, { plugins: ['mongodb', 'pusher'], more: more(uri) });
        assert.ok(daemon.url, daemon.log);
        assert.match(daemon.log, /there is no primary to talk to/);
        assert.equal(await status(daemon, '/healthz'), 200);
        assert.equal(await status(daemon, '/readyz'), 503);
        const guest = new Client(daemon);
        const refused = await guest.http('POST', '/tokens', { name: 'Ada' });
        assert.deepEqual([refused.status, refused.body.code], [503, 'storage_unavailable']);

        const listener = await Socket.open(daemon, bells);
        t.after(() => listener.ws.terminate());
        listener.send({ event: 'pusher:subscribe', data: { channel: 'ticks' } });
        await listener.take('pusher_internal:subscription_succeeded');
        for (let i = 0; i < 10; i++) {
            const body = { name: 'tick', channel: 'ticks', data: `${i}` };
            assert.equal((await call(daemon, 'POST', '/events', { app: bells, body })).status, 200);
            assert.equal((await listener.take('tick')).data, i);
        }

        await member.start();
        await becomesReady(daemon);
        assert.match(daemon.log, /it is there now/);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        await ada.subscribe('room');
        await ada.publish('room', 'at last');
        await world.insert('room', 'robot', 'me too'); // the change stream was opened
        assert.deepEqual(await ada.waitForTexts('room', 2), ['at last', 'me too']);
        await daemon.stop();
    },

    'on a database that is full already: what it said before is there, tokens too': async (t, world) => {
        const [member] = world.set.members;
        const uri = world.set.uri(world.database, QUICK);
        const daemon = await startDaemon(t, { plugins: ['mongodb', 'pusher'], more: more(uri) });
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        await ada.subscribe('room');
        await ada.publish('room', 'before');
        await ada.waitForTexts('room', 1);
        await daemon.stop();
        await member.stop();
        await daemon.start();
        assert.ok(daemon.running, daemon.log);
        await assert.rejects(ada.open(), /storage_unavailable/); // is the token revoked? nobody knows
        await member.start();
        await becomesReady(daemon);
        assert.equal((await ada.resume()).get('room').recovery, 'recovered');
        await ada.publish('room', 'after');
        assert.deepEqual(await ada.waitForTexts('room', 2), ['before', 'after']);
        await daemon.stop();
    },

    'what will not mend itself is refused: a wrong name of the set': async (t, world) => {
        const daemon = await world.start(t, world.set.uri('x', QUICK).replace('rs0', 'rs1'));
        assert.ok(!daemon.running, 'it started');
        assert.match(daemon.log, /the replica set there is named "rs0", not "rs1"/);
    },

    'a connection string without the set\'s name finds it': async (t, world) => {
        const [member] = world.set.members;
        const daemon = await world.start(t, `mongodb://${member.host}/${world.database}`);
        assert.ok(daemon.url, daemon.log);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
    },

    'a copy does not wait': async (t, world) => {
        const plain = `mongodb = { uri = "mongodb://127.0.0.1:1/x?replicaSet=rs0${QUICK}" }\n`;
        const daemon = await startDaemon(t, { plugins: ['mongodb'], more: plain });
        await daemon.stop();
        const { code, said } = await copy(daemon, 'sqlite', 'mongodb');
        assert.equal(code, 1);
        assert.match(said, /there is no primary to talk to/);
        assert.match(said, /the copy is not complete/);
    },

    // Real entries of DNS need a server of it: what is tested is that the driver asks for the right one.
    'a connection string by DNS, whose entry is not there: it says so and waits': async (t, world) => {
        const daemon = await world.start(t, 'mongodb+srv://ada:loveless@db.carillon.invalid/x');
        assert.ok(daemon.url, daemon.log);
        assert.match(daemon.log, /mongodb:\/\/db\.carillon\.invalid\/x: .*_mongodb\._tcp\.db\.carillon\.invalid/);
        assert.equal(await status(daemon, '/readyz'), 503);
        assert.doesNotMatch(daemon.log, /loveless/);
        await daemon.stop();
    },

    'a broken connection string: said without the password': async (t, world) => {
        for (const [uri, pattern] of [
            ['mongodb+srv://ada:loveless@localhost/x', /mongodb.uri is no connection string/],
            ['mongodb://ada:loveless@127.0.0.1:port/x', /mongodb.uri is no connection string/],
            ['http://ada:loveless@127.0.0.1/x', /mongodb.uri is no connection string/],
        ]) {
            const daemon = await world.start(t, uri);
            assert.ok(!daemon.running, `it started with ${uri}`);
            assert.match(daemon.log, pattern);
            assert.doesNotMatch(daemon.log, /loveless/);
        }
    },
});
