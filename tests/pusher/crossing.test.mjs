// One world: what a server triggers and what clients tell each other arrives on every transport.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { Stream } from '../harness/stream.mjs';
import { call, fresh, shared, Socket } from './fixture.mjs';

for (const workers of [1, 3]) describe(`across transports, workers: ${workers}`, () => {
    const held = shared({ workers });
    before(held.before);
    after(held.after);

    test('a trigger arrives at a stream of server-sent events, its JSON as what it means', async () => {
        const ada = await Client.signIn(held.daemon, fresh('Ada')), channel = fresh('room');
        await ada.createConversation(channel);
        const stream = await Stream.open(ada, [channel]);
        const body = { name: 'rang', data: '{"bell":1}', channel };
        assert.equal((await call(held.daemon, 'POST', '/events', { body })).text, '{}');
        const event = await stream.waitFor(() => stream.events.find(e => e.event === 'rang'));
        assert.deepEqual([event.channel, event.data], [channel, { bell: 1 }]);
        stream.close();
        ada.close();
    });

    test('a client event arrives at a plain WebSocket and at a stream', async () => {
        const ada = await Client.signIn(held.daemon, fresh('Ada')), channel = fresh('private-');
        await ada.createConversation(channel, 'invited');
        await ada.subscribe(channel);
        const stream = await Stream.open(ada, [channel]);
        const socket = await Socket.open(held.daemon);
        await socket.subscribe(channel);
        socket.trigger(channel, 'client-wave', { hand: 'left' });
        const isWave = e => e.event === 'client-wave';
        const event = await ada.waitFor(() => ada.events.find(isWave));
        assert.deepEqual([event.channel, event.data], [channel, { hand: 'left' }]);
        assert.deepEqual((await stream.waitFor(() => stream.events.find(isWave))).data, { hand: 'left' });
        await socket.settle();
        assert.deepEqual(socket.frames, [], 'its sender got it back');
        stream.close();
        await socket.close();
        ada.close();
    });
});
