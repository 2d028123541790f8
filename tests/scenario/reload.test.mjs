// What SIGHUP takes over of the listener while clients are connected, and what it says of the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { reload, startDaemon } from '../harness/daemon.mjs';
import { Wire } from '../harness/wire.mjs';

test('a changed `listen` waits for the next start, and everything else is taken over', async t => {
    const daemon = await startDaemon(t);
    const ada = await Client.signIn(daemon, 'Ada');
    const refusal = async () => {
        const wires = [];
        for (let i = 0; i < 4; i++) wires.push(await Wire.open(daemon));
        const refused = wires.filter(wire => wire.error).length;
        wires.forEach(wire => wire.close());
        return refused;
    };
    assert.equal(await refusal(), 0);

    const said = await reload(daemon, `
listen = { { address = "127.0.0.1:0", unix_mode = "0600" }, { address = "127.0.0.1:1" } }
limits.connections_per_address = 3`);
    assert.match(said, /listen: 127\.0\.0\.1:1 is listened on from the next start/);
    assert.match(said, /listen: 127\.0\.0\.1:0: unix_mode takes effect at the next start/);
    assert.doesNotMatch(said, /error/);
    assert.ok((await refusal()) >= 1, 'the new limit counts');
    assert.equal((await ada.request({ type: 'ping' })).type, 'pong');

    const gone = await reload(daemon, `listen = { { address = "unix:${daemon.stateDir}/other.sock" } }`);
    assert.match(gone, /listen: 127\.0\.0\.1:0: its end takes effect at the next start/);
    assert.match(gone, /other\.sock is listened on from the next start/);
    assert.equal(await refusal(), 0, 'the old limit is gone');

    const wrong = await reload(daemon, 'trusted_proxies = { "nonsense" } limits.connections_per_address = 3', /trusted_proxies/);
    assert.match(wrong, /error listener: trusted_proxies/);
    assert.equal(await refusal(), 0, 'what makes no sense is not taken over');
    ada.close();
    await daemon.stop();
});

test('limits.headers waits for the next start, which is said', async t => {
    const daemon = await startDaemon(t, { more: 'limits.headers = "4k"' });
    const status = async bytes => (await fetch(`${daemon.url}/healthz`, { headers: { 'x-long': 'y'.repeat(bytes) } })).status;
    assert.equal(await status(3000), 200);
    assert.equal(await status(6000), 431);
    assert.match(await reload(daemon, 'limits.headers = "16k"'), /limits\.headers takes effect at the next start/);
    assert.equal(await status(6000), 431);
    await daemon.restart();
    assert.equal(await status(6000), 200);
    await daemon.stop();
});
