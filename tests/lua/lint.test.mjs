// carillonctl lua lint and lua repl: what the lint finds, and what it does not; typing without a terminal.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const carillonctl = join(process.env.CARILLON_BUILD, 'admin/carillonctl');
const scripts = join(dirname(fileURLToPath(import.meta.url)), '../../scripts');

const run = (args, { input = '', env } = {}) => {
    const options = { encoding: 'utf8', timeout: 120000, input, env: { ...process.env, ...env } };
    const { status, stdout, stderr } = spawnSync(carillonctl, ['lua', ...args], options);
    return { status, out: stdout, err: stderr };
};

describe('carillonctl lua lint', () => {
    let folder;

    before(async () => (folder = await mkdtemp(join(tmpdir(), 'carillon-lint-'))));
    after(() => rm(folder, { recursive: true }));

    // What is found in a file of this text: "line: message".
    const lint = async (text, { name = 'a.lua', options = ['--no-luacheck'], env } = {}) => {
        const file = join(folder, name);
        await writeFile(file, text);
        const { status, out } = run(['lint', '--json', ...options, file], { env });
        await rm(file);
        const found = out.trim().split('\n').filter(Boolean).map(line => JSON.parse(line));
        assert.equal(status, found.length ? 1 : 0, out);
        return found.map(({ line, message }) => `${line}: ${message}`);
    };
    const hook = body => `hook.on("message.publish", { id = "a" }, function(msg)\n${body}\nend)`;

    for (const [what, text, ...wanted] of [
        ['text that does not compile', 'local a = = 1', "1: unexpected symbol near '='"],
        ['an unknown global', hook('prnt("x")'), "2: the API has no 'prnt'"],
        ['a misspelt one', hook('slep(1)'), "2: the API has no 'slep': is 'sleep' meant?"],
        ['a misspelt function', hook('log.warn("x")'), "2: log has no 'warn': is 'warning' meant?"],
        ['a misspelt field of the message', hook('return drop(msg.txt)'), "2: msg has no 'txt': is 'text' meant?"],
        ['a wrong field of a verdict', hook('return drop { cod = "x" }'), "2: drop has no field 'cod'"],
        ['one in parentheses', hook('return hold({ queue = "q",\n text = "x" })'), "3: hold has no field 'text'"],
        ['what Lua has and scripts have not', hook('return os.time()'), '2: scripts have no os.time, but now()'],
        ['what is old', hook('return unpack({})'), '2: scripts have no unpack, but table.unpack(list)'],
        ['a global that is set', hook('n = 1'), "2: 'n' is global: write local in front of it"],
        ['a global function', 'function f() end', "1: 'f' is global: write local in front of it"],
        ['a point that is none', 'hook.on("message.publsh", { id = "a" }, function() end)', "1: there is no hook point 'message.publsh'"],
        ['an option that is none', '\nhook.on("typing", { id = "a", prio = 1 }, function() end)', "2: hook.on knows no option 'prio'"],
        ['an id that is taken', `${hook('')}\n${hook('')}`, /^4: the id 'a' is taken by a\.lua:1$/],
        ['several at once', hook('log.warn("x")\nkv.gett("y")'), /log has no/, /kv has no 'gett': is 'get' meant/],
    ]) test(`finds ${what}`, async () => {
        const found = await lint(text);
        assert.equal(found.length, wanted.length, found.join('\n'));
        wanted.forEach((message, i) => (message instanceof RegExp ? assert.match(found[i], message) : assert.equal(found[i], message)));
    });

    for (const [what, text] of [
        ['fields of tables', 'local t = { text = 1, nonsense = { print = 2 } } log.info(t.nonsense.print + t.text .. "")'],
        ['strings and comments', '-- print(x)\n--[==[ os.time() ]] ]==]\nlog.info("print(x)" .. [[os]] .. \'\\\'io\')'],
        ['labels, attributes, loops', hook('for i, v in ipairs({ 1 }) do if v == i then goto on end ::on:: end\nlocal x <const> = 1 while x < 1 do end')],
        ['methods and varargs', hook('local function f(...) return select("#", ...) end\nreturn modify { text = msg.text:upper() .. f(1) }')],
        ['a verdict as a name of its own', 'local function drop(t) return t.cod end\nlog.info(drop { cod = "x" })'],
        ['moments', 'hook.on("start", { id = "s" }, function(at) log.info(at.worker .. "/" .. at.workers) end)'],
    ]) test(`finds nothing in ${what}`, async () => assert.deepEqual(await lint(text), []));

    test('specs have more', async () => {
        const text = 'test("a", function() expect(run({ text = "a" }).verdict, "pass") fakes.answer = nil advance(1) end)';
        assert.deepEqual(await lint(text, { name: 'a_spec.lua' }), []);
        assert.match((await lint(text)).join('\n'), /the API has no 'test'/);
        assert.deepEqual(await lint('fakes.htp = 1', { name: 'a_spec.lua' }), ["1: fakes has no 'htp'"]);
    });

    test('luacheck finds what it knows, and nothing in the API', async () => {
        const found = await lint(hook('local unused = 1\nlog.warn(msg.text)'), { options: [] });
        assert.deepEqual(found.map(line => line.replace(/ \(.*/, '')), ["2: unused variable 'unused'", "3: log has no 'warn': is 'warning' meant?"]);
        const { status, out, err } = run(['lint', scripts]);
        assert.deepEqual([status, err], [0, ''], out);
        assert.match(out, /^\d\d files, 0 findings$/m);
    });

    test('without luacheck it does the rest, and says so', async () => {
        const { status, out, err } = run(['lint', scripts], { env: { PATH: folder } });
        assert.equal(status, 0);
        assert.match(out, /0 findings/);
        assert.match(err, /luacheck is not installed/);
    });

    test('it names file and line for people, too', async () => {
        const file = join(folder, 'b.lua');
        await writeFile(file, '\nprnt()');
        const { status, out } = run(['lint', '--no-luacheck', file]);
        assert.equal(status, 1);
        assert.equal(out, `${file}:2: the API has no 'prnt'\n1 files, 1 findings\n`);
        assert.equal(run(['lint', join(folder, 'none')]).status, 3);
    });
});

describe('carillonctl lua repl', () => {
    const type = (lines, ...args) => run(['repl', ...args], { input: `${lines.join('\n')}\n` });

    test('shows what expressions are worth, and keeps globals', () => {
        const { status, out } = type(['1 + 1', 'x = { a = 1 }', 'x', '"s", nil', 'text.normalize("ＡＢＣ")', 'return now()']);
        assert.equal(status, 0);
        assert.equal(out, '2\n{ a = 1 }\n"s"\nnil\n"abc"\n1767225600.0\n');
    });

    test('goes on over lines, and tells what is wrong', () => {
        const { out } = type(['function f(a)', '  return a * 2', 'end', 'f(21)', 'f(', '', 'error("no")', 'while true do end', '"still here"']);
        assert.match(out, /^42\n.*<eof>\ninput:1: no\n(took more steps|ran longer)[^]*"still here"\n$/);
    });

    test('what is only faked here takes what the daemon takes, and nothing else', () => {
        const { out } = type([
            'http.fetch { uri = "http://x/" }', 'store.history("x", { limit = 1000 })', 'bot.say("x", { txt = "y" })',
            'publish("x", { name = "n" })', 'publish("x", { text = "y", mentions = { "u-1" } }).pos', 'http.fetch("http://x/")',
        ]);
        const why = ["http.fetch knows no field 'uri'", "the field 'limit' is a whole number from 1 to 100", "bot.say knows no field 'txt'",
            "the field 'name' of publish belongs to a 'user'"];
        assert.deepEqual(out.split('\n').map(line => line.replace(/^\w+:\d+: /, '')),
            [...why, '1', 'nil', '"refused"', '"the test sets no fakes.answer"', '']);
    });

    test('hooks can be made and asked, and what they log is seen', () => {
        const { out } = type([
            'hook.on("message.publish", { id = "a" }, function(msg)', 'log.info("saw " .. msg.text)', 'return drop("no", "No.")', 'end)',
            'run({ text = "hi" }).told', 'sleep(2)', 'now()',
        ]);
        assert.equal(out, '[info] saw hi\n"No."\n1767225602.0\n');
    });

    test('with scripts, these are asked', () => {
        const { status, out } = type(['run({ text = "mail me: ada@example.org" }).text'], join(scripts, 'hooks/personal.lua'));
        assert.equal(status, 0);
        assert.equal(out, '"mail me: […]"\n');
        assert.equal(type([], '/nowhere').status, 3);
    });

    // The reference's sections: title → rows, each [name, has arguments, cells].
    const sections = () => new Map(run(['reference']).out.split('\n## ').slice(1).map(part => {
        const rows = part.split('\n').filter(line => line.startsWith('| `'));
        return [part.split('\n')[0], rows.map(row => {
            const [, name, call] = row.match(/^\| `([^`( ]+(?: object\.\w+)?)(\(?)/);
            return { name, call: call !== '', errors: row.split(/(?<!\\) \|/).at(3)?.trim() };
        })];
    }));
    const stock = ['Globals: assert', 'coroutine', 'string', 'table', 'utf8', 'math'];

    test("the editor's luacheck knows the same API as the tables of the binding", async () => {
        const text = await readFile(join(scripts, '../.luacheckrc'), 'utf8');
        const listed = text.match(/local api = \{([^}]*)\}/)[1].match(/\w+/g);
        const names = [];
        for (const [title, rows] of sections()) {
            if (title === 'Tests' || stock.includes(title)) continue;
            if (title.startsWith('Globals: ')) names.push(...rows.map(row => row.name));
            else if (/^\w+$/.test(title) && type([`type(${title}) == "table"`]).out === 'true\n') names.push(title);
        }
        assert.ok(names.length > 20);
        assert.deepEqual(listed.sort(), names.sort());
        const tests = text.match(/_spec\.lua"\] = \{\s*read_globals = \{([^}]*)\}/)[1].match(/\w+/g);
        const known = sections().get('Tests').map(row => row.name).filter(name => !name.includes('.'));
        assert.deepEqual(tests.sort(), known.sort());
    });

    test('what the reference says of errors is so: they are raised where it tells some, and nowhere else', () => {
        const wrong = [];
        let asked = 0;
        for (const [title, rows] of sections()) {
            const global = title.startsWith('Globals: ');
            if (title === 'Tests' || (!global && type([`type(${title.replace(' ', '_')}) == "table"`]).out !== 'true\n')) continue;
            const calls = rows.filter(row => row.call).map(({ name, errors }) => {
                asked++;
                const tries = ['', ', coroutine.create(function() end)', ', {{}}', ', nil, nil'];
                return { name, errors, line: `(function() ${tries.map(args => `if not pcall(${name}${args}) then return 1 end`).join(' ')} return 0 end)()` };
            });
            const got = type(calls.map(call => call.line)).out.trim().split('\n');
            calls.forEach(({ name, errors }, i) => {
                if ((got[i] === '1') !== (errors !== '')) wrong.push(`${name}: "${errors}", ${got[i]}`);
            });
        }
        assert.ok(asked > 80, `${asked}`);
        assert.deepEqual(wrong, []);
    });

    test('every function of tests that the reference names is there', () => {
        const section = run(['reference']).out.split('\n## ').find(part => part.startsWith('Tests'));
        const names = [...section.matchAll(/^\| `([a-z_.]+)/gm)].map(match => match[1]);
        assert.ok(names.length > 8);
        const set = ['fakes.answer', 'fakes.history']; // by the test itself
        const lines = names.filter(name => !set.includes(name)).map(name => `type(${name}) ~= "nil"`);
        assert.equal(type(lines).out, 'true\n'.repeat(lines.length));
    });

    test('commands that scripts made can be run in tests', () => {
        const { out } = type(['admin.command("hello", "Greets.", function(who) return "hello " .. who end)', 'command("hello", "Ada")', 'command("none")']);
        assert.match(out, /^"hello Ada"\n.*there is no command 'none'/);
    });
});
