// What is a person's own: invitations they gave, their data, their account, and being told while they look elsewhere.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, openBrowser, Person, until } from './people.mjs';
import { Server } from './server.mjs';

describe('a person', () => {
    let server, browser, ada;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
        ada = await Person.arrive(browser, server, 'Ada');
        await ada.page.getByRole('button', { name: 'New conversation' }).first().click();
        await ada.page.getByLabel('Title').fill('Supper');
        await ada.page.getByText('By invitation').click();
        await ada.page.getByRole('button', { name: 'Create', exact: true }).click();
        await ada.page.getByText('Nothing here yet').waitFor();
        await ada.write('Eight o’clock');
        await ada.sees('Eight o’clock');
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    const invite = async () => {
        await ada.page.getByRole('button', { name: 'Invite people' }).click();
        await ada.page.getByRole('dialog').waitFor();
    };

    it('sees the links they gave, and withdraws one', async () => {
        await invite();
        await ada.page.getByText('There is no other link.').waitFor();
        await ada.page.getByRole('button', { name: 'Create invitation link' }).click();
        const link = await ada.page.getByLabel('Invitation link').inputValue();
        await ada.page.keyboard.press('Escape');
        const bob = await Person.arrive(browser, server, 'Bob');
        await bob.page.goto(link);
        await bob.page.getByRole('button', { name: 'Join conversation' }).click();
        await bob.sees('Eight o’clock');

        await invite();
        const item = ada.page.locator('.invitation-item');
        await item.getByText('used 1 time').waitFor();
        assert.ok(link.endsWith(await item.locator('code').innerText()));
        await ada.screenshot('invitations');
        await assertAccessible(ada, 'links');
        await item.getByRole('button', { name: 'Withdraw the link by Ada' }).click();
        await ada.screenshot('withdraw');
        await ada.confirm('Withdraw');
        await item.waitFor({ state: 'detached' });
        await ada.page.keyboard.press('Escape');

        const eve = await Person.arrive(browser, server, 'Eve', { dark: true });
        await eve.page.goto(link);
        await eve.page.getByText('This invitation can’t be used').waitFor();
        await eve.context.close();
        await bob.write('I stay'); /* who has joined stays */
        await ada.sees('I stay');
        await bob.context.close();
    });

    it('is told in the question why a link could not be withdrawn, and the link stays', async () => {
        await invite();
        await ada.page.getByRole('button', { name: 'Create invitation link' }).click();
        await ada.page.locator('.invitation-item').waitFor();
        await ada.context.setOffline(true);
        await ada.page.getByRole('button', { name: 'Withdraw the link by Ada' }).click();
        await ada.confirm('Withdraw');
        await ada.page.getByRole('dialog').last().getByText('The server can’t be reached').waitFor();
        await ada.screenshot('withdraw-failed');
        await ada.confirm('Cancel');
        assert.equal(await ada.page.locator('.invitation-item').count(), 1);
        await ada.context.setOffline(false);
        await ada.page.keyboard.press('Escape');
        await ada.page.locator('.banner').waitFor({ state: 'detached' });
    });

    it('is asked before they leave what only an invitation opens again', async () => {
        await ada.page.getByRole('button', { name: 'Supper', exact: true }).click();
        await ada.page.getByRole('button', { name: 'Leave conversation' }).click();
        await ada.page.getByText('only with a new invitation').waitFor();
        await ada.screenshot('leave');
        await ada.confirm('Cancel');
        await ada.page.getByText('only with a new invitation').waitFor({ state: 'detached' });
        await ada.page.keyboard.press('Escape');
        await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
        await ada.sees('I stay');
    });

    it('takes their data along, every page of it', async () => {
        const token = await ada.page.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')).token);
        const [{ channel }] = (await server.call('GET', '/conversations', undefined, token)).items;
        const { user } = await server.call('GET', '/me', undefined, token);
        await server.fill(channel, user, 120, n => `Course ${n}`);
        await ada.page.getByRole('button', { name: 'Settings' }).click();
        const [download] = await Promise.all([
            ada.page.waitForEvent('download'),
            ada.page.getByRole('button', { name: 'Download my data' }).click(),
        ]);
        const data = JSON.parse(await readFile(await download.path(), 'utf8'));
        assert.match(download.suggestedFilename(), /^carillon-.*\.json$/);
        assert.equal(data.user.name, 'Ada');
        assert.deepEqual(data.conversations.map(one => one.title), ['Supper']);
        assert.deepEqual(data.messages.map(one => one.text), ['Eight o’clock', ...Array.from({ length: 120 }, (_, n) => `Course ${n}`)]);
        await ada.page.getByText('Downloaded: 121 messages.').waitFor();
        await ada.screenshot('exported');
        await assertAccessible(ada, 'one’s data');
        await ada.page.keyboard.press('Escape');
    });

    it('erases their account, and is signed out', async () => {
        const mary = await Person.arrive(browser, server, 'Mary');
        const grace = await server.signIn('Grace');
        await server.createConversation('hall', 'Hall', 'public', grace.token);
        await mary.open('Hall');
        await mary.write('something private');
        await mary.sees('something private');
        await mary.page.getByRole('button', { name: 'Settings' }).click();
        await mary.page.getByRole('button', { name: 'Erase my account' }).click();
        await mary.screenshot('erase');
        await assertAccessible(mary, 'erasing');
        await mary.confirm('Cancel');
        await mary.page.getByRole('button', { name: 'Erase my account' }).click();
        await mary.confirm('Erase everything');
        await mary.page.getByText('Your account has been erased').waitFor();
        await mary.page.getByLabel('Your name').waitFor();
        await mary.screenshot('erased');
        await assertAccessible(mary, 'erased');
        assert.equal(await mary.page.evaluate(() => localStorage.getItem('carillon.session')), null);
        await until('the message is gone', async () => {
            const { items } = await server.call('GET', '/conversations/hall/messages', undefined, grace.token);
            return !JSON.stringify(items).includes('something private');
        });
        await mary.context.close();
    });
});

