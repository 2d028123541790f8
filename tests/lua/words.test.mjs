// Scripts look for words: lists in files that change, lists of their own, text in any language.
import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from './fixture.mjs';

const script = `
local rude, own = set.load("lists/rude.txt"), set.of { "apple", "*berry" }
local function show(value) return type(value) == "table" and table.concat(value, "|") or tostring(value) end
local asked = {
    rude = function(text) return match.any(rude, text) end,
    own = function(text) return match.any(own, text) end,
    has = function(text) return own:has(text) end,
    count = function() return #rude .. " " .. #own end,
    normal = text.normalize,
    words = text.words,
    length = text.length,
    late = function() return select(2, pcall(set.load, "lists/rude.txt")) end,
    bad = function() return select(2, pcall(text.normalize, "\\xff")) end,
    empty = function() return select(2, pcall(set.of, { "" , "*" })) end,
    outside = function() return show(rude.__gc) .. show(rude.__len) .. show(getmetatable(rude)) end,
}
hook.on("message.publish", { id = "words" }, function(msg)
    local what, rest = msg.text:match("^(%S+) ?(.*)$")
    return modify { text = show(asked[what](rest)) }
end)
`;

for (const workers of [1, 3]) describe(`words, workers: ${workers}`, () => {
    let world, channel, sessions;

    before(async () => {
        world = await World.start({ 'words.lua': script, 'lists/rude.txt': 'darn\nblast*\n' }, { workers, scripts: ['words.lua'] });
        await world.people();
        channel = await world.conversation();
        sessions = [world.ada, world.bob];
        for (let i = 0; i < 4; i++) sessions.push(await world.ada.another());
    });

    after(() => world.end());

    const ask = async (text, session = world.ada) => (await session.publish(channel, text)).message.text;

    test('a list in a file', async () => {
        assert.equal(await ask('rude well, DARN it'), 'darn');
        assert.equal(await ask('rude blasted thing'), 'blast*');
        assert.equal(await ask('rude darning socks'), 'nil');
        assert.equal(await ask('count'), '2 2');
    });

    test('a list of its own', async () => {
        assert.equal(await ask('own a strawberry'), '*berry');
        assert.equal(await ask('own pineapple'), 'nil');
        assert.equal(await ask('has APPLE'), 'true');
        assert.equal(await ask('has apple pie'), 'false');
        assert.match(await ask('empty'), /line 2: the entry says nothing/);
    });

    test('text in any language', async () => {
        assert.equal(await ask('normal ＤÄＭＮ Straße ﬁ'), 'dämn strasse fi');
        assert.equal(await ask('words Привет, мир — it is 2nd!'), 'Привет|мир|it|is|2nd');
        assert.equal(await ask('length aé😀'), '3');
        assert.match(await ask('bad'), /no UTF-8/);
    });

    test('a file is read only while the script is loaded, and what is inside a set is out of reach', async () => {
        assert.match(await ask('late'), /only while the script is loaded/);
        assert.match(await ask('outside'), /^nilnil(false|nil)$/);
    });

    test('a list that changes is read again, on every worker, without a reload', async () => {
        await world.write({ 'lists/next.txt': 'darn\nheck\nblast*\n' });
        await rename(join(world.folder, 'lists/next.txt'), join(world.folder, 'lists/rude.txt'));
        for (let i = 0; i < 200 && (await ask('rude heck')) !== 'heck'; i++) await sleep(50);
        for (const session of sessions) assert.equal(await ask('rude heck', session), 'heck');
    });

    test('a list that is faulty or gone stays as it was', async () => {
        await world.write({ 'lists/rude.txt': 'fine\n*\n' });
        for (let i = 0; i < 200 && !/rude\.txt: line 2: .*go on as they were/.test(world.daemon.log); i++) await sleep(50);
        assert.match(world.daemon.log, /rude\.txt: line 2: the entry says nothing; its words go on as they were/);
        assert.equal(await ask('rude heck'), 'heck');
        await rm(join(world.folder, 'lists/rude.txt'));
        for (let i = 0; i < 200 && !/rude\.txt is gone/.test(world.daemon.log); i++) await sleep(50);
        assert.equal(await ask('rude heck'), 'heck');
        await world.write({ 'lists/rude.txt': 'again\n' });
        for (let i = 0; i < 200 && (await ask('rude again')) !== 'again'; i++) await sleep(50);
        assert.equal(await ask('rude heck'), 'nil');
    });

    test('a script whose list is not there or is elsewhere is not taken over', async () => {
        await world.write({ 'none.lua': 'set.load("lists/none.txt")', 'away.lua': 'set.load("../../etc/passwd")' });
        await world.reload(['none.lua'], /none\.lua:1: .*lists\/none\.txt: No such file[^]*those that run go on/);
        await world.reload(['away.lua'], /away\.lua:1: .*below the scripts' folder[^]*those that run go on/);
        assert.equal(await ask('has apple'), 'true');
    });
});
