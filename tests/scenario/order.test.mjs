// One order a channel, the same for every subscriber and every transport.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stream } from '../harness/stream.mjs';
import { durable, expect, scenes } from './stage.mjs';

const MESSAGES = 25; // of each publisher

async function overWebSocket(client, channel, name) {
    for (let i = 0; i < MESSAGES; i++) {
        assert.equal((await client.publish(channel, `${name} ${i}`)).type, 'published');
    }
}

async function overHttp(client, channel, name) {
    for (let i = 0; i < MESSAGES; i++) {
        const body = { text: `${name} ${i}` };
        await expect(201, client.http('POST', `/conversations/${channel}/messages`, body));
    }
}

// Each publisher's own messages are where it put them: in the order of sending.
function assertAuthorsOrder(texts) {
    const next = new Map();
    for (const text of texts) {
        const [name, i] = text.split(' ');
        assert.equal(Number(i), next.get(name) ?? 0, `${name} is out of order in ${texts}`);
        next.set(name, Number(i) + 1);
    }
}

// A change that is read later shows its message as it is by then; its place and what it is about stay.
const outline = change => [change.pos, change.event, change.data.message?.id ?? change.data.message_id, change.data.by];

scenes('order', {}, stage => {
    test('publishers over WebSocket and HTTP, readers over WebSocket, SSE and HTTP', async () => {
        const writers = await stage().guests('Ada', 'Bob', 'Cy', 'Di');
        const readers = await stage().guests('Eve', 'Fay', 'Gus');
        const channel = await stage().conversation(writers[0], [...writers.slice(1), ...readers]);
        const streams = await Promise.all(readers.slice(0, 2).map(reader => Stream.open(reader, [channel])));
        const { epoch, pos } = readers[0].places.get(channel);

        await Promise.all(writers.map((writer, i) =>
            (i % 2 ? overHttp : overWebSocket)(writer, channel, `w${i}`)));

        const wanted = pos + writers.length * (MESSAGES + 1) - 1; // all but the owner join by their first message
        const changes = await readers[2].changes(channel, epoch, pos);
        assert.deepEqual(changes.map(change => change.pos), Array.from({ length: wanted - pos }, (_, i) => pos + 1 + i));
        assertAuthorsOrder(changes.filter(change => change.event === 'message.new').map(change => change.data.message.text));
        for (const reader of [...writers, ...readers]) {
            await reader.waitFor(() => reader.events.some(event => event.channel === channel && event.pos === wanted));
            assert.deepEqual(durable(reader.events, channel).filter(event => event.pos > pos), changes);
        }
        for (const stream of streams) {
            await stream.waitFor(() => stream.events.some(event => event.channel === channel && event.pos === wanted));
            assert.deepEqual(durable(stream.events, channel), changes);
            stream.close();
        }
    });

    test('one author who does not wait for answers keeps the order of sending, on every session', async () => {
        const [ada, bob] = await stage().guests('Ada', 'Bob');
        const channel = await stage().conversation(ada, [bob]);
        const again = await stage().another(ada);
        await again.subscribe(channel);
        const sent = Array.from({ length: 60 }, (_, i) => `m ${i}`);
        const answers = await Promise.all(sent.map(text => ada.publish(channel, text)));
        answers.forEach((answer, i) => i && assert.equal(answer.pos, answers[i - 1].pos + 1, JSON.stringify(answer)));
        for (const reader of [ada, bob, again]) assert.deepEqual(await reader.waitForTexts(channel, sent.length), sent);
    });

    test('edits, deletions and reactions have their place in the order', async () => {
        const [ada, bob] = await stage().guests('Ada', 'Bob');
        const channel = await stage().conversation(ada, [bob]);
        const { epoch, pos } = bob.places.get(channel);
        const path = `/conversations/${channel}/messages`;
        const [one, two] = [await ada.publish(channel, 'one'), await ada.publish(channel, 'two')];
        await Promise.all([
            expect(200, ada.http('PATCH', `${path}/${one.message.id}`, { text: 'one, edited' })),
            expect(200, bob.http('PUT', `${path}/${one.message.id}/reactions/%F0%9F%91%8D`)),
            expect(200, ada.http('DELETE', `${path}/${two.message.id}`)),
            expect(200, ada.http('PUT', `${path}/${one.message.id}/reactions/%F0%9F%8E%89`)),
        ]);
        const changes = await bob.changes(channel, epoch, pos);
        const last = changes.at(-1).pos;
        for (const reader of [ada, bob]) {
            await reader.waitFor(() => reader.events.some(event => event.channel === channel && event.pos === last));
            const seen = durable(reader.events, channel).filter(event => event.pos > pos);
            assert.deepEqual(seen.map(outline), changes.map(outline));
        }
        const names = changes.map(change => change.event);
        for (const name of ['message.edited', 'message.deleted', 'reaction.added']) assert.ok(names.includes(name), names);
        const history = await bob.get(path);
        assert.deepEqual(history.items.map(message => message.text), ['one, edited', '']);
        assert.deepEqual(history.items[0].reactions.map(reaction => reaction.count), [1, 1]);
    });
});
