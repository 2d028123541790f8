// Apps never see each other, whatever they name alike.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { scenarios } from './fixture.mjs';

const otherKey = 'server-key-of-the-other-app-0123456789';
const more = `apps.other = { guest_rate = 0, server_keys = { { name = "other", key = "${otherKey}" } } }`;

scenarios('apps', { more }, scene => {
    async function personOf(app, name) {
        const { status, body } = await new Client(scene.daemon).http('POST', '/tokens', { name, app });
        assert.equal(status, 201, JSON.stringify(body));
        scene.daemon.secrets.push(body.token, otherKey);
        const client = scene.keep(new Client(scene.daemon, body));
        await client.open();
        return client;
    }

    // Two people of the same name, one in each app.
    async function namesakes(word) {
        const name = scene.name(word);
        return [await personOf('main', name), await personOf('other', name)];
    }

    test('a channel of the same name is another one', async () => {
        const [here, there] = await namesakes('ada');
        const channel = scene.name('room');
        for (const person of [here, there]) {
            await person.createConversation(channel);
            await person.subscribe(channel);
        }
        const streams = [await scene.stream(here, channel), await scene.stream(there, channel)];
        const first = await here.publish(channel, 'marmalade here', { client_id: 'same' });
        const second = await there.publish(channel, 'marmalade there', { client_id: 'same' });
        assert.equal(second.duplicate, undefined);
        assert.notEqual(first.epoch, second.epoch);
        for (const [i, text] of ['marmalade here', 'marmalade there'].entries()) {
            const person = [here, there][i];
            assert.deepEqual(await person.waitForTexts(channel, 1), [text]);
            await streams[i].waitFor(() => streams[i].events.some(({ event }) => event === 'message.new'));
            const streamed = streams[i].events.filter(({ event }) => event === 'message.new');
            assert.deepEqual(streamed.map(({ data }) => data.message.text), [text]);
            const { items } = await person.get(`/conversations/${channel}/messages`);
            assert.deepEqual(items.map(message => message.text), [text]);
            assert.deepEqual((await person.get('/search?q=marmalade')).items.map(message => message.text), [text]);
            const { users } = await person.request({ type: 'presence', channel });
            assert.deepEqual(users, [person.user]);
        }
        const path = `/conversations/${channel}/messages/${first.message.id}`;
        assert.equal((await there.http('GET', path)).status, 404);
        assert.equal((await there.http('DELETE', path)).status, 404);
    });

    test('what only one has is not there for the other', async () => {
        const [here, there] = await namesakes('bob');
        const channel = await scene.conversation(here);
        const answer = await there.http('GET', `/conversations/${channel}`);
        assert.deepEqual([answer.status, answer.body.code], [404, 'unknown_channel']);
        const { items } = await there.get('/conversations?scope=all&limit=100');
        assert.ok(!items.some(item => item.channel === channel));
        assert.equal((await there.http('GET', `/users/${here.user.id}`)).status, 404);
    });

    test('a server key ends at its app', async () => {
        const [here, there] = await namesakes('cy');
        const channel = await scene.conversation(here);
        const other = new Client(scene.daemon, { token: otherKey });
        assert.equal((await other.http('POST', '/publish', { channel, text: 'from elsewhere' })).status, 404);
        const { body } = await other.http('POST', `/users/${here.user.id}/disconnect`, {});
        assert.equal(body.disconnected ?? 0, 0);
        assert.equal((await here.request({ type: 'ping' })).type, 'pong');
        assert.equal((await other.http('POST', `/users/${there.user.id}/disconnect`, {})).body.disconnected, 1);
        assert.equal((await there.closed)[0], 4403);
    });
});
