// Every point at which scripts take part: what they are shown there (show.lua tells), and what their verdicts do.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { Stream } from '../harness/stream.mjs';
import { show, World } from './fixture.mjs';

const judge = `
hook.on("connect", { id = "banned-address" }, function(msg)
    if msg.address == "192.0.2.13" then return drop("banned", "Not from there.") end
    if msg.address == "192.0.2.14" then sleep(0.05) return drop("banned later") end
    if msg.address == "192.0.2.15" then sleep(0.05) return drop("banned-later") end
end)
hook.on("auth", { id = "banned-name", timeout_ms = 4000 }, function(msg)
    if msg.name:find("Banned") then return drop { code = "banned", text = "Go away, " .. msg.name .. "." } end
    if msg.name:find("Slow") then sleep(0.1) end
end)
hook.on("subscribe", { id = "doors", channels = { "closed-*" } }, function(msg)
    if msg.channel == "closed-slow" then sleep(0.05) end
    return drop("closed", "This is closed.")
end)
hook.on("message.edit", { id = "edits" }, function(msg)
    if msg.text == "bad" then return drop("bad-edit") end
    if msg.text == "hold" then return hold() end
    return modify { text = msg.text .. " (edited)" }
end)
hook.on("message.delete", { id = "deletes" }, function(msg)
    if msg.channel:find("^keep") then return drop("keep", "Nothing is deleted here.") end
end)
hook.on("message.deliver", { id = "deliveries", channels = { "deliver*" } }, function(msg)
    if msg.text == "not for Bob" and msg.name == "Bob" then return drop() end
    if msg.text == "secret" and msg.user ~= msg.author then return modify { text = "***", data = "[]" } end
    if msg.text == "copied" then return copy("elsewhere") end
    if msg.text == "wait" then sleep(0.1) end
end)
hook.on("presence", { id = "ghosts" }, function(msg)
    if msg.name:find("Ghost") and msg.event == "joined" then return drop() end
end)
hook.on("typing", { id = "quiet" }, function(msg)
    if msg.channel:find("^quiet") then return drop() end
end)
`;

