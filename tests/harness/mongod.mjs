// Real mongod processes as a replica set, on loopback ports that the kernel gives, in a folder of their own; and another
// program at their database (pymongo, foreign.py).
//
//   node tests/harness/mongod.mjs [--members N] COMMAND ARGUMENT ...
//
// runs a command beside a set; {mongodb:NAME} in an argument becomes the connection string of the database NAME.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const python = join(here, '../../build/tests/mongodb/venv/bin/python');
const START_TRIES = 20;
const PATIENCE_MS = 60000;
const SET = 'rs0';

let binary;
// The path of a mongod, or null where none can be had: then tests skip.
export function findMongod() {
    binary ??= execFileSync(join(here, 'install-mongod'), { encoding: 'utf8' }).trim();
    return binary || null;
}

export function mongodVersion() {
    return execFileSync(findMongod(), ['--version'], { encoding: 'utf8' }).match(/db version (\S+)/)[1];
}

const living = new Set();
process.on('exit', () => living.forEach(child => child.kill('SIGKILL')));

async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

export async function until(what, look, ms = PATIENCE_MS) {
    const end = Date.now() + ms;
    for (;;) {
        const found = await look();
        if (found) return found;
        assert.ok(Date.now() < end, `${what} did not happen`);
        await sleep(50);
    }
}

// One mongod. It keeps its port and its data over stop and start.
export class Mongod {
    #child;

    constructor(folder, more) {
        this.folder = folder;
        this.more = more;
    }

    get host() {
        return `127.0.0.1:${this.port}`;
    }

    get pid() {
        return this.#child.pid;
    }

    get running() {
        return this.#child && this.#child.exitCode === null && this.#child.signalCode === null;
    }

    async start() {
        await mkdir(join(this.folder, 'db'), { recursive: true });
        const first = !this.port;
        for (let i = 0; i < START_TRIES; i++) {
            if (first) this.port = await freePort();
            if (await this.#launch()) return;
            await sleep(200);
        }
        assert.fail(`mongod did not start:\n${(await this.log()).slice(-4000)}`);
    }

    async log() {
        return readFile(join(this.folder, 'log'), 'utf8');
    }

    // True once it waits for connections; false when it ended instead, since somebody else has the port.
    async #launch() {
        const log = await open(join(this.folder, 'log'), 'w');
        const args = ['--replSet', SET, '--dbpath', join(this.folder, 'db'), '--port', `${this.port}`, '--bind_ip', '127.0.0.1'];
        args.push('--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '64', '--nounixsocket');
        args.push('--setParameter', 'diagnosticDataCollectionEnabled=false', '--setParameter', 'enableTestCommands=1');
        // It does not outlive this process, however that ends.
        this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', findMongod(), ...args, ...this.more], {
            stdio: ['ignore', log.fd, log.fd],
        });
        const child = this.#child;
        living.add(child);
        this.ended = once(child, 'exit').then(() => living.delete(child));
        await log.close();
        await until('a start of mongod', async () => !this.running || (await this.log()).includes('Waiting for connections'));
        return this.running;
    }

    signal(name) {
        this.#child.kill(name);
    }

    // Like a full disk: from now on its files may not grow.
    limitFiles() {
        execFileSync('prlimit', ['--pid', `${this.pid}`, '--fsize=1']);
    }

    // SIGKILL is a crash; SIGTERM a clean end.
    async stop(signal = 'SIGTERM') {
        if (!this.running) return;
        this.#child.kill('SIGCONT');
        this.#child.kill(signal);
        await this.ended;
    }
}

// Another program at the set: insert(), update() and the like answer as pymongo does.
export class Foreign {
    #next = 1;
    #waiting = new Map();
    events = []; // of all watches: { watch, event, at }

    constructor(uri) {
        this.child = spawn(python, ['-u', join(here, 'foreign.py'), uri], { stdio: ['pipe', 'pipe', 'inherit'] });
        living.add(this.child);
        createInterface({ input: this.child.stdout }).on('line', line => this.#take(JSON.parse(line)));
        this.child.stdin.on('error', () => {});
        this.child.once('exit', () => {
            living.delete(this.child);
            for (const { reject } of this.#waiting.values()) reject(new Error('foreign.py has ended'));
        });
    }

    #take(answer) {
        if (answer.watch) {
            this.events.push(answer);
            this.onevent?.(answer);
            return;
        }
        const waiting = this.#waiting.get(answer.id);
        this.#waiting.delete(answer.id);
        if (answer.error) waiting.reject(new Error(answer.error));
        else waiting.resolve(answer);
    }

    // The whole answer: { result, began }.
    ask(command) {
        const id = this.#next++;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, { resolve, reject });
            this.child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
        });
    }

    async call(db, collection, method, ...args) {
        return (await this.ask({ db, collection, method, args })).result;
    }

    async command(...args) {
        return (await this.ask({ db: 'admin', method: 'command', args })).result;
    }

    close() {
        this.child.kill('SIGKILL');
    }
}

