// A carillond of a test's own: with the plugins and configuration that the test names, on a port that the kernel gives.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const build = process.env.CARILLON_BUILD;
export const pluginDirs = [join(build, 'plugins'), join(build, 'tests/plugins')];

const sanitizerReport = /(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:/;

const lua = value => (Array.isArray(value) ? `{ ${value.map(lua).join(', ')} }` : JSON.stringify(value));

// The configuration of a daemon that loads these plugins besides the transports and the storage.
function configuration({ plugins, failure, workers, dirs, more }) {
    return `
workers = ${workers}
listen = { { address = "127.0.0.1:0" } }
plugins = ${lua(['sqlite', 'websocket', 'sse', ...plugins])}
plugin_dirs = ${lua([...dirs, ...pluginDirs])}
plugin_failure = ${lua(failure)}
web = { enabled = false }
drain = { timeout = "1s", jitter = 0 }
limits = { publish_burst = 1000, publish_rate = 1000 }
${more}`;
}

// Runs it until it is ready or has ended. `t` is the test, which it does not outlive.
export async function startDaemon(t, { plugins = [], failure = 'stop', workers = 1, dirs = [], more = '' } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-plugins-'));
    const file = join(folder, 'carillon.lua');
    await writeFile(file, configuration({ plugins, failure, workers, dirs, more }));
    const child = spawn(join(build, 'daemon/carillond'), ['--config', file, '--state-dir', folder, '--ready-fd', '3'], {
        stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
        env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1' },
    });
    const daemon = { log: '', url: null, exited: once(child, 'close') };
    child.stderr.setEncoding('utf8').on('data', text => {
        daemon.log += text;
    });

    // Ends it as an operator does, and looks at what it said: a sanitizer's report fails the test.
    daemon.stop = async (signal = 'SIGTERM') => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        const [code, killedBy] = await daemon.exited;
        assert.doesNotMatch(daemon.log, sanitizerReport);
        return { code, signal: killedBy };
    };
    daemon.waitForLog = async pattern => {
        for (let i = 0; i < 400 && !pattern.test(daemon.log); i++) await new Promise(next => setTimeout(next, 25));
        assert.match(daemon.log, pattern);
    };
    t.after(async () => {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
        await daemon.exited;
        await rm(folder, { recursive: true, force: true });
    });

    const ready = once(createInterface({ input: child.stdio[3] }), 'line');
    const first = await Promise.race([ready, daemon.exited.then(() => null)]);
    if (first) daemon.url = `http://${JSON.parse(first[0]).addresses[0]}`;
    return daemon;
}
