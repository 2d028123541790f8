// Scripts are exchanged while messages are on their way; a faulty set leaves the old one running.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World } from './fixture.mjs';

const mark = word => `
local words = require "words"
hook.on("message.publish", { id = "mark" }, function(msg)
    if msg.text == "wait" then sleep(0.5) end
    return modify { text = msg.text .. words.between .. "${word}" }
end)`;
const done = /\d scripts with \d hooks are in force|those that run go on/;

for (const workers of [1, 3]) describe(`reload, workers: ${workers}`, () => {
    let world;

    before(async () => {
        const files = { 'a.lua': mark('old'), 'lib/words.lua': 'return { between = " " }' };
        world = await World.start(files, { workers, scripts: ['a.lua'] });
        assert.ok(world.daemon.url, world.daemon.log);
        await world.people();
    });
    after(() => world.end());

    test('new scripts take over; what waits ends as it began', async () => {
        const channel = await world.conversation();
        assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x old');
        const waiting = world.ada.publish(channel, 'wait');
        await new Promise(resolve => setTimeout(resolve, 100));
        await world.write({ 'a.lua': mark('new'), 'lib/words.lua': 'return { between = "-" }' });
        await world.reload(['a.lua'], done);
        assert.equal((await world.bob.publish(channel, 'x')).message.text, 'x-new');
        assert.equal((await waiting).message.text, 'wait old');
        assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x-new');
    });

    test('faulty ones are refused with file and line, and the old ones go on', async () => {
        const channel = await world.conversation();
        const faults = {
            'hook.on("message.publish", {': /a\.lua:1: unexpected symbol|a\.lua:1: .*expected/,
            '\nerror("not today")': /a\.lua:2: not today/,
            'hook.on("message.publsh", { id = "x" }, print)': /a\.lua:1: .*no hook point 'message\.publsh'/,
            'hook.on("typing", { id = "x", prio = 1 }, print)': /a\.lua:1: hook\.on knows no option 'prio'/,
            'while true do end': /a\.lua took more steps.*a\.lua:1/,
            'require "../../../etc/passwd"': /a\.lua:1: '.*' cannot be the name of a module/,
            'require "nothing"': /there is no module 'nothing'/,
        };
        for (const [text, why] of Object.entries(faults)) {
            await world.write({ 'a.lua': text });
            await world.reload(['a.lua'], done);
            assert.match(world.daemon.log, why);
            assert.match(world.daemon.log, /the new scripts are not taken over; those that run go on/);
            assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x-new');
        }
        await world.reload(['missing.lua'], /missing\.lua: No such file/);
    });

    test('ones whose tests fail are refused with file and line, and run once their tests pass', async () => {
        const channel = await world.conversation();
        const spec = wanted => `
test("it marks", function()
    expect(run({ text = "x" }).text, "x-${wanted}")
end)`;
        await world.write({ 'a.lua': mark('newer'), 'a_spec.lua': spec('other') });
        await world.reload(['a.lua'], done);
        assert.match(world.daemon.log, /1 of the scripts' tests failed, first it marks: a_spec\.lua:3: expected "x-other", got "x-newer"/);
        assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x-new');
        await world.write({ 'a_spec.lua': spec('newer') });
        await world.reload(['a.lua'], done);
        assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x-newer');
        await world.write({ 'a.lua': mark('new'), 'a_spec.lua': '' });
        await world.reload(['a.lua'], done);
    });

    test('without scripts messages pass as they are, and scripts may come again', async () => {
        const channel = await world.conversation();
        await world.reload([], /0 scripts with 0 hooks are in force/);
        assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x');
        await world.write({ 'a.lua': mark('again') });
        await world.reload(['a.lua'], done);
        assert.equal((await world.ada.publish(channel, 'x')).message.text, 'x-again');
    });

    test('exchanged many times under load, every message meets exactly one set', async () => {
        const channel = await world.conversation();
        let running = true;
        const texts = [];
        const load = (async () => {
            while (running) texts.push((await world.ada.publish(channel, 'x')).message.text);
        })();
        for (let i = 0; i < 5; i++) {
            await world.write({ 'a.lua': mark(i) });
            await world.reload(['a.lua'], done);
        }
        running = false;
        await load;
        assert.ok(texts.length > 5);
        for (const text of texts) assert.match(text, /^x-(again|\d)$/);
    });
});
