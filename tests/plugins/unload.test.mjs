// Plugins come and go at a reload: what leaves closes its doors and sessions, and everybody else goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';

const status = async (daemon, path) => (await fetch(daemon.url + path)).status;

async function reload(daemon, plugins, expected) {
    await daemon.configure({ plugins });
    daemon.signal('SIGHUP');
    await daemon.waitForLog(expected);
}

for (const workers of [1, 3]) {
    test(`a plugin is unloaded and loaded again at a reload (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['bad_timer', 'hooktest'], workers });
        const ada = await Client.signIn(daemon, 'Ada');
        await ada.createConversation('general');
        await ada.subscribe('general');
        for (let i = 0; i < 4; i++) assert.equal(await status(daemon, '/bad/timer'), 200);

        await reload(daemon, ['hooktest'], /bad_timer is unloaded/);
        assert.equal(await status(daemon, '/bad/timer'), 404);
        assert.equal((await ada.publish('general', 'still here')).type, 'published');

        await reload(daemon, ['bad_timer', 'hooktest'], /(bad_timer .* is loaded[^]*){2}/);
        assert.equal(await status(daemon, '/bad/timer'), 200);
        await ada.close();
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        assert.doesNotMatch(daemon.log, /timer leaked fired/);
    });

    test(`a hook that leaves takes its rules along (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['hooktest'], workers });
        const ada = await Client.signIn(daemon, 'Ada');
        await ada.createConversation('general');
        assert.equal((await ada.publish('general', '!drop')).type, 'error');
        await reload(daemon, [], /hooktest is unloaded/);
        assert.equal((await ada.publish('general', '!drop')).type, 'published');
        await ada.close();
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });

    test(`a faulty plugin at a reload leaves what runs as it is (workers: ${workers})`, async t => {
        const daemon = await startDaemon(t, { plugins: ['hooktest'], workers });
        await reload(daemon, ['hooktest', 'bad_magic', 'bad_init'], /configuration was read again/);
        assert.match(daemon.log, /cannot load .*bad_magic/);
        assert.match(daemon.log, /cannot start .*bad_init/);
        assert.equal(await status(daemon, '/readyz'), 200);
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    });
}
