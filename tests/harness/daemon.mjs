// A carillond of a test's own: with the plugins and configuration that the test names, on a port that the kernel gives
// and that it keeps when it starts again. What it says on stderr is looked at when it ends: a sanitizer's report, a failed
// assertion or a secret in it fails the test, and so does an end by a signal that the test did not send.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const build = process.env.CARILLON_BUILD;
export const pluginDirs = [join(build, 'plugins'), join(build, 'tests/plugins')];

const BIND_TRIES = 50; // another process may hold the port for a moment
const sanitizerReport = /(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:/;
const assertionReport = /Assertion .* failed|assertion failed/;
const anyToken = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/;

// No daemon outlives its test, not even one that is cut off in the middle.
const living = new Set();
const killLiving = () => living.forEach(child => child.kill('SIGKILL'));
process.on('exit', killLiving);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

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
limits = { publish_burst = 10000, publish_rate = 10000 }
${more}`;
}

export class Daemon {
    log = ''; // all that it has written to stderr, over all starts
    url = null; // null: it has not got ready
    secrets = []; // texts that must not be in its log
    checked = false; // look at what it said also when the test does not stop it
    #child;
    #file;
    #killed = false;

    constructor(stateDir, file) {
        this.stateDir = stateDir;
        this.#file = file;
    }

    get pid() {
        return this.#child.pid;
    }

    get wsUrl() {
        return `${this.url.replace('http', 'ws')}/ws`;
    }

    get running() {
        return this.#child.exitCode === null && this.#child.signalCode === null;
    }

    // Starts it and waits until it is ready (the url is set) or has ended (it is not).
    async start() {
        const port = this.url && new URL(this.url).port;
        const args = ['--config', this.#file, '--state-dir', this.stateDir, '--ready-fd', '3'];
        if (port) args.push('--set', `listen={{address="127.0.0.1:${port}"}}`);
        for (let i = 0; ; i++) {
            const before = this.log.length;
            const ready = await this.#launch(args);
            if (ready) {
                this.url = `http://${ready.addresses[0]}`;
                return;
            }
            const busy = port && /address already in use/i.test(this.log.slice(before));
            if (!busy || i === BIND_TRIES) return;
            await sleep(100);
        }
    }

    async #launch(args) {
        this.#killed = false;
        this.#child = spawn(join(build, 'daemon/carillond'), args, {
            stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
            env: {
                ...process.env,
                ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1',
                UBSAN_OPTIONS: 'print_stacktrace=1',
            },
        });
        const child = this.#child;
        living.add(child);
        child.once('exit', () => living.delete(child));
        this.exited = once(child, 'close');
        this.#child.stderr.setEncoding('utf8').on('data', text => {
            this.log += text;
        });
        const ready = once(createInterface({ input: this.#child.stdio[3] }), 'line');
        const first = await Promise.race([ready, this.exited.then(() => null)]);
        return first && JSON.parse(first[0]);
    }

    signal(name) {
        this.#child.kill(name);
    }

    // Ends it as an operator does, looks at what it said, and answers how it ended.
    async stop(signal = 'SIGTERM') {
        if (this.running) this.#child.kill(signal);
        this.#killed ||= signal === 'SIGKILL';
        const [code, killedBy] = await this.exited;
        this.checkLog();
        if (!this.#killed) assert.equal(killedBy, null, `it died of ${killedBy}:\n${this.log.slice(-4000)}`);
        return { code, signal: killedBy };
    }

    // As a crash of the machine's power would, but for what the kernel has not written yet.
    kill() {
        return this.stop('SIGKILL');
    }

    // On the same port, with the same state.
    async restart() {
        await this.stop(this.running ? 'SIGTERM' : 'SIGKILL');
        await this.start();
        assert.ok(this.running, `it did not start again:\n${this.log.slice(-4000)}`);
    }

    // Replaces what the test had added to the configuration; for SIGHUP or the next start.
    async configure(options) {
        await writeFile(this.#file, configuration({ ...this.options, ...options }));
    }

    checkLog() {
        const at = this.log.search(sanitizerReport);
        assert.equal(at, -1, `a sanitizer reports:\n${this.log.slice(Math.max(at, 0), at + 4000)}`);
        assert.doesNotMatch(this.log, assertionReport);
        assert.doesNotMatch(this.log, anyToken, 'a token is in the log');
        for (const secret of this.secrets) assert.ok(!this.log.includes(secret), 'a secret is in the log');
    }

    async waitForLog(pattern) {
        for (let i = 0; i < 400 && !pattern.test(this.log); i++) await sleep(25);
        assert.match(this.log, pattern);
    }
}

// Has the daemon read its configuration again, with this Lua text added to it; what it said, up to a line that fits.
export async function reload(daemon, more, until = /was read again/) {
    const before = daemon.log.length;
    await daemon.configure({ more });
    daemon.signal('SIGHUP');
    for (let i = 0; i < 400 && !until.test(daemon.log.slice(before)); i++) await sleep(25);
    assert.match(daemon.log.slice(before), until);
    return daemon.log.slice(before);
}

// Runs one until it is ready or has ended. `t` is the test, which it does not outlive.
//   plugins   besides the transports and the storage      dirs   where to look for plugins first
//   failure   plugin_failure                              more   Lua text that is added to the configuration
export async function startDaemon(t, { plugins = [], failure = 'stop', workers = 1, dirs = [], more = '' } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-test-'));
    const daemon = new Daemon(folder, join(folder, 'carillon.lua'));
    daemon.options = { plugins, failure, workers, dirs, more };
    await daemon.configure({});
    t.after(async () => {
        if (daemon.running) daemon.signal('SIGKILL');
        await daemon.exited;
        await rm(folder, { recursive: true, force: true });
        if (daemon.checked) daemon.checkLog();
    });
    await daemon.start();
    return daemon;
}
