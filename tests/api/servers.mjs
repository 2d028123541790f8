import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import WebSocket from 'ws';
import { caller, conversation, daemon, expectOk, expectProblem, guest, nobody } from './client.mjs';
import { serverKey } from './daemon.mjs';

const server = caller(serverKey);

test('a server writes in its own name and in others’', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const own = expectOk(await server.publish_one({ body: { channel, text: 'from the backend' } }));
    assert.equal(own.message.author.name, 'backend');
    const author = { id: 'robot', name: 'Robot' };
    const other = expectOk(await server.publish_one({ body: { channel, text: 'beep', author, client_id: 'b1' } }));
    assert.deepEqual(other.message.author, author);
    assert.equal(expectOk(await server.publish_one({ body: { channel, text: 'beep', author, client_id: 'b1' } })).duplicate, true);
    assert.deepEqual(expectOk(await ada.users_show({ path: { id: 'robot' } })), author);
    expectProblem(await ada.publish_one({ body: { channel, text: 'x' } }), 403, 'forbidden');
    expectProblem(await nobody.publish_one({ body: { channel, text: 'x' } }), 401, 'unauthorized');
});

test('what a server writes in a member’s name is not unread to that member, and no mention of them', async () => {
    const [ada, bob] = [await guest(), await guest()];
    const channel = await conversation(ada);
    for (const member of [ada, bob]) expectOk(await member.conversations_join({ path: { channel } }));
    const ids = [ada.user.id, bob.user.id];
    for (const text of ['one', 'two']) {
        expectOk(await server.publish_one({ body: { channel, text, author: ada.user, mentions: ids } }));
    }
    const counted = async member => {
        const { unread, mentions } = expectOk(await member.conversations_show({ path: { channel } }));
        return { unread, mentions };
    };
    assert.deepEqual(await counted(ada), { unread: 0, mentions: 0 });
    assert.deepEqual(await counted(bob), { unread: 2, mentions: 2 });
});

test('a server sends events, stored in conversations, passing elsewhere', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const stored = expectOk(await server.publish_one({ body: { channel, event: 'order-paid', data: { total: 3 } } }));
    const { items } = expectOk(await ada.changes_list({ path: { channel }, query: { after: stored.pos - 1 } }));
    assert.equal(items[0].event, 'order-paid');
    assert.deepEqual(items[0].data, { total: 3 });
    const passing = expectOk(await server.publish_one({ body: { channel: 'passing-news', event: 'order-paid' } }));
    assert.equal(passing.channel, 'passing-news');
    for (const event of ['message.new', 'presence.joined', 'with space', ''])
        expectProblem(await server.publish_one({ body: { channel, event, data: 1 } }), 400, 'invalid_request', 'event');
    expectProblem(await server.publish_one({ body: { channel, event: 'x', text: 'y' } }), 400, 'invalid_request', 'text');
    expectProblem(await server.publish_one({ body: { channel: 'no spaces', text: 'y' } }), 400, 'invalid_request', 'channel');
    assert.equal((await server.publish_one({ body: { channel: 'no-such-conversation', text: 'y' } })).status, 404);
});

test('a batch: each has its own outcome, in order', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const items = [
        { channel, text: 'one' },
        { channel, text: '' },
        { channel, text: 'two' },
        { channel: 'no-such-conversation', text: 'lost' },
        { channel, event: 'tick', data: 2 },
        { channel, text: 'three', colour: 'red' },
        'nonsense',
    ];
    const results = expectOk(await server.publish_batch({ body: JSON.stringify({ items: items.slice(0, 5) }) })).items;
    assert.deepEqual(results.map(result => result.status ?? 200), [200, 400, 200, 404, 200]);
    assert.equal(results[1].errors[0].field, 'text');
    assert.ok(results[0].pos < results[2].pos && results[2].pos < results[4].pos);
    const raw = await server.publish_batch({ body: JSON.stringify({ items: items.slice(5) }) });
    assert.deepEqual(expectOk(raw).items.map(result => result.code), ['invalid_request', 'invalid_request']);
    for (const wrong of [[], Array(101).fill(items[0]), 'x'])
        expectProblem(await server.publish_batch({ body: JSON.stringify({ items: wrong }) }), 400, 'invalid_request', 'items');
    const many = Array.from({ length: 100 }, (_, i) => ({ channel, text: `m${i}` }));
    const all = expectOk(await server.publish_batch({ body: { items: many } })).items;
    assert.deepEqual(all.map(result => result.message.text), many.map(item => item.text));
    assert.ok(all.every((result, i) => i === 0 || result.pos === all[i - 1].pos + 1));
});

test('a server makes tokens with rights', async () => {
    const rights = { subscribe: ['a-*'], create: false };
    const body = { name: 'Grace', expires_in: 60, rights };
    const { token, user, expires_at } = expectOk(await server.users_issue_token({ path: { id: 'grace' }, body }), 201);
    assert.deepEqual(user, { id: 'grace', name: 'Grace' });
    assert.ok(expires_at - Date.now() <= 60e3);
    assert.deepEqual(expectOk(await caller(token).me_show()).rights, rights);
    const wrong = async (more, field) =>
        expectProblem(await server.users_issue_token({ path: { id: 'grace' }, body: { name: 'Grace', ...more } }), 400, 'invalid_request', field);
    await wrong({ rights: { subscribe: 'all' } }, 'rights');
    await wrong({ rights: [] }, 'rights');
    await wrong({ expires_in: 0 }, 'expires_in');
    await wrong({ name: '' }, 'name');
    expectProblem(await server.users_issue_token({ path: { id: 'server' }, body: { name: 'X' } }), 400, 'invalid_request', 'user');
});

async function connect(person) {
    const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, 'carillon.v1');
    await once(socket, 'open');
    const closed = once(socket, 'close').then(([code]) => code);
    socket.send(JSON.stringify({ type: 'connect', id: 1, token: person.bearer }));
    const [first] = await once(socket, 'message');
    assert.equal(JSON.parse(first).type, 'connected');
    return { closed };
}

test('a server disconnects a user, and may revoke all tokens', async () => {
    const ada = await guest();
    const path = { id: ada.user.id };
    const one = await connect(ada), two = await connect(ada);
    assert.deepEqual(expectOk(await server.users_disconnect({ path })), { disconnected: 2 });
    assert.deepEqual(await Promise.all([one.closed, two.closed]), [4403, 4403]);
    expectOk(await ada.me_show());
    const again = await connect(ada);
    assert.deepEqual(expectOk(await server.users_disconnect({ path, body: { revoke: true } })), { disconnected: 1 });
    assert.equal(await again.closed, 4403);
    expectProblem(await ada.me_show(), 401, 'token_revoked');
    assert.deepEqual(expectOk(await server.users_disconnect({ path: { id: 'not-here' } })), { disconnected: 0 });
    expectProblem(await ada.users_disconnect({ path }), 401, 'token_revoked');
});

test('signing out closes the sessions of that token', async () => {
    const ada = await guest();
    const other = caller(expectOk(await ada.tokens_refresh()).token);
    const first = await connect(ada), second = await connect(other);
    expectOk(await ada.tokens_revoke(), 204);
    assert.equal(await first.closed, 4401);
    assert.deepEqual(expectOk(await server.users_disconnect({ path: { id: ada.user.id } })), { disconnected: 1 });
    await second.closed;
});
