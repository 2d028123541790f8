import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation, expectOk, expectProblem, guest, post } from './client.mjs';

test('every change after a pos, in order, without a hole', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const { id } = await post(bob, channel, 'hello');
    expectOk(await bob.messages_edit({ path: { channel, id }, body: { text: 'hello!' } }));
    expectOk(await ada.reactions_add({ path: { channel, id, emoji: '👍' } }));
    expectOk(await ada.reactions_remove({ path: { channel, id, emoji: '👍' } }));
    expectOk(await ada.conversations_update({ path: { channel }, body: { title: 'Renamed' } }));
    expectOk(await ada.members_put({ path: { channel, user: bob.user.id }, body: { role: 'moderator' } }));
    expectOk(await bob.messages_delete({ path: { channel, id } }));
    expectOk(await bob.conversations_leave({ path: { channel } }), 204);
    const events = [];
    let page, after = 0, epoch;
    do {
        page = expectOk(await ada.changes_list({ path: { channel }, query: { epoch, after, limit: 2 } }));
        events.push(...page.items);
        epoch = page.epoch;
        after = page.items.at(-1).pos;
    } while (page.more);
    assert.deepEqual(events.map(event => event.event), [
        'conversation.created', 'member.joined', 'message.new', 'message.edited', 'reaction.added', 'reaction.removed',
        'conversation.updated', 'member.role', 'message.deleted', 'member.left',
    ]);
    assert.deepEqual(events.map(event => event.pos), events.map((_, i) => i + 1));
    const member = event => [event.data.user.name, event.data.role];
    assert.deepEqual(member(events[7]), [bob.user.name, 'moderator']);
    assert.deepEqual(member(events[9]), [bob.user.name, 'none']);
    assert.equal(after, page.last_pos);
    const rest = expectOk(await ada.changes_list({ path: { channel }, query: { epoch, after } }));
    assert.deepEqual([rest.items, rest.more], [[], false]);
});

test('a place that is not of this life of the channel is gone', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const list = query => ada.changes_list({ path: { channel }, query });
    const { epoch, last_pos } = expectOk(await list());
    expectProblem(await list({ epoch: 'another', after: 0 }), 410, 'gone');
    expectProblem(await list({ epoch, after: last_pos + 1 }), 410, 'gone');
    expectOk(await list({ epoch, after: last_pos }));
    expectProblem(await list({ after: 'x' }), 400, 'invalid_request', 'after');
});
