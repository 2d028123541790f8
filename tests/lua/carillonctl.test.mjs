// carillonctl's tools for scripts, besides its tests of them (shipped.test.mjs): comparing sets, measuring one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const carillonctl = join(process.env.CARILLON_BUILD, 'admin/carillonctl');

const run = (args, input = '') => {
    const { status, stdout, stderr } = spawnSync(carillonctl, ['lua', ...args], { encoding: 'utf8', timeout: 120000, input });
    return { status, out: stdout, err: stderr };
};

const recorded = [
    { text: 'hello' },
    { text: 'apple pie', user: 'u-2', channel: 'kitchen' },
    { text: 'pear', time: 1800000000 },
    { point: 'message.edit', id: 'm-1', text: 'apple' },
].map(message => JSON.stringify(message)).join('\n\n');

describe('carillonctl lua', () => {
    let folder, older, newer, file;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'carillon-tools-'));
        [older, newer, file] = ['older', 'newer', 'm.jsonl'].map(name => join(folder, name));
        const script = (name, words, then) => writeFile(join(folder, name), `
local fruit = set.of { ${words} }
hook.on("message.publish", { id = "fruit" }, function(msg)
    if match.any(fruit, msg.text) then ${then} end
    if now() >= 1800000000 then return modify { text = "late " .. msg.text } end
end)`);
        await mkdir(older);
        await mkdir(newer);
        await script('older/fruit.lua', '"pear"', 'return drop("fruit", "No fruit.")');
        await script('newer/fruit.lua', '"apple"', 'return hold { queue = "kitchen", reason = "fruit" }');
        await script('broken.lua', '"a"', 'return nonsense.field');
        await writeFile(file, recorded);
    });

    after(() => rm(folder, { recursive: true }));

    test('dry-run shows where two sets differ', () => {
        const { status, out } = run(['dry-run', '--replay', file, '--old', older, newer]);
        assert.equal(status, 1);
        assert.equal(out, `line 3, u-2 in kitchen: apple pie
  - pass
  + hold (fruit) text="fruit" queue="kitchen"
line 5, u-1 in chat-1: pear
  - drop (fruit) code="fruit" text="No fruit."
  + modify (fruit) text="late pear"
4 messages, 2 differ
`);
    });

    test('dry-run says the same in JSON, and of one set what it does at all', () => {
        const lines = run(['dry-run', '--replay', '-', '--json', newer], recorded).out.trim().split('\n').map(line => JSON.parse(line));
        assert.deepEqual(lines.map(line => [line.line, line.old.verdict, line.new.verdict]), [[3, 'pass', 'hold'], [5, 'pass', 'modify']]);
        assert.equal(lines[0].message.text, 'apple pie');
        const same = run(['dry-run', '--replay', file, '--old', newer, newer]);
        assert.equal(same.status, 0);
        assert.equal(same.out, '4 messages, 0 differ\n');
    });

    test('several verdicts of one hook are shown and tested as the daemon does them', async () => {
        const set = join(folder, 'several');
        await mkdir(set);
        await writeFile(join(set, 'both.lua'), `hook.on("message.publish", { id = "both" }, function(msg)
    if msg.channel == "kitchen" then return modify { text = "cooked" }, copy("a"), reroute("b") end
    if msg.channel == "bad" then return drop("x"), copy("a") end
    if msg.channel == "hall" then return mute { user = "u-8", ttl = 5 }, mute { user = "u-9", ttl = 6 }, modify { text = "hush" } end
    if msg.channel == "cell" then return mute { ttl = 7 } end
    return modify { text = "raw" }, copy("a"), copy("b")
end)`);
        await writeFile(join(set, 'both_spec.lua'), `test("both", function()
    local result = run { text = "apple" }
    expect(result.verdict, "modify")
    expect(result.text, "raw")
    expect(result.copies, { "a", "b" })
    result = run { channel = "kitchen", text = "apple" }
    expect(result.verdict .. " " .. result.channel .. " " .. result.text, "reroute b cooked")
    result = run { channel = "hall", text = "apple" }
    expect(result.verdict .. " " .. result.text, "modify hush")
    expect(result.mutes, { { user = "u-8", ttl = 5 }, { user = "u-9", ttl = 6 } })
    expect(run({ channel = "cell", text = "apple" }).mutes, { { ttl = 7 } })
    expect_match(run({ channel = "bad", text = "apple" }, { fault = true }).fault, "ends the chain, and yet")
end)`);
        assert.match(run(['test', set]).out, /1 passed, 0 failed/);
        const { out } = run(['dry-run', '--replay', '-', set], '{"text":"x"}\n{"text":"y","channel":"kitchen"}\n{"text":"z","channel":"hall"}');
        assert.match(out, /\+ modify \(both\) text="hush" mute="u-8" mute="u-9"/);
        assert.match(out, /\+ modify \(both\) text="raw" copy="a" copy="b"/);
        assert.match(out, /\+ reroute \(both\) as="cooked" channel="b" copy="a"/);
    });

    test('dry-run tells faults of scripts', () => {
        const { status, out } = run(['dry-run', '--replay', '-', join(folder, 'broken.lua')], '{"text":"a"}');
        assert.equal(status, 1);
        assert.match(out, /\+ pass.* fault="hook fruit: .*broken\.lua:4: /);
    });

    test('bench measures', () => {
        const { status, out } = run(['bench', '--json', '--messages', '500', '--replay', file, newer]);
        assert.equal(status, 0);
        const { messages, us, longest_us: longest, hooks, faults } = JSON.parse(out);
        assert.deepEqual([messages, hooks, faults], [500, 0.75, 0]);
        assert.ok(us > 0 && longest >= us);
        assert.match(run(['bench', '--messages', '10', '--text', 'apple', newer]).out, /^10 messages: .* us each in scripts/);
    });

    test('the manual page and --help say the same', () => {
        const tell = (...args) => {
            const { status, stdout, stderr } = spawnSync(carillonctl, args, { encoding: 'utf8', timeout: 60000 });
            assert.deepEqual([status, stderr], [0, '']);
            return stdout;
        };
        // The words alone: without the requests and escapes of man(7), and without what frames a help text.
        const words = text => text.replace(/\n *usage: |\noptions:\n/g, '\n').split(/\s+/).filter(Boolean);
        const manual = tell('--manual').replace(/\\f[BIR]/g, '').replace(/\\(.)/g, '$1');
        const commands = [...tell('--help').matchAll(/^ {2}(lua) (\S+) /gm)].map(([, group, name]) => [group, name]);
        assert.ok(commands.length >= 6);
        const shown = manual.split('.SH COMMANDS')[1].split('.SH EXIT')[0].replace(/^\.(SS|TP)/gm, '');
        const helped = commands.map(([group, name]) => `\n${tell(group, name, '--help')}`).join('');
        assert.deepEqual(words(shown), words(helped));
        const codes = text => words(text.replace(/^\.TP/gm, ''));
        assert.deepEqual(codes(manual.split('EXIT STATUS')[1].split('.SH')[0]), codes(tell('--help').split('exit codes:')[1]));
    });

    test('what cannot be is told, by its exit status, too', () => {
        for (const [args, status, message, input] of [
            [['dry-run', newer], 2, /--replay FILE/],
            [['dry-run', '--replay', join(folder, 'none'), newer], 3, /No such file/],
            [['dry-run', '--replay', '-', newer], 3, /-:2: /, '{"text":"a"}\n{"text":'],
            [['dry-run', '--replay', '-', newer], 3, /-:1: no JSON object/, '[1]'],
            [['dry-run', '--replay', '-', newer], 3, /-:1: no such hook point/, '{"point":"nowhere"}'],
            [['dry-run', '--replay', file, join(folder, 'none')], 3, /No such file/],
            [['bench', '--messages', '0', newer], 2, /1 to 100000000/],
            [['bench', '--point', 'nowhere', newer], 3, /no such hook point/],
            [['bench', '--replay', '/dev/null', newer], 3, /no messages/],
            [['bench', '--no-such-option', newer], 2, /./],
            [['nonsense'], 2, /./],
        ]) {
            const { status: got, out, err } = run(args, input);
            assert.equal(got, status, `${args.join(' ')}: ${out}${err}`);
            assert.match(out + err, message);
        }
    });
});
