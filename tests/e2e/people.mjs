// People at browsers: real Chromium, one context a person.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const output = join(dirname(fileURLToPath(import.meta.url)), '../output/e2e');
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
];
export const PATIENCE_MS = 10_000;

export async function openBrowser() {
    await mkdir(output, { recursive: true });
    return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

export class Person {
    /** What the page complained about; a test may expect some of it. */
    complaints = [];

    static async arrive(browser, server, name, { phone = false, dark = false, before, ...more } = {}) {
        const person = new Person();
        person.name = name;
        person.server = server;
        person.context = await browser.newContext({
            viewport: phone ? { width: 390, height: 800 } : { width: 1280, height: 800 },
            colorScheme: dark ? 'dark' : 'light', hasTouch: phone, isMobile: phone, locale: 'en-GB', ...more,
        });
        person.page = await person.context.newPage();
        person.page.setDefaultTimeout(PATIENCE_MS);
        person.page.on('pageerror', error => person.complaints.push(`error: ${error.message}`));
        person.page.on('console', message => {
            if (message.type() === 'error') person.complaints.push(message.text());
        });
        await before?.(person);
        await person.page.goto(server.url);
        await person.page.getByLabel('Your name').fill(name);
        await person.page.keyboard.press('Enter');
        await person.page.getByRole('heading', { name: 'Conversations', exact: true }).waitFor();
        return person;
    }

    get composer() {
        return this.page.locator('.composer textarea');
    }

    get history() {
        return this.page.getByTestId('history');
    }

    /** The rows in the document, oldest first. */
    get messages() {
        return this.page.locator('.message');
    }

    /** The rows with just this text, edited or not. */
    message(text) {
        const exact = new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(edited)?$`);
        return this.messages.filter({ has: this.page.locator('.message-text').filter({ hasText: exact }) });
    }

    async open(title) {
        await this.page.locator('.conversation-item').filter({ has: this.page.getByText(title, { exact: true }) }).click();
        await this.page.locator('.conversation').filter({ hasText: title }).first().waitFor();
    }

    async write(text) {
        await this.composer.fill(text);
        await this.composer.press('Enter');
    }

    /** It is there, and stored: nothing says that it waits. */
    async sees(text) {
        const row = this.message(text).last();
        await row.waitFor();
        await row.locator('.message-state').waitFor({ state: 'detached' });
        return row;
    }

    /** The texts on screen, oldest first. */
    texts() {
        return this.page.locator('.message-text').allInnerTexts();
    }

    async act(text, action) {
        const row = this.message(text).last();
        await row.hover();
        await row.getByRole('button', { name: action }).first().click();
    }

    /** Answers the question that is open. */
    async confirm(verb) {
        const question = this.page.getByRole('dialog').last();
        await question.getByRole('button', { name: verb, exact: true }).click();
    }

    /** Who the daemon says they are. */
    async user() {
        const token = await this.page.evaluate(() => Object.values(localStorage).map(text => JSON.parse(text)?.token).find(Boolean));
        return (await this.server.call('GET', '/me', undefined, token)).user;
    }

    async screenshot(name) {
        await this.page.screenshot({ path: join(output, `${name}.png`) });
    }

    /** Nothing was complained about but what the patterns allow. */
    assertQuiet(...allowed) {
        assert.deepEqual(this.complaints.filter(text => !allowed.some(pattern => pattern.test(text))), []);
    }
}

/** axe-core finds nothing in what the person sees. */
export async function assertAccessible(person, state) {
    if (!(await person.page.evaluate(() => 'axe' in window))) await person.page.evaluate(await readFile(axePath, 'utf8'));
    const { violations } = await person.page.evaluate(() => window.axe.run(document));
    const told = violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).slice(0, 3).join(' ')}`);
    assert.deepEqual(told, [], state);
}

export async function until(what, check, ms = PATIENCE_MS) {
    const end = Date.now() + ms;
    while (!(await check())) {
        assert.ok(Date.now() < end, `in ${ms} ms it did not happen: ${what}`);
        await new Promise(next => setTimeout(next, 50));
    }
}
