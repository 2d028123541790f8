// A set as it runs in production: members with a key file, a user with a password (SCRAM), and connections encrypted with a
// certificate of an authority of its own. The password is in no log, however much is logged.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from '../harness/daemon.mjs';
import { person, suite } from './fixture.mjs';

const user = { name: 'carillon', password: 'l@velace/§1815' }; // with signs that a connection string writes as %xx
const written = encodeURIComponent(user.password);
const QUICK = '&serverSelectionTimeoutMS=2000';

// What the daemon says with this setting, at the chattiest level, without the password in any spelling.
async function start(t, uri, options = {}) {
    const daemon = await startDaemon(t, {
        plugins: ['mongodb'],
        more: `storage = "mongodb"\nlog = { level = "debug" }\nmongodb = { uri = ${uri} }`,
        ...options,
    });
    daemon.secrets.push(user.password, written);
    return daemon;
}

async function works(t, world, daemon) {
    assert.ok(daemon.url, daemon.log);
    const ada = await person(t, daemon, 'Ada');
    await ada.createConversation('room');
    await ada.subscribe('room');
    await ada.publish('room', 'hello');
    await world.insert('room', 'robot', 'hello from outside');
    assert.deepEqual(await ada.waitForTexts('room', 2), ['hello', 'hello from outside']);
    await daemon.stop(); // looks for secrets in the log
    assert.match(daemon.log, /debug/i);
}

suite('users and TLS', { user }, {
    'from the configuration': async (t, world) => {
        await works(t, world, await start(t, `"${world.set.uri(world.database)}"`));
    },

    'from a file': async (t, world) => {
        const file = join(world.set.folder, 'uri');
        await writeFile(file, `${world.set.uri(world.database)}\n`, { mode: 0o600 });
        await works(t, world, await start(t, `{ file = "${file}" }`));
    },

    'from the environment': async (t, world) => {
        process.env.CARILLON_TEST_URI = world.set.uri(world.database);
        t.after(() => delete process.env.CARILLON_TEST_URI);
        await works(t, world, await start(t, '{ env = "CARILLON_TEST_URI" }'));
    },

    'a wrong password, an unknown user: refused at the start': async (t, world) => {
        const right = world.set.uri(world.database, QUICK);
        for (const uri of [right.replace(written, 'loveless'), right.replace(`${user.name}:`, 'nobody:')]) {
            const daemon = await start(t, `"${uri}"`);
            assert.ok(!daemon.running, 'it started');
            assert.match(daemon.log, /the user, the password or the roles are wrong.*Authentication failed/);
            assert.doesNotMatch(daemon.log, /loveless/);
            daemon.checkLog();
        }
    },

    'a user who may not write: refused at the start': async (t, world) => {
        await world.foreign.command({ createUser: 'reader', pwd: user.password, roles: [{ role: 'read', db: world.database }] });
        const daemon = await start(t, `"${world.set.uri(world.database, QUICK).replace(`${user.name}:`, 'reader:')}"`);
        assert.ok(!daemon.running, 'it started');
        assert.match(daemon.log, /needs the role readWrite; the user, the password or the roles are wrong/);
        daemon.checkLog();
    },

    'the password is changed while it runs: it waits, and goes on when it is right again': async (t, world) => {
        const daemon = await start(t, `"${world.set.uri(world.database, QUICK)}"`);
        const ada = await person(t, daemon, 'Ada');
        await ada.createConversation('room');
        const setPassword = password => world.foreign.command({ updateUser: user.name, pwd: password });
        await setPassword('another');
        await world.set.members[0].stop(); // so that every connection signs in again
        await world.set.members[0].start();
        const publish = async text => (await ada.publish('room', text, { client_id: text })).type;
        for (let i = 0; i < 3; i++) assert.notEqual(await publish(`lost ${i}`), 'published');
        const admin = world.set.foreignAs(user.name, 'another');
        t.after(() => admin.close());
        await admin.command({ updateUser: user.name, pwd: user.password });
        for (let i = 0; (await publish('found')) !== 'published'; i++) assert.ok(i < 60, daemon.log.slice(-2000));
        await daemon.stop();
    },

    'a certificate of another authority, or none asked for: it says why and waits': async (t, world) => {
        const right = world.set.uri(world.database, QUICK);
        for (const [uri, pattern] of [
            [right.replace(/&tlsCAFile=[^&]*/, ''), /certificate verify failed/],
            [right.replace('&tls=true', '').replace(/&tlsCAFile=[^&]*/, ''), /there is no primary to talk to/],
        ]) {
            const daemon = await start(t, `"${uri}"`);
            assert.ok(daemon.url, daemon.log);
            assert.equal((await fetch(`${daemon.url}/readyz`)).status, 503);
            assert.match(daemon.log, pattern);
            await daemon.stop();
        }
    },
});
