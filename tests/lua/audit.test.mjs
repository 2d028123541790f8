// Putting things on record: lines of JSON in a file of their own, or in the daemon's log.
import assert from 'node:assert/strict';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from './fixture.mjs';

const script = `
local forms = {
    function() return audit() end,
    function() return audit { "no name" } end,
    function() return audit { ["bad name"] = 1 } end,
    function() return audit { hook = "another" } end,
    function() return audit { user = "another" } end,
    function() return audit { nested = {} } end,
    function() return audit { f = audit } end,
    function() return audit { long = ("x"):rep(4000) } end,
    function()
        local many = {}
        for i = 1, 33 do many["f" .. i] = i end
        return audit(many)
    end,
}
hook.on("message.publish", { id = "recorder" }, function(msg)
    local word, rest = msg.text:match("^(%S+) ?(.*)$")
    if word == "record" then
        audit { action = "seen", text = rest, number = 7, part = 0.5, yes = true, odd = 0/0, bytes = "\\xff\\n" }
    elseif word == "flood" then
        local well = 0
        for _ = 1, 50 do if audit { flood = rest } then well = well + 1 end end
        return modify { text = "flood " .. well }
    elseif word == "bad" then
        return modify { text = tostring(select(2, pcall(forms[tonumber(rest)]))) }
    end
end)
at_load = select(2, pcall(audit, { a = 1 }))
hook.on("start", { id = "begin" }, function() audit { loaded = at_load } end)
`;

for (const workers of [1, 3]) describe(`audit, workers: ${workers}`, () => {
    let world, ada, file;

    before(async () => {
        world = await World.start({ 'audit.lua': script }, { workers, options: { audit: '', audit_rate: 20, faults: 1000 } });
        assert.ok(world.daemon.url, world.daemon.log);
        file = join(world.folder, 'audit.jsonl');
        await world.people();
        ({ ada } = world);
    });
    after(() => world.end());

    const lines = async name => (await readFile(name, 'utf8')).trim().split('\n').map(line => JSON.parse(line));
    const waitForLines = async (name, fits) => {
        for (let i = 0; i < 400; i++) {
            const found = (await lines(name).catch(() => [])).filter(fits);
            if (found.length) return found;
            await sleep(25);
        }
        return assert.fail(`no such line in ${name}`);
    };

    test('without a file lines go to the daemon\'s log', async () => {
        await world.daemon.waitForLog(/notice audit: \{"at":\d+,"hook":"begin","loaded":".*audit does not work while/);
        const channel = await world.conversation();
        await ada.publish(channel, 'record in the log');
        await world.daemon.waitForLog(/notice audit: \{.*"action":"seen"|notice audit: \{.*"text":"in the log"/);
    });

    test('with a file each line is JSON of its own, and the file may be rotated', async () => {
        world.options.audit = file;
        await world.reload(['audit.lua'], /with 2 hooks are in force/);
        const channel = await world.conversation();
        const { message } = await ada.publish(channel, 'record "this"');
        const [{ at, ...line }] = await waitForLines(file, found => found.text === '"this"');
        assert.ok(Math.abs(at - Date.now()) < 60000);
        assert.deepEqual(line, {
            hook: 'recorder', point: 'message.publish', app: line.app, channel, user: ada.user.id, message: message.id,
            action: 'seen', text: '"this"', number: 7, part: 0.5, yes: true, odd: 'nan', bytes: '\ufffd\n',
        });
        await rename(file, `${file}.1`);
        await world.reload(['audit.lua'], /with 2 hooks are in force/);
        await ada.publish(channel, 'record after it');
        await waitForLines(file, found => found.text === 'after it');
        assert.ok(!(await lines(`${file}.1`)).some(found => found.text === 'after it'));
    });

    test('more than so many lines a second are refused, and counted', async () => {
        await sleep(1100);
        const channel = await world.conversation();
        const { message } = await ada.publish(channel, 'flood x');
        const taken = Number(message.text.split(' ')[1]);
        assert.ok(taken >= 1 && taken <= 40, message.text); // the second may turn within
        const text = await (await fetch(`${world.daemon.url}/metrics`)).text();
        const value = outcome => Number(new RegExp(`lua_audit_lines_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)[1]);
        assert.equal(value('refused'), 50 - taken);
        assert.equal(value('lost'), 0);
    });

    test('misuse is an error of the script', async () => {
        const channel = await world.conversation();
        const why = [/table expected/, /fields with names/, /fields with names/, /'hook' of audit is filled in by itself/,
            /'user' of audit is filled in/, /'nested' of audit is no string/, /'f' of audit is no string/,
            /at most 32 fields and 3500 bytes/, /at most 32 fields/];
        for (const [i, pattern] of why.entries())
            assert.match((await ada.publish(channel, `bad ${i + 1}`)).message.text, pattern, `form ${i + 1}`);
    });

    test('a file that cannot be opened is told, and the old one stays', async () => {
        world.options.audit = join(world.folder, 'no/such/folder.jsonl');
        await world.reload(['audit.lua'], /with 2 hooks are in force/);
        assert.match(world.daemon.log, /the audit log .*folder\.jsonl cannot be opened/);
        const channel = await world.conversation();
        await sleep(1100);
        await ada.publish(channel, 'record still there');
        await waitForLines(file, found => found.text === 'still there');
    });
});
