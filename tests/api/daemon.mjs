// A carillond with apps, keys and limits for these tests, on a port that the kernel gives.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const build = process.env.CARILLON_BUILD;
const sanitizerReport = /(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:/;

export const serverKey = 'server-key-for-tests-0123456789abcdef';
export const otherServerKey = 'another-app-key-for-tests-0123456789';
export const secret = 'a-shared-secret-for-tests-0123456789';
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const pem = pair => pair.publicKey.export({ type: 'spki', format: 'pem' });

const configuration = (workers, guest) => `
workers = ${workers}
listen = { { address = "127.0.0.1:0" } }
plugins = { "sqlite", "websocket", "sse", "hooktest" }
plugin_dirs = { "${join(build, 'plugins')}", "${join(build, 'tests/plugins')}" }
web = { enabled = false }
log = { level = "debug" }
drain = { timeout = "1s", jitter = 0 }
apps = {
    main = {
        guest = ${guest},
        guest_rate = 0,
        server_keys = { { name = "backend", key = "${serverKey}" } },
        jwt_keys = {
            { algorithm = "HS256", key = "${secret}" },
            { kid = "rsa", algorithm = "RS256", key = [[${pem(rsa)}]] },
            { kid = "ec", algorithm = "ES256", key = [[${pem(ec)}]] },
        },
        channels = {
            { pattern = "short-*", message_max = 100 },
            { pattern = "passing-*", stored = false },
            { pattern = "hidden-*", subscribe = "members" },
        },
    },
    closed = { guest = false, server_keys = { { name = "other", key = "${otherServerKey}" } } },
    slow = { guest_rate = 60 },
}
`;

export async function startDaemon() {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-api-'));
    const file = join(folder, 'carillon.lua');
    const daemon = { log: '' };
    daemon.configure = ({ guest }) => writeFile(file, configuration(Number(process.env.CARILLON_WORKERS ?? 1), guest));
    await daemon.configure({ guest: true });
    const options = {
        stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
        env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1' },
    };
    let child, exited;

    daemon.start = async () => {
        child = spawn(join(build, 'daemon/carillond'), ['--config', file, '--state-dir', folder, '--ready-fd', '3'], options);
        exited = once(child, 'close');
        child.stderr.setEncoding('utf8').on('data', text => {
            daemon.log += text;
        });
        const ready = once(createInterface({ input: child.stdio[3] }), 'line');
        const first = await Promise.race([ready, exited.then(() => null)]);
        assert.ok(first, `the daemon did not start:\n${daemon.log}`);
        daemon.url = `http://${JSON.parse(first[0]).addresses[0]}`;
    };
    daemon.signal = name => child.kill(name);
    // Ends it as an operator does; a sanitizer's report fails the test.
    daemon.stop = async () => {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
        const [code] = await exited;
        assert.doesNotMatch(daemon.log, sanitizerReport);
        assert.equal(code, 0, daemon.log.slice(-4000));
    };
    daemon.remove = () => rm(folder, { recursive: true, force: true });
    await daemon.start();
    return daemon;
}
