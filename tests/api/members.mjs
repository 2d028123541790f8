import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caller, conversation, expectOk, expectProblem, guest } from './client.mjs';
import { serverKey } from './daemon.mjs';

const server = caller(serverKey);
const put = (who, channel, user, role) => who.members_put({ path: { channel, user: user.id }, body: { role } });
const remove = (who, channel, user) => who.members_remove({ path: { channel, user: user.id } });
const roles = async (who, channel) =>
    Object.fromEntries(expectOk(await who.members_list({ path: { channel } })).items.map(member => [member.user.id, member.role]));

test('members: who adds whom, and as what', async () => {
    const [ada, bob, cyd, dan] = await Promise.all([guest(), guest(), guest(), guest()]);
    const channel = await conversation(ada, { visibility: 'invited' });
    expectProblem(await put(bob, channel, bob.user, 'member'), 403, 'not_a_member');
    assert.deepEqual(expectOk(await put(ada, channel, bob.user, 'moderator')), { user: bob.user, role: 'moderator' });
    expectOk(await put(bob, channel, cyd.user, 'member'));
    expectProblem(await put(cyd, channel, dan.user, 'member'), 403, 'forbidden');
    expectProblem(await put(bob, channel, cyd.user, 'owner'), 403, 'forbidden');
    expectProblem(await put(bob, channel, ada.user, 'member'), 403, 'forbidden');
    expectProblem(await remove(bob, channel, ada.user), 403, 'forbidden');
    assert.deepEqual(await roles(cyd, channel), { [ada.user.id]: 'owner', [bob.user.id]: 'moderator', [cyd.user.id]: 'member' });
    expectOk(await put(ada, channel, bob.user, 'owner'));
    expectOk(await put(bob, channel, ada.user, 'member'));
    expectProblem(await put(bob, channel, bob.user, 'member'), 409, 'last_owner');
    expectProblem(await remove(bob, channel, bob.user), 409, 'last_owner');
    expectOk(await remove(bob, channel, cyd.user), 204);
    const { last_pos } = expectOk(await ada.conversations_show({ path: { channel } }));
    const { items } = expectOk(await ada.changes_list({ path: { channel }, query: { after: last_pos - 1 } }));
    assert.deepEqual(items[0].data, { user: cyd.user, role: 'none', by: bob.user });
    expectProblem(await cyd.members_list({ path: { channel } }), 403, 'not_a_member');
});

test('members: a list in pages, by name', async () => {
    const people = await Promise.all([guest('Cleo'), guest('Anna'), guest('Bert')]);
    const channel = await conversation(people[0]);
    for (const each of people.slice(1)) expectOk(await each.conversations_join({ path: { channel } }));
    const first = expectOk(await people[0].members_list({ path: { channel }, query: { limit: 2 } }));
    const second = expectOk(await people[0].members_list({ path: { channel }, query: { limit: 2, cursor: first.cursor } }));
    assert.deepEqual([...first.items, ...second.items].map(member => member.user.name.split(' ')[0]), ['Anna', 'Bert', 'Cleo']);
    assert.equal(second.cursor, undefined);
    assert.ok(first.items.every(member => member.online === false));
});

test('members: users that nobody knows', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    const unknown = { id: 'nobody-knows' };
    expectProblem(await put(ada, channel, unknown, 'member'), 404, 'not_found');
    const body = { role: 'member', name: 'Newcomer' };
    expectProblem(await ada.members_put({ path: { channel, user: unknown.id }, body }), 400, 'invalid_request', 'name');
    expectOk(await server.members_put({ path: { channel, user: unknown.id }, body }));
    assert.equal(expectOk(await ada.users_show({ path: { id: unknown.id } })).name, 'Newcomer');
    expectProblem(await put(ada, channel, { id: 'no id!' }, 'member'), 400, 'invalid_request', 'user');
    expectProblem(await put(ada, channel, ada.user, 'king'), 400, 'invalid_request', 'role');
    expectProblem(await put(ada, channel, ada.user, 'none'), 400, 'invalid_request', 'role');
});

test('a server makes people members and ends it', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada, { visibility: 'invited' });
    const path = { id: bob.user.id };
    assert.equal(expectOk(await server.users_join({ path, body: { channel } })).role, 'member');
    expectOk(await bob.conversations_show({ path: { channel } }));
    assert.equal(expectOk(await server.users_join({ path, body: { channel, role: 'moderator' } })).role, 'moderator');
    expectOk(await server.users_leave({ path, body: { channel } }), 204);
    expectProblem(await bob.conversations_show({ path: { channel } }), 403, 'not_a_member');
    expectProblem(await server.users_leave({ path, body: { channel } }), 404, 'not_found');
    expectProblem(await ada.users_join({ path, body: { channel } }), 403, 'forbidden');
    expectProblem(await server.users_join({ path, body: {} }), 400, 'invalid_request', 'channel');
});
