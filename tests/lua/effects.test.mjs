// What scripts do with a message besides letting it pass: copy it, shadow it, hold it, mute people; and how such verdicts
// follow one another.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { World } from './fixture.mjs';

const judge = `
hook.on("message.publish", { id = "first", priority = 10 }, function(msg)
    local word, rest = msg.text:match("^(%S+) ?(.*)$")
    if word == "copy" then return copy(rest) end
    if word == "shadow" then return shadow() end
    if word == "hold" then return hold { ttl = 3600, queue = rest ~= "" and rest or nil, reason = "a word" } end
    if word == "hold-later" then sleep(0.02) return hold() end
    if word == "mute-me" then return mute { ttl = 30, code = "enough", text = "Cool down." } end
    if word == "mute" then return mute { ttl = 30, user = rest, channel = "*", text = "Not you." } end
    if word == "unmute" then return mute { ttl = 0, user = rest, channel = "*" } end
    if word == "early" then return drop("early") end
    if word == "change" then return modify { text = "changed" } end
    if word == "away" then return reroute(rest) end
    if word == "both" then
        if msg.mentions[1] then sleep(0.01) end
        return modify { text = "changed" }, nil, copy(rest)
    end
    if word == "many" then return copy(rest), copy(rest .. "2"), shadow() end
    if word == "bad" then
        local forms = {
            function() return mute {} end,
            function() return mute { ttl = "1" } end,
            function() return mute { ttl = 0/0 } end,
            function() return mute { ttl = -1 } end,
            function() return mute { ttl = 1, user = "" } end,
            function() return hold { ttl = 1e300 } end,
            function() return hold { ttl = 500 * 86400 } end,
            function() return hold { queue = "no blanks" } end,
            function() return hold { text = "x" } end,
            function() return copy("no/such/name") end,
            function() return copy() end,
            function() return copy { "x" } end,
            function() return drop { code = "two words" } end,
            function() return drop { code = "ok", text = ("x"):rep(1001) } end,
            function() local v = pass() v[1] = 99 return v end,
            function() local v = pass() v[1] = "drop" return v end,
            function() return setmetatable({ 1 }, { __metatable = false }) end,
            function() return modify { text = "never seen" }, "x" end,
            function() return modify { text = "never seen" }, copy("no/such/name") end,
            function() return modify { text = "never seen" }, drop("x"), copy("there") end,
            function() return table.unpack { pass(), pass(), pass(), pass(), pass(), pass(), pass(), pass(), pass(), pass(),
                pass(), pass(), pass(), pass(), pass(), pass(), modify { text = "never seen" } } end,
            function() return { modify { text = "never seen" }, copy("there") } end,
        }
        return forms[tonumber(rest)]()
    end
end)
hook.on("message.publish", { id = "second", priority = 20 }, function(msg)
    local word, rest = msg.text:match("^(%S+) ?(.*)$")
    if word == "copy" then return copy(rest .. "2") end
    if word == "changed" then return modify { text = msg.text .. " again" } end
    if word == "early" or word == "away" or word == "shadow" then return modify { text = "never seen" } end
end)
`;

