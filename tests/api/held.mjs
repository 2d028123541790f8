// What a hook keeps for a moderator, or from everybody but its author: tests/plugins/hooktest.c.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caller, conversation, expectOk, expectProblem, guest } from './client.mjs';
import { serverKey } from './daemon.mjs';

const server = caller(serverKey);

const hold = async (author, channel, text = '!hold') =>
    expectOk(await author.messages_post({ path: { channel }, body: { text, data: { a: [1] }, client_id: text } }), 202);

test('a held message is listed, released and discarded by moderators and servers', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    for (const moderator of [ada, server]) {
        const released = await hold(bob, channel, `!hold queue-1 60000 ${moderator.user?.id}`);
        const discarded = await hold(bob, channel, `!hold queue-2 60000 ${moderator.user?.id}`);
        const { items } = expectOk(await moderator.held_list({ path: { channel } }));
        assert.deepEqual(items.map(held => held.id), [released.message.id, discarded.message.id]);
        const queue = expectOk(await moderator.held_list({ path: { channel }, query: { queue: 'queue-2', limit: 1 } }));
        assert.deepEqual(queue.items.map(held => held.id), [discarded.message.id]);
        const path = { channel, id: released.message.id };
        const answer = expectOk(await moderator.held_release_one({ path, body: {} }));
        assert.deepEqual(answer.message.author, bob.user);
        assert.deepEqual(answer.message.data, { a: [1] });
        expectProblem(await moderator.held_release_one({ path }), 404, 'not_found');
        expectOk(await moderator.held_discard_one({ path: { channel, id: discarded.message.id } }), 204);
        expectProblem(await moderator.held_discard_one({ path: { channel, id: discarded.message.id } }), 404, 'not_found');
    }
    assert.equal(expectOk(await bob.messages_list({ path: { channel } })).items.length, 2);
});

test('only moderators decide', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada), invited = await conversation(ada, { visibility: 'invited' });
    const { message } = await hold(bob, channel);
    const path = { channel, id: message.id };
    expectProblem(await bob.held_list({ path: { channel } }), 403, 'forbidden');
    expectProblem(await bob.held_list({ path: { channel: invited } }), 403, 'not_a_member');
    expectProblem(await bob.held_release_one({ path }), 403, 'forbidden');
    expectProblem(await bob.held_discard_one({ path }), 403, 'forbidden');
    expectProblem(await bob.held_release_one({ path: { channel: 'nowhere', id: message.id } }), 403, 'forbidden');
    expectProblem(await ada.held_list({ path: { channel: 'nowhere' } }), 404, 'not_found');
    expectProblem(await ada.held_list({ path: { channel }, query: { cursor: 'none of ours' } }), 400, 'invalid_request');
});

test('what a server publishes may be held, too', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const author = { id: 'held-author', name: 'Author' };
    const answer = expectOk(await server.publish_one({ body: { channel, text: '!hold', author } }));
    assert.equal(answer.held, true);
    assert.equal(answer.pos, undefined);
    assert.deepEqual(answer.message.author, author);
    const batch = expectOk(await server.publish_batch({ body: { items: [{ channel, text: '!hold', author }, { channel, text: 'on', author }] } }));
    assert.deepEqual(batch.items.map(item => item.held ?? false), [true, false]);
});

test('a shadowed message has an ordinary answer without a place', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const answer = expectOk(await bob.messages_post({ path: { channel }, body: { text: '!shadow' } }), 201);
    assert.equal(answer.message.pos, undefined);
    assert.equal(expectOk(await bob.messages_list({ path: { channel } })).items.length, 0);
});
