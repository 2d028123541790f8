import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation, expectOk, expectProblem, guest } from './client.mjs';

const invite = (who, channel, body) => who.invitations_create({ path: { channel }, body });

test('an invitation lets somebody in', async () => {
    const ada = await guest(), bob = await guest(), cyd = await guest();
    const channel = await conversation(ada, { visibility: 'invited', title: 'Secret plans' });
    const made = expectOk(await invite(ada, channel, { max_uses: 1 }), 201);
    assert.equal(made.title, 'Secret plans');
    assert.deepEqual(made.by, ada.user);
    assert.ok(Math.abs(made.expires_at - Date.now() - 7 * 86400e3) < 60e3);
    const path = { code: made.code };
    const shown = expectOk(await bob.invitations_show({ path }));
    assert.equal(shown.channel, channel);
    assert.equal(shown.uses, undefined);
    assert.equal(expectOk(await bob.invitations_accept({ path })).role, 'member');
    expectOk(await bob.messages_list({ path: { channel } }));
    expectProblem(await cyd.invitations_accept({ path }), 410, 'gone');
    expectProblem(await cyd.invitations_show({ path }), 410, 'gone');
    const { items } = expectOk(await ada.invitations_list({ path: { channel } }));
    assert.equal(items[0].uses, 1);
});

test('an invitation may make a moderator, and is accepted once by each', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada, { visibility: 'invited' });
    const path = { code: expectOk(await invite(ada, channel, { role: 'moderator', expires_in: 60 }), 201).code };
    assert.equal(expectOk(await bob.invitations_accept({ path })).role, 'moderator');
    assert.equal(expectOk(await bob.invitations_accept({ path })).role, 'moderator');
    assert.equal(expectOk(await ada.invitations_accept({ path })).role, 'owner');
});

test('only moderators make, see and take back invitations', async () => {
    const ada = await guest(), bob = await guest();
    const channel = await conversation(ada);
    expectOk(await bob.conversations_join({ path: { channel } }));
    const { code } = expectOk(await invite(ada, channel), 201);
    expectProblem(await invite(bob, channel, {}), 403, 'forbidden');
    expectProblem(await bob.invitations_list({ path: { channel } }), 403, 'forbidden');
    expectProblem(await bob.invitations_revoke({ path: { channel, code } }), 403, 'forbidden');
    const other = await conversation(bob);
    expectProblem(await bob.invitations_revoke({ path: { channel: other, code } }), 404, 'not_found');
    expectOk(await ada.invitations_revoke({ path: { channel, code } }), 204);
    expectProblem(await bob.invitations_show({ path: { code } }), 404, 'not_found');
    expectProblem(await bob.invitations_accept({ path: { code } }), 404, 'not_found');
});

test('what is wrong with an invitation', async () => {
    const ada = await guest();
    const channel = await conversation(ada);
    expectProblem(await invite(ada, channel, { role: 'owner' }), 400, 'invalid_request', 'role');
    expectProblem(await invite(ada, channel, { expires_in: 5 }), 400, 'invalid_request', 'expires_in');
    expectProblem(await invite(ada, channel, { expires_in: 1.5 }), 400, 'invalid_request', 'expires_in');
    expectProblem(await invite(ada, channel, { max_uses: -1 }), 400, 'invalid_request', 'max_uses');
    expectProblem(await ada.invitations_show({ path: { code: 'no-such-code' } }), 404, 'not_found');
});