for (const workers of [1, 3]) describe(`effects, workers: ${workers}`, () => {
    let world, ada, bob;

    before(async () => {
        world = await World.start({ 'judge.lua': judge }, { workers, options: { faults: 1000 } });
        assert.ok(world.daemon.url, world.daemon.log);
        await world.people();
        ({ ada, bob } = world);
    });
    after(() => world.end());

    test('copies and changes chain: each hook sees what the one before made', async () => {
        const channel = await world.conversation();
        const first = await world.conversation();
        const second = await world.conversation(`${first}2`);
        assert.equal((await ada.publish(channel, `copy ${first}`)).type, 'published');
        for (const place of [channel, first, second])
            assert.deepEqual(await bob.waitForTexts(place, 1), [`copy ${first}`]);
        assert.equal((await ada.publish(channel, 'change')).message.text, 'changed again');
    });

    test('one hook may say several things, and later ones see what became of it', async () => {
        const channel = await world.conversation();
        const other = await world.conversation();
        for (const mentions of [[], [bob.user.id]]) {
            const answer = await ada.publish(channel, `both ${other}`, { mentions });
            assert.equal(answer.message?.text, 'changed again', JSON.stringify(answer));
        }
        assert.deepEqual(await bob.waitForTexts(other, 2), ['changed again', 'changed again']);
        const text = await (await fetch(`${world.daemon.url}/metrics`)).text();
        const count = verdict => Number(text.match(new RegExp(`lua_hook_verdicts_total\\{hook="first",verdict="${verdict}"\\} (\\d+)`))[1]);
        assert.ok(count('modify') >= 2 && count('copy') >= 2, 'each is counted');
    });

    test('of what is shadowed behind its copies none is made', async () => {
        const channel = await world.conversation();
        const first = await world.conversation();
        await world.conversation(`${first}2`);
        assert.equal((await ada.publish(channel, `many ${first}`)).message.pos, undefined);
        await ada.publish(first, 'end');
        assert.deepEqual(await bob.waitForTexts(first, 1), ['end']);
    });

    test('drop, reroute and shadow end the chain', async () => {
        const channel = await world.conversation();
        const other = await world.conversation();
        assert.equal((await ada.publish(channel, 'early')).code, 'early');
        assert.equal((await ada.publish(channel, `away ${other}`)).message.channel, other);
        assert.equal((await ada.publish(channel, 'shadow')).message.text, 'shadow');
        assert.deepEqual(await bob.waitForTexts(other, 1), [`away ${other}`]);
    });

    test('only its author sees a shadowed message', async () => {
        const channel = await world.conversation();
        const phone = await ada.another();
        await phone.subscribe(channel);
        const answer = await ada.publish(channel, 'shadow of mine');
        assert.deepEqual([answer.type, answer.message.pos], ['published', undefined]);
        assert.deepEqual(await phone.waitForTexts(channel, 1), ['shadow of mine']);
        await ada.publish(channel, 'end');
        assert.deepEqual(await bob.waitForTexts(channel, 1), ['end']);
        phone.close();
    });

    test('a held one waits for a moderator, in the queue and with the reason of the script', async () => {
        const channel = await world.conversation();
        for (const text of ['hold words', 'hold-later']) {
            const answer = await bob.publish(channel, text);
            assert.deepEqual([answer.type, answer.held], ['published', true], JSON.stringify(answer));
        }
        const { items } = await ada.get(`/conversations/${channel}/held`);
        const shown = items.map(item => [item.text, item.queue, item.reason]).sort();
        assert.deepEqual(shown, [['hold words', 'words', 'a word'], ['hold-later', 'default', undefined]]);
        const left = items.find(item => item.queue === 'words');
        assert.ok(Math.abs(left.expires_at - left.held_at - 3600e3) < 600e3, JSON.stringify(left));
        assert.equal((await ada.http('POST', `/conversations/${channel}/held/${left.id}/release`, {})).status, 200);
        assert.deepEqual(await ada.waitForTexts(channel, 1), ['hold words'], 'released past the hooks');
    });

    test('who is muted reads the text of the script, there or everywhere, until it is taken back', async () => {
        const channel = await world.conversation();
        const elsewhere = await world.conversation();
        const cyd = await Client.signIn(world.daemon, 'Cyd');
        for (const place of [channel, elsewhere]) await cyd.subscribe(place);
        const refused = await cyd.publish(channel, 'mute-me');
        assert.deepEqual([refused.code, refused.detail], ['enough', 'Cool down.']);
        assert.equal((await cyd.publish(channel, 'x')).code, 'muted');
        assert.equal((await cyd.publish(elsewhere, 'x')).type, 'published', 'only in that channel');
        assert.equal((await ada.publish(channel, `mute ${bob.user.id}`)).type, 'published', 'the message goes on');
        const muted = async () => {
            for (;;) {
                const answer = await bob.publish(elsewhere, 'x');
                if (answer.type === 'error') return answer;
            }
        };
        const answer = await muted();
        assert.deepEqual([answer.code, answer.detail], ['muted', 'Not you.']);
        await ada.publish(channel, `unmute ${bob.user.id}`);
        for (let i = 0; i < 200 && (await bob.publish(channel, 'x')).type === 'error'; i++);
        assert.equal((await bob.publish(channel, 'x')).type, 'published');
        cyd.close();
    });

    test('an operator can tell why: each is counted and logged by hook and code', async () => {
        const channel = await world.conversation();
        const texts = ['early', 'early', 'hold queue-7', 'shadow', 'mute-me'];
        for (const text of texts) await ada.publish(channel, text);
        const from = `user ${ada.user.id}, channel ${channel}, app \\S+, message \\S{36}`;
        for (const [verdict, code] of [['drop', 'early'], ['hold', 'queue-7'], ['shadow', '-'], ['mute', 'enough']]) {
            await world.daemon.waitForLog(new RegExp(`info hook: message\\.publish: ${verdict} by first, code ${code}; ${from}`));
        }
        // A counter is registered by another thread, after it was first needed.
        const waitForCount = async (verdict, code, least) => {
            const name = `carillon_hook_refusals_total{hook="first",verdict="${verdict}",code="${code}"}`;
            for (let i = 0, value = 0; ; i++) {
                const text = await (await fetch(`${world.daemon.url}/metrics`)).text();
                value = Number(text.split('\n').find(line => line.startsWith(name))?.split(' ')[1] ?? 0);
                if (value >= least) return value;
                assert.ok(i < 400, `${name} ${value}`);
                await new Promise(resolve => setTimeout(resolve, 25));
            }
        };
        for (const [verdict, code, least] of [['drop', 'early', 2], ['hold', 'queue-7', 1], ['shadow', '', 1], ['mute', 'enough', 1]])
            await waitForCount(verdict, code, least);
        await bob.publish(channel, 'early');
        await waitForCount('drop', 'early', 3);
    });

    test('one that makes no sense is a fault with a clear message, and the message passes', async () => {
        const channel = await world.conversation();
        const why = [
            /mute needs the field 'ttl'/, /the field 'ttl' of mute is not a number/, /the field 'ttl' of mute is too great/,
            /the verdict mute mutes for less than nothing/, /the verdict mute names a user who cannot be/,
            /the field 'ttl' of hold is too great/, /the verdict hold holds for less than nothing, or for more than 366 days/,
            /the verdict hold names a queue that is not/, /hold knows no field 'text'/,
            /the verdict copy names a channel that cannot be/, /bad argument #1 to 'copy'|\(string expected, got no value\)/,
            /\(string expected, got table\)/, /the verdict drop has a code that is not/,
            /the verdict drop has a text that is not UTF-8, or longer/, /somebody has changed the verdict/,
            /somebody has changed the verdict/, /what the hook returned is no verdict/,
            /what the hook returned is no verdict/, /the verdict copy names a channel that cannot be/,
            /the verdict drop ends the chain, and yet another stands behind it/, /the hook returned more than 16 verdicts/,
            /what the hook returned is no verdict/,
        ];
        for (const [i, pattern] of why.entries()) {
            const before = world.daemon.log.length;
            const answer = await ada.publish(channel, `bad ${i + 1}`);
            assert.deepEqual([answer.type, answer.message?.text], ['published', `bad ${i + 1}`]);
            await world.daemon.waitForLog(/hook first/);
            for (let k = 0; k < 200 && !pattern.test(world.daemon.log.slice(before)); k++)
                await new Promise(resolve => setTimeout(resolve, 25));
            assert.match(world.daemon.log.slice(before), pattern, `form ${i + 1}`);
        }
    });
});
