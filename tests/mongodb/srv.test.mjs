// Connection strings that name a record in DNS (mongodb+srv), with a real name server. It must be on port 53 and in
// /etc/resolv.conf, so this file runs itself again with a network and mounts of its own, which takes root.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { canMount, python, until } from '../harness/mongod.mjs';
import { person, suite } from './fixture.mjs';

const NAME = 'set.carillon.test';

function canHaveNetwork() {
    try {
        execFileSync('unshare', ['--mount', '--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
        return canMount && existsSync('/etc/resolv.conf');
    } catch {
        return false;
    }
}

// The name server of the set: where its member is, and in which set.
async function startDns(t, set) {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-dns-')), zone = join(folder, 'zone');
    await writeFile(zone, `$ORIGIN carillon.test.
@ 60 IN SOA db.carillon.test. admin.carillon.test. 1 60 60 60 60
_mongodb._tcp.set 60 IN SRV 0 5 ${set.members[0].port} db.carillon.test.
set 60 IN TXT "replicaSet=rs0"
db 60 IN A 127.0.0.1
`);
    const args = ['--pdeathsig', 'KILL', python, '-m', 'dnslib.zoneresolver', '--zone', zone, '--address', '127.0.0.1'];
    const server = spawn('setpriv', args, { stdio: 'ignore' });
    t.after(async () => {
        server.kill('SIGKILL');
        await rm(folder, { recursive: true });
    });
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers(['127.0.0.1']);
    await until('an answer of the name server', () => resolver.resolveSrv(`_mongodb._tcp.${NAME}`).catch(() => null));
}

async function says(daemon, text) {
    const ada = await until('a sign-in', () => person({ after: () => {} }, daemon, 'Ada').catch(() => null));
    await ada.createConversation('room');
    await ada.publish('room', text);
    const { items } = await ada.get('/conversations/room/messages');
    ada.close();
    assert.deepEqual(items.map(item => item.text), [text]);
}

const uri = world => `mongodb+srv://${NAME}/${world.database}?tls=false`;

if (process.env.CARILLON_OWN_NET !== '1') {
    test('names in DNS', { timeout: 300000, skip: canHaveNetwork() ? false : 'it needs root, and a network of its own' }, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'carillon-dns-')), config = join(folder, 'resolv.conf');
        await writeFile(config, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
        const env = { ...process.env, CARILLON_OWN_NET: '1' };
        delete env.NODE_TEST_CONTEXT;
        const child = spawn('unshare', ['--mount', '--net', 'sh', '-ec',
            'ip link set lo up; mount --bind "$1" "$(realpath /etc/resolv.conf)"; shift; exec "$@"', 'sh', config,
            process.execPath, '--test-reporter=tap', fileURLToPath(import.meta.url)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
        let output = '';
        child.stdout.on('data', data => (output += data));
        const [code] = await once(child, 'close');
        await rm(folder, { recursive: true });
        assert.equal(code, 0, output);
        assert.match(output, /# pass [1-9]/);
    });
} else {
    suite('names in DNS', {}, {
        'the members and the set are found by a name': async (t, world) => {
            await startDns(t, world.set);
            const daemon = await world.start(t, uri(world));
            assert.ok(daemon.url, daemon.log);
            await says(daemon, 'found');
        },

        'a name server that is not there yet is waited for': async (t, world) => {
            const daemon = await world.start(t, uri(world));
            assert.ok(daemon.url, daemon.log);
            assert.equal((await fetch(`${daemon.url}/readyz`)).status, 503);
            await startDns(t, world.set);
            await until('the storage', async () => (await fetch(`${daemon.url}/readyz`)).status === 200);
            await says(daemon, 'found at last');
        },
    });
}
