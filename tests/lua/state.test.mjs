// What scripts keep: kv and limit, one world for all workers, and through a reload.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from './fixture.mjs';

// The message names the expression's number; what it gives comes back as the new text.
const tell = `
local function show(...)
    local all = table.pack(...)
    for i = 1, all.n do
        all[i] = math.type(all[i]) == "float" and string.format("%.1f", all[i]) or tostring(all[i])
    end
    return table.concat(all, " ", 1, all.n)
end
local told = metric.counter("told", "Messages that were told.")
local asked = {
    count = function(n) told:add(tonumber(n)) return "counted" end,
    back = function() return pcall(told.add, told, -1) end,
    late = function() return pcall(metric.counter, "late") end,
    metatable = function() return told.__gc, told.id, getmetatable(told) end,
    set = function(key, value, ttl) return kv.set(key, value, tonumber(ttl)) end,
    get = function(key) return kv.get(key) end,
    add = function(key, value, ttl) return kv.add(key, value, tonumber(ttl)) end,
    incr = function(key, by, ttl) return kv.incr(key, tonumber(by), tonumber(ttl)) end,
    delete = function(key) return kv.delete(key) end,
    apps = function()
        kv.set("whose", "here") kv.set("whose", "there", nil, "other") kv.incr("sum", 5, nil, "other")
        local first, other = (limit.window("one", 1, 60)), (limit.window("one", 1, 60, "other"))
        local again = (limit.window("one", 1, 60))
        return kv.get("whose"), kv.get("whose", "other"), kv.get("sum"), kv.delete("sum", "other"), first, other, again
    end,
    same = function(app) return kv.get("whose", app) end,
    types = function()
        kv.set("i", 7) kv.set("f", 0.5) kv.set("b", false) kv.set("s", "a\\0b")
        return math.type(kv.get("i")), math.type(kv.get("f")), kv.get("b"), #kv.get("s"), kv.get("none")
    end,
    token = function(key, rate, burst) return limit.token(key, tonumber(rate), tonumber(burst)) end,
    window = function(key, n, seconds) return limit.window(key, tonumber(n), tonumber(seconds)) end,
    big = function() return pcall(kv.set, "big", ("x"):rep(4097)) end,
    long = function() return pcall(kv.get, ("k"):rep(257)) end,
    none = function() return pcall(kv.set, "k", nil) end,
    list = function() return pcall(kv.set, "k", {}) end,
    text = function() kv.set("t", "word") return pcall(kv.incr, "t") end,
    never = function() return pcall(kv.set, "k", 1, 0) end,
    rate = function() return pcall(limit.token, "k", 0) end,
    many = function() return pcall(limit.window, "k", 1001, 1) end,
    flood = function()
        for i = 1, 3000 do kv.set("flood" .. i .. ("x"):rep(200), ("y"):rep(1000)) end
        return kv.get("flood3000" .. ("x"):rep(200)) ~= nil
    end,
}
hook.on("message.publish", { id = "tell" }, function(msg)
    local words = {}
    for word in msg.text:gmatch("%S+") do words[#words + 1] = word end
    return modify { text = show(asked[words[1]](table.unpack(words, 2))) }
end)
`;

