// All subjects in one process, so that the last test can tell which answers never came.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answered, daemon, operationIds, successes } from './client.mjs';
import './tokens.mjs';
import './me.mjs';
import './conversations.mjs';
import './members.mjs';
import './invitations.mjs';
import './messages.mjs';
import './changes.mjs';
import './held.mjs';
import './servers.mjs';
import './input.mjs';
import './operation.mjs';

test('every operation of openapi.json was answered with each of its successes', () => {
    const missing = operationIds().flatMap(id => successes(id).map(status => `${id} ${status}`)).filter(what => !answered.has(what));
    assert.deepEqual(missing, []);
});

test('the daemon stops cleanly', async () => assert.deepEqual(await daemon.stop(), { code: 0, signal: null }));

after(() => daemon.remove());
