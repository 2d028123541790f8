// What a script cannot do to the daemon: hold it up, take its memory, swallow its own end; and what becomes of the message.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World } from './fixture.mjs';

const evil = `
local function spin() while true do end end
local kept = {}
hook.on("message.publish", { id = "evil", channels = { "evil*" } }, function(msg)
    if msg.text == "spin" then spin() end
    if msg.text == "pcall" then while true do pcall(spin) end end
    if msg.text == "find" then return drop(tostring(string.find(("a"):rep(800), ".-.-.-b"))) end
    if msg.text == "memory" then local s = "x" while true do s = s .. s end end
    if msg.text == "wait and spin" then sleep(0.01) spin() end
    if msg.text == "late" then sleep(60) end
    if msg.text == "coroutine" then
        return modify { text = coroutine.wrap(function() sleep(0.01) return coroutine.yield("in ") end)() .. "a coroutine" }
    end
end)
hook.on("message.publish", { id = "strict", channels = { "strict*" }, on_error = "refuse", timeout_ms = 100 }, function(msg)
    if msg.text == "bad" then error({}) end
    if msg.text == "late" then sleep(60) end
end)
hook.on("message.publish", { id = "crowd", channels = { "crowd*" }, timeout_ms = 4000 }, function(msg)
    sleep(1)
end)
local last
hook.on("message.publish", { id = "keeper", channels = { "keep*" } }, function(msg)
    local before = last
    last = msg
    if before then return modify { text = select(2, pcall(function() return before.text end)) } end
end)
`;

describe('walls', () => {
    let world;

    before(async () => {
        world = await World.start({ 'evil.lua': evil }, { options: { waiting: 8, faults: 3, pause: '1s' } });
        assert.ok(world.daemon.url, world.daemon.log);
        await world.people();
    });
    after(() => world.end());

    test('a script that does not end is ended, the log says where, and the message goes on', async () => {
        const channel = await world.conversation('evil1');
        for (const text of ['spin', 'pcall', 'ok', 'find', 'memory', 'ok', 'wait and spin'])
            assert.equal((await world.ada.publish(channel, text)).message.text, text);
        assert.match(world.daemon.log, /hook evil of evil\.lua:4 took more steps .*evil\.lua:2: in upvalue 'spin'.*evil\.lua:5/);
        assert.match(world.daemon.log, /evil\.lua:7: in function/);
        assert.match(world.daemon.log, /hook evil of evil\.lua:4 took more memory/);
        assert.equal((await world.ada.publish(channel, 'ok')).type, 'published');
    });

    test('waiting inside a coroutine of the script waits as elsewhere', async () => {
        const channel = await world.conversation('evil2');
        assert.equal((await world.ada.publish(channel, 'coroutine')).message.text, 'in a coroutine');
    });

    test('a hook that has no verdict in time is given up', async () => {
        const channel = await world.conversation('evil3');
        const begun = Date.now();
        assert.equal((await world.ada.publish(channel, 'late')).type, 'published');
        assert.ok(Date.now() - begun >= 950 && Date.now() - begun < 4000);
        assert.match(world.daemon.log, /hook evil of evil\.lua:4 had no verdict in time/);
        await world.ada.publish(channel, 'ok');
    });

    test('on_error = "refuse" refuses, and after faults in a row the hook is off for a while', async () => {
        const channel = await world.conversation('strict1');
        assert.equal((await world.ada.publish(channel, 'bad')).code, 'refused');
        assert.equal((await world.ada.publish(channel, 'late')).code, 'refused');
        assert.equal((await world.ada.publish(channel, 'good')).type, 'published');
        for (let i = 0; i < 3; i++) assert.equal((await world.ada.publish(channel, 'bad')).code, 'refused');
        assert.match(world.daemon.log, /hook strict failed 3 times in a row: it is off for 1 s, and messages are refused/);
        assert.equal((await world.ada.publish(channel, 'good')).code, 'refused');
        await new Promise(resolve => setTimeout(resolve, 1100));
        assert.equal((await world.ada.publish(channel, 'good')).type, 'published');
        assert.equal((await world.ada.publish(channel, 'bad')).code, 'refused');
        assert.equal((await world.ada.publish(channel, 'good')).type, 'published');
    });

    test('only so many calls may wait', async () => {
        const channels = [];
        for (let i = 0; i < 11; i++) channels.push(await world.conversation(`crowd${i}`));
        const answers = await Promise.all(channels.map(channel => world.ada.publish(channel, 'x')));
        assert.ok(answers.every(answer => answer.type === 'published'));
        assert.match(world.daemon.log, /hook crowd of evil\.lua:\d+ could not wait: too many/);
    });

    test('a message that a script kept cannot be read once it is over', async () => {
        const channel = await world.conversation('keep1');
        await world.ada.publish(channel, 'first');
        assert.match((await world.ada.publish(channel, 'second')).message.text, /the message has gone its way/);
    });
});
