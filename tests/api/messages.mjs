import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caller, conversation, daemon, expectOk, expectProblem, guest, person, post } from './client.mjs';
import { serverKey } from './daemon.mjs';

const server = caller(serverKey);
const texts = page => page.items.map(message => message.text);

test('a message is stored as it was given', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const first = await post(ada, channel, 'Hello *world* \u0001 🔔', { data: { a: [1, 2.5, null, 'x'] }, mentions: [bob.user.id], client_id: 'c1' });
    assert.deepEqual(first.author, ada.user);
    assert.equal(first.text, 'Hello *world* \u0001 🔔');
    assert.deepEqual(first.data, { a: [1, 2.5, null, 'x'] });
    assert.deepEqual(first.mentions, [bob.user.id]);
    assert.equal(first.client_id, 'c1');
    assert.ok(Math.abs(first.created_at - Date.now()) < 10e3);
    const reply = await post(bob, channel, 'Hi', { reply_to: first.id });
    assert.deepEqual(reply.reply_to, { id: first.id, author: ada.user, text: first.text });
    assert.deepEqual(expectOk(await bob.messages_show({ path: { channel, id: first.id } })), first);
});

test('data is kept as it was written', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const written = '{ "price" : 0.10, "big":[123456789012345678901234567890, 1e2 ], "s":"a \\u0041 b" }';
    const sent = body => ada.messages_post({ path: { channel }, body });
    const big = await sent(`{"text":"x","data":${written}}`);
    assert.equal(big.status, 400); /* a number that no double holds */
    const fits = written.replace('123456789012345678901234567890', '9007199254740993');
    const { message } = expectOk(await sent(`{ "text":"x", "data": ${fits}, "client_id":"d" }`), 201);
    const raw = await fetch(`${daemon.url}/api/v1/conversations/${channel}/messages/${message.id}`, {
        headers: { authorization: `Bearer ${ada.bearer}` },
    });
    const kept = '"data":{"price":0.10,"big":[9007199254740993,1e2],"s":"a \\u0041 b"}';
    assert.ok((await raw.text()).includes(kept));
    expectOk(await sent(`{"client_id":"d","data":${fits.replaceAll(' ', '')},"text":"x"}`.replace('a\\u0041b', 'a \\u0041 b')));
});

test('a retry with the same client id gives the first result', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const send = body => ada.messages_post({ path: { channel }, body });
    const first = expectOk(await send({ text: 'once', client_id: 'k' }), 201);
    const again = expectOk(await send({ text: 'once', client_id: 'k' }), 200);
    assert.equal(again.duplicate, true);
    assert.deepEqual(again.message, first.message);
    assert.equal(again.pos, first.pos);
    expectProblem(await send({ text: 'other', client_id: 'k' }), 409, 'client_id_conflict');
    assert.deepEqual(texts(expectOk(await ada.messages_list({ path: { channel } }))), ['once']);
    const bob = await guest();
    expectOk(await bob.messages_post({ path: { channel }, body: { text: 'other', client_id: 'k' } }), 201);
});

test('many retries at once make one message', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const body = { text: 'race', client_id: 'r' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => ada.messages_post({ path: { channel }, body })));
    assert.equal(answers.filter(answer => answer.status === 201).length, 1);
    assert.equal(new Set(answers.map(answer => answer.data.message.id)).size, 1);
});

test('what is wrong with a message is told by field', async () => {
    const ada = await guest();
    const channel = await conversation(ada, { prefix: 'short' });
    const wrong = async (body, field) =>
        expectProblem(await ada.messages_post({ path: { channel }, body }), 400, 'invalid_request', field);
    await wrong({}, 'text');
    await wrong({ text: '' }, 'text');
    await wrong({ text: 'x'.repeat(101) }, 'text');
    await wrong({ text: ['x'] }, 'text');
    await wrong({ text: 'x', data: 'y'.repeat(101) }, 'data');
    await wrong({ text: 'x', client_id: '' }, 'client_id');
    await wrong({ text: 'x', client_id: 'y'.repeat(65) }, 'client_id');
    await wrong({ text: 'x', client_id: 7 }, 'client_id');
    await wrong({ text: 'x', mentions: 'ada' }, 'mentions');
    await wrong({ text: 'x', mentions: ['no id!'] }, 'mentions');
    await wrong({ text: 'x', mentions: Array(51).fill('a') }, 'mentions');
    await wrong({ text: 'x', clientId: 'c' }, 'clientId');
    assert.equal((await ada.messages_post({ path: { channel }, body: { text: 'x', reply_to: 'no-such-message' } })).status, 400);
    await post(ada, channel, 'x'.repeat(100));
});

