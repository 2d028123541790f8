import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caller, conversation, expectOk, expectProblem, guest, person, post } from './client.mjs';
import { serverKey } from './daemon.mjs';

const server = caller(serverKey);
const channelsOf = page => page.items.map(each => each.channel);

test('whoever creates a conversation owns it', async () => {
    const ada = await guest();
    const made = expectOk(await ada.conversations_create({ body: { channel: 'ada-1', title: '  Ada’s  ', visibility: 'public' } }), 201);
    assert.equal(made.title, 'Ada’s');
    assert.equal(made.role, 'owner');
    assert.equal(made.members, 1);
    assert.equal(made.last_pos, 1);
    assert.deepEqual(made.creator, ada.user);
    assert.deepEqual(expectOk(await ada.conversations_show({ path: { channel: 'ada-1' } })), made);
    expectProblem(await ada.conversations_create({ body: { channel: 'ada-1', title: 'Again', visibility: 'public' } }), 409, 'exists');
});

test('a channel is made from the title', async () => {
    const ada = await guest();
    const create = body => ada.conversations_create({ body });
    const first = expectOk(await create({ title: 'Lunch & Games!', visibility: 'public' }), 201);
    const second = expectOk(await create({ title: 'Lunch & Games!', visibility: 'public' }), 201);
    const invited = expectOk(await create({ title: 'Lunch & Games!', visibility: 'invited' }), 201);
    const other = expectOk(await create({ title: '山田', visibility: 'public' }), 201);
    assert.equal(first.channel, 'lunch-games');
    assert.equal(new Set([first, second, invited, other].map(each => each.channel)).size, 4);
    assert.notEqual(invited.channel, 'lunch-games');
});

test('what is wrong with a new conversation is told by field', async () => {
    const ada = await guest();
    const wrong = async (body, field) => expectProblem(await ada.conversations_create({ body }), 400, 'invalid_request', field);
    await wrong({ visibility: 'public' }, 'title');
    await wrong({ title: '', visibility: 'public' }, 'title');
    await wrong({ title: 'x'.repeat(201), visibility: 'public' }, 'title');
    await wrong({ title: 'a\nb', visibility: 'public' }, 'title');
    await wrong({ title: 5, visibility: 'public' }, 'title');
    await wrong({ title: 'x' }, 'visibility');
    await wrong({ title: 'x', visibility: 'secret' }, 'visibility');
    await wrong({ title: 'x', visibility: 'public', channel: 'with space' }, 'channel');
    await wrong({ title: 'x', visibility: 'public', channel: '#user' }, 'channel');
    await wrong({ title: 'x', visibility: 'public', colour: 'red' }, 'colour');
    await wrong({ title: 'x', visibility: 'public', channel: 'passing-1' }, 'channel');
    await wrong({ title: 'x', visibility: 'public', channel: 'hidden-1' }, 'visibility');
    expectOk(await ada.conversations_create({ body: { title: 'x', visibility: 'invited', channel: 'hidden-1' } }), 201);
});

test('a token may say that somebody creates nothing', async () => {
    const body = { title: 'x', visibility: 'public', channel: 'forbidden-1' };
    expectProblem(await (await person('bob', { rights: { create: false } })).conversations_create({ body }), 403, 'forbidden');
});

test('lists: own and public, newest activity first, by title, in pages', async () => {
    const ada = await guest(), bob = await guest();
    const title = `Topic ${Date.now()}`;
    const made = [];
    for (let i = 0; i < 5; i++) made.push(await conversation(ada, { title, visibility: i % 2 ? 'invited' : 'public' }));
    await post(ada, made[0], 'now the newest');
    const order = [made[0], made[4], made[3], made[2], made[1]];
    const list = (who, query) => who.conversations_list({ query: { query: title.toLowerCase(), ...query } });
    assert.deepEqual(channelsOf(expectOk(await list(ada))), order);
    assert.deepEqual(channelsOf(expectOk(await list(ada, { scope: 'mine' }))), order);
    const isPublic = channel => made.indexOf(channel) % 2 === 0;
    assert.deepEqual(channelsOf(expectOk(await list(bob))), order.filter(isPublic));
    assert.deepEqual(channelsOf(expectOk(await list(ada, { scope: 'public' }))), order.filter(isPublic));
    assert.deepEqual(channelsOf(expectOk(await list(bob, { scope: 'mine' }))), []);
    assert.deepEqual(channelsOf(expectOk(await list(server, { scope: 'all' }))), order);
    expectProblem(await list(bob, { scope: 'all' }), 400, 'invalid_request', 'scope');
    expectProblem(await list(bob, { scope: 'some' }), 400, 'invalid_request', 'scope');

    const pages = [];
    let cursor;
    do {
        const page = expectOk(await list(ada, { limit: 2, cursor }));
        assert.ok(page.items.length <= 2);
        pages.push(...channelsOf(page));
        cursor = page.cursor;
    } while (cursor);
    assert.deepEqual(pages, order);
    expectProblem(await list(ada, { limit: 0 }), 400, 'invalid_request', 'limit');
    expectProblem(await list(ada, { limit: 101 }), 400, 'invalid_request', 'limit');
    expectProblem(await list(ada, { limit: 'x' }), 400, 'invalid_request', 'limit');
});