// A small file system of its own, which can be filled up. Only where CARILLON_OWN_MOUNTS says that this process sees mounts
// of its own (unshare --mount): it goes with the process, however that ends.
class Disk {
    constructor(folder, megabytes) {
        this.folder = folder;
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'carillon-test', folder]);
    }

    // Until nothing more fits.
    async fill() {
        const file = await open(join(this.folder, 'filler'), 'w');
        for (let block = Buffer.alloc(1 << 20, 1); block.length;) {
            try {
                await file.write(block);
            } catch (error) {
                assert.equal(error.code, 'ENOSPC');
                block = block.subarray(0, block.length >> 1);
            }
        }
        await file.close();
    }

    async free() {
        await rm(join(this.folder, 'filler'));
    }

    unmount() {
        execFileSync('umount', ['--lazy', this.folder]);
    }
}

export const canMount = process.env.CARILLON_OWN_MOUNTS === '1';

// A key file that the members know each other by, and a certificate of 127.0.0.1 with the authority that signed it; the
// arguments for mongod.
async function secure(folder) {
    const at = name => join(folder, name);
    const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
    await writeFile(at('key'), randomBytes(96).toString('base64'), { mode: 0o600 });
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Carillon test authority',
        '-keyout', at('ca.key'), '-out', at('ca.pem'));
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', at('server.key'), '-out', at('server.csr'));
    await writeFile(at('names'), 'subjectAltName=IP:127.0.0.1\n');
    openssl('x509', '-req', '-days', '2', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'),
        '-CAcreateserial', '-extfile', at('names'), '-out', at('server.crt'));
    await writeFile(at('server.pem'), await readFile(at('server.key'), 'utf8') + await readFile(at('server.crt'), 'utf8'));
    return ['--keyFile', at('key'), '--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', at('server.pem'),
        '--tlsCAFile', at('ca.pem'), '--tlsAllowConnectionsWithoutCertificates'];
}

export class ReplicaSet {
    user = ''; // of connection strings: "name:password@"
    #source = ''; // where that user is known
    #options = ''; // of connection strings: how to encrypt

    constructor(folder, members) {
        this.folder = folder;
        this.members = members;
    }

    // The connection string of a database of the set.
    uri(database, more = '') {
        const hosts = this.members.map(member => member.host).join(',');
        return `mongodb://${this.user}${hosts}/${database}?replicaSet=${SET}${this.#source}${this.#options}${more}`;
    }

    #direct(member, more = '') {
        return new Foreign(`mongodb://${member.host}/?directConnection=true${this.#options}${more}`);
    }

    // more: arguments for mongod. disk: megabytes of a file system of their own, set.disk. user: { name, password } of the only one, with which connections are encrypted too.
    static async start({ members = 1, more = [], user = null, disk = 0 } = {}) {
        const folder = await mkdtemp(join(tmpdir(), 'carillon-mongod-'));
        const own = disk ? new Disk(folder, disk) : null;
        const all = [], args = user ? [...more, ...await secure(folder)] : more;
        for (let i = 0; i < members; i++) all.push(new Mongod(join(folder, `${i}`), args));
        const set = new ReplicaSet(folder, all);
        set.disk = own;
        if (user) set.#options = `&tls=true&tlsCAFile=${join(folder, 'ca.pem')}`;
        await Promise.all(all.map(member => member.start()));
        const direct = set.#direct(all[0]);
        await direct.command('replSetInitiate', {
            _id: SET,
            members: all.map((member, i) => ({ _id: i, host: member.host, priority: i === 0 ? 2 : 1 })),
            settings: { electionTimeoutMillis: 1000, heartbeatIntervalMillis: 500 },
        });
        await set.primary();
        if (user) {
            await direct.command({ createUser: user.name, pwd: user.password, roles: ['root'] });
            set.user = `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`;
            set.#source = '&authSource=admin';
        }
        direct.close();
        return set;
    }

    async #hello(member) {
        const foreign = this.#direct(member, '&serverSelectionTimeoutMS=1000');
        try {
            return await foreign.command('hello');
        } catch {
            return {};
        } finally {
            foreign.close();
        }
    }

    // The member that takes writes, once there is one.
    primary() {
        return until('an election', async () => {
            for (const member of this.members) {
                if (member.running && (await this.#hello(member)).isWritablePrimary) return member;
            }
            return null;
        });
    }

    foreign() {
        return new Foreign(this.uri('admin'));
    }

    // As another user, or with another password.
    foreignAs(name, password) {
        return new Foreign(this.uri('admin').replace(this.user, `${name}:${password}@`));
    }

    async stop() {
        await Promise.all(this.members.map(member => member.stop('SIGKILL')));
        this.disk?.unmount();
        await rm(this.folder, { recursive: true, force: true });
    }
}

async function main(args) {
    let members = 1;
    if (args[0] === '--members') [, members] = args.splice(0, 2);
    const set = await ReplicaSet.start({ members: Number(members) });
    const filled = args.map(text => text.replace(/\{mongodb:(\w+)\}/g, (_, name) => set.uri(name)));
    const child = spawn(filled[0], filled.slice(1), { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    const [code] = await once(child, 'exit');
    await set.stop();
    process.exit(code ?? 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