test('only its author edits a message; its author or a moderator deletes it', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const { id, pos } = await post(bob, channel, 'first');
    const path = { channel, id };
    expectProblem(await ada.messages_edit({ path, body: { text: 'forged' } }), 403, 'forbidden');
    const edited = expectOk(await bob.messages_edit({ path, body: { text: 'second' } }));
    assert.equal(edited.message.text, 'second');
    assert.equal(edited.message.pos, pos);
    assert.ok(edited.message.edited_at >= edited.message.created_at);
    assert.ok(edited.pos > pos);
    const deleted = expectOk(await ada.messages_delete({ path }));
    assert.equal(deleted.message.text, '');
    assert.equal(deleted.message.deleted_by, ada.user.id);
    assert.equal(expectOk(await ada.messages_delete({ path })).pos, undefined);
    expectProblem(await bob.messages_edit({ path, body: { text: 'third' } }), 410, 'gone');
    const other = await post(ada, channel, 'mine');
    expectProblem(await bob.messages_delete({ path: { channel, id: other.id } }), 403, 'forbidden');
    expectProblem(await ada.messages_edit({ path: { channel, id: 'nothing' }, body: { text: 'x' } }), 404, 'not_found');
    expectProblem(await ada.messages_show({ path: { channel, id: 'nothing' } }), 404, 'not_found');
});

test('a message is found in its own conversation only', async () => {
    const ada = await guest(), bob = await guest();
    const secret = await conversation(ada, { visibility: 'invited' }), open = await conversation(bob);
    const { id } = await post(ada, secret, 'secret');
    expectProblem(await bob.messages_show({ path: { channel: open, id } }), 404, 'not_found');
    expectProblem(await bob.messages_delete({ path: { channel: open, id } }), 404, 'not_found');
    expectProblem(await bob.reactions_add({ path: { channel: open, id, emoji: '👍' } }), 404, 'not_found');
});

test('reactions', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const { id } = await post(ada, channel, 'like me');
    const react = (who, emoji, verb = 'reactions_add') => who[verb]({ path: { channel, id, emoji } });
    expectOk(await react(ada, '👍'));
    const both = expectOk(await react(bob, '👍'));
    assert.deepEqual(both.reactions, [{ emoji: '👍', count: 2, users: [ada.user, bob.user] }]);
    assert.equal(expectOk(await react(bob, '👍')).pos, undefined);
    expectOk(await react(bob, '🏴󠁧󠁢󠁥󠁮󠁧󠁿'));
    const less = expectOk(await react(ada, '👍', 'reactions_remove'));
    assert.deepEqual(less.reactions.map(each => [each.emoji, each.count]), [['👍', 1], ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 1]]);
    assert.equal((await react(ada, 'a b')).status, 400);
    assert.equal((await react(ada, 'x'.repeat(65))).status, 400);
    expectOk(await ada.messages_delete({ path: { channel, id } }));
    expectProblem(await react(bob, '🎉'), 410, 'gone');
});