for (const workers of [1, 3]) describe(`points, workers: ${workers}`, () => {
    let world, ada, bob, daemon;
    const others = [];

    before(async () => {
        world = await World.start({ 'show.lua': show, 'judge.lua': judge },
            { workers, options: { faults: 1000 }, more: 'trusted_proxies = { "127.0.0.1" }' });
        assert.ok(world.daemon.url, world.daemon.log);
        await world.people();
        ({ ada, bob, daemon } = world);
    });
    after(() => {
        others.forEach(client => client.close());
        return world.end();
    });

    async function person(name) {
        const client = await Client.signIn(daemon, name);
        others.push(client);
        return client;
    }

    // The point was shown these fields, in this order.
    const seen = (point, fields) => daemon.waitForLog(new RegExp(`: ${point} app=\\S+ ${fields};`));
    const from = address => ({ headers: { 'x-forwarded-for': address } });

    test('connect: a refused session is told why and closed, at once or later', async () => {
        for (const [address, code] of [['192.0.2.13', 'banned'], ['192.0.2.15', 'banned-later']]) {
            const other = new Client(daemon, ada);
            await assert.rejects(other.open(from(address)), /closed|not connected/);
            await other.closed;
            assert.equal(other.frames.find(frame => frame.type === 'closing').code, code);
            assert.equal(other.closedBy.code, 1008);
        }
        await daemon.waitForLog(/: connect (app=\S+ )?address=192\.0\.2\.13;/);
        const other = new Client(daemon, ada);
        others.push(other);
        await other.open(from('192.0.2.14'));
        await daemon.waitForLog(/banned-address.*the verdict drop has a code that is not/);
    });

    test('auth: a refused sign-in has the code and text, a slow one comes later', async () => {
        const other = new Client(daemon);
        const { body } = await other.http('POST', '/tokens', { name: `Banned ${workers}` });
        other.token = body.token;
        daemon.secrets.push(body.token);
        await assert.rejects(other.open(), error => {
            assert.deepEqual([error.answer.code, error.answer.detail], ['banned', `Go away, Banned ${workers}.`]);
            return true;
        });
        const slow = await person('Slow');
        await seen('auth', `user=${slow.user.id} name=Slow address=127\\.0\\.0\\.1`);
    });

    test('auth: a request of a refused person is refused, too, before anything is done; a slow verdict keeps the body', async () => {
        const other = new Client(daemon);
        const { body } = await other.http('POST', '/tokens', { name: `Banned again ${workers}` });
        other.token = body.token;
        daemon.secrets.push(body.token);
        const refused = await other.http('POST', '/conversations', { title: 'mine' });
        assert.deepEqual([refused.status, refused.body.code, refused.body.detail],
            [403, 'banned', `Go away, Banned again ${workers}.`]);
        const slow = new Client(daemon);
        slow.token = (await slow.http('POST', '/tokens', { name: `Slow again ${workers}` })).body.token;
        daemon.secrets.push(slow.token);
        const channel = `kept-for-the-verdict-${workers}`;
        await slow.createConversation(channel);
        const path = `/conversations/${channel}/messages`;
        for (const text of ['one', 'two']) assert.equal((await slow.http('POST', path, { text })).status, 201);
        const page = await slow.http('GET', `${path}?limit=1`);
        assert.deepEqual(page.body.items.map(item => item.text), ['two']);
        assert.equal((await ada.http('GET', '/me')).status, 200);
    });

    test('subscribe and unsubscribe: by WebSocket and by SSE', async () => {
        for (const channel of ['closed-1', 'closed-slow']) {
            const answer = await ada.request({ type: 'subscribe', channel });
            assert.deepEqual([answer.code, answer.detail], ['closed', 'This is closed.']);
        }
        const channel = await world.conversation();
        const stream = await Stream.open(ada, ['closed-1', channel]);
        const told = stream.of('unsubscribed').find(item => item.channel === 'closed-1');
        assert.equal(told.code ?? told.error?.code, 'closed', JSON.stringify(told));
        stream.close();
        await seen('subscribe', `channel=${channel} user=${ada.user.id} name=Ada address=127\\.0\\.0\\.1`);
        await bob.request({ type: 'unsubscribe', channel });
        await seen('unsubscribe', `channel=${channel} user=${bob.user.id} name=Bob`);
    });

    test('message.publish: messages and own events, by WebSocket and over HTTP', async () => {
        const channel = await world.conversation();
        const first = await ada.publish(channel, 'one', { client_id: 'k1', data: { a: 1 }, mentions: [bob.user.id] });
        await seen('message\\.publish', `channel=${channel} user=${ada.user.id} name=Ada text=one data=\\{"a":1\\} ` +
            `id=${first.message.id} client_id=k1 address=127\\.0\\.0\\.1 mentions=${bob.user.id}`);
        const reply = await bob.http('POST', `/conversations/${channel}/messages`, { text: 'two', reply_to: first.message.id });
        assert.equal(reply.status, 201);
        await seen('message\\.publish', `channel=${channel} user=${bob.user.id} name=Bob text=two ` +
            `id=${reply.body.message.id} reply_to=${first.message.id} address=127\\.0\\.0\\.1`);
        assert.equal((await ada.request({ type: 'publish', channel, event: 'moved', data: { x: 2 } })).type, 'published');
        await seen('message\\.publish', `channel=${channel} user=${ada.user.id} name=Ada data=\\{"x":2\\} event=moved id=\\S+ ` +
            'address=127\\.0\\.0\\.1');
    });

    test('message.edit and message.delete: refused or changed; a verdict that the point does not know is a fault', async () => {
        const channel = await world.conversation(`keep${workers}`);
        const { message } = await ada.publish(channel, 'first');
        const path = `/conversations/${channel}/messages/${message.id}`;
        const edit = text => ada.http('PATCH', path, { text });
        assert.equal((await edit('second')).body.message.text, 'second (edited)');
        await seen('message\\.edit', `channel=${channel} user=${ada.user.id} name=Ada text=second id=${message.id} ` +
            'address=127\\.0\\.0\\.1');
        assert.equal((await edit('bad')).body.code, 'bad-edit');
        assert.equal((await edit('hold')).body.message.text, 'hold');
        await daemon.waitForLog(/hook edits of judge\.lua:\d+: the point message\.edit knows no verdict hold, only pass, drop, modify, mute/);
        const refused = await ada.http('DELETE', path);
        assert.deepEqual([refused.status, refused.body.code, refused.body.detail], [403, 'keep', 'Nothing is deleted here.']);
        await seen('message\\.delete', `channel=${channel} user=${ada.user.id} name=Ada id=${message.id} address=127\\.0\\.0\\.1`);
    });

    test('a message is judged once, however many hear it; a receiver only where a script asks', async () => {
        const [plain, asked] = [await world.conversation(`plain${workers}`), await world.conversation(`deliver-count${workers}`)];
        const hearing = [];
        for (let i = 0; i < 12; i++) {
            const client = await person(`Hearer ${workers}-${i}`);
            for (const channel of [plain, asked]) await client.subscribe(channel);
            hearing.push(client);
        }
        const stream = await Stream.open(bob, [plain, asked]);
        const runs = async hook => {
            const text = await (await fetch(`${daemon.url}/metrics`)).text();
            return Number(text.match(new RegExp(`^carillon_lua_hook_runs_total\\{hook="${hook}"\\} (\\d+)$`, 'm'))?.[1] ?? 0);
        };
        const counted = async () => [await runs('tell-message.publish'), await runs('deliveries')];
        const before = await counted();
        for (let i = 0; i < 5; i++) await ada.publish(plain, `plain ${i}`);
        for (const client of hearing) await client.waitForTexts(plain, 5);
        await stream.waitFor(() => stream.events.filter(event => event.channel === plain).length >= 5);
        assert.deepEqual(await counted(), [before[0] + 5, before[1]]);
        await ada.publish(asked, 'each');
        for (const client of hearing) await client.waitForTexts(asked, 1);
        await stream.waitFor(() => stream.events.some(event => event.channel === asked));
        const receivers = 2 + hearing.length + 1;
        assert.deepEqual(await counted(), [before[0] + 6, before[1] + receivers]);
        stream.close();
    });

    test('message.deliver: each receiver gets what the script leaves, at once', async () => {
        const channel = await world.conversation(`deliver${workers}`);
        await ada.publish(channel, 'not for Bob', { client_id: 'd1' });
        await ada.publish(channel, 'secret', { data: { key: 7 } });
        await ada.publish(channel, 'copied');
        await ada.publish(channel, 'wait');
        assert.deepEqual(await bob.waitForTexts(channel, 3), ['***', 'copied', 'wait']);
        assert.deepEqual(await ada.waitForTexts(channel, 4), ['not for Bob', 'secret', 'copied', 'wait']);
        assert.deepEqual(bob.events.find(event => event.data.message?.text === '***').data.message.data, []);
        await seen('message\\.deliver', `channel=${channel} user=${bob.user.id} name=Bob text=not for Bob event=message\\.new ` +
            `id=\\S+ client_id=d1 author=${ada.user.id}`);
        await daemon.waitForLog(/deliveries of .*the point message\.deliver knows no verdict copy, only pass, drop, modify/);
        await daemon.waitForLog(/deliveries of .*nothing can wait here/);
    });

    test('presence: who is hidden is not told', async () => {
        const channel = await world.conversation();
        const ghost = await person(`Ghost ${workers}`);
        const cyd = await person('Cyd');
        await ghost.subscribe(channel);
        await cyd.subscribe(channel);
        const { users } = await ada.request({ type: 'presence', channel });
        assert.ok(users.some(user => user.name === 'Cyd'));
        assert.ok(!users.some(user => user.name.startsWith('Ghost')), JSON.stringify(users));
        await seen('presence', `channel=${channel} user=${ghost.user.id} name=Ghost ${workers} event=joined`);
        ghost.close();
        await seen('presence', `channel=${channel} user=${ghost.user.id} name=Ghost ${workers} event=left`);
    });

    test('typing: by WebSocket and over HTTP', async () => {
        const loud = await world.conversation();
        const quiet = await world.conversation(`quiet${workers}`);
        for (const channel of [quiet, loud]) {
            ada.send({ type: 'typing', channel, active: true });
            await seen('typing', `channel=${channel} user=${ada.user.id} name=Ada address=127\\.0\\.0\\.1 active=true`);
        }
        await bob.waitFor(() => bob.events.some(event => event.event === 'typing' && event.channel === loud));
        assert.ok(!bob.events.some(event => event.event === 'typing' && event.channel === quiet));
        assert.equal((await bob.http('POST', `/conversations/${quiet}/typing`, { active: false })).status, 403);
        await seen('typing', `channel=${quiet} user=${bob.user.id} name=Bob address=127\\.0\\.0\\.1`);
    });
});

