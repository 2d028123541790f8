// What the daemon says of a configuration without starting: --check-config, --print-defaults.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pluginDirs } from '../harness/daemon.mjs';

const daemon = join(process.env.CARILLON_BUILD, 'daemon/carillond');

function carillond(wish, settings = [], more = []) {
    const dirs = `plugin_dirs={${pluginDirs.map(dir => JSON.stringify(dir)).join()}}`;
    const args = [wish, ...more, ...[dirs, ...settings].flatMap(setting => ['--set', setting])];
    const { status, stdout, stderr } = spawnSync(daemon, args, { encoding: 'utf8' });
    return { status, stdout, stderr };
}

test('a sound configuration is passed in silence', () => {
    assert.deepEqual(carillond('--check-config'), { status: 0, stdout: '', stderr: '' });
});

test('a mistake is named, with the nearest name that there is', () => {
    const { status, stderr } = carillond('--check-config', ['limits.subscriptoins=5']);
    assert.equal(status, 1);
    assert.match(stderr, /subscriptoins/);
    assert.match(stderr, /subscriptions/);
});

test('guests on a public address are warned of, on this machine they are not', () => {
    const open = carillond('--check-config', ['listen={{address="0.0.0.0:8080"}}']);
    assert.equal(open.status, 0);
    assert.match(open.stderr, /anybody who reaches 0\.0\.0\.0:8080 may sign in to app main/);
    const closed = carillond('--check-config', ['listen={{address="0.0.0.0:8080"}}', 'apps.main.guest=false']);
    assert.deepEqual(closed, { status: 0, stdout: '', stderr: '' });
    assert.equal(carillond('--check-config', ['listen={{address="unix:/run/x.sock"}}']).stderr, '');
});

test('what --print-defaults prints is a configuration that passes', t => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const { status, stdout } = carillond('--print-defaults');
    assert.equal(status, 0);
    const file = join(folder, 'carillon.lua');
    writeFileSync(file, stdout);
    assert.deepEqual(carillond('--check-config', [], ['--config', file]), { status: 0, stdout: '', stderr: '' });
});
