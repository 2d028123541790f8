// Moderators at their browsers: what hooks keep for them, and what they make of it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAccessible, openBrowser, Person } from './people.mjs';
import { Server } from './server.mjs';

describe('moderation', () => {
    let server, browser, founder, ada, mod, other;

    before(async () => {
        server = await Server.start('', ['hooktest']);
        founder = await server.signIn('Founder');
        await server.createConversation('general', 'General', 'public', founder.token);
        browser = await openBrowser();
        [ada, mod, other] = await Promise.all(['Ada', 'Moritz', 'Olga'].map(name => Person.arrive(browser, server, name)));
        for (const person of [ada, mod, other]) {
            const user = await person.user();
            const role = person === ada ? 'member' : 'moderator';
            await server.call('PUT', `/conversations/general/members/${user.id}`, { role }, founder.token);
            await person.open('General');
        }
    });

    after(async () => {
        try {
            for (const person of [ada, mod, other]) {
                person.assertQuiet(/ERR_|WebSocket|status of (40\d|50\d)/); // what the tests themselves break
                await person.context.close();
            }
        } finally {
            await browser?.close();
            await server?.stop();
        }
    });

    const queue = person => person.page.getByRole('complementary', { name: 'For moderators' });
    const waiting = (person, author) => queue(person).getByRole('listitem', { name: `Message by ${author}` });
    const openQueue = person => person.page.getByRole('button', { name: /^For moderators/ }).click();

    it('has no queue for who is no moderator', async () => {
        assert.equal(await ada.page.getByRole('button', { name: /^For moderators/ }).count(), 0);
    });

    it('tells moderators at once, in the list and in the header', async () => {
        await openQueue(mod);
        await queue(mod).getByText('Nothing waits.').waitFor();
        await mod.screenshot('moderation-empty');
        await ada.write('!hold');
        await waiting(mod, 'Ada').getByText('!hold').waitFor();
        await other.page.getByRole('button', { name: 'For moderators, 1 message waits for a moderator' }).waitFor();
        await other.page.locator('.conversation-held').waitFor();
        await mod.screenshot('moderation');
        await assertAccessible(mod, 'moderation');
    });

    it('lets a message through, for everybody, and out of the other moderators’ queues', async () => {
        await openQueue(other);
        await waiting(other, 'Ada').waitFor();
        await waiting(mod, 'Ada').getByRole('button', { name: 'Let through' }).click();
        await waiting(mod, 'Ada').waitFor({ state: 'detached' });
        await waiting(other, 'Ada').waitFor({ state: 'detached' });
        for (const person of [ada, mod, other]) await person.sees('!hold');
        await queue(other).getByText('Nothing waits.').waitFor();
    });

    it('discards one, by keyboard, and tells its author', async () => {
        await ada.write('!hold review');
        const item = waiting(mod, 'Ada');
        await item.getByText('Queue').waitFor();
        await item.getByRole('button', { name: 'Discard' }).focus();
        await mod.page.keyboard.press('Enter');
        await item.waitFor({ state: 'detached' });
        await waiting(other, 'Ada').waitFor({ state: 'detached' });
        await ada.message('!hold review').getByText('A moderator did not let it pass.').waitFor();
    });

    it('says where the moderator looks that a decision failed, and takes one that was made already', async () => {
        await ada.write('!hold again');
        const item = waiting(mod, 'Ada');
        await item.waitFor();
        await mod.page.route('**/held/*/release', route => route.abort());
        await item.getByRole('button', { name: 'Let through' }).click();
        await item.getByText('The server can’t be reached.').waitFor();
        await mod.screenshot('moderation-failed');
        await mod.page.unroute('**/held/*/release');
        await mod.page.route('**/held/*', route => sleep(500).then(() => route.continue()), { times: 1 });
        await item.getByRole('button', { name: 'Discard' }).click();
        await waiting(other, 'Ada').getByRole('button', { name: 'Discard' }).click();
        await item.waitFor({ state: 'detached' });
        await waiting(other, 'Ada').waitFor({ state: 'detached' });
    });

    it('forgets what is too old', async () => {
        await ada.write('!hold default 2000');
        await waiting(mod, 'Ada').waitFor();
        await waiting(mod, 'Ada').waitFor({ state: 'detached' });
        await queue(mod).getByText('Nothing waits.').waitFor();
    });

    it('shows after a reload, and after the daemon was killed, what came meanwhile', async () => {
        await ada.write('!hold kept');
        await waiting(mod, 'Ada').waitFor();
        await mod.page.reload();
        await mod.page.getByRole('button', { name: 'For moderators, 1 message waits for a moderator' }).click();
        await waiting(mod, 'Ada').getByText('!hold kept').waitFor();
        await server.kill();
        await server.up();
        await ada.page.locator('.banner').waitFor({ state: 'detached' });
        await ada.write('!hold meanwhile');
        await waiting(mod, 'Ada').getByText('!hold meanwhile').waitFor();
        assert.equal(await waiting(mod, 'Ada').count(), 2);
    });

    it('shows what waits to who becomes a moderator while the conversation is open', async () => {
        const late = await Person.arrive(browser, server, 'Lara');
        await late.open('General');
        await late.page.getByText('You are reading as a visitor').waitFor();
        const user = await late.user();
        await server.call('PUT', `/conversations/general/members/${user.id}`, { role: 'moderator' }, founder.token);
        await late.page.getByRole('button', { name: 'For moderators, 2 messages wait for a moderator' }).waitFor();
        await late.context.close();
    });

    it('fits a phone, in the dark', async () => {
        const small = await Person.arrive(browser, server, 'Petra', { phone: true, dark: true });
        const user = await small.user();
        await server.call('PUT', `/conversations/general/members/${user.id}`, { role: 'moderator' }, founder.token);
        await small.open('General');
        await small.page.getByRole('button', { name: 'For moderators, 2 messages wait for a moderator' }).click();
        await waiting(small, 'Ada').first().waitFor();
        assert.equal(await small.page.evaluate(() => document.documentElement.scrollWidth), 390);
        await small.screenshot('moderation-phone-dark');
        await assertAccessible(small, 'moderation, phone');
        await small.context.close();
    });
});
