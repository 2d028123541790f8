// Two apps and one set of scripts: what scripts keep, count, read, say and do for one of them never touches the other.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { World } from './fixture.mjs';

// A message names what is done, and its answer has the outcome as the text, where there is one.
const script = `
local asked = {
    set = function(key, value) return kv.set(key, value) end,
    get = function(key, app) return kv.get(key, app) end,
    add = function(key, value) return kv.add(key, value) end,
    incr = function(key) return kv.incr(key) end,
    delete = function(key) return kv.delete(key) end,
    token = function(key) return (limit.token(key, 0.001, 1)) end,
    window = function(key) return (limit.window(key, 1, 600)) end,
    later = function(key, channel)
        after(0, function()
            kv.set(key, "later")
            limit.window(key, 1, 600)
            bot.say(channel, "later " .. publish(channel, "published later").channel)
        end)
        return "asked"
    end,
    slept = function(key) sleep(0.01) kv.set(key, "slept") return kv.get(key) end,
    history = function(channel)
        local list, code = store.history(channel)
        if not list then return code end
        local texts = {}
        for i, message in ipairs(list) do texts[i] = message.text end
        return table.concat(texts, ",")
    end,
    say = function(channel) bot.say(channel, "said") return "asked" end,
    publish = function(channel, text)
        local result, code = publish(channel, text)
        return result and "stored" or code
    end,
    other = function(key, app) kv.set(key, "named", nil, app) bot.say("room", { text = "named", app = app }) return "asked" end,
}
hook.on("message.publish", { id = "do" }, function(msg)
    local words = {}
    for word in msg.text:gmatch("%S+") do words[#words + 1] = word end
    local f = asked[words[1]]
    if f then return modify { text = tostring(f(table.unpack(words, 2))) } end
    if words[1] == "mute" then return mute { ttl = 60, user = words[2], channel = "*" } end
    if words[1] == "copy" then return copy(words[2]) end
    if words[1] == "reroute" then return reroute(words[2]) end
end)
hook.on("message.publish", { id = "only", app = "other", channels = { "only" } }, function() return drop("only") end)
`;

for (const workers of [1, 3]) describe(`two apps, workers: ${workers}`, () => {
    let world, here, there;
    const clients = [];

    // A person of the app in its conversation "room", where they are alone.
    async function person(name, app) {
        const client = await Client.signIn(world.daemon, name, app);
        clients.push(client);
        await client.createConversation('room');
        await client.subscribe('room');
        return client;
    }

    before(async () => {
        world = await World.start({ 'do.lua': script }, {
            workers, more: 'apps = { main = { guest_rate = 0 }, other = { guest_rate = 0 } }',
        });
        assert.ok(world.daemon.url, world.daemon.log);
        here = await person('Ada', 'main');
        there = await person('Ada', 'other');
    });

    after(async () => {
        clients.forEach(client => client.close());
        await world.end();
    });

    const ask = async (client, text) => (await client.publish('room', text)).message?.text;
    const both = async text => [await ask(here, text), await ask(there, text)];
    // What was said in the room of the app besides what is asked there, until this text, which is waited for.
    async function heard(client, last) {
        await client.waitFor(() => client.texts('room').includes(last), last);
        return client.texts('room');
    }

    test('kv', async () => {
        assert.equal(await ask(here, 'set a here'), 'true');
        assert.deepEqual(await both('get a'), ['here', 'nil']);
        assert.equal(await ask(there, 'add a there'), 'true', 'there is none yet');
        assert.deepEqual(await both('get a'), ['here', 'there']);
        assert.deepEqual([await ask(here, 'incr n'), await ask(here, 'incr n'), await ask(there, 'incr n')], ['1', '2', '1']);
        assert.equal(await ask(there, 'delete a'), 'true');
        assert.deepEqual(await both('get a'), ['here', 'nil']);
        assert.deepEqual(await both('slept b'), ['slept', 'slept']);
        await ask(here, 'delete b');
        assert.deepEqual(await both('get b'), ['nil', 'slept'], 'after a wait, too');
    });

    test('limit', async () => {
        for (const kind of ['token', 'window']) {
            assert.deepEqual(await both(`${kind} l`), ['true', 'true'], kind);
            assert.deepEqual(await both(`${kind} l`), ['false', 'false'], kind);
        }
    });

    test('store.history and publish', async () => {
        await there.createConversation('there');
        assert.equal(await ask(there, 'publish there news'), 'stored');
        assert.equal(await ask(there, 'history there'), 'news');
        assert.equal(await ask(here, 'history there'), 'not_found');
        assert.equal(await ask(here, 'publish room paper'), 'stored');
        await heard(here, 'paper');
        await there.publish('room', 'end');
        assert.ok(!(await heard(there, 'end')).includes('paper'));
        assert.match(await ask(here, 'history room'), /paper/);
        assert.doesNotMatch(await ask(there, 'history room'), /paper/);
    });

    test('the bot', async () => {
        await ask(there, 'say room');
        await heard(there, 'said');
        await here.publish('room', 'bot end');
        assert.ok(!(await heard(here, 'bot end')).includes('said'));
        assert.ok((await there.get('/conversations/room/messages')).items.some(item => item.author.id === 'bot'));
    });

    test('what a hook has done later', async () => {
        await ask(there, 'later t room');
        await heard(there, 'later room');
        assert.deepEqual(await both('get t'), ['nil', 'later']);
        assert.deepEqual(await both('window t'), ['true', 'false']);
        await here.publish('room', 'timer end');
        const texts = await heard(here, 'timer end');
        assert.ok(!texts.includes('published later') && !texts.includes('later room'), texts.join());
    });

    test('verdicts', async () => {
        await there.createConversation('aside');
        assert.equal((await there.publish('room', 'copy aside')).type, 'published');
        assert.equal((await there.publish('room', 'reroute aside')).message.channel, 'aside');
        assert.equal((await here.publish('room', 'reroute aside')).message?.pos, undefined, 'there is no such conversation');
        await here.publish('room', 'copy aside');
        await there.subscribe('aside');
        const { items } = await there.get('/conversations/aside/messages');
        assert.deepEqual(items.map(item => item.text).sort(), ['copy aside', 'reroute aside']);
        await here.createConversation('only');
        await there.createConversation('only');
        assert.equal((await here.publish('only', 'x')).type, 'published');
        assert.equal((await there.publish('only', 'x')).code, 'only');
    });

    test('who is muted in one app may write in the other, under the same id, too', async () => {
        assert.equal((await there.publish('room', `mute ${here.user.id}`)).type, 'published');
        assert.equal((await here.publish('room', 'not muted')).type, 'published');
        assert.equal((await here.publish('room', `mute ${here.user.id}`)).type, 'error', 'in its own');
        assert.equal((await here.publish('room', 'x')).code, 'muted');
        assert.equal((await there.publish('room', 'not muted')).type, 'published');
    });

    test('only who names another app reaches it', async () => {
        assert.equal(await ask(there, 'other named main'), 'asked');
        await heard(here, 'named');
        assert.deepEqual([await ask(there, 'get named'), await ask(there, 'get named main')], ['nil', 'named']);
    });
});
