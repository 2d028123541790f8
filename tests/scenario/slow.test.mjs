// A reader that does not read is bounded and closed, and nobody else notices.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { scenarios } from './fixture.mjs';

const text = randomBytes(11000).toString('base64'); // so that compression does not make it small
const MESSAGES = 120; // far more than the sockets' buffers and the queue hold

scenarios('a slow reader', { more: 'limits.queue = "512k"' }, scene => {
    test('is closed, may come back and gets what it missed; the others get everything at once', { timeout: 60000 }, async () => {
        const [ada, bob, slow] = await scene.people('ada', 'bob', 'slow');
        const channel = await scene.conversation(ada);
        for (const person of [bob, slow]) await person.subscribe(channel);
        const stream = await scene.stream(ada, channel);
        slow.socket._socket.pause();
        const latencies = [];
        for (let i = 0; i < MESSAGES; i++) {
            const begun = performance.now();
            assert.equal((await ada.publish(channel, `${i} ${text}`)).type, 'published');
            await bob.waitForTexts(channel, i + 1);
            latencies.push(performance.now() - begun);
        }
        const messages = () => stream.events.filter(({ event }) => event === 'message.new').length;
        await stream.waitFor(() => messages() === MESSAGES);
        // The second half, when the slow reader was full, was not slower than a sanitized daemon is anyway.
        const late = latencies.slice(MESSAGES / 2).sort((a, b) => a - b);
        assert.ok(late.at(-2) < 2000, `${late.at(-2)} ms`);

        slow.socket._socket.resume();
        const [code] = await slow.closed;
        assert.ok([1006, 1013].includes(code), `closed with ${code}`);
        const before = slow.texts(channel).length;
        assert.ok(before < MESSAGES, 'the slow reader got everything');
        // What it has is a beginning without a hole, and the rest comes when it comes back.
        assert.equal((await slow.resume()).get(channel).recovery, 'recovered');
        const all = await slow.waitForTexts(channel, MESSAGES, 20000);
        assert.deepEqual(all.map(one => parseInt(one, 10)), Array.from({ length: MESSAGES }, (_, i) => i));
    });

    test('of a stream is closed too', { timeout: 90000 }, async () => {
        const [ada, slow] = await scene.people('ada', 'slow');
        const channel = await scene.conversation(ada);
        const { body: { ticket } } = await slow.http('POST', '/tickets');
        const response = await fetch(`${scene.daemon.url}/api/v1/events?channels=${channel}&ticket=${ticket}`);
        assert.equal(response.status, 200); // and its body is not read
        await ada.subscribe(channel);
        const many = 700;
        for (let i = 0; i < many; i += 20) {
            await Promise.all(Array.from({ length: 20 }, () => ada.publish(channel, text)));
        }
        await ada.waitForTexts(channel, many, 30000);
        const got = await response.text().catch(error => error.message); // ends, one way or the other
        assert.ok(got.length < many * text.length, 'the slow reader got everything');
    });
});

// Each of them is within its own bound; together they are not.
scenarios('too much for all together', { more: 'limits.queue = "4M" limits.queue_total = "2M"' }, scene => {
    test('those who hold most are closed, and the others get everything', { timeout: 60000 }, async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const sluggish = await scene.people('s1', 's2', 's3', 's4');
        const channel = await scene.conversation(ada);
        for (const person of [bob, ...sluggish]) await person.subscribe(channel);
        for (const person of sluggish) person.socket._socket.pause();
        for (let i = 0; i < 2 * MESSAGES; i++) {
            assert.equal((await ada.publish(channel, `${i} ${text}`)).type, 'published');
            await bob.waitForTexts(channel, i + 1);
        }
        for (const person of sluggish) {
            person.socket._socket.resume();
            const [code] = await person.closed;
            assert.ok([1006, 1013].includes(code), `closed with ${code}`);
            assert.equal((await person.resume()).get(channel).recovery, 'recovered');
            await person.waitForTexts(channel, 2 * MESSAGES, 20000);
        }
        assert.equal(bob.closedBy, null);
    });
});
