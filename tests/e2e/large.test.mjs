// A conversation of 10,000 messages stays quick, and reading its past is not disturbed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, Person, until } from './people.mjs';
import { Server } from './server.mjs';

const COUNT = 10_000;
const INCOMING_BUDGET_MS = 50;
const FRAME_BUDGET_MS = 16;

const text = n => `${n}: ${Array(1 + (n % 4)).fill('the bell rings and the tower answers').join(' ')}`;

describe('10,000 messages', () => {
    let server, browser, ada, author, metrics;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
        author = await server.signIn('Founder');
        await server.createConversation('long', 'Long talk', 'public', author.token);
        await server.fill('long', author.user, COUNT, text);
        ada = await Person.arrive(browser, server, 'Ada');
        await ada.open('Long talk');
        await ada.message(text(COUNT - 1)).waitFor();
        const session = await ada.context.newCDPSession(ada.page);
        await session.send('Performance.enable');
        /* seconds of script and of everything that the page's thread did */
        metrics = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    it('show the newest first, and only the rows in view are in the document', async () => {
        assert.ok((await ada.messages.count()) < 80);
        await ada.screenshot('long');
    });

    it('let older pages come in without moving what is being read', async () => {
        for (let round = 0; round < 4; round++) {
            const moved = await ada.page.evaluate(watchWhileOlderComes);
            assert.ok(moved.grew > 1000, 'an older page came in');
            assert.ok(moved.by <= 1, `what was read moved by ${moved.by} px`);
        }
    });

    it('load to the first by scrolling up', async () => {
        await until('the beginning is there', () => ada.page.evaluate(() => {
            const list = document.querySelector('[data-testid=history]');
            list.scrollTop = 0;
            return document.querySelector('.history-top')?.textContent.startsWith('This is where') ?? false;
        }), 90_000);
        await ada.message(text(0)).waitFor();
        await ada.screenshot('long-beginning');
    });

    it('scroll within a frame a step', async () => {
        const start = await metrics();
        const steps = 120;
        await ada.page.evaluate(scrollDown, steps);
        const end = await metrics();
        const script = ((end.ScriptDuration - start.ScriptDuration) * 1000) / steps;
        console.log(`# script a scroll step: ${script.toFixed(2)} ms`);
        assert.ok(script < FRAME_BUDGET_MS, `${script} ms`);
    });

    it('tell of new ones below without moving the reader', async () => {
        const before = await ada.page.evaluate(() => document.querySelector('[data-testid=history]').scrollTop);
        await server.say('long', author.user, 'news');
        await server.say('long', author.user, 'more news');
        await ada.page.getByRole('button', { name: '2 new messages' }).waitFor();
        assert.equal(await ada.page.evaluate(() => document.querySelector('[data-testid=history]').scrollTop), before);
        await ada.screenshot('long-new-below');
        await ada.page.getByRole('button', { name: '2 new messages' }).click();
        await ada.sees('more news');
    });

    it(`take in a new one in under ${INCOMING_BUDGET_MS} ms of script`, async () => {
        const rounds = 20;
        const start = await metrics();
        for (let n = 0; n < rounds; n++) {
            await server.say('long', author.user, `incoming ${n}`);
            await ada.message(`incoming ${n}`).waitFor({ state: 'attached' });
        }
        const end = await metrics();
        const script = ((end.ScriptDuration - start.ScriptDuration) * 1000) / rounds;
        console.log(`# script an incoming message with ${COUNT} loaded: ${script.toFixed(2)} ms`);
        assert.ok(script < INCOMING_BUDGET_MS, `${script} ms`);
        await until('it follows', async () => ada.message(`incoming ${rounds - 1}`).isVisible());
    });
});

/** In the page: stands where the next older page is asked for, and watches a row until that page has come. */
async function watchWhileOlderComes() {
    const list = document.querySelector('[data-testid=history]');
    const frame = () => new Promise(next => requestAnimationFrame(next));
    /* read upwards, as people do: what is passed gets its real height */
    for (list.scrollTop = 2600, await frame(); list.scrollTop > 1250; await frame()) list.scrollTop -= 50;
    for (let n = 0; n < 10; n++) await frame();
    const height = list.scrollHeight;
    list.scrollTop -= 100;
    await frame();
    const middle = list.getBoundingClientRect().top + list.clientHeight / 2;
    const rows = [...document.querySelectorAll('.message')];
    const key = rows.find(row => row.getBoundingClientRect().bottom > middle).dataset.key;
    const find = () => document.querySelector(`.message[data-key="${key}"]`)?.getBoundingClientRect().top ?? Infinity;
    const start = find();
    let by = 0;
    for (let n = 0; n < 180 && list.scrollHeight - height <= 1000; n++) {
        await frame();
        by = Math.max(by, Math.abs(find() - start));
    }
    for (let n = 0; n < 20; n++) {
        await frame();
        by = Math.max(by, Math.abs(find() - start));
    }
    return { grew: list.scrollHeight - height, by };
}

/** In the page: so many steps of 400 px, one a frame. */
async function scrollDown(steps) {
    const list = document.querySelector('[data-testid=history]');
    for (let n = 0; n < steps; n++) {
        list.scrollTop += 400;
        await new Promise(next => requestAnimationFrame(next));
    }
}
