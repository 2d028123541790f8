// One order a channel for everybody, acknowledgements that hold, and client ids that make retries harmless.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durable, essence, eventually, scenarios } from './fixture.mjs';

scenarios('order', { channels: '{ pattern = "live-*", stored = false }' }, scene => {
    test('all subscribers on all transports see one order', async () => {
        const writers = await scene.people('a', 'b', 'c', 'd');
        const channel = await scene.conversation(writers[0]);
        const readers = [...writers, await scene.person('reader')];
        for (const reader of readers) await reader.subscribe(channel);
        const stream = await scene.stream(readers.at(-1), channel);
        const { epoch } = await writers[0].get(`/conversations/${channel}`);

        const each = 25;
        await Promise.all(writers.map(async writer => {
            for (let i = 0; i < each; i++) {
                const told = await writer.publish(channel, `${writer.user.name} ${i}`);
                assert.equal(told.type, 'published', JSON.stringify(told));
                if (i % 5) continue;
                const path = `/conversations/${channel}/messages/${told.message.id}`;
                assert.equal((await writer.http('PATCH', path, { text: 'edited' })).status, 200);
                assert.equal((await writer.http('PUT', `${path}/reactions/%F0%9F%94%94`)).status, 200);
            }
        }));
        const { last_pos } = await writers[0].get(`/conversations/${channel}`);
        const changes = await readers[0].changes(channel, epoch);
        assert.deepEqual(changes.map(({ pos }) => pos), Array.from({ length: last_pos }, (_, i) => i + 1));
        // What is read again shows messages as they are now, so texts are compared among those who listened.
        const listened = [];
        for (const reader of readers) {
            const here = () => durable(reader.events).filter(event => event.channel === channel);
            await reader.waitFor(() => here().at(-1)?.pos === last_pos, 'the last change');
            listened.push(here().filter(({ pos }) => pos > durable(stream.of('subscribed'))[0].pos).map(essence));
        }
        await stream.waitFor(() => durable(stream.events).at(-1)?.pos === last_pos);
        listened.push(durable(stream.events).map(essence));
        for (const one of listened) assert.deepEqual(one, listened[0]);
        const named = ({ pos, event, id }) => ({ pos, event, id });
        const after = changes.filter(({ pos }) => pos >= listened[0][0].pos);
        assert.deepEqual(listened[0].map(named), after.map(essence).map(named));
        // Each author's messages are in the order in which they were written.
        for (const writer of writers) {
            const own = readers[0].texts(channel).filter(text => text.startsWith(`${writer.user.name} `));
            assert.deepEqual(own, Array.from({ length: each }, (_, i) => `${writer.user.name} ${i}`));
        }
    });

    test('what one writes without waiting keeps its order', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await bob.subscribe(channel);
        const told = await Promise.all(Array.from({ length: 100 }, (_, i) => ada.publish(channel, String(i))));
        const positions = told.map(({ pos }) => pos);
        assert.deepEqual(positions, positions.toSorted((a, b) => a - b));
        assert.deepEqual(await bob.waitForTexts(channel, 100), Array.from({ length: 100 }, (_, i) => String(i)));
    });

    test('what was acknowledged is there after kill -9', async () => {
        const ada = await scene.person('ada');
        const channel = await scene.conversation(ada);
        const told = await Promise.all(Array.from({ length: 50 }, (_, i) => ada.publish(channel, `m${i}`)));
        await scene.daemon.kill();
        await scene.daemon.start();
        const page = await eventually(async () => {
            const answer = await ada.http('GET', `/conversations/${channel}/messages?limit=100`);
            return answer.status === 200 && answer.body;
        });
        assert.deepEqual(page.items.map(({ id }) => id), told.map(({ message }) => message.id));
    });

    test('a retry is no second message, on whatever transport, and another body is a conflict', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await bob.subscribe(channel);
        const path = `/conversations/${channel}/messages`;
        const first = await ada.publish(channel, 'once', { client_id: 'x' });
        const again = await ada.publish(channel, 'once', { client_id: 'x' });
        const http = await ada.http('POST', path, { text: 'once', client_id: 'x' });
        assert.deepEqual([again.duplicate, again.pos, again.message.id], [true, first.pos, first.message.id]);
        assert.deepEqual([http.status, http.body.duplicate, http.body.message.id], [200, true, first.message.id]);
        const other = await ada.publish(channel, 'twice', { client_id: 'x' });
        assert.deepEqual([other.code, other.status], ['client_id_conflict', 409]);
        assert.equal((await ada.http('POST', path, { text: 'twice', client_id: 'x' })).body.code, 'client_id_conflict');
        // Somebody else's x is another one.
        assert.equal((await bob.publish(channel, 'twice', { client_id: 'x' })).duplicate, undefined);
        assert.deepEqual(await bob.waitForTexts(channel, 2), ['once', 'twice']);
    });

    test('of many equal tries at the same moment one is stored', async () => {
        const ada = await scene.person('ada');
        const channel = await scene.conversation(ada);
        const sessions = await Promise.all([ada.another(), ada.another(), ada.another()]);
        sessions.forEach(session => scene.keep(session));
        const told = await Promise.all(sessions.flatMap(session =>
            Array.from({ length: 5 }, () => session.publish(channel, 'same', { client_id: 'race' }))));
        assert.equal(new Set(told.map(({ message }) => message.id)).size, 1);
        assert.equal(told.filter(({ duplicate }) => !duplicate).length, 1);
        assert.equal((await ada.get(`/conversations/${channel}/messages`)).items.length, 1);
    });

    test('an unstored channel has one order too', async () => {
        const people = await scene.people('a', 'b', 'c');
        const channel = scene.name('live');
        for (const person of people) await person.subscribe(channel);
        await Promise.all(people.map(async person => {
            for (let i = 0; i < 30; i++) {
                const told = await person.request({ type: 'publish', channel, event: 'tick', data: `${person.user.id} ${i}` });
                assert.equal(told.type, 'published', JSON.stringify(told));
            }
        }));
        const seen = [];
        for (const person of people) {
            const ticks = () => person.events.filter(({ event }) => event === 'tick');
            await person.waitFor(() => ticks().length === 90, '90 ticks');
            seen.push(ticks().map(({ pos, data }) => [pos, data]));
        }
        for (const one of seen) assert.deepEqual(one, seen[0]);
        assert.deepEqual(seen[0].map(([pos]) => pos), Array.from({ length: 90 }, (_, i) => seen[0][0][0] + i));
    });
});
