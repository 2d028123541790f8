// A carillond with the apps, keys and limits of these tests.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { pluginDirs, reload, startDaemon as start } from '../harness/daemon.mjs';

export const serverKey = 'server-key-for-tests-0123456789abcdef';
export const otherServerKey = 'another-app-key-for-tests-0123456789';
export const secret = 'a-shared-secret-for-tests-0123456789';
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const pem = pair => pair.publicKey.export({ type: 'spki', format: 'pem' });

// `limits` are the daemon's own again, of which one is a test. The storage is SQLite, and fails where a test asks for it.
const settings = guest => `
limits = {}
log = { level = "debug" }
storage = "faultstore"
faultstore = { inner = ${JSON.stringify(join(pluginDirs[0], 'sqlite.so'))} }
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

// Whoever starts it removes it.
export async function startDaemon() {
    let remove;
    const daemon = await start({ after: end => (remove = end) }, {
        plugins: ['hooktest', 'faultstore'], workers: Number(process.env.CARILLON_WORKERS ?? 1), more: settings(true),
    });
    assert.ok(daemon.url, daemon.log);
    daemon.secrets.push(serverKey, otherServerKey, secret);
    return Object.assign(daemon, { remove });
}

export const setGuest = (daemon, guest) => reload(daemon, settings(guest));
