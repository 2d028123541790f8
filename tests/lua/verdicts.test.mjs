// What scripts may say about a message, and in which order they are asked.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World } from './fixture.mjs';

const obey = `
hook.on("message.publish", { id = "obey", priority = 10 }, function(msg)
    local text = msg.text
    if text == "nothing" then return end
    if text == "pass" then return pass() end
    if text == "drop" then return drop { code = "rude", text = "Be kind, " .. msg.name .. "." } end
    if text == "short" then return drop("brief", "In short: no.") end
    if text == "bare" then return drop() end
    local changed = text:match("^modify (.*)$")
    if changed then return modify { text = changed } end
    local channel = text:match("^reroute (.*)$")
    if channel then return reroute(channel) end
    local seconds, rest = text:match("^sleep (%S+) ?(.*)$")
    if seconds then
        sleep(tonumber(seconds))
        if rest == "drop" then return drop("late") end
        if rest ~= "" then return modify { text = rest } end
        return
    end
    if text == "nonsense" then return { "drop" } end
    if text == "number" then return 7 end
    if text == "bytes" then return modify { text = "\\xff" } end
    if text == "field" then return drop { cod = "x" } end
    if text == "raise" then error("as you wish") end
    if text == "data" then return modify { data = '{"a":1}' } end
    if text == "bad data" then return modify { data = "{" } end
end)
`;

const chain = `
for i, p in ipairs { 30, 20, 25, 25 } do
    hook.on("message.publish", { id = "chain" .. i, priority = p, channels = { "chain*" } }, function(msg)
        return modify { text = msg.text .. i }
    end)
end
`;

for (const workers of [1, 3]) describe(`verdicts, workers: ${workers}`, () => {
    let world;

    before(async () => {
        world = await World.start({ 'obey.lua': obey, 'chain.lua': chain }, { workers });
        assert.ok(world.daemon.url, world.daemon.log);
        await world.people();
    });
    after(() => world.end());

    test('a message passes when the hook says nothing, or pass', async () => {
        const channel = await world.conversation();
        for (const text of ['hello', 'nothing', 'pass']) await world.ada.publish(channel, text);
        assert.deepEqual(await world.bob.waitForTexts(channel, 3), ['hello', 'nothing', 'pass']);
    });

    test('a dropped one is refused with the code and text of the script', async () => {
        const channel = await world.conversation();
        const { id, ...answer } = await world.ada.publish(channel, 'drop');
        assert.deepEqual(answer, { type: 'error', code: 'rude', status: 403, detail: 'Be kind, Ada.', retry: false });
        const brief = await world.ada.publish(channel, 'short');
        assert.deepEqual([brief.code, brief.detail], ['brief', 'In short: no.']);
        assert.equal((await world.ada.publish(channel, 'bare')).code, 'refused');
        const posted = await world.ada.http('POST', `/conversations/${channel}/messages`, { text: 'drop' });
        assert.deepEqual([posted.status, posted.body.code], [403, 'rude']);
        await world.ada.publish(channel, 'next');
        assert.deepEqual(await world.bob.waitForTexts(channel, 1), ['next']);
    });

    test('a modified one has the new text or data', async () => {
        const channel = await world.conversation();
        const answer = await world.ada.publish(channel, 'modify größer');
        assert.equal(answer.message.text, 'größer');
        const other = await world.ada.publish(channel, 'data');
        assert.deepEqual([other.message.text, other.message.data], ['data', { a: 1 }]);
        assert.deepEqual(await world.bob.waitForTexts(channel, 2), ['größer', 'data']);
    });

    test('a rerouted one is stored elsewhere', async () => {
        const channel = await world.conversation();
        const other = await world.conversation();
        const answer = await world.ada.publish(channel, `reroute ${other}`);
        assert.equal(answer.message.channel, other);
        assert.deepEqual(await world.bob.waitForTexts(other, 1), [`reroute ${other}`]);
    });

    test('hooks run by priority, then by line, each seeing what the one before made', async () => {
        const channel = await world.conversation(`chain${workers}`);
        const answer = await world.ada.publish(channel, 'x');
        assert.equal(answer.message.text, 'x2341');
    });

    test('a hook that waits holds back its author only, in that channel', async () => {
        const channel = await world.conversation();
        const elsewhere = await world.conversation();
        const slow = world.ada.publish(channel, 'sleep 0.4 slept');
        const behind = world.ada.publish(channel, 'behind');
        await world.ada.publish(elsewhere, 'free');
        await world.bob.publish(channel, 'bob');
        const dropped = world.ada.publish(channel, 'sleep 0.01 drop');
        assert.equal((await slow).message.text, 'slept');
        assert.equal((await behind).type, 'published');
        assert.equal((await dropped).code, 'late');
        assert.deepEqual(await world.bob.waitForTexts(channel, 3), ['bob', 'slept', 'behind']);
    });

    test('what is no verdict counts as an error of the hook: the message passes, the log says why', async () => {
        const channel = await world.conversation();
        const texts = ['nonsense', 'number', 'bytes', 'field'];
        await world.ada.publish(channel, 'pass');
        for (const text of texts) assert.equal((await world.ada.publish(channel, text)).type, 'published');
        await world.ada.publish(channel, 'pass'); // else five in a row would switch it off
        for (const text of ['raise', 'bad data']) assert.equal((await world.ada.publish(channel, text)).type, 'published');
        await world.daemon.waitForLog(/hook obey of obey\.lua:2: the verdict modify has data that are not JSON/);
        assert.match(world.daemon.log, /hook obey of obey\.lua:2: what the hook returned is no verdict/);
        assert.match(world.daemon.log, /the verdict modify has a new text that is not UTF-8/);
        assert.match(world.daemon.log, /drop knows no field 'cod'/);
        assert.match(world.daemon.log, /obey\.lua:24: as you wish.*stack traceback/);
        await world.ada.publish(channel, 'pass');
    });

    test('the metrics tell runs, verdicts and faults of each hook', async () => {
        const text = await (await fetch(`${world.daemon.url}/metrics`)).text();
        const value = name => Number(text.split('\n').find(line => line.startsWith(name + ' '))?.split(' ')[1]);
        assert.ok(value('carillon_lua_hook_runs_total{hook="obey"}') > 10, text);
        assert.equal(value('carillon_lua_hook_faults_total{hook="obey"}'), 6);
        assert.ok(value('carillon_lua_hook_verdicts_total{hook="obey",verdict="drop"}') >= 4);
        assert.ok(value('carillon_lua_hook_busy_seconds{hook="obey"}') > 0);
    });
});

test('a second hook of the same id is an error with both places', async () => {
    const twice = 'hook.on("typing", { id = "one" }, function() end)\n';
    const world = await World.start({ 'a.lua': twice, 'b.lua': `\n${twice}` });
    assert.equal(world.daemon.url, null);
    assert.match(world.daemon.log, /b\.lua:2: the id 'one' is taken by a\.lua:1/);
    assert.deepEqual(await world.daemon.stop(), { code: 1, signal: null });
    await world.dispose();
});