const moments = word => `
for _, point in ipairs { "start", "reload", "stop" } do
    hook.on(point, { id = point, priority = 2, timeout_ms = 4000 }, function(it)
        log.notice(("${word} %s begins on %d of %d"):format(it.point, it.worker, it.workers))
        sleep(0.2)
        log.notice(("${word} %s ends on %d"):format(it.point, it.worker))
        if it.point == "reload" then error("as a fault") end
    end)
    hook.on(point, { id = point .. "-first", priority = 1 }, function(it)
        log.notice(("${word} %s first on %d"):format(it.point, it.worker))
        return drop()
    end)
end
`;

for (const workers of [1, 3]) test(`start, reload and stop are told on every worker (${workers})`, async () => {
    const world = await World.start({ 'a.lua': moments('old') }, { workers });
    const { daemon } = world;
    assert.ok(daemon.url, daemon.log);
    const all = Array.from({ length: workers }, (_, i) => i + 1);
    for (const i of all) await daemon.waitForLog(new RegExp(`old start ends on ${i}`));
    assert.ok(daemon.log.indexOf('old start first on 1') < daemon.log.indexOf('old start begins on 1'), 'by priority');
    await world.write({ 'a.lua': moments('new') });
    await world.reload(['a.lua'], /1 scripts with 6 hooks are in force/);
    for (const i of all) await daemon.waitForLog(new RegExp(`new reload ends on ${i}`));
    await daemon.waitForLog(/hook reload of a\.lua:3 raised an error.*as a fault/);
    assert.doesNotMatch(daemon.log, /new start|old reload|old stop/);
    await world.end();
    for (const i of all) assert.match(daemon.log, new RegExp(`new stop first on ${i}[^]*new stop ends on ${i}`));
    assert.doesNotMatch(daemon.log, /old stop/);
});

