// Regular expressions, and that none holds up the daemon.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World } from './fixture.mjs';

const script = `
local link = re.compile([[https?://([\\w.-]+)(/\\S*)?]], "i")
local word = re.compile([[\\bкот\\b]], "i")
local slow = re.compile("(a+)+$")
local empty = re.compile("x*")
local function show(...)
    local all = table.pack(...)
    for i = 1, all.n do all[i] = tostring(all[i]) end
    return table.concat(all, "|", 1, all.n)
end
local function fails(...) return select(2, pcall(...)) end
local asked = {
    match = function(text) return link:match(text) end,
    test = function(text) return link:test(text) end,
    find = function(text) return link:find(text) end,
    word = function(text) return word:match(text) end,
    replace = function(text) return link:replace(text, "<%1 link>") end,
    empty = function(text) return empty:replace(text, "-") end,
    slow = function() return fails(slow.test, slow, ("a"):rep(60) .. "b") end,
    syntax = function() return fails(re.compile, "(a") end,
    flags = function() return fails(re.compile, "a", "z") end,
    long = function() return fails(re.compile, ("a"):rep(1001)) end,
    huge = function() return fails(re.compile, "((a{1,500}){1,500}){1,500}") end,
    groups = function() return fails(re.compile, ("(a)"):rep(40)) end,
    bytes = function() return fails(link.test, link, "\\xff") end,
    grow = function() return fails(empty.replace, empty, ("a"):rep(900), ("b"):rep(1000)) end,
    inside = function() return show(link.__gc, link.code) end,
    compile = function() while true do re.compile("(a|b|c|d)*e{1,50}f") end end,
    again = function() while true do pcall(slow.test, slow, ("a"):rep(60) .. "b") end end,
}
hook.on("message.publish", { id = "re" }, function(msg)
    local what, rest = msg.text:match("^(%S+) ?(.*)$")
    return modify { text = show(asked[what](rest)) }
end)
`;

describe('regular expressions', () => {
    let world, channel;

    before(async () => {
        world = await World.start({ 're.lua': script });
        await world.people();
        channel = await world.conversation();
    });

    after(() => world.end());

    const ask = async text => (await world.ada.publish(channel, text)).message.text;

    test('finding', async () => {
        assert.equal(await ask('match see HTTPS://Example.org/a?b and more'), 'Example.org|/a?b');
        assert.equal(await ask('match see http://example.org'), 'example.org|nil');
        assert.equal(await ask('match nothing'), 'nil');
        assert.equal(await ask('test http://x'), 'true');
        assert.equal(await ask('find ab http://x cd'), '4|11');
        assert.equal(await ask('word это КОТ!'), 'КОТ');
        assert.equal(await ask('word котик'), 'nil');
    });

    test('replacing', async () => {
        assert.equal(await ask('replace a http://x/y b https://z'), 'a <%1 link> b <%1 link>|2');
        assert.equal(await ask('empty aéx'), '-a-é--|4');
    });

    test('errors that the script sees', async () => {
        assert.match(await ask('slow'), /too many steps on this text/);
        assert.match(await ask('syntax'), /at byte 3: missing closing parenthesis/);
        assert.match(await ask('flags'), /flags are i, m, s and x/);
        assert.match(await ask('long'), /at most 1000 bytes/);
        assert.match(await ask('huge'), /the expression, at byte/);
        assert.match(await ask('groups'), /at most 31 groups/);
        assert.match(await ask('bytes'), /UTF-8/);
        assert.match(await ask('grow'), /too long/);
        assert.equal(await ask('inside'), 'nil|nil');
    });

    test('budgets hold', async () => {
        for (const what of ['compile', 'again']) {
            const before = world.daemon.log.length;
            assert.equal(await ask(what), what, 'the hook failed and lets it pass');
            assert.match(world.daemon.log.slice(before), /took more steps than one call may|ran longer at a stretch/);
        }
    });
});
