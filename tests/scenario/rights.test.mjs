// Rights that end while somebody is connected: membership, tokens, the application's server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { Client } from '../harness/client.mjs';
import { jwtSecret, scenarios } from './fixture.mjs';

const token = (sub, seconds, claims = {}) => new SignJWT({ name: sub, jti: `${sub}-${Math.random()}`, ...claims })
    .setProtectedHeader({ alg: 'HS256' }).setSubject(sub).setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds).sign(new TextEncoder().encode(jwtSecret));

scenarios('rights', {}, scene => {
    // Somebody with a token of the application's backend.
    async function bearer(sub, seconds, claims) {
        const client = scene.keep(new Client(scene.daemon, { token: await token(sub, seconds, claims), user: { id: sub } }));
        await client.open();
        return client;
    }

    test('who is removed from a conversation is unsubscribed, and sees nothing of it any more', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada, 'invited');
        const refused = await bob.request({ type: 'subscribe', channel });
        assert.equal(refused.type, 'error');
        const member = `/conversations/${channel}/members/${bob.user.id}`;
        assert.equal((await ada.http('PUT', member, { role: 'member' })).status, 200);
        await bob.subscribe(channel);
        const stream = await scene.stream(bob, channel);
        await ada.publish(channel, 'for members');
        await bob.waitForTexts(channel, 1);
        assert.equal((await ada.http('DELETE', member)).status, 204);
        const told = await bob.waitForFrame(({ type }) => type === 'unsubscribed');
        assert.equal(told.channel, channel);
        await stream.waitFor(() => stream.of('unsubscribed').length);
        await ada.publish(channel, 'not for bob');
        assert.equal((await bob.request({ type: 'ping' })).type, 'pong');
        assert.deepEqual(bob.texts(channel), ['for members']);
        assert.deepEqual(stream.events.filter(({ event }) => event === 'message.new').length, 1);
        for (const path of ['', '/messages', '/changes?after=0']) {
            assert.ok([403, 404].includes((await bob.http('GET', `/conversations/${channel}${path}`)).status), path);
        }
        assert.equal((await bob.publish(channel, 'I am still here')).type, 'error');
    });

    test('a new title opens an invited conversation to nobody; a change of visibility does', async () => {
        const [ada, eve] = await scene.people('ada', 'eve');
        await eve.subscribe('#conversations');
        const channel = await scene.conversation(ada, 'invited');
        await ada.subscribe(channel); // its home knows it from here on
        const patch = async fields => (await ada.http('PATCH', `/conversations/${channel}`, fields)).status;
        assert.equal(await patch({ title: 'secret plans' }), 200);
        assert.equal((await eve.request({ type: 'subscribe', channel })).type, 'error');
        assert.ok([403, 404].includes((await eve.http('GET', `/conversations/${channel}/messages`)).status));
        assert.ok(!eve.events.some(({ data }) => data.channel === channel), JSON.stringify(eve.events));
        assert.equal(await patch({ visibility: 'public' }), 200);
        await eve.waitForFrame(({ event, data }) => event === 'conversation.announced' && data.channel === channel);
        await eve.subscribe(channel);
        assert.equal(await patch({ visibility: 'invited' }), 200);
        const told = await eve.waitForFrame(({ type }) => type === 'unsubscribed');
        assert.equal(told.channel, channel);
        assert.equal((await eve.request({ type: 'subscribe', channel })).type, 'error');
    });

    test('a session ends when its token does, unless it was refreshed', async () => {
        const [short, refreshed] = [await bearer('short', 3), await bearer('refreshed', 3)];
        const answer = await refreshed.request({ type: 'refresh', token: await token('refreshed', 3600) });
        assert.equal(answer.type, 'refreshed', JSON.stringify(answer));
        const closing = await short.waitForFrame(({ type }) => type === 'closing', 15000);
        assert.equal(closing.code, 'token_expired');
        assert.equal((await short.closed)[0], 4401);
        assert.equal((await refreshed.request({ type: 'ping' })).type, 'pong');
        await assert.rejects(short.another(), error => error.answer.code === 'token_expired');
    });

    test('somebody else\'s token is no refresh', async () => {
        const ada = await bearer('ada', 3600);
        assert.equal((await ada.request({ type: 'refresh', token: await token('eve', 3600) })).code, 'forbidden');
        assert.equal((await ada.request({ type: 'refresh', token: 'x.y.z' })).status, 401);
        assert.equal((await ada.request({ type: 'ping' })).type, 'pong');
    });

    test('a token that is signed out ends all of its sessions, and no others', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const second = scene.keep(await ada.another());
        assert.equal((await ada.http('DELETE', '/tokens')).status, 204);
        for (const session of [ada, second]) {
            assert.equal((await session.waitForFrame(({ type }) => type === 'closing', 15000)).code, 'token_revoked');
            assert.equal((await session.closed)[0], 4401);
        }
        await assert.rejects(ada.another(), error => error.answer.code === 'token_revoked');
        assert.equal((await ada.http('GET', '/me')).status, 401);
        assert.equal((await bob.request({ type: 'ping' })).type, 'pong');
    });

    test('a revocation outlives kill -9', async () => {
        const ada = await scene.person('ada');
        assert.equal((await ada.http('DELETE', '/tokens')).status, 204);
        await scene.daemon.kill();
        await scene.daemon.start();
        for (let i = 0; i < 10; i++) {
            const { status } = await ada.http('GET', '/me');
            assert.ok([401, 503].includes(status), `${status} after the start`);
        }
    });

    test('the server ends a user\'s sessions', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const second = scene.keep(await ada.another());
        const answer = await scene.server('POST', `/users/${ada.user.id}/disconnect`, {});
        assert.deepEqual([answer.status, answer.body.disconnected], [200, 2]);
        for (const session of [ada, second]) assert.equal((await session.closed)[0], 4403);
        assert.equal((await bob.request({ type: 'ping' })).type, 'pong');
    });

    test('a token\'s rights hold for what they name', async () => {
        const owner = await scene.person('owner');
        const channel = await scene.conversation(owner);
        const reader = await bearer('reader', 3600, { rights: { subscribe: ['room-*'], publish: [], create: false } });
        await reader.subscribe(channel);
        assert.equal((await reader.publish(channel, 'may I?')).code, 'forbidden');
        const made = await reader.http('POST', '/conversations', { title: 'mine', visibility: 'public' });
        assert.equal(made.status, 403);
        const stranger = await bearer('stranger', 3600, { rights: { subscribe: ['elsewhere-*'] } });
        assert.equal((await stranger.request({ type: 'subscribe', channel })).code, 'forbidden');
    });
});
