// What scripts do later, and again and again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from './fixture.mjs';

const script = name => `
every(0.2, function() kv.incr("ticks ${name}") end)
every(0.2, function() kv.incr("waits ${name}") sleep(3600) end)
every(0.1, function() error("again") end)
after(0.1, function() kv.incr("once ${name}") sleep(0.2) kv.set("slept ${name}", true) end)
local asked = {
    get = function(key) return kv.get(key) end,
    later = function(key) after(0.2, function() kv.set(key, "done") end) return "asked" end,
    soon = function(key) after(0, function() kv.incr(key) end) return "asked" end,
    short = function() return select(2, pcall(every, 0.01, print or tostring)) end,
    none = function() return select(2, pcall(after, 1, nil)) end,
    many = function() return select(2, pcall(function() while true do after(3600, function() end) end end)) end,
}
hook.on("message.publish", { id = "timers" }, function(msg)
    local what, rest = msg.text:match("^(%S+) ?(.*)$")
    return modify { text = tostring(asked[what](rest)) }
end)
`;

for (const workers of [1, 3]) describe(`timers, workers: ${workers}`, () => {
    let world, channel;

    before(async () => {
        world = await World.start({ 'a.lua': script('a'), 'b.lua': script('b') }, { workers, scripts: ['a.lua'] });
        await world.people();
        channel = await world.conversation();
    });

    after(() => world.end());

    const ask = async text => (await world.ada.publish(channel, text)).message.text;
    const becomes = async (text, wanted) => {
        for (let i = 0; i < 200 && (await ask(text)) !== wanted; i++) await sleep(50);
        assert.equal(await ask(text), wanted);
    };

    test('once for all workers', async () => {
        await becomes('get slept a', 'true');
        assert.equal(await ask('get once a'), '1');
    });

    test('again and again, at its pace whatever the number of workers', async () => {
        const [first, begun] = [Number(await ask('get ticks a')), Date.now()];
        await sleep(1000);
        const [ticks, took] = [Number(await ask('get ticks a')) - first, Date.now() - begun];
        assert.ok(ticks >= 1 && ticks <= took / 200 + 2, `${ticks} ticks in ${took} ms`);
    });

    test('a run that still waits takes the place of the next', async () => assert.equal(await ask('get waits a'), '1'));

    test('one that fails again and again is given up', async () => {
        for (let i = 0; i < 100 && !/does not run any more/.test(world.daemon.log); i++) await sleep(50);
        assert.match(world.daemon.log, /the timer of a\.lua:4 failed 5 times in a row: it does not run any more/);
        assert.match(world.daemon.log, /a\.lua:4: again/);
    });

    test('from within a hook', async () => {
        assert.equal(await ask('later key'), 'asked');
        await becomes('get key', 'done');
        assert.equal(await ask('soon n'), 'asked');
        await becomes('get n', '1');
    });

    test('what cannot be is an error', async () => {
        assert.match(await ask('short'), /0\.1 seconds to 31 days/);
        assert.match(await ask('none'), /function expected/);
        assert.match(await ask('many'), /there are 1000 timers already/);
    });

    test('a reload ends them, and what waits', async () => {
        await world.reload(['b.lua'], /1 scripts with 1 hooks are in force/);
        await becomes('get slept b', 'true');
        const before = await ask('get ticks a');
        await sleep(500);
        assert.equal(await ask('get ticks a'), before);
        assert.ok(Number(await ask('get ticks b')) > 1);
    });
});