describe('a person who looks elsewhere', () => {
    let server, browser, ada, grace;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
        grace = await server.signIn('Grace');
        await server.createConversation('hall', 'Hall', 'public', grace.token);
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    /* The browser's own class, which also writes down what it was asked to show. */
    const record = ({ page }) => page.addInitScript(() => {
        window.shown = [];
        window.Notification = class extends Notification {
            constructor(title, options) {
                super(title, options);
                window.shown.push({ title, body: options.body, click: () => this.onclick?.(new Event('click')) });
            }
        };
    });

    it('is asked when it is first useful, not before', async () => {
        ada = await Person.arrive(browser, server, 'Ada', { before: record });
        await ada.open('Hall');
        assert.equal(await ada.page.getByText('Get a notification').count(), 0);
        await ada.write('Is anybody there?');
        await ada.page.getByText('Get a notification when somebody answers?').waitFor();
        await ada.screenshot('notification-offer');
        await assertAccessible(ada, 'an offer');
        await ada.context.grantPermissions(['notifications']);
        await ada.page.getByRole('button', { name: 'Turn on' }).click();
        await ada.page.getByText('Get a notification').waitFor({ state: 'detached' });
    });

    it('is told of a message then, and not while they read', async () => {
        const shown = () => ada.page.evaluate(() => window.shown.map(({ title, body }) => [title, body]));
        await server.say('hall', grace.user, 'I am');
        await ada.sees('I am');
        assert.deepEqual(await shown(), []);

        const devtools = await ada.context.newCDPSession(ada.page);
        await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false });
        const other = await ada.context.newPage();
        await other.bringToFront();
        await until('the page knows that nobody looks', () => ada.page.evaluate(() => !document.hasFocus()));
        const own = await ada.user();
        await server.say('hall', own, 'Said by a server in my name', { mentions: [own.id] });
        await ada.message('Said by a server in my name').waitFor({ state: 'attached' });
        await server.say('hall', grace.user, 'Are you still there?');
        await until('the notification is shown', async () => (await shown()).length === 1);
        assert.deepEqual(await shown(), [['Hall', 'Grace: Are you still there?']]);
        await until('the title counts it', async () => /^\(1\) /.test(await ada.page.title()));

        await ada.page.evaluate(() => { location.hash = ''; });
        await ada.page.evaluate(() => window.shown[0].click());
        await ada.message('Are you still there?').waitFor({ state: 'attached' });
        await ada.context.close();
    });
});
