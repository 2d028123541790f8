// Erasing a person, whatever comes between: the daemon dies, the storage fails. It goes on by itself to its end.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { pluginDirs, startDaemon } from '../harness/daemon.mjs';

const serverKey = 'server-key-for-erasing-0123456789abc';
const MESSAGES = 1500, ROOMS = 3;

// Its storage erases those slowly whose name begins with Slow, and fails with Broken (tests/plugins/faultstore.c).
const start = (t, workers) => startDaemon(t, {
    workers, plugins: ['faultstore'], more: `
        apps = { main = { server_keys = { { name = "backend", key = "${serverKey}" } } } }
        storage = "faultstore"
        faultstore = { inner = ${JSON.stringify(join(pluginDirs[0], 'sqlite.so'))} }`,
});

async function fill(daemon, author, channel) {
    for (let i = 0; i < MESSAGES / ROOMS; i += 100) {
        const items = Array.from({ length: 100 }, (_, n) => ({ channel, text: `wolverine ${i + n}`, author: author.user }));
        const { status } = await new Client(daemon, { token: serverKey }).http('POST', '/publish/batch', { items });
        assert.equal(status, 200);
    }
}

async function messagesOf(reader, channel, user) {
    const items = [];
    for (let after = 0, more = true; more;) {
        const page = await reader.get(`/conversations/${channel}/messages?after=${after}&limit=100`);
        items.push(...page.items);
        after = page.items.at(-1)?.pos;
        more = page.more_after;
    }
    return items.filter(item => item.author.id === user.id);
}

async function until(what, ms = 30000) {
    for (const end = Date.now() + ms; !(await what());) {
        assert.ok(Date.now() < end, `not within ${ms} ms: ${what}`);
        await sleep(100);
    }
}

for (const workers of [1, 3]) test(`an erasure goes on after kill -9, workers: ${workers}`, async t => {
    const daemon = await start(t, workers);
    const bob = await Client.signIn(daemon, 'Bob'), eve = await Client.signIn(daemon, 'Slow Eve');
    const rooms = Array.from({ length: ROOMS }, (_, i) => `room-${i}`);
    for (const room of rooms) {
        await eve.createConversation(room);
        assert.equal((await bob.http('POST', `/conversations/${room}/join`)).status, 200);
        assert.equal((await bob.publish(room, 'mine stays')).type, 'published');
        await fill(daemon, eve, room);
        await bob.subscribe(room);
    }
    const dying = eve.http('DELETE', '/me').catch(error => error);
    await bob.waitFor(() => bob.events.filter(event => event.event === 'message.deleted').length > 100);
    await daemon.kill();
    assert.ok(await dying instanceof Error, 'it was over before');
    await daemon.start();
    bob.close();

    assert.equal((await eve.http('GET', '/me')).body.code, 'token_revoked', 'nobody writes while they are erased');
    await until(async () => daemon.log.includes(`user ${eve.user.id} was erased`));
    for (const room of rooms) {
        const theirs = await messagesOf(bob, room, eve.user);
        assert.equal(theirs.length, MESSAGES / ROOMS);
        assert.ok(theirs.every(item => item.text === '' && item.deleted_at && item.author.name === ''));
        assert.equal((await messagesOf(bob, room, bob.user))[0].text, 'mine stays');
        const { items } = await bob.get(`/conversations/${room}/members`);
        assert.deepEqual(items.map(item => [item.user.id, item.role]), [[bob.user.id, 'owner']]);
    }
    assert.deepEqual((await bob.get('/search?q=wolverine')).items, []);
    await daemon.kill();
    const before = daemon.log.length;
    await daemon.start();
    await sleep(500);
    assert.ok(!daemon.log.slice(before).includes('was erased'), 'it began again');
    await daemon.stop();
});

for (const workers of [1, 3]) test(`an erasure goes on after its storage failed, workers: ${workers}`, async t => {
    const daemon = await start(t, workers);
    const eve = await Client.signIn(daemon, 'Broken Eve');
    await eve.createConversation('room');
    await eve.publish('room', 'wolverine');
    assert.equal((await eve.http('DELETE', '/me')).status, 202);
    assert.equal((await eve.http('DELETE', '/me')).body.code, 'token_revoked');
    await until(async () => daemon.log.includes(`user ${eve.user.id} was erased`));
    assert.match(daemon.log, /stopped at the record: storage_unavailable; it goes on in 1 s/);
    eve.close();
    await daemon.stop();
});

test('who owned the conversation alone is followed by the eldest moderator, which everybody is told', async t => {
    const daemon = await startDaemon(t, {});
    const [ada, bob, eve] = await Promise.all(['Ada', 'Bob', 'Eve'].map(name => Client.signIn(daemon, name)));
    await ada.createConversation('room', 'invited');
    const make = (person, role) => ada.http('PUT', `/conversations/room/members/${person.user.id}`, { role });
    assert.equal((await make(eve, 'member')).status, 200);
    assert.equal((await make(bob, 'moderator')).status, 200);
    await eve.subscribe('room');
    assert.equal((await ada.http('DELETE', '/me')).status, 204);
    const change = await eve.waitForFrame(frame => frame.event === 'member.role');
    assert.equal(change.data.user.id, bob.user.id);
    assert.equal(change.data.role, 'owner');
    assert.equal((await bob.http('PATCH', '/conversations/room', { title: 'Bob leads' })).status, 200);
    assert.equal((await make(eve, 'owner')).status, 401);
    assert.equal((await bob.http('PUT', `/conversations/room/members/${eve.user.id}`, { role: 'owner' })).status, 200);
    for (const each of [bob, eve]) each.close();
    await daemon.stop();
});
