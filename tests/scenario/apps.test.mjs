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
        return new Client(scene.daemon, body);
    }

    // Two people of the same name: one in the main app and connected, one in the other app, over HTTP.
    async function namesakes(word) {
        const name = scene.name(word);
        const here = scene.keep(await personOf('main', name));
        await here.open();
        return [here, await personOf('other', name)];
    }

    test('a channel of the same name is another one', async () => {
        const [here, there] = await namesakes('ada');
        const channel = scene.name('room');
        for (const person of [here, there]) await person.createConversation(channel);
        await here.subscribe(channel);
        const stream = await scene.stream(here, channel);
        const path = `/conversations/${channel}/messages`;
        const elsewhere = await there.http('POST', path, { text: 'marmalade there', client_id: 'same' });
        assert.equal(elsewhere.status, 201);
        const first = await here.publish(channel, 'marmalade here', { client_id: 'same' });
        assert.equal(first.duplicate, undefined);
        assert.notEqual(first.epoch, elsewhere.body.epoch);

        // What was published there came before this, and would have been seen before it.
        await stream.waitFor(() => stream.events.some(({ pos }) => pos === first.pos));
        const streamed = stream.events.filter(({ event }) => event === 'message.new');
        assert.deepEqual(streamed.map(({ data }) => data.message.text), ['marmalade here']);
        assert.deepEqual(await here.waitForTexts(channel, 1), ['marmalade here']);
        for (const [person, text] of [[here, 'marmalade here'], [there, 'marmalade there']]) {
            assert.deepEqual((await person.get(path)).items.map(message => message.text), [text]);
            assert.deepEqual((await person.get('/search?q=marmalade')).items.map(message => message.text), [text]);
            const members = (await person.get(`/conversations/${channel}/members`)).items;
            assert.deepEqual(members.map(({ user }) => user.id), [person.user.id]);
        }
        for (const method of ['GET', 'DELETE']) {
            assert.equal((await there.http(method, `${path}/${first.message.id}`)).status, 404);
        }
    });

    test('people of an app that is not the default use WebSocket and streams too', async () => {
        const there = scene.keep(await personOf('other', scene.name('eve')));
        await there.open();
        const channel = scene.name('room');
        await there.createConversation(channel);
        await there.subscribe(channel);
        const stream = await scene.stream(there, channel);
        const published = await there.publish(channel, 'from the other app');
        assert.equal(published.type, 'published');
        await stream.waitFor(() => stream.events.some(({ pos }) => pos === published.pos));
        assert.deepEqual(await there.waitForTexts(channel, 1), ['from the other app']);
    });

    test('what only one has is not there for the other', async () => {
        const [here, there] = await namesakes('bob');
        const channel = await scene.conversation(here);
        const answer = await there.http('GET', `/conversations/${channel}`);
        const nowhere = await there.http('GET', `/conversations/${scene.name('nowhere')}`);
        assert.equal(answer.status, 404);
        assert.deepEqual(answer, nowhere, 'it can be told from one that is nowhere');
        const { items } = await there.get('/conversations?scope=public&limit=100');
        assert.ok(!items.some(item => item.channel === channel));
        assert.equal((await there.http('GET', `/users/${here.user.id}`)).status, 404);
    });

    test('a server key ends at its app', async () => {
        const [here] = await namesakes('cy');
        const channel = await scene.conversation(here);
        const other = new Client(scene.daemon, { token: otherKey });
        assert.equal((await other.http('POST', '/publish', { channel, text: 'from elsewhere' })).status, 404);
        const { body } = await other.http('POST', `/users/${here.user.id}/disconnect`, {});
        assert.equal(body.disconnected ?? 0, 0);
        assert.equal((await here.request({ type: 'ping' })).type, 'pong');
    });
});
