// Plugins that cannot be loaded: the log names file, reason and cure; the daemon goes on or stops as configured.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { pluginDirs, startDaemon } from '../harness/daemon.mjs';

let made; // a folder with objects that no compiler here would make

before(async () => {
    made = await mkdtemp(join(tmpdir(), 'carillon-objects-'));
    await writeFile(join(made, 'bad_text.so'), 'This is a text, not a shared object.\n');
    await writeFile(join(made, 'bad_empty.so'), '');
    const object = await readFile(join(pluginDirs[1], 'hooktest.so'));
    await writeFile(join(made, 'bad_cut.so'), object.subarray(0, 100));
    object.writeUInt16LE(0x16, 18); // e_machine: S/390
    await writeFile(join(made, 'bad_machine.so'), object);
});

after(() => rm(made, { recursive: true, force: true }));

// name: what its log line must say
const refused = {
    bad_magic: /cannot load \S+bad_magic\.so: .*magic.*CARILLON_PLUGIN/,
    bad_abi_major: /cannot load \S+bad_abi_major\.so: .*ABI 1\.\d+; rebuild against .*ABI 0\.\d+/,
    bad_abi_minor: /cannot load \S+bad_abi_minor\.so: .*ABI 0\.\d+; rebuild against .*ABI 0\.\d+/,
    bad_size: /cannot load \S+bad_size\.so: .*\d+ bytes, not \d+; rebuild/,
    bad_symbol: /cannot load \S+bad_symbol\.so: .*carillon_plugin_descriptor.*CARILLON_PLUGIN/,
    bad_undefined: /cannot load \S+bad_undefined\.so: .*function_that_nobody_has; build it/,
    bad_no_init: /cannot load \S+bad_no_init\.so: .*no init/,
    bad_name: /cannot load \S+bad_name\.so: .*name is \[a-z\]/,
    bad_other_name: /cannot load \S+bad_other_name\.so: .*another name.*rename/,
    bad_text: /cannot load \S+bad_text\.so: .*; build it/,
    bad_empty: /cannot load \S+bad_empty\.so: .*; build it/,
    bad_cut: /cannot load \S+bad_cut\.so: .*; build it/,
    bad_machine: /cannot load \S+bad_machine\.so: .*; build it for this machine/,
    bad_missing: /cannot load bad_missing: there is no bad_missing\.so .*plugin_dirs/,
    bad_init: /cannot start \S+bad_init\.so: the flux capacitor is not charged; charge it/,
    bad_route_taken: /cannot start \S+bad_route_taken\.so: \/healthz is taken; there is no cure/,
};

const codeRan = /code of a refused plugin ran|stop of a plugin that never started ran/;

test('all of them are skipped, and the daemon serves on', async t => {
    const daemon = await startDaemon(t, { plugins: Object.keys(refused), failure: 'skip', dirs: [made] });
    assert.ok(daemon.url, daemon.log);
    for (const pattern of Object.values(refused)) assert.match(daemon.log, pattern);
    const health = await fetch(`${daemon.url}/healthz`);
    assert.equal(health.status, 200);
    assert.doesNotMatch(await health.text(), /stolen/);
    assert.equal((await fetch(`${daemon.url}/bad/init`)).status, 404);

    const ada = await Client.signIn(daemon, 'Ada');
    await ada.createConversation('general');
    await ada.subscribe('general');
    assert.equal((await ada.publish('general', 'hi')).type, 'published');
    assert.deepEqual(await ada.waitForTexts('general', 1), ['hi']);
    ada.close();
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.doesNotMatch(daemon.log, codeRan);
});

for (const [name, pattern] of Object.entries(refused)) {
    test(`${name} stops the daemon when that is wished`, async t => {
        const daemon = await startDaemon(t, { plugins: [name], failure: 'stop', dirs: [made] });
        assert.equal(daemon.url, null, 'it started');
        const { code, signal } = await daemon.stop();
        assert.equal(signal, null);
        assert.equal(code, 1);
        assert.match(daemon.log, pattern);
        assert.doesNotMatch(daemon.log, codeRan);
    });
}

test('a plugin that is listed twice is loaded once', async t => {
    const daemon = await startDaemon(t, { plugins: ['hooktest', 'hooktest'], failure: 'skip' });
    assert.ok(daemon.url, daemon.log);
    assert.match(daemon.log, /cannot load \S+hooktest\.so: .*loaded already; list it once/);
    assert.equal(daemon.log.match(/hooktest 1 is loaded/g).length, 1);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test('a plugin may be named by its file', async t => {
    const daemon = await startDaemon(t, { plugins: [join(pluginDirs[1], 'hooktest.so')] });
    assert.ok(daemon.url, daemon.log);
    assert.match(daemon.log, /hooktest 1 is loaded/);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
