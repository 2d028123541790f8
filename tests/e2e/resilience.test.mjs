// The connection goes and comes: nothing is lost, nothing comes twice, and nobody has to reload.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, openBrowser, Person, until } from './people.mjs';
import { Server } from './server.mjs';

const NETWORK = /ERR_|WebSocket connection|EventSource/;

describe('a lost connection', () => {
    let server, browser, ada, bob;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
        const founder = await server.signIn('Founder');
        await server.createConversation('general', 'General', 'public', founder.token);
        ada = await Person.arrive(browser, server, 'Ada');
        bob = await Person.arrive(browser, server, 'Bob');
        for (const person of [ada, bob]) {
            await person.open('General');
            await person.write(`Here is ${person.name}`);
            await person.sees(`Here is ${person.name}`);
        }
        await ada.sees('Here is Bob');
        await ada.page.keyboard.press('Control+k'); /* the dialogs are there when the daemon is not */
        await ada.page.getByRole('dialog').waitFor();
        await ada.page.keyboard.press('Escape');
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    it('is told after two seconds, and messages wait in order for the daemon that was killed', async () => {
        await server.kill();
        await ada.write('first while down');
        await ada.write('second while down');
        await ada.message('second while down').getByText('Waiting for the connection').waitFor();
        assert.equal(await ada.page.locator('.banner').count(), 0);
        await ada.page.getByText('2 messages wait').waitFor();
        await ada.screenshot('reconnecting');
        await assertAccessible(ada, 'reconnecting');
        await ada.page.getByRole('button', { name: 'New conversation' }).click();
        await ada.page.getByLabel('Title').fill('Not now');
        await ada.page.getByRole('button', { name: 'Create', exact: true }).click();
        await ada.page.getByRole('dialog').getByText('The server can’t be reached').waitFor();
        await ada.screenshot('create-failed');
        await assertAccessible(ada, 'a form that failed');
        await ada.page.keyboard.press('Escape');
        await server.up();
        await bob.sees('first while down');
        await bob.sees('second while down');
        await ada.sees('second while down');
        await ada.page.locator('.banner').waitFor({ state: 'detached' });
        const texts = ['Here is Ada', 'Here is Bob', 'first while down', 'second while down'];
        assert.deepEqual(await ada.texts(), texts);
        assert.deepEqual(await bob.texts(), texts);
    });

    it('under a stream of messages leaves no hole and no double', async () => {
        const count = 40;
        const writing = (async () => {
            for (let n = 0; n < count; n++) {
                await ada.write(`n${n}`);
                if (n === count / 2) {
                    await server.kill();
                    setTimeout(() => void server.up(), 700);
                }
            }
        })();
        await writing;
        await bob.message(`n${count - 1}`).waitFor({ timeout: 15_000 });
        await ada.sees(`n${count - 1}`);
        const expected = Array.from({ length: count }, (_, n) => `n${n}`);
        const numbered = texts => texts.filter(text => /^n\d+$/.test(text));
        for (const person of [ada, bob]) {
            const seen = numbered(await person.texts());
            assert.deepEqual(seen, expected.slice(-seen.length), person.name);
            assert.ok(seen.length >= 15);
        }
        const { items } = await server.call('GET', '/conversations/general/messages?limit=100');
        assert.deepEqual(numbered(items.map(message => message.text)), expected);
    });

    it('of one browser: what others wrote and changed meanwhile comes in its place', async () => {
        await bob.context.setOffline(true);
        await bob.page.locator('.banner').waitFor();
        await bob.write('from the tunnel');
        await ada.write('while Bob is away');
        await ada.sees('while Bob is away');
        await ada.composer.press('ArrowUp');
        await ada.page.locator('.edit-form textarea').fill('while Bob was away');
        await ada.page.locator('.edit-form textarea').press('Enter');
        await ada.message('while Bob was away').waitFor();
        await bob.screenshot('offline');
        await bob.context.setOffline(false);
        await bob.sees('while Bob was away');
        await ada.sees('from the tunnel');
        await bob.sees('from the tunnel');
        assert.deepEqual((await bob.texts()).slice(-2), ['while Bob was awayedited', 'from the tunnel']);
        assert.deepEqual(await ada.texts().then(texts => texts.slice(-2)), ['while Bob was awayedited', 'from the tunnel']);
    });

    it('keeps what was written through a reload', async () => {
        await server.kill();
        await bob.write('before the reload');
        await bob.message('before the reload').getByText('Waiting').waitFor();
        await server.up();
        await bob.page.reload();
        await ada.sees('before the reload');
        assert.equal(await ada.message('before the reload').count(), 1);
        ada.assertQuiet(NETWORK);
        bob.assertQuiet(NETWORK);
    });
});

describe('where WebSocket is blocked', () => {
    let server, browser, ada, bob;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
        ada = await Person.arrive(browser, server, 'Ada');
        bob = await Person.arrive(browser, server, 'Bob', {
            before: person => person.page.routeWebSocket(/\/ws$/, socket => socket.close({ code: 1006 })),
        });
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    it('the page goes on over Server-Sent Events', async () => {
        await ada.page.getByRole('button', { name: 'New conversation' }).first().click();
        await ada.page.getByLabel('Title').fill('Narrow pipe');
        await ada.page.getByRole('button', { name: 'Create', exact: true }).click();
        await bob.open('Narrow pipe');
        await bob.write('over the stream');
        await ada.sees('over the stream');
        await bob.sees('over the stream');
        await ada.composer.pressSequentially('an');
        await until('the sign of typing', async () => /Ada/.test(await bob.page.getByTestId('typing').innerText()));
        await ada.write('answer');
        await bob.sees('answer');
        await bob.page.getByRole('button', { name: 'Settings' }).click();
        await bob.page.getByText('Connected by Server-Sent Events').waitFor();
        await bob.page.keyboard.press('Escape');
    });

    it('and resumes there after the daemon was killed', async () => {
        await server.kill();
        await ada.write('while it was down');
        await server.up();
        await bob.sees('while it was down');
        await ada.sees('while it was down');
        await bob.write('and back');
        await ada.sees('and back');
        assert.deepEqual(await bob.texts(), ['over the stream', 'answer', 'while it was down', 'and back']);
    });

    it('and shows in the list what was announced before its stream was open', async () => {
        const founder = await server.signIn('Founder');
        let asked, open;
        const opened = new Promise(resolve => (open = resolve));
        const eve = await Person.arrive(browser, server, 'Eve', {
            before: async ({ page }) => {
                await page.routeWebSocket(/\/ws$/, socket => socket.close({ code: 1006 }));
                await page.route('**/api/v1/tickets', route => {
                    asked = true;
                    return opened.then(() => route.continue());
                });
            },
        });
        await eve.page.locator('.conversation-item').filter({ hasText: 'Narrow pipe' }).waitFor();
        await until('the stream is about to be opened', () => asked);
        await server.createConversation('meanwhile', 'Meanwhile', 'public', founder.token);
        open();
        await eve.page.locator('.conversation-item').filter({ hasText: 'Meanwhile' }).waitFor();
        await eve.context.close();
    });
});
