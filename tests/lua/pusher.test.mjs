// Scripts see what Pusher clients do, as they see everybody else.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fresh, Socket, start } from '../pusher/fixture.mjs';
import { section, show } from './fixture.mjs';

const judge = `
hook.on("connect", { id = "gate" }, function(msg)
    if msg.address == "192.0.2.1" then return drop("elsewhere", "Not from there.") end
    if msg.address == "192.0.2.2" then sleep(0.05) return drop("later") end
    if msg.address == "192.0.2.3" then sleep(0.05) end
end)
hook.on("auth", { id = "names" }, function(msg)
    if msg.user == "slow-enemy" then sleep(0.05) end
    if msg.user:find("enemy") then return drop("enemy", "Not you.") end
end)
hook.on("client.event", { id = "events" }, function(msg)
    if msg.event == "client-rude" then return drop("rude") end
    if msg.event == "client-wrong" then return hold() end
    if msg.event == "client-plain" then return modify { data = '{"said":"plainly"}' } end
    if msg.event == "client-slow" then sleep(0.05) end
end)
hook.on("subscribe", { id = "doors", channels = { "presence-closed*" } }, function(msg)
    return drop("closed", "Not for " .. msg.name .. ".")
end)
`;

for (const workers of [1, 3]) describe(`Pusher, workers: ${workers}`, () => {
    let daemon, dispose, folder;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'carillon-scripts-'));
        await writeFile(join(folder, 'show.lua'), show);
        await writeFile(join(folder, 'judge.lua'), judge);
        daemon = await start({ after: end => (dispose = end) }, { workers, more: `trusted_proxies = { "127.0.0.1" }\n${section(folder, ['show.lua', 'judge.lua'])}` });
        assert.ok(daemon.url, daemon.log);
    });
    after(async () => {
        assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        await dispose();
        await rm(folder, { recursive: true });
    });

    test('connect, subscribe and presence name who comes', async () => {
        const socket = await Socket.open(daemon);
        const channel = fresh('presence-open');
        await socket.subscribe(channel, { data: { user_id: 'u1', user_info: { name: 'Una' } } });
        await daemon.waitForLog(/: connect app=main address=127\.0\.0\.1;/);
        await daemon.waitForLog(new RegExp(`: subscribe app=main channel=${channel} user=u1 `));
        await daemon.waitForLog(new RegExp(`: presence app=main channel=${channel} user=u1 .*event=joined;`));
        await socket.close();
        await daemon.waitForLog(new RegExp(`: unsubscribe app=main channel=${channel} user=u1 `));
        await daemon.waitForLog(new RegExp(`: presence app=main channel=${channel} user=u1 .*event=left;`));
    });

    test('who connects is let in, at once or later, or closed with 4009', async () => {
        const from = address => ({ options: { headers: { 'x-forwarded-for': address } } });
        for (const [address, reason, message] of [['192.0.2.1', 'elsewhere', /^Not from there\.$/], ['192.0.2.2', 'later', /./]]) {
            const socket = Socket.connect(daemon, undefined, from(address));
            assert.deepEqual(await socket.waitClosed(), { code: 4009, reason });
            assert.deepEqual(socket.all.map(frame => [frame.event, frame.data.code]), [['pusher:error', 4009]]);
            assert.match(socket.all[0].data.message, message);
        }
        for (const address of ['192.0.2.3', '192.0.2.4']) {
            const socket = await Socket.open(daemon, undefined, from(address));
            await socket.subscribe(fresh('open'));
            await socket.close();
        }
    });

    test('a subscription is refused', async () => {
        const socket = await Socket.open(daemon);
        const channel = fresh('presence-closed');
        socket.ask(channel, { data: { user_id: 'u2' } });
        const { data } = await socket.take('pusher:subscription_error', channel);
        assert.match(JSON.stringify(data), /Not for/);
        await socket.close();
    });

    test('client events are refused, changed, or pass later', async () => {
        const one = await Socket.open(daemon), two = await Socket.open(daemon);
        const channel = fresh('private-talk');
        await one.subscribe(channel);
        await two.subscribe(channel);
        one.trigger(channel, 'client-rude', {});
        one.trigger(channel, 'client-wrong', { a: 1 });
        one.trigger(channel, 'client-plain', { a: 1 });
        one.trigger(channel, 'client-slow', { a: 2 });
        assert.deepEqual((await two.take('client-wrong', channel)).data, { a: 1 });
        assert.deepEqual((await two.take('client-plain', channel)).data, { said: 'plainly' });
        assert.deepEqual((await two.take('client-slow', channel)).data, { a: 2 });
        assert.ok(!two.all.some(frame => frame.event === 'client-rude'));
        await daemon.waitForLog(/events of .*the point client\.event knows no verdict hold, only pass, drop, modify, reroute/);
        await daemon.waitForLog(new RegExp(`: client\\.event app=main channel=${channel} .*data=\\S+ event=client-plain`));
        await one.close();
        await two.close();
    });

    test('who signs in is judged, and closed if refused', async () => {
        for (const id of ['enemy', 'slow-enemy']) {
            const socket = await Socket.open(daemon);
            await socket.signIn({ id, user_info: { name: 'E' } });
            assert.deepEqual(await socket.waitClosed(), { code: 4009, reason: 'enemy' });
            assert.deepEqual((await socket.refused()), { code: 4009, message: 'Not you.' });
            await daemon.waitForLog(new RegExp(`: auth app=main user=${id} `));
        }
        const friend = await Socket.open(daemon);
        await friend.signIn({ id: 'friend' });
        await friend.settle();
        assert.equal(friend.closed, null);
        await friend.close();
    });
});
