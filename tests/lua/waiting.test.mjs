// What scripts wait for: other servers, the storage, their own publishing; and what bots say.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHttp, startHttps } from '../http-client/servers.mjs';
import { World } from './fixture.mjs';

const script = `
local acts = {}
local function show(first, ...)
    if type(first) ~= "table" then return table.concat({ tostring(first), ... }, "|") end
    return ("%s|%s"):format(tostring(first.status), first.body)
end
acts["fetch"] = function(url) return http.fetch(url) end
acts["post"] = function(url)
    local answer = http.fetch { url = url, method = "POST", body = "hello", headers = { ["X-Own"] = "yes" } }
    return answer.headers["x-answer"] .. "|" .. answer.body
end
acts["short"] = function(url) return http.fetch { url = url, timeout = 0.2 } end
acts["small"] = function(url) return http.fetch { url = url, max = 1000 } end
acts["whole"] = function(url) return #http.fetch { url = url, max = 262144 }.body end
acts["follow"] = function(url) return http.fetch { url = url, redirects = 2 } end
acts["header"] = function(url) return http.fetch { url = url, headers = { Host = "x" } } end
acts["coroutine"] = function(url) return coroutine.wrap(function() return http.fetch(url) end)() end
acts["caught"] = function(url) return tostring(select(2, pcall(http.fetch, url)).status) end
acts["many"] = function(url)
    local all = {}
    for i = 1, 20 do all[i] = http.fetch(url).status end
    return table.concat(all, ",")
end
acts["metamethod"] = function(url)
    local odd = setmetatable({}, { __concat = function() return http.fetch(url).status end,
        __index = function() return http.fetch(url).status end, __lt = function() http.fetch(url) return true end })
    return (odd .. "") .. "," .. odd.x .. "," .. tostring(odd < odd)
end
local left
acts["leave"] = function(url)
    left = coroutine.create(function() return http.fetch { url = url, timeout = 2 } end)
    return tostring(select(2, coroutine.resume(left)))
end
acts["take"] = function(url)
    http.fetch(url)
    return tostring(select(2, coroutine.resume(left)))
end
acts["take-in"] = function(channel) -- with an answer of another kind at hand
    local own = coroutine.create(function() store.history(channel) end)
    local other = left
    left = own
    coroutine.resume(own)
    return tostring(select(2, coroutine.resume(other)))
end
acts["take-over"] = function() return tostring(select(2, coroutine.resume(left))) end
acts["bad"] = function(n)
    local forms = {
        function() http.fetch {} end,
        function() http.fetch { url = 7 } end,
        function() http.fetch { url = "http://x/", tiemout = 1 } end,
        function() http.fetch { url = "http://x/", timeout = -1 } end,
        function() http.fetch { url = "http://x/", timeout = 0/0 } end,
        function() http.fetch { url = "http://x/", max = 1e9 } end,
        function() http.fetch { url = "http://x/", headers = { 1 } } end,
        function() http.fetch { url = "http://x/", headers = "x" } end,
        function() http.fetch { url = setmetatable({}, { __tostring = error }) } end,
        function() store.history(nil) end,
        function() store.history("x", { before = 1, after = 1 }) end,
        function() store.history("x", { limit = 101 }) end,
        function() store.history("x", { limit = "all" }) end,
        function() store.history("x", { app = "nobody's" }) end,
        function() publish() end,
        function() publish("x", { name = "only" }) end,
        function() publish("x", { mentions = { 1 } }) end,
        function() publish("x", { txt = "x" }) end,
        function() bot.say("x", "") end,
        function() bot.say("x", "\\xff") end,
        function() bot.say("x", ("x"):rep(100000)) end,
        function() bot.say("x", { event = "message.new" }) end,
        function() bot.say("x", { event = "own", data = "{" }) end,
        function() bot.say("x", { text = "x", user = "two words" }) end,
        function() for _ = 1, 17 do bot.say("nowhere", "x") end end,
    }
    local well, why = pcall(forms[tonumber(n)])
    return tostring(well) .. "|" .. tostring(why)
end
acts["history"] = function(rest)
    local channel, name, number = rest:match("^(%S+) ?(%S*) ?(%S*)$")
    local list, more, why = store.history(channel, name ~= "" and { [name] = tonumber(number), limit = 2 } or nil)
    if not list then return "nothing|" .. more .. "|" .. why end
    local texts = {}
    for i, message in ipairs(list) do texts[i] = message.pos .. ":" .. message.name .. ":" .. message.text end
    return table.concat(texts, " ") .. "|" .. tostring(more)
end
acts["publish"] = function(channel)
    local done, code, why = publish(channel, { text = "from a script", data = '{"a":1}', mentions = { "u-x" } })
    if not done then return code .. "|" .. why end
    return done.channel .. "|" .. tostring(done.pos) .. "|" .. #done.id
end
acts["as"] = function(channel) return publish(channel, { text = "x", user = "u-cyd", name = "Cyd" }).pos end
acts["event"] = function(channel) return (publish(channel, { event = "own", data = "[1]" })) and "done" end
acts["twice"] = function(channel)
    local first = publish(channel, { text = "once", client_id = "k" })
    return tostring(first.pos == publish(channel, { text = "once", client_id = "k" }).pos)
end
acts["say"] = function(channel) bot.say(channel, "I say so") bot.say(channel, { text = "and so" }) return "said" end
acts["say-late"] = function(channel) bot.say(channel, "I say so") sleep(0.05) return "said late" end
acts["echo"] = function(channel) bot.say(channel, "echo " .. channel) return "echo" end

hook.on("message.publish", { id = "ask", channels = { "ask*" }, timeout_ms = 4000 }, function(msg)
    local word, rest = msg.text:match("^(%S+) ?(.*)$")
    if acts[word] then return modify { text = show(acts[word](rest)) } end
    if msg.text == "drop and say" then bot.say(msg.channel, "dropped one") return drop() end
    if msg.text == "fail and say" then bot.say(msg.channel, "failed once") error("so be it") end
end)
hook.on("message.deliver", { id = "deliver", channels = { "deliver*" } }, function(msg)
    if msg.text == "say" then bot.say("ask-" .. msg.channel, "delivered") end
    if msg.text == "fetch" then http.fetch("http://127.0.0.1:1/") end
end)
hook.on("message.publish", { id = "impatient", channels = { "impatient*" }, timeout_ms = 150 }, function(msg)
    http.fetch(msg.text)
end)
bot_at_load = pcall(bot.say, "x", "y")
fetch_at_load = pcall(http.fetch, "http://127.0.0.1/")
hook.on("start", { id = "start" }, function(it)
    log.notice("at load: " .. tostring(bot_at_load) .. " " .. tostring(fetch_at_load))
end)
hook.on("stop", { id = "stop" }, function(it)
    if it.worker == 1 then bot.say("ask-stop", "good bye") log.notice("stop: " .. publish("ask-stop", "gone").pos) end
end)
`;