test('history: the newest, before, after and around a pos', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const made = [];
    for (let i = 1; i <= 10; i++) made.push(await post(ada, channel, `${i}`));
    const list = query => ada.messages_list({ path: { channel }, query });
    const page = async query => {
        const { items, more_before, more_after } = expectOk(await list(query));
        return [items.map(item => Number(item.text)), more_before, more_after];
    };
    const pos = i => made[i - 1].pos;
    assert.deepEqual(await page({ limit: 3 }), [[8, 9, 10], true, false]);
    assert.deepEqual(await page({ before: pos(8), limit: 3 }), [[5, 6, 7], true, true]);
    assert.deepEqual(await page({ before: pos(3), limit: 3 }), [[1, 2], false, true]);
    assert.deepEqual(await page({ after: 0, limit: 3 }), [[1, 2, 3], false, true]);
    assert.deepEqual(await page({ after: pos(8), limit: 3 }), [[9, 10], true, false]);
    assert.deepEqual(await page({ around: pos(5), limit: 4 }), [[4, 5, 6, 7], true, true]);
    assert.deepEqual(await page({ limit: 100 }), [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false, false]);
    const { epoch, last_pos, first_pos } = expectOk(await list());
    assert.equal(epoch, expectOk(await ada.conversations_show({ path: { channel } })).epoch);
    assert.equal(last_pos, pos(10));
    assert.equal(first_pos, 1);
    expectProblem(await list({ before: 5, after: 1 }), 400, 'invalid_request', 'before');
    expectProblem(await list({ before: -1 }), 400, 'invalid_request', 'before');
    expectProblem(await list({ after: '1e3' }), 400, 'invalid_request', 'after');
    expectProblem(await list({ around: '99999999999999999999' }), 400, 'invalid_request', 'around');
});

test('who reads and writes where', async () => {
    const ada = await guest(), bob = await guest();
    const open = await conversation(ada), invited = await conversation(ada, { visibility: 'invited' });
    const path = { channel: invited };
    const { id } = await post(ada, invited, 'secret');
    for (const [operation, options] of Object.entries({
        conversations_show: { path },
        messages_list: { path },
        messages_show: { path: { ...path, id } },
        messages_post: { path, body: { text: 'x' } },
        reactions_add: { path: { ...path, id, emoji: 'x' } },
        changes_list: { path },
        members_list: { path },
        read_mark: { path, body: { pos: 1 } },
        typing_tell: { path },
        search_messages: { query: { q: 'secret', channel: invited } },
    }))
        expectProblem(await bob[operation](options), 403, 'not_a_member');
    await post(bob, open, 'joins by writing');
    assert.equal(expectOk(await bob.conversations_show({ path: { channel: open } })).role, 'member');
    await post(server, invited, 'from the server');
});

test('a token’s rights count before the conversation’s', async () => {
    const ada = await guest();
    const open = await conversation(ada), invited = await conversation(ada, { visibility: 'invited' });
    const reader = await person('reader', { rights: { subscribe: [invited], publish: [] } });
    expectOk(await reader.messages_list({ path: { channel: invited } }));
    expectProblem(await reader.messages_list({ path: { channel: open } }), 403, 'forbidden');
    expectProblem(await reader.messages_post({ path: { channel: invited }, body: { text: 'x' } }), 403, 'forbidden');
    const moderator = await person('mod', { rights: { moderate: ['room-*'] } });
    expectOk(await moderator.conversations_update({ path: { channel: open }, body: { title: 'Moderated' } }));
    const { id } = await post(ada, open, 'rude');
    expectOk(await moderator.messages_delete({ path: { channel: open, id } }));
});

test('search finds words in what one may read', async () => {
    const ada = await guest(), bob = await guest();
    const open = await conversation(ada), invited = await conversation(ada, { visibility: 'invited' });
    const word = `wort${Date.now()}`;
    await post(ada, open, `first ${word} here`);
    await post(ada, open, `second ${word} there`);
    await post(ada, invited, `third ${word} hidden`);
    const find = (who, q, more) => who.search_messages({ query: { q, ...more } });
    const found = async (...options) => texts(expectOk(await find(...options))).map(text => text.split(' ')[0]);
    assert.deepEqual(await found(ada, word), ['third', 'second', 'first']);
    assert.deepEqual(await found(bob, word), ['second', 'first']);
    assert.deepEqual(await found(bob, `${word.slice(0, -2)}`), ['second', 'first']);
    assert.deepEqual(await found(bob, `${word} there`), ['second']);
    assert.deepEqual(await found(ada, word, { channel: invited }), ['third']);
    assert.deepEqual(await found(server, word), ['third', 'second', 'first']);
    assert.deepEqual(await found(bob, '"*(' + word), ['second', 'first']);
    const page = expectOk(await find(bob, word, { limit: 1 }));
    assert.deepEqual(await found(bob, word, { limit: 1, cursor: page.cursor }), ['first']);
    expectProblem(await find(bob, ''), 400, 'invalid_request', 'q');
    expectProblem(await find(bob, 'x'.repeat(401)), 400, 'invalid_request', 'q');
    const blind = await person('blind', { rights: { subscribe: ['other-*'] } });
    assert.deepEqual(await found(blind, word), []);
});