test('a stop that takes too long does not hold up the end', async () => {
    const world = await World.start({ 'a.lua': 'hook.on("stop", { id = "s", timeout_ms = 4500 }, function() sleep(600) end)' },
        { workers: 3 });
    const begun = Date.now();
    await world.end();
    assert.ok(Date.now() - begun < 4000, 'drain.timeout is 1 s');
});

test('what a hook asks for must suit its point', async () => {
    const faults = {
        'hook.on("connect", { id = "x", channels = { "*" } }, print)': /the point connect has no channels/,
        'hook.on("start", { id = "x", app = "*" }, print)': /the point start has no app/,
        'hook.on("stop", { id = "x", channels = { "*" } }, print)': /the point stop has no channels/,
        'hook.on("unsubscribe", { id = "x", on_error = "refuse" }, print)': /the point unsubscribe refuses nothing/,
        'hook.on("reload", { id = "x", on_error = "refuse" }, print)': /the point reload refuses nothing/,
        'hook.on("", { id = "x" }, print)': /there is no hook point ''/,
        'hook.on("start", { id = "x" }, function() end) hook.on("stop", { id = "x" }, function() end)':
            /the id 'x' is taken by a\.lua:1/,
    };
    for (const [text, why] of Object.entries(faults)) {
        const world = await World.start({ 'a.lua': text.replace('print', 'function() end') });
        assert.equal(world.daemon.url, null, text);
        assert.match(world.daemon.log, why);
        await world.daemon.stop();
        await world.dispose();
    }
});
