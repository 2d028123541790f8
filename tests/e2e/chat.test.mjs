// Two people at two browsers see what each other does, at once and after a reload.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, openBrowser, Person, until } from './people.mjs';
import { Server, transportName } from './server.mjs';

describe('two people', () => {
    let server, browser, ada, bob;

    before(async () => {
        server = await Server.start();
        browser = await openBrowser();
        ada = await Person.arrive(browser, server, 'Ada');
        bob = await Person.arrive(browser, server, 'Bob', { dark: true });
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    it('meet in a conversation that one creates and the other finds at once', async () => {
        await ada.screenshot('no-conversations');
        await assertAccessible(ada, 'no conversation');
        await ada.page.getByRole('button', { name: 'New conversation' }).first().click();
        await ada.screenshot('create');
        await ada.page.getByLabel('Title').fill('Bell tower');
        await ada.page.getByRole('button', { name: 'Create', exact: true }).click();
        await ada.page.getByText('Nothing here yet').waitFor();
        await ada.screenshot('no-messages');
        await assertAccessible(ada, 'no message');
        await bob.open('Bell tower');
        await bob.page.getByText('You are reading as a visitor').waitFor();
    });

    it('see who is there', async () => {
        await ada.page.getByText('2 online').waitFor();
        await ada.page.getByRole('button', { name: 'Members', exact: true }).click();
        await ada.page.locator('.member').filter({ hasText: 'Bob' }).getByText('Visitor').waitFor();
        await ada.screenshot('members');
        await ada.page.keyboard.press('Escape');
        const eve = await Person.arrive(browser, server, 'Eve');
        await eve.open('Bell tower');
        await ada.page.getByText('3 online').waitFor();
        await eve.context.close();
        await ada.page.getByText('2 online').waitFor();
    });

    it('see each other typing, and then the message', async () => {
        await ada.composer.pressSequentially('Hello');
        await bob.page.getByText('Ada').and(bob.page.locator('.typing-line *')).waitFor();
        assert.match(await bob.page.getByTestId('typing').innerText(), /Ada.* is typing/);
        await bob.screenshot('typing-dark');
        await assertAccessible(bob, 'typing');
        await ada.composer.press('Enter');
        await ada.sees('Hello');
        await bob.sees('Hello');
        assert.equal(await bob.page.getByTestId('typing').innerText(), '');
        await bob.write('Hello Ada');
        await ada.sees('Hello Ada');
        await bob.page.getByText('You are reading as a visitor').waitFor({ state: 'detached' });
    });

    it('see edits, by the pencil and by the arrow', async () => {
        await ada.act('Hello', 'Edit');
        await ada.screenshot('editing');
        await assertAccessible(ada, 'editing');
        await ada.page.locator('.edit-form textarea').fill('Hello everybody');
        await ada.page.locator('.edit-form textarea').press('Enter');
        await bob.message('Hello everybody').getByText('edited').waitFor();
        await bob.composer.press('ArrowUp');
        await bob.page.locator('.edit-form textarea').fill('Hello dear Ada');
        await bob.page.locator('.edit-form textarea').press('Enter');
        await ada.message('Hello dear Ada').getByText('edited').waitFor();
        await bob.composer.press('ArrowUp');
        await bob.page.keyboard.press('Escape');
        assert.equal(await bob.page.locator('.edit-form').count(), 0);
    });

    it('see reactions and who reacted', async () => {
        await bob.act('Hello everybody', 'Add reaction');
        await bob.page.getByRole('dialog', { name: 'Emoji' }).waitFor();
        await bob.page.getByPlaceholder('Search emoji').fill('thumbs up');
        await bob.page.locator('[frimousse-emoji]:visible').first().waitFor();
        await bob.screenshot('emoji-dark');
        await bob.page.keyboard.press('Enter');
        const reaction = ada.message('Hello everybody').locator('.reaction').filter({ hasText: '👍' });
        await reaction.waitFor();
        assert.equal(await reaction.getAttribute('title'), 'Bob reacted with 👍');
        await reaction.click();
        const same = bob.message('Hello everybody').locator('.reaction').filter({ hasText: '👍' });
        await until('two reacted', async () => (await same.innerText()).endsWith('2'));
        await reaction.click();
        await until('one took it back', async () => (await same.innerText()).endsWith('1'));
    });

    it('reply, and a click on the quote leads to it', async () => {
        await bob.act('Hello everybody', 'Reply');
        await bob.page.getByText('Replying to').waitFor();
        await bob.screenshot('replying-dark');
        await assertAccessible(bob, 'replying');
        await bob.write('Nice to be here');
        const quote = ada.message('Nice to be here').locator('.quote');
        assert.match(await quote.innerText(), /Ada[\s\S]*Hello everybody/);
        await quote.click();
        await ada.page.locator('.message.is-target').filter({ hasText: 'Hello everybody' }).waitFor();
    });

    it('mention each other, and the mentioned one sees the badge', async () => {
        await bob.page.goto(`${server.url}/#/`);
        await bob.page.getByText('Pick a conversation').waitFor();
        await ada.composer.pressSequentially('Look here @Bo');
        await ada.page.getByRole('option', { name: 'Bob' }).waitFor();
        await ada.screenshot('mention');
        await assertAccessible(ada, 'completion');
        await ada.composer.press('Enter');
        assert.equal(await ada.composer.inputValue(), 'Look here @Bob ');
        await ada.composer.press('Enter');
        await bob.page.getByText('1 mention of you').waitFor();
        assert.match(await bob.page.title(), /^\(1\) /);
        await bob.screenshot('unread-dark');
        await assertAccessible(bob, 'unread');
        await bob.open('Bell tower');
        await bob.message('Look here @Bob').locator('.mention-me').waitFor();
        await bob.page.locator('.divider').waitFor();
        await until('it is read', async () => !/^\(/.test(await bob.page.title()));
    });

    it('edit what ends with a name, and Enter saves it', async () => {
        await ada.write('Over to @Bob ');
        await ada.sees('Over to @Bob');
        await ada.composer.press('ArrowUp');
        await ada.page.locator('.edit-form textarea').waitFor();
        assert.equal(await ada.page.getByRole('listbox').count(), 0);
        await ada.page.locator('.edit-form textarea').press('Enter');
        await ada.page.locator('.edit-form').waitFor({ state: 'detached' });
        assert.equal(await ada.message('Over to @Bob').getByText('edited').count(), 0);
    });

    it('see that a message was deleted', async () => {
        await ada.act('Look here @Bob', 'Delete');
        await ada.screenshot('delete');
        await assertAccessible(ada, 'deleting');
        await ada.confirm('Delete');
        await bob.page.getByText('This message was deleted.').waitFor();
        assert.equal(await bob.message('Look here @Bob').count(), 0);
    });

    it('find what was written by searching', async () => {
        await ada.page.keyboard.press('Control+Shift+f');
        await ada.page.getByRole('searchbox').fill('nice');
        await ada.page.locator('.result').filter({ hasText: 'Nice to be here' }).waitFor();
        await ada.screenshot('search');
        await ada.page.locator('.result').first().click();
        await ada.page.locator('.message.is-target').filter({ hasText: 'Nice to be here' }).waitFor();
        await ada.page.keyboard.press('Escape');
    });

    it('see everything again after a reload, and what was not sent is still in the composer', async () => {
        await bob.composer.fill('half a thought');
        const texts = await bob.texts();
        await bob.page.reload();
        await bob.sees('Nice to be here');
        assert.deepEqual(await bob.texts(), texts);
        assert.equal(await bob.composer.inputValue(), 'half a thought');
        assert.equal(await bob.message('Hello everybody').locator('.reaction').filter({ hasText: '👍' }).count(), 1);
        await bob.composer.fill('');
    });

    it('come back to where unread begins, and it is read once they have read it', async () => {
        const user = await bob.user();
        await ada.page.goto(`${server.url}/#/`);
        await ada.page.getByText('Pick a conversation').waitFor();
        for (let n = 0; n < 30; n++) await server.say('bell-tower', user, `line ${n}\n\nand its second half`);
        await ada.page.locator('.badge').filter({ hasText: '30' }).waitFor();
        await ada.open('Bell tower');
        const first = ada.messages.filter({ hasText: 'line 0' });
        await until('the first unread one is in view', () => first.evaluate(row => {
            const view = row.closest('[data-testid=history]').getBoundingClientRect();
            const { top, bottom } = row.getBoundingClientRect();
            return top >= view.top && bottom <= view.bottom;
        }));
        assert.ok(await ada.page.locator('.divider').isVisible());
        await ada.screenshot('unread-begins');
        assert.equal(await ada.page.locator('.badge').count(), 1);
        await ada.page.locator('.to-end button').click();
        await ada.sees('line 29\n\nand its second half');
        await until('it is read', async () => (await ada.page.locator('.badge').count()) === 0);
    });

    it('begin at the first message where they have read nothing yet', async () => {
        const { id } = await ada.user();
        const { token, user } = await server.signIn('Founder');
        await server.createConversation('archive', 'Archive', 'public', token);
        await server.fill('archive', user, 60, n => `record ${n}`);
        await server.call('PUT', `/conversations/archive/members/${id}`, { role: 'member' }, token);
        await ada.page.locator('.badge').filter({ hasText: '60' }).waitFor(); /* the page knows that they belong to it */
        await ada.open('Archive');
        await ada.page.locator('.divider').waitFor();
        await ada.message('record 0').waitFor();
        await ada.page.locator('.to-end button').click();
        await ada.sees('record 59');
        await until('it is read', async () => (await ada.page.locator('.badge').count()) === 0);
        await ada.open('Bell tower');
        await ada.sees('line 29\n\nand its second half');
    });

    it('stay where unread begins when the view changes its height in that moment', async () => {
        const eve = await Person.arrive(browser, server, 'Evelyn');
        const { id } = await eve.user();
        const { token, user } = await server.signIn('Annexer');
        await server.createConversation('annex', 'Annex', 'public', token);
        await server.fill('annex', user, 60, line => `entry ${line}`);
        await server.call('PUT', `/conversations/annex/members/${id}`, { role: 'member' }, token);
        await eve.page.addInitScript(tellHeightWithFirstRows);
        await eve.page.reload();
        await eve.page.locator('.badge').filter({ hasText: '60' }).waitFor();
        await eve.open('Annex');
        await eve.message('entry 0').waitFor();
        await until('its height was told', () => eve.page.evaluate(() => window.heightsTold > 0));
        await eve.page.evaluate(() => new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next))));
        assert.equal(await eve.message('entry 0').count(), 1);
        assert.ok(await eve.page.locator('.divider').isVisible());
        await eve.page.locator('.to-end button').waitFor();
        await eve.context.close();
    });

    it('have nothing unread of what a server or another device says in their name', async () => {
        const user = await ada.user();
        const item = ada.page.locator('.conversation-item').filter({ hasText: 'Bell tower' });
        await ada.history.evaluate(list => { list.scrollTop = 0; });
        await ada.page.getByRole('button', { name: 'Jump to the newest message' }).waitFor();
        await server.say('bell-tower', user, 'said while I read above', { mentions: [user.id] });
        await item.filter({ hasText: 'said while I read above' }).waitFor();
        await ada.page.getByRole('button', { name: 'Jump to the newest message' }).waitFor();
        await ada.page.goto(`${server.url}/#/`);
        await ada.page.getByText('Pick a conversation').waitFor();
        await server.say('bell-tower', { ...user, name: 'Ada’s calendar' }, 'said while I look elsewhere', { mentions: [user.id] });
        await item.filter({ hasText: 'said while I look elsewhere' }).waitFor();
        assert.equal(await ada.page.locator('.badge').count(), 0);
        await ada.page.reload();
        await item.filter({ hasText: 'said while I look elsewhere' }).waitFor();
        assert.equal(await ada.page.locator('.badge').count(), 0);
        assert.doesNotMatch(await ada.page.title(), /^\(/);
        await bob.sees('said while I look elsewhere');
        await ada.open('Bell tower');
        await ada.sees('said while I look elsewhere');
        assert.equal(await ada.page.locator('.divider').count(), 0);
    });

    it('meet in a conversation by invitation', async () => {
        await ada.page.getByRole('button', { name: 'New conversation' }).first().click();
        await ada.page.getByLabel('Title').fill('Secret supper');
        await ada.page.getByText('By invitation').click();
        await ada.page.getByRole('button', { name: 'Create', exact: true }).click();
        await ada.page.getByText('Nothing here yet').waitFor();
        await ada.write('Eight o’clock');
        assert.equal(await bob.page.getByText('Secret supper').count(), 0);
        await ada.page.getByRole('button', { name: 'Invite people' }).click();
        await ada.page.getByRole('button', { name: 'Create invitation link' }).click();
        const link = await ada.page.getByLabel('Invitation link').inputValue();
        await ada.screenshot('invite');
        await ada.page.keyboard.press('Escape');
        await bob.page.goto(link);
        await bob.page.getByText('invites you').waitFor();
        await bob.screenshot('invitation-dark');
        await assertAccessible(bob, 'an invitation');
        await bob.page.getByRole('button', { name: 'Join conversation' }).click();
        await bob.sees('Eight o’clock');
        await bob.write('I shall be there');
        await ada.sees('I shall be there');
    });

    it('have roles, and a moderator may delete what others wrote', async () => {
        await ada.page.getByRole('button', { name: 'Members', exact: true }).click();
        await ada.page.getByLabel('Role of Bob').selectOption('moderator');
        await ada.screenshot('roles');
        await assertAccessible(ada, 'roles');
        await until('Bob may delete', async () => {
            await bob.message('Eight o’clock').hover();
            return (await bob.message('Eight o’clock').getByRole('button', { name: 'Delete' }).count()) === 1;
        });
        await bob.act('Eight o’clock', 'Delete');
        await bob.confirm('Delete');
        await ada.page.getByText('This message was removed by a moderator.').waitFor();
        await ada.page.keyboard.press('Escape');
    });

    it('lose a conversation that they are removed from', async () => {
        await ada.page.getByRole('button', { name: 'Members', exact: true }).click();
        await ada.page.getByRole('button', { name: 'Remove Bob' }).click();
        await ada.confirm('Remove');
        await bob.page.getByText('This conversation can’t be opened').waitFor();
        await bob.screenshot('removed-dark');
        assert.equal(await bob.page.locator('.conversation-item').filter({ hasText: 'Secret supper' }).count(), 0);
    });

    it('sign out, and are asked for a name', async () => {
        await ada.page.getByRole('button', { name: 'Settings' }).click();
        await ada.page.getByText(`Connected by ${transportName}`).waitFor();
        await ada.screenshot('settings');
        await ada.page.getByRole('button', { name: 'Sign out' }).click();
        await ada.page.getByLabel('Your name').waitFor();
        assert.equal(await ada.page.evaluate(() => localStorage.getItem('carillon.session')), null);
        ada.assertQuiet();
        bob.assertQuiet(/40[34]/);
    });
});

/* In the page: who watches the history's height is told of a change just as its first rows are there. */
function tellHeightWithFirstRows() {
    const tellers = [];
    window.heightsTold = 0;
    const Observer = window.ResizeObserver;
    window.ResizeObserver = class extends Observer {
        constructor(tell) {
            super(tell);
            this.tell = tell;
        }
        observe(element, options) {
            super.observe(element, options);
            if (element.dataset.testid === 'history') tellers.push(() => this.tell([], this));
        }
    };
    const rows = new MutationObserver(() => {
        if (!document.querySelector('[data-testid=history] .message')) return;
        rows.disconnect();
        for (const tell of tellers) {
            tell();
            window.heightsTold += 1;
        }
    });
    rows.observe(document, { childList: true, subtree: true });
}