test('read marks count what is unread', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    expectOk(await bob.conversations_join({ path: { channel } }));
    const first = await post(ada, channel, '1'), second = await post(ada, channel, '2');
    const mark = pos => bob.read_mark({ path: { channel }, body: { pos } });
    assert.deepEqual(expectOk(await mark(first.pos)), { channel, pos: first.pos, unread: 1, mentions: 0 });
    assert.equal(expectOk(await mark(1)).pos, first.pos);
    assert.deepEqual(expectOk(await mark(1e15)), { channel, pos: second.pos, unread: 0, mentions: 0 });
    expectProblem(await bob.read_mark({ path: { channel }, body: {} }), 400, 'invalid_request', 'pos');
    expectProblem(await mark('1'), 400, 'invalid_request', 'pos');
    expectProblem(await mark(-1), 400, 'invalid_request', 'pos');
});

test('one emoji is one reaction, with and without its variation selector', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const { id } = await post(ada, channel, 'a heart, please');
    const react = (who, emoji, verb = 'reactions_add') => who[verb]({ path: { channel, id, emoji } });
    const heart = '\u2764\ufe0f';
    expectOk(await react(ada, '\u2764'));
    const both = expectOk(await react(bob, heart)).reactions;
    assert.deepEqual(both.map(each => [each.emoji, each.count]), [[heart, 2]]);
    assert.equal(expectOk(await react(bob, '\u2764\ufe0e')).pos, undefined, 'it is there already');
    assert.deepEqual(expectOk(await react(ada, heart, 'reactions_remove')).reactions.map(each => each.count), [1]);
    assert.deepEqual(expectOk(await react(bob, '\u2764', 'reactions_remove')).reactions, []);
    expectProblem(await react(ada, '\ufe0f'), 400, 'invalid_request', 'emoji');
});

test('an edit without mentions keeps those whom the text still names', async () => {
    const ada = await guest('Ada'), bob = await guest('Bob'), eve = await guest('Eve');
    const channel = await conversation(ada);
    const at = person => `@${person.user.name}`;
    const mentions = [bob.user.id, eve.user.id, 'backend-user'];
    const { id } = await post(ada, channel, `${at(bob)} and ${at(eve)}: lunch?`, { mentions });
    const edit = async (text, more) =>
        expectOk(await ada.messages_edit({ path: { channel, id }, body: { text, ...more } })).message.mentions ?? [];
    assert.deepEqual(await edit(`${at(bob)} and ${at(eve)}: dinner?`), mentions);
    // Bob is taken out; nobody knows how the third was mentioned
    assert.deepEqual(await edit(`${at(eve)}, dinner? ${at(bob)}y is out`), [eve.user.id, 'backend-user']);
    assert.deepEqual(await edit('dinner, all?', { mentions: [bob.user.id] }), [bob.user.id]);
    assert.deepEqual(await edit('dinner!'), [bob.user.id]);
    assert.deepEqual(await edit('dinner!', { mentions: [] }), []);
    assert.deepEqual(await edit(`dinner, ${at(bob)}!`), [], 'a name alone mentions nobody');
    expectProblem(await bob.messages_edit({ path: { channel, id }, body: { text: 'mine now' } }), 403, 'forbidden');
});

test('typing', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    expectOk(await ada.typing_tell({ path: { channel } }), 204);
    expectOk(await ada.typing_tell({ path: { channel }, body: { active: false } }), 204);
    expectProblem(await ada.typing_tell({ path: { channel }, body: { active: 1 } }), 400, 'invalid_request', 'active');
});

test('people publish at a bounded rate, servers do not', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const send = (who, n) =>
        Promise.all(Array.from({ length: n }, (_, i) => who.messages_post({ path: { channel }, body: { text: `${i}` } })));
    const answers = await send(ada, 80);
    const refused = answers.filter(answer => answer.status !== 201);
    assert.ok(refused.length > 0 && refused.length <= 41, `${refused.length} were refused`);
    for (const answer of refused) expectProblem(answer, 429, 'rate_limited');
    assert.ok((await send(server, 80)).every(answer => answer.status === 201));
});