for (const workers of [1, 3]) describe(`waiting, workers: ${workers}`, () => {
    let world, ada, bob, server, secure;
    const cleanups = [];
    const suite = { after: fn => cleanups.push(fn) };

    before(async () => {
        server = await startHttp(suite);
        secure = await startHttps(suite);
        world = await World.start({ 'ask.lua': script }, {
            workers, options: { faults: 1000 },
            more: `lua.http_allow = { "127.0.0.1" } lua.bot_name = "Robby" http_client = { ca_file = "${secure.caFile}" }`,
        });
        assert.ok(world.daemon.url, world.daemon.log);
        await world.people();
        ({ ada, bob } = world);
    });
    after(async () => {
        try {
            await ada.createConversation('ask-stop');
            await world.end();
            assert.match(world.daemon.log, /stop: \d+/);
            assert.match(world.daemon.log, /at load: false false/);
        } finally {
            for (const cleanup of cleanups.reverse()) await cleanup();
        }
    });

    const ask = async (text, channel) => {
        const answer = await ada.publish(channel ?? (await world.conversation(`ask-${Math.random()}`)), text);
        return answer.message?.text ?? JSON.stringify(answer);
    };

    test('http.fetch: asks and gets the answer, over TLS too', async () => {
        const echo = JSON.parse((await ask(`post ${server.url}/echo`)).replace(/^yes\|/, ''));
        assert.deepEqual([echo.method, echo.body], ['POST', 'hello']);
        assert.ok(echo.rawHeaders.includes('X-Own'));
        assert.equal(await ask(`fetch ${server.url}/status?n=404`), '404|as you wish');
        assert.equal(await ask(`fetch ${secure.url}/status?n=200`), '200|as you wish');
        assert.equal(await ask(`coroutine ${server.url}/status?n=201`), '201|as you wish');
        assert.equal(await ask(`caught ${server.url}/status?n=202`), '202');
        assert.equal(await ask(`follow ${server.url}/redirect?to=/status?n=203`), '203|as you wish');
        assert.equal(await ask(`many ${server.url}/status?n=200`), Array(20).fill(200).join());
        assert.equal(await ask(`metamethod ${server.url}/status?n=200`), '200,200,true');
    });

    test('a coroutine that one message left waiting and another resumes harms nobody', async () => {
        const channels = [];
        for (let i = 0; i < 4; i++) channels.push(await world.conversation(`ask-left${workers}-${i}`));
        const slow = ask(`leave ${server.url}/silent`, channels[0]);
        await sleep(50);
        const taken = await ask(`take ${server.url}/status?n=200`, channels[1]);
        assert.match(taken, /was resumed by somebody else|cannot resume dead coroutine/); // dead: after the two seconds
        assert.match(await slow, /cannot resume dead coroutine|nil/);
        const again = ask(`leave ${server.url}/silent`, channels[0]);
        await sleep(50);
        const inner = ask(`take-in ${channels[3]}`, channels[1]);
        const over = ask('take-over', channels[2]);
        for (const text of await Promise.all([again, inner, over])) assert.equal(typeof text, 'string');
        assert.equal(await ask(`fetch ${server.url}/status?n=200`), '200|as you wish');
    });

    test('http.fetch: what fails is told with a word', async () => {
        const failures = {
            [`short ${server.url}/silent`]: /^nil\|timeout\|/,
            [`small ${server.url}/sized?n=1001`]: /^nil\|too_large\|/,
            [`fetch ${server.url}/cut`]: /^nil\|broken\|/,
            'fetch http://10.0.0.1/': /^nil\|address_refused\|/,
            'fetch http://[::1]:1/': /^nil\|address_refused\|/,
            'fetch http://127.0.0.1:1/': /^nil\|connect_failed\|/,
            'fetch file:///etc/passwd': /^nil\|invalid\|/,
            'fetch http://a:b@127.0.0.1/': /^nil\|invalid\|/,
            [`header ${server.url}/`]: /^nil\|invalid\|/,
        };
        for (const [text, pattern] of Object.entries(failures)) assert.match(await ask(text), pattern, text);
        assert.equal(await ask(`whole ${server.url}/sized?n=262144`), '262144');
    });

    test('misuse of any of them is an error of the script', async () => {
        const why = [/needs the field 'url'/, /'url' is not a string/, /knows no field 'tiemout'/, /'timeout' is a number of seconds/,
            /'timeout' is a number of seconds/, /'max' is a whole number from 1 to 262144/, /'headers' is a table of strings/,
            /a table as headers expected/, /'url' is not a string/, /string expected/, /before or after, not both/,
            /'limit' is a whole number from 1 to 100/, /'limit' is not a number/, /there is no app 'nobody's'/, /string expected/,
            /'name' of publish belongs to a 'user'/, /'mentions' is a list of strings/, /publish knows no field 'txt'/,
            ...Array(6).fill(/the bot cannot say that/), /the bot says too much at once/];
        for (const [i, pattern] of why.entries()) {
            const text = await ask(`bad ${i + 1}`);
            assert.match(text, /^false\|/, `form ${i + 1}`);
            assert.match(text, pattern, `form ${i + 1}`);
        }
    });

    test('http.fetch holds back only its author in that channel, and a hook out of time gives it up', async () => {
        const channel = await world.conversation(`impatient${workers}`);
        const begun = Date.now();
        const slow = ada.publish(channel, `${server.url}/silent`);
        assert.equal((await bob.publish(channel, `${server.url}/status?n=200`)).type, 'published');
        assert.equal((await slow).type, 'published');
        assert.ok(Date.now() - begun < 4000);
        assert.match(world.daemon.log, /hook impatient .* had no verdict in time/);
    });

    test('store.history: the newest, before a pos, after one', async () => {
        const channel = await world.conversation();
        for (const text of ['one', 'two', 'three']) await ada.publish(channel, text);
        const first = 2; // it was made before
        assert.equal(await ask(`history ${channel}`), `${first}:Ada:one ${first + 1}:Ada:two ${first + 2}:Ada:three|false`);
        assert.equal(await ask(`history ${channel} limit 2`), `${first + 1}:Ada:two ${first + 2}:Ada:three|true`);
        assert.equal(await ask(`history ${channel} before ${first + 2}`), `${first}:Ada:one ${first + 1}:Ada:two|false`);
        assert.equal(await ask(`history ${channel} after 0`), `${first}:Ada:one ${first + 1}:Ada:two|true`);
        assert.match(await ask('history not-there'), /^(nothing\|unknown_channel|nothing\|not_found|\|false)/);
    });

    test('publish: waits until it is stored, in the bot\'s name or another', async () => {
        const channel = await world.conversation();
        const [name, pos, length] = (await ask(`publish ${channel}`)).split('|');
        assert.deepEqual([name, pos, length], [channel, '2', '36']);
        await bob.waitForTexts(channel, 1);
        const { message } = bob.events.find(event => event.channel === channel && event.event === 'message.new').data;
        assert.deepEqual([message.author, message.data, message.mentions], [{ id: 'bot', name: 'Robby' }, { a: 1 }, ['u-x']]);
        assert.equal(await ask(`as ${channel}`), '3');
        assert.equal(await ask(`event ${channel}`), 'done');
        await bob.waitFor(() => bob.events.some(event => event.channel === channel && event.event === 'own'));
        assert.equal(await ask(`twice ${channel}`), 'true');
        assert.match(await ask('publish in/valid'), /^invalid_channel\|/);
    });

    test('bot.say comes behind what it answers, also where the hook waits, drops or fails', async () => {
        const channel = await world.conversation(`ask-say${workers}`);
        await ask(`say ${channel}`, channel);
        await ask(`say-late ${channel}`, channel);
        assert.deepEqual(await bob.waitForTexts(channel, 5), ['said', 'I say so', 'and so', 'said late', 'I say so']);
        await ada.publish(channel, 'drop and say');
        assert.equal((await bob.waitForTexts(channel, 6)).at(-1), 'dropped one');
        await ada.publish(channel, 'fail and say');
        assert.deepEqual((await bob.waitForTexts(channel, 8)).slice(6), ['fail and say', 'failed once']);
    });

    test('what a bot says is asked of no hook, so it does not talk with itself', async () => {
        const channel = await world.conversation(`ask-echo${workers}`);
        await ask(`echo ${channel}`, channel);
        await bob.waitForTexts(channel, 2);
        await sleep(200);
        assert.deepEqual(bob.texts(channel), ['echo', `echo ${channel}`]);
    });

    test('at message.deliver nothing waits, but the bot may speak', async () => {
        const channel = await world.conversation(`deliver${workers}`);
        const heard = await world.conversation(`ask-deliver${workers}`);
        await ada.publish(channel, 'say');
        await bob.waitForTexts(heard, 1);
        await ada.publish(channel, 'fetch');
        await world.daemon.waitForLog(/hook deliver of .*nothing can wait here/);
    });
});

for (const workers of [1, 3]) test(`what waits as the daemon stops or scripts are exchanged ends cleanly (${workers})`, async t => {
    const server = await startHttp(t);
    const wait = `
hook.on("message.publish", { id = "wait", timeout_ms = 4500 }, function(msg)
    bot.say(msg.channel, "said before it waits")
    if msg.text == "fetch" then http.fetch("${server.url}/silent") end
    if msg.text == "sleep" then sleep(60) end
    if msg.text == "spin" then while true do store.history(msg.channel) publish(msg.channel, "again") end end
    if msg.text == "inner" then coroutine.wrap(function() pcall(http.fetch, "${server.url}/silent") end)() end
end)`;
    const world = await World.start({ 'a.lua': wait }, { workers, more: 'lua.http_allow = { "127.0.0.1" }' });
    assert.ok(world.daemon.url, world.daemon.log);
    await world.people();
    const texts = ['fetch', 'sleep', 'spin', 'inner'];
    for (const round of [1, 2]) {
        for (const text of texts) {
            const channel = await world.conversation();
            world.ada.publish(channel, text).catch(() => {});
        }
        await sleep(300);
        if (round === 1) await world.reload(['a.lua'], /1 scripts with 1 hooks are in force/);
    }
    await world.end();
});
