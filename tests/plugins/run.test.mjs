// Plugins that load and then misuse what they are given: each mistake is an error to them and harms nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';

const stale = -14;

async function get(daemon, path) {
    const response = await fetch(daemon.url + path);
    return { status: response.status, text: await response.text() };
}

for (const workers of [1, 3]) {
    test(`what is registered twice, or of a wrong size, is refused (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['bad_twice'], workers });
        assert.ok(daemon.url, daemon.log);
        assert.match(daemon.log, /results 0 -3 -1, 0 -3 -1 \(99\), 0 -3 -1/);
        assert.match(daemon.log, /bad_twice: .*refused: exists/);
        assert.deepEqual(await get(daemon, '/bad/twice'), { status: 200, text: 'once' });
        assert.equal((await get(daemon, '/bad/size')).status, 404);
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });

    test(`timers that nobody stops end with the daemon (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['bad_timer'], workers });
        assert.ok(daemon.url, daemon.log);
        assert.match(daemon.log, /timer in init: -15/); // there is no worker yet
        for (let i = 0; i < 8; i++) assert.deepEqual(await get(daemon, '/bad/timer'), { status: 200, text: 'started' });
        await daemon.waitForLog(/timer soon fired/);
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        assert.match(daemon.log, /stopped/);
        assert.doesNotMatch(daemon.log, /timer leaked fired/);
    });

    test(`a handle that is stale, of another kind or made up is an error (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['bad_handle'], workers });
        assert.ok(daemon.url, daemon.log);
        for (let i = 0; i < 8; i++) {
            const { status, text } = await get(daemon, '/bad/handle');
            assert.equal(status, 200);
            const lines = text.trim().split('\n');
            assert.equal(lines.length, 6);
            for (const line of lines) {
                const [found, ...results] = line.split(' ');
                assert.equal(found, 'nothing');
                assert.equal(results.length, 18);
                for (const result of results.map(Number)) assert.ok([stale, -15].includes(result), line);
            }
        }
        await daemon.waitForLog(/second answer: -14/);
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });

    test(`a hook that completes from elsewhere, or too late, is told so (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['bad_resume'], workers });
        assert.ok(daemon.url, daemon.log);
        const ada = await Client.signIn(daemon, 'Ada');
        await ada.createConversation('general');
        await ada.subscribe('general');
        assert.equal((await ada.publish('general', '!wrong')).type, 'published');
        await daemon.waitForLog(/completed from a thread: -15/);
        await daemon.waitForLog(/completed within the call: -1\b/);

        let answer = null;
        const held = ['!hold', 'behind it'].map(text => ada.publish('general', text).then(frame => (answer = frame)));
        await ada.publish('elsewhere', 'answered, so the others have been seen');
        assert.equal(answer, null);
        const unanswered = held.map(publish => assert.rejects(publish, /closed: 1001/));
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        await Promise.all(unanswered);
        assert.match(daemon.log, /completed after unload: -1[45]/);
    });
}