for (const workers of [1, 3]) describe(`what scripts keep, workers: ${workers}`, () => {
    let world, channel, sessions;

    before(async () => {
        world = await World.start({ 'tell.lua': tell }, { workers, options: { shared: '1M', steps: 3000000, stretch: '1s' } });
        await world.people();
        channel = await world.conversation();
        sessions = [world.ada, world.bob];
        for (let i = 0; i < 4; i++) sessions.push(await world.ada.another());
    });

    after(() => world.end());

    const ask = async (text, session = world.ada) => (await session.publish(channel, text)).message.text;

    test('kv keeps strings, numbers and booleans as they are', async () => {
        assert.equal(await ask('types'), 'integer float false 3 nil');
        assert.equal(await ask('get i'), '7');
    });

    test('kv is one world for all workers', async () => {
        assert.equal(await ask('set where here'), 'true');
        for (const session of sessions) assert.equal(await ask('get where', session), 'here');
        await Promise.all(sessions.flatMap(session => Array.from({ length: 50 }, () => ask('incr n', session))));
        assert.equal(await ask('get n'), String(sessions.length * 50));
        assert.equal(await ask('incr n -100'), String(sessions.length * 50 - 100));
        assert.deepEqual((await Promise.all(sessions.map(session => ask('add once x', session)))).sort(),
            [...Array(sessions.length - 1).fill('false'), 'true']);
        assert.equal(await ask('delete once'), 'true');
        assert.equal(await ask('delete once'), 'false');
        assert.equal(await ask('get once'), 'nil');
    });

    test('each app has its own', async () => {
        assert.equal(await ask('apps'), 'here there nil true true true false');
        assert.equal(await ask('same'), 'here');
        assert.equal(await ask('same other'), 'there');
    });

    test('kv forgets when the time is over', async () => {
        assert.equal(await ask('set short x 0.3'), 'true');
        assert.equal(await ask('incr count 1 0.3'), '1');
        assert.equal(await ask('get short'), 'x');
        assert.equal(await ask('incr count 1 100'), '2');
        await sleep(350);
        assert.equal(await ask('get short'), 'nil');
        assert.equal(await ask('incr count 1 100'), '1');
        assert.equal(await ask('add short y'), 'true');
    });

    test('kv forgets what was not used for longest when its room is full', async () => {
        assert.equal(await ask('set old x'), 'true');
        assert.equal(await ask('flood'), 'true');
        assert.equal(await ask('get old'), 'nil');
        const text = await (await fetch(`${world.daemon.url}/metrics`)).text();
        assert.ok(Number(text.match(/^carillon_script_keys_forgotten (\d+)/m)[1]) > 1000);
        assert.ok(Number(text.match(/^carillon_script_keys (\d+)/m)[1]) < 1000);
    });

    test('a window allows n in so many seconds, whoever counts', async () => {
        const answers = await Promise.all(sessions.map(session => ask('window w 3 1.5', session)));
        assert.equal(answers.filter(answer => answer === 'true 0.0').length, 3);
        for (const answer of answers.filter(answer => answer !== 'true 0.0')) assert.match(answer, /^false [01]\.\d$/);
        await sleep(1550);
        assert.equal(await ask('window w 3 1.5'), 'true 0.0');
        assert.equal(await ask('window w 1 1.5').then(answer => answer.slice(0, 5)), 'false', 'the latest are kept');
        assert.equal(await ask('window w 2 1.5'), 'true 0.0');
    });

    test('a bucket allows a burst and then a rate', async () => {
        const begun = Date.now();
        const answers = await Promise.all(sessions.map(session => ask('token t 2 4', session)));
        if (Date.now() - begun < 400) assert.equal(answers.filter(answer => answer === 'true 0.0').length, 4);
        await sleep(1100);
        assert.equal(await ask('token t 2 4'), 'true 0.0');
    });

    test('counters of its own are shown with the metrics', async () => {
        for (const session of sessions) assert.equal(await ask('count', session), 'counted');
        assert.equal(await ask('count 10'), 'counted');
        assert.match(await ask('back'), /^false .*does not go back/);
        assert.match(await ask('late'), /^false .*only while the script is loaded/);
        assert.match(await ask('metatable'), /^nil nil (nil|false)$/);
        const text = await (await fetch(`${world.daemon.url}/metrics`)).text();
        assert.match(text, /^# HELP carillon_script_told_total Messages that were told\.$/m);
        assert.match(text, new RegExp(`^carillon_script_told_total ${sessions.length + 10}$`, 'm'));
    });

    test('what cannot be is an error that the script sees', async () => {
        for (const what of ['big', 'long', 'none', 'list', 'text', 'never', 'rate', 'many'])
            assert.match(await ask(what), /^false .*[a-z]/, what);
    });

    test('it outlives a reload', async () => {
        assert.equal(await ask('set kept yes'), 'true');
        await world.reload(['tell.lua'], /1 scripts with 1 hooks are in force/);
        assert.equal(await ask('get kept'), 'yes');
    });
});
