// Keys of a backend are exchanged by `kid`, with nobody noticing who has a token of the new one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { reload, startDaemon } from '../harness/daemon.mjs';
import { Client } from '../harness/client.mjs';

const secrets = { old: 'the-old-secret-of-a-backend-0123456789', new: 'the-new-secret-of-a-backend-0123456789' };
const keys = (...kids) => `apps = { main = { jwt_keys = { ${kids
    .map(kid => `{ kid = "${kid}", algorithm = "HS256", key = "${secrets[kid]}" }`).join(', ')} } } }`;

const sign = (kid, user, secret = secrets[kid]) => new SignJWT({ sub: user, name: user })
    .setProtectedHeader({ alg: 'HS256', kid }).setIssuedAt().setExpirationTime('1h').sign(new TextEncoder().encode(secret));

test('a key is replaced: both count for a while, then the old one\'s tokens are refused', async t => {
    const daemon = await startDaemon(t, { more: keys('old') });
    daemon.secrets.push(...Object.values(secrets));
    const person = async (kid, user) => {
        const client = new Client(daemon, { token: await sign(kid, user), user: { id: user, name: user } });
        await client.open();
        return client;
    };
    const status = async token => (await new Client(daemon, { token }).http('GET', '/me')).status;
    const ada = await person('old', 'ada');
    assert.equal(await status(await sign('new', 'bob')), 401, 'not known yet');

    await reload(daemon, keys('old', 'new'));
    const bob = await person('new', 'bob');
    assert.equal(await status(await sign('old', 'eve')), 200);
    assert.equal(await status(await sign('new', 'eve', secrets.old)), 401, 'a kid names its own key and no other');

    await reload(daemon, keys('new'));
    const late = await sign('old', 'ada');
    assert.equal(await status(late), 401);
    await assert.rejects(new Client(daemon, { token: late }).open(), ({ answer }) => answer.code === 'unauthorized');
    assert.equal((await ada.request({ type: 'refresh', token: late })).code, 'unauthorized');
    assert.equal(await status(bob.token), 200);
    // Who is signed in was judged then, and stays until the token expires, unless the server ends it.
    await bob.createConversation('room');
    assert.equal((await ada.publish('room', 'still here')).type, 'published');
    assert.equal((await ada.request({ type: 'refresh', token: await sign('new', 'ada') })).type, 'refreshed');
    assert.equal((await ada.publish('room', 'with the new key')).type, 'published');
    ada.close();
    bob.close();
    await daemon.stop();
});
