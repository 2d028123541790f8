// What scripts keep outlives the daemon: a restart wholly, a crash but for the last moments.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from './fixture.mjs';

const hooks = new URL('../../scripts/hooks/', import.meta.url);
const shipped = name => readFile(new URL(name, hooks), 'utf8');

const keeper = `
hook.on("message.publish", { id = "keeper", priority = 1, channels = { "keep" } }, function(msg)
    local key, value = msg.text:match("^(%S+) (%S+)$")
    if key then kv.set(key, value) return modify { text = value } end
    return modify { text = tostring(kv.get(msg.text)) }
end)
`;

const settings = 'raid = { joins = 1, seconds = 60, minutes = 15, grace = 0 }\nquarantine = { messages = 1, channels = { "new" } }\n';

async function start(workers) {
    const files = { 'keeper.lua': keeper, 'raid.lua': await shipped('raid.lua'), 'quarantine.lua': await shipped('quarantine.lua') };
    const world = await World.start({ ...files, 'settings.lua': settings }, {
        workers, scripts: Object.keys(files), options: { settings: 'settings.lua', keep: '100ms' },
    });
    assert.ok(world.daemon.url, world.daemon.log);
    await world.people();
    return world;
}

async function again(world, end) {
    for (const client of [world.ada, world.bob]) client.close();
    if (end) await end();
    await world.daemon.restart();
    for (const client of [world.ada, world.bob]) await client.open();
}

const ask = async (world, text) => (await world.ada.publish('keep', text)).message.text;

for (const workers of [1, 3]) test(`through a restart, workers: ${workers}`, async () => {
    const world = await start(workers);
    const { ada, bob } = world;
    await ada.createConversation('keep');
    await ada.createConversation('new');
    await ada.createConversation('raided');
    assert.equal(await ask(world, 'colour blue'), 'blue');
    assert.equal((await bob.publish('new', 'first')).held, true);
    assert.equal((await bob.publish('new', 'second')).message.text, 'second');
    await ada.subscribe('raided');
    await bob.subscribe('raided'); // one too many at once
    assert.equal((await bob.publish('raided', 'spam')).code, 'raid');
    await again(world);
    assert.equal(await ask(world, 'colour'), 'blue');
    assert.equal((await bob.publish('new', 'third')).message?.text, 'third', 'who is known is not new again');
    assert.equal((await bob.publish('raided', 'spam')).code, 'raid', 'what was closed stays so');
    assert.match(world.daemon.log, /kv has [1-9]\d* values from before/);
    assert.equal((await stat(join(world.daemon.stateDir, 'scripts.kv'))).mode & 0o777, 0o600);
    await world.end();
});

test('through a crash, but for the last moments', async () => {
    const world = await start(1);
    await world.ada.createConversation('keep');
    await ask(world, 'colour blue');
    await again(world, async () => {
        const file = join(world.daemon.stateDir, 'scripts.kv');
        for (let i = 0; i < 400 && !(await readFile(file, 'latin1').catch(() => '')).includes('blue'); i++) await sleep(25);
        await world.daemon.kill();
    });
    assert.equal(await ask(world, 'colour'), 'blue');
    await world.end();
});
