// What was built: its own tests, its size, and how the daemon serves it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openBrowser } from './people.mjs';
import { Server } from './server.mjs';

const web = join(dirname(fileURLToPath(import.meta.url)), '../../web');
// Without colours, which some tools take CI to want.
const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
const npm = (...args) => promisify(execFile)('npm', ['--prefix', web, 'run', '--silent', ...args], { env });
const BUDGET = 130 * 1024;

describe('the built app', () => {
    let server, browser;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    it('passes its own tests', async () => {
        const { stdout } = await npm('test');
        assert.match(stdout, /Tests\s+\d+ passed/);
    });

    it('keeps its budget', () => npm('size'));

    it('comes compressed, nothing from elsewhere, and no script or style that the policy refuses', async () => {
        const page = await (await browser.newContext()).newPage();
        const answers = [];
        const refused = [];
        page.on('response', answer => answers.push(answer));
        page.on('console', message => /Content Security Policy/.test(message.text()) && refused.push(message.text()));
        await page.goto(server.url);
        await page.getByLabel('Your name').waitFor();
        const scripts = answers.filter(answer => answer.url().endsWith('.js'));
        let bytes = 0;
        for (const answer of scripts) {
            assert.match(answer.headers()['content-encoding'], /^(br|gzip)$/);
            assert.match(answer.headers()['cache-control'], /immutable/);
            bytes += (await answer.request().sizes()).responseBodySize;
        }
        assert.ok(bytes > 0 && bytes <= BUDGET, `${bytes} bytes of JavaScript`);
        assert.deepEqual(answers.filter(answer => !answer.url().startsWith(server.url)).map(answer => answer.url()), []);
        const policy = answers[0].headers()['content-security-policy'];
        assert.match(policy, /script-src 'self'/);
        assert.doesNotMatch(policy, /unsafe/);
        assert.deepEqual(refused, []);
        await page.context().close();
    });
});
