// The hooks that come with Carillon: their own tests, by carillonctl and by a daemon that loads all of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { World } from './fixture.mjs';

const scripts = join(dirname(fileURLToPath(import.meta.url)), '../../scripts');
const carillonctl = join(process.env.CARILLON_BUILD, 'admin/carillonctl');

const lua = (args, input) => {
    const { status, stdout, stderr } = spawnSync(carillonctl, ['lua', ...args], { encoding: 'utf8', timeout: 120000, input });
    return { status, text: stdout + stderr };
};
const luaTest = (...paths) => lua(['test', ...paths]);

test('their tests pass, and every hook has some', async () => {
    const files = await readdir(join(scripts, 'hooks'));
    const hooks = files.filter(name => /^[a-z]+\.lua$/.test(name));
    assert.ok(hooks.length >= 13);
    for (const hook of hooks) assert.ok(files.includes(hook.replace('.lua', '_spec.lua')), hook);
    const { status, text } = luaTest(join(scripts, 'hooks'));
    assert.equal(status, 0, text);
    assert.match(text, /^\d\d+ passed, 0 failed$/m);
});

test('a test that fails is told with file and line', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-shipped-'));
    t.after(() => rm(folder, { recursive: true }));
    await cp(scripts, folder, { recursive: true });
    const spec = join(folder, 'hooks/slowmode_spec.lua');
    await writeFile(spec, (await readFile(spec, 'utf8')).replace('"slow_mode"', '"quick_mode"'));
    const { status, text } = luaTest(spec, '--directory', folder);
    assert.notEqual(status, 0);
    assert.match(text, /slowmode_spec\.lua:5: expected "quick_mode", got "slow_mode"/);
    assert.match(text, /^\d+ passed, 1 failed$/m);
});

for (const workers of [1, 3]) test(`all of them in one daemon, workers: ${workers}`, async t => {
    const files = {};
    for (const folder of ['hooks', 'words'])
        for (const name of await readdir(join(scripts, folder)))
            files[`${folder}/${name}`] = await readFile(join(scripts, folder, name), 'utf8');
    const hooks = Object.keys(files).filter(name => /^hooks\/[a-z]+\.lua$/.test(name));
    files['mine.lua'] = 'quarantine = { messages = 2 }';
    const world = await World.start(files, { workers, scripts: hooks, options: { settings: 'mine.lua' } });
    t.after(() => world.end());
    assert.match(world.daemon.log, new RegExp(`${hooks.length} scripts with \\d+ hooks are in force`));
    await world.people();
    const channel = await world.conversation();
    const say = async (person, text) => {
        const answer = await person.publish(channel, text);
        return answer.type === 'error' ? answer.code : answer.held ? 'held' : answer.message.text;
    };
    for (let i = 0; i < 2; i++) assert.equal(await say(world.ada, `hello ${i}`), 'held', 'newcomers wait');
    assert.equal(await say(world.ada, 'mail me: ada@example.org'), 'mail me: […]');
    assert.equal(await say(world.ada, 'see https://evil.example'), 'link');
    assert.equal(await say(world.ada, 'one more'), 'one more');
    assert.equal(await say(world.ada, 'too many now'), 'flood');
    for (let i = 0; i < 2; i++) assert.equal(await say(world.bob, `hi ${i}`), 'held');
    assert.equal(await say(world.bob, 'you shithead'), 'profanity');
    assert.equal(await say(world.bob, 'WHAT IS GOING ON HERE'), 'shouting');
});

test('the reference is what carillonctl prints', async () => {
    const { status, stdout } = spawnSync(carillonctl, ['lua', 'reference'], { encoding: 'utf8', timeout: 120000 });
    assert.equal(status, 0);
    assert.equal(await readFile(join(scripts, 'REFERENCE.md'), 'utf8'), stdout, 'run: carillonctl lua reference > scripts/REFERENCE.md');
});

test('what the tutorial says is so', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-tutorial-'));
    t.after(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'hooks'));
    const text = await readFile(join(scripts, 'TUTORIAL.md'), 'utf8');
    const files = [...text.matchAll(/```lua\n-- (hooks\/\S+)\n([^]*?)```/g)];
    assert.equal(files.length, 4);
    for (const [, name, code] of files.slice(0, 2)) await writeFile(join(folder, name), code);
    assert.match(luaTest(join(folder, 'hooks')).text, /^4 passed, 0 failed$/m);
    assert.match(lua(['lint', '--no-luacheck', join(folder, 'hooks')]).text, /^2 files, 0 findings$/m);
    const script = join(folder, 'hooks/questions.lua');
    assert.match(lua(['repl', script], 'run { channel = "help", text = "Why?" }\n').text, /verdict = "drop"/);
    const good = await readFile(script, 'utf8');
    await writeFile(script, good.replace('"?"', '"!"'));
    assert.match(luaTest(join(folder, 'hooks')).text, /questions_spec\.lua:\d+: expected "pass", got "drop"/);
    await writeFile(script, good);
    for (const [, name, code] of files) await writeFile(join(folder, name), code);
    assert.match(luaTest(join(folder, 'hooks')).text, /^5 passed, 0 failed$/m);
});
