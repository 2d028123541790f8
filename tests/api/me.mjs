import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation, expectOk, expectProblem, guest, person, post } from './client.mjs';

test('/me tells user and rights', async () => {
    const rights = { subscribe: ['a-*', 'b'], create: false };
    const ada = await person('ada', { name: 'Ada', rights });
    const me = expectOk(await ada.me_show());
    assert.deepEqual(me.user, { id: 'ada', name: 'Ada' });
    assert.deepEqual(me.rights, rights);
    assert.ok(me.expires_at > Date.now());
});

test('an export has all that one wrote, page by page', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    for (let i = 0; i < 5; i++) await post(ada, channel, `line ${i}`);
    const texts = [];
    let cursor, pages = 0;
    do {
        const page = expectOk(await ada.me_export({ query: { limit: 2, cursor } }));
        texts.push(...page.items.map(message => message.text));
        if (pages++ === 0) assert.deepEqual(page.conversations.map(each => each.channel), [channel]);
        else assert.equal(page.conversations, undefined);
        cursor = page.cursor;
    } while (cursor);
    assert.deepEqual(texts, ['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
});

test('an erasure whose storage fails goes on after the answer', async () => {
    const eve = await guest('Broken Eve');
    expectOk(await eve.me_erase(), 202);
    expectProblem(await eve.me_show(), 401, 'token_revoked');
});

test('erasing takes texts, name and token', async () => {
    const owner = await guest(), eve = await guest('Eve');
    const kept = await conversation(owner), left = await conversation(owner);
    const message = await post(eve, kept, 'my address is …');
    await post(owner, kept, 'hello');
    await post(eve, left, 'and here');
    expectOk(await eve.conversations_leave({ path: { channel: left } }), 204);
    expectOk(await eve.me_erase(), 204);
    expectProblem(await eve.me_show(), 401, 'token_revoked');
    for (const channel of [kept, left]) {
        const { items } = expectOk(await owner.messages_list({ path: { channel } }));
        const theirs = items.filter(item => item.author.id === eve.user.id);
        assert.ok(theirs.every(item => item.text === '' && item.deleted_at && item.author.name !== eve.user.name));
    }
    const gone = expectOk(await owner.messages_show({ path: { channel: kept, id: message.id } }));
    assert.equal(gone.pos, message.pos);
    const { items } = expectOk(await owner.members_list({ path: { channel: kept } }));
    assert.ok(items.every(member => member.user.id !== eve.user.id));
});