test('titles are found without regard to case, in any script', async () => {
    const ada = await guest();
    const titles = ['Große Straße', 'ΟΔΟΣ Αθηνών', 'Привет, Мир', 'Zoe\u0308s Ecke'];
    const channels = [];
    for (const title of titles) channels.push(await conversation(ada, { title }));
    for (const [i, words] of [[0, 'STRASSE'], [0, 'große'], [1, 'οδος'], [1, 'ΑΘΗΝΏΝ'], [2, 'ПРИВЕТ'], [3, 'ZOËS']]) {
        const { items } = expectOk(await ada.conversations_list({ query: { query: words, scope: 'mine' } }));
        assert.deepEqual(items.map(item => item.channel), [channels[i]], words);
    }
});

test('the list shows last message and unread', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    expectOk(await bob.conversations_join({ path: { channel } }));
    await post(ada, channel, 'one');
    const last = await post(ada, channel, 'two', { mentions: [bob.user.id] });
    const [shown] = expectOk(await bob.conversations_list({ query: { scope: 'mine' } })).items;
    assert.equal(shown.unread, 2);
    assert.equal(shown.mentions, 1);
    assert.deepEqual(shown.last_message, last);
});

test('title and visibility are changed by moderators', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    const change = (who, body) => who.conversations_update({ path: { channel }, body });
    expectProblem(await change(bob, { title: 'Mine' }), 403, 'forbidden');
    const changed = expectOk(await change(ada, { title: 'New title' }));
    assert.equal(changed.title, 'New title');
    assert.equal(changed.visibility, 'public');
    assert.equal(expectOk(await change(ada, { visibility: 'invited' })).visibility, 'invited');
    expectProblem(await bob.conversations_show({ path: { channel } }), 403, 'not_a_member');
    assert.equal(expectOk(await change(server, { visibility: 'public' })).title, 'New title');
    expectProblem(await change(ada, {}), 400, 'invalid_request', 'title');
    expectProblem(await change(ada, { title: '' }), 400, 'invalid_request', 'title');
});

test('joining and leaving', async () => {
    const ada = await guest(), bob = await guest();
    const open = await conversation(ada), invited = await conversation(ada, { visibility: 'invited' });
    assert.equal(expectOk(await bob.conversations_join({ path: { channel: open } })).role, 'member');
    assert.equal(expectOk(await bob.conversations_join({ path: { channel: open } })).role, 'member');
    assert.equal(expectOk(await ada.conversations_join({ path: { channel: open } })).role, 'owner');
    expectProblem(await bob.conversations_join({ path: { channel: invited } }), 403, 'not_a_member');
    expectOk(await bob.conversations_leave({ path: { channel: open } }), 204);
    assert.equal(expectOk(await bob.conversations_show({ path: { channel: open } })).role, 'none');
    expectProblem(await ada.conversations_leave({ path: { channel: open } }), 409, 'last_owner');
});

test('a conversation that does not exist', async () => {
    const ada = await guest();
    const path = { channel: 'no-such-thing' };
    for (const id of ['conversations_show', 'members_list', 'messages_list', 'changes_list'])
        expectProblem(await ada[id]({ path }), 404, 'not_found');
    expectProblem(await ada.conversations_show({ path: { channel: 'with space' } }), 400, 'invalid_request', 'channel');
});
