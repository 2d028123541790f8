// Phone, dark, keyboard only, axe in every state, hostile text, refusals, other origins.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, openBrowser, Person, until } from './people.mjs';
import { Server } from './server.mjs';

const HOSTILE = '<img src=x onerror="window.owned=1"><script>window.owned=2</script><b>bold</b> javascript:alert(1)';
const OVERRIDE = '\u202Eshouted backwards\u2066 and never ended';

/** One finger over the conversation, from one side to the other, by the browser's own input. */
async function swipe(page, fromX, toX) {
    const devtools = await page.context().newCDPSession(page);
    const touch = (type, x) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints: x === undefined ? [] : [{ x, y: 400 }] });
    await touch('touchStart', fromX);
    for (let i = 1; i <= 4; i++) await touch('touchMove', fromX + ((toX - fromX) * i) / 4);
    await touch('touchEnd');
}

describe('the page', () => {
    let server, browser, founder;

    before(async () => {
        server = await Server.start('', ['hooktest']);
        browser = await openBrowser();
        founder = await server.signIn('Grace Hopper');
        await server.createConversation('general', 'General', 'public', founder.token);
        await server.createConversation('long', 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft', 'public', founder.token);
        await server.fill('general', founder.user, 60, n => `Message ${n} with \`code\` and https://example.org/${n}.`);
        const { message } = await server.say('general', founder.user, HOSTILE);
        await server.call('PUT', `/conversations/general/messages/${message.id}/reactions/${encodeURIComponent('🔔')}`, undefined, founder.token);
        await server.call('POST', '/conversations/general/messages', { text: 'See above', reply_to: message.id }, founder.token);
        await server.say('general', founder.user, `\`\`\`\n${'a line of code that is longer than any pane is wide; '.repeat(4)}\n\`\`\``);
        await server.say('general', founder.user, OVERRIDE);
        await server.say('general', founder.user, 'مرحبا بالعالم');
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
    });

    for (const dark of [false, true]) {
        const look = dark ? 'dark' : 'light';

        it(`has nothing that axe minds, ${look}`, async () => {
            const context = await browser.newContext({ colorScheme: dark ? 'dark' : 'light', viewport: { width: 1280, height: 800 } });
            const guest = new Person();
            guest.page = await context.newPage();
            await guest.page.goto(server.url);
            await guest.page.getByLabel('Your name').waitFor();
            await guest.screenshot(`sign-in-${look}`);
            await assertAccessible(guest, 'sign-in');
            await context.close();

            const ada = await Person.arrive(browser, server, `Ada ${look}`, { dark });
            await assertAccessible(ada, 'nothing open');
            await ada.open('General');
            await ada.sees('See above');
            await ada.screenshot(`conversation-${look}`);
            await assertAccessible(ada, 'a conversation');
            await ada.message('See above').hover();
            await assertAccessible(ada, 'actions of a message');
            for (const [button, name] of [['Members', 'members'], ['Search messages', 'search']]) {
                await ada.page.getByRole('button', { name: button, exact: true }).click();
                await ada.page.locator('.side').waitFor();
                await assertAccessible(ada, name);
            }
            await ada.page.keyboard.press('Escape');
            for (const [button, name] of [['New conversation', 'create'], ['Settings', 'settings'], ['Go to a conversation', 'switcher'],
                ['Invite people', 'invite'], ['General', 'details']]) {
                await ada.page.getByRole('button', { name: button, exact: true }).click();
                await ada.page.getByRole('dialog').waitFor();
                await ada.screenshot(`${name}-${look}`);
                await assertAccessible(ada, name);
                assert.ok(await ada.page.getByRole('dialog').evaluate(one => one.scrollWidth <= one.clientWidth), `${name} fits`);
                await ada.page.keyboard.press('Escape');
                await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
            }
            await ada.page.getByRole('button', { name: 'Emoji' }).click();
            await ada.page.locator('[frimousse-emoji]:visible').first().waitFor();
            await ada.screenshot(`emoji-${look}`);
            await assertAccessible(ada, 'emoji');
            await ada.page.keyboard.press('Escape');
            ada.assertQuiet();
            await ada.context.close();
        });
    }

    it('has nothing that axe minds where nothing is found, opened or reached', async () => {
        const ada = await Person.arrive(browser, server, 'Ada lost');
        await ada.page.getByRole('button', { name: 'Go to a conversation' }).click();
        await ada.page.locator('.switcher-input:focus').waitFor(); /* it is loaded when it is first opened */
        await ada.page.keyboard.type('no such name');
        await ada.page.getByText('No conversation with that name.').waitFor();
        await assertAccessible(ada, 'switcher, nothing found');
        await ada.page.keyboard.press('Escape');
        await ada.open('General');
        await ada.sees('See above');
        await ada.page.getByRole('button', { name: 'Emoji' }).click();
        await ada.page.getByPlaceholder('Search emoji').fill('no such emoji');
        await ada.page.getByText('No emoji found').waitFor();
        await assertAccessible(ada, 'no emoji found');
        await ada.page.keyboard.press('Escape');
        await ada.page.getByRole('button', { name: 'Search messages', exact: true }).click();
        await ada.page.getByRole('searchbox').fill('code');
        await ada.page.locator('.result').first().waitFor();
        await assertAccessible(ada, 'search, results');
        await ada.page.route('**/search?*', route => route.abort());
        await ada.page.getByRole('searchbox').fill('nothing');
        await ada.page.getByText('The search failed.').waitFor();
        await assertAccessible(ada, 'search, failed');
        await ada.page.goto(`${server.url}/#/c/no-such-conversation`);
        await ada.page.getByText('This conversation can’t be opened').waitFor();
        await assertAccessible(ada, 'a conversation that can’t be opened');
        await ada.page.goto(`${server.url}/#/i/no-such-invitation`);
        await ada.page.getByText('This invitation can’t be used').waitFor();
        await assertAccessible(ada, 'an invitation that can’t be used');
        await ada.context.close();
    });

    it('moves nothing where a person wants no motion', async () => {
        const ada = await Person.arrive(browser, server, 'Ada still', { reducedMotion: 'reduce' });
        await ada.open('General');
        await ada.sees('See above');
        await ada.messages.filter({ hasText: 'See above' }).locator('.quote').click();
        await ada.page.locator('.message.is-target').waitFor();
        assert.equal(await ada.page.evaluate(() => document.getAnimations().length), 0);
        await ada.context.close();
    });

    it('can be read and written at twice the size', async () => {
        const ada = await Person.arrive(browser, server, 'Ada large', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
        await ada.open('General');
        await ada.sees('See above');
        await ada.write('written at twice the size');
        await ada.sees('written at twice the size');
        assert.ok(await ada.message('written at twice the size').isVisible());
        assert.equal(await ada.page.evaluate(() => document.documentElement.scrollWidth), 640);
        assert.ok((await ada.history.boundingBox()).height >= 140, 'room to read');
        await ada.screenshot('twice-the-size');
        await ada.page.getByRole('link', { name: 'Back to conversations' }).click();
        await ada.page.getByRole('button', { name: 'Settings' }).click();
        await ada.page.getByRole('button', { name: 'Sign out' }).click();
        await ada.page.getByLabel('Your name').waitFor();
        await ada.context.close();
    });

    it('shows the actions of a message also where its top is out of view', async () => {
        const eve = await Person.arrive(browser, server, 'Eve taps', { phone: true });
        await server.say('general', founder.user, 'a high message\n'.repeat(60));
        await eve.open('General');
        const row = eve.messages.filter({ hasText: 'a high message' }).last();
        await row.waitFor();
        assert.equal(await eve.page.locator('.message-actions').evaluateAll(all => all.filter(one => getComputedStyle(one).opacity !== '0').length), 0);
        await eve.page.touchscreen.tap(200, 400);
        const reply = row.getByRole('button', { name: 'Reply' });
        await until('the actions are in view', () => reply.evaluate(button => {
            const { left, top, width, height } = button.getBoundingClientRect();
            return getComputedStyle(button.parentElement).opacity === '1' &&
                button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        }));
        await reply.tap();
        await eve.page.getByText('Replying to').waitFor();
        await eve.context.close();
    });

    it('can be set to dark or light against the system', async () => {
        const ada = await Person.arrive(browser, server, 'Ada themes');
        const background = () => ada.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await background();
        await ada.page.getByRole('button', { name: 'Settings' }).click();
        await ada.page.getByText('Dark', { exact: true }).click();
        const dark = await background();
        assert.notEqual(dark, light);
        await ada.page.reload();
        await ada.page.getByRole('heading', { name: 'Conversations', exact: true }).waitFor();
        assert.equal(await background(), dark);
        await ada.context.close();
    });

    it('shows hostile text as text', async () => {
        const ada = await Person.arrive(browser, server, 'Ada hostile');
        await ada.open('General');
        await ada.sees('See above');
        const row = ada.messages.filter({ hasText: '<img src=x' }).first();
        assert.equal((await row.locator('.message-text').innerText()).trim(), HOSTILE);
        assert.equal(await ada.page.locator('.history img, .history script, .history b').count(), 0);
        assert.equal(await ada.page.evaluate(() => window.owned), undefined);
        const override = ada.messages.filter({ hasText: 'shouted' }).locator('.message-text');
        assert.equal(await override.evaluate(element => getComputedStyle(element).unicodeBidi), 'isolate');
        const arabic = ada.messages.filter({ hasText: 'مرحبا' }).locator('.message-text');
        assert.equal(await arabic.evaluate(element => getComputedStyle(element).direction), 'rtl');
        const link = ada.page.getByRole('link', { name: 'https://example.org/59', exact: true });
        assert.match(await link.getAttribute('rel'), /noopener/);
        await ada.screenshot('hostile');
        await ada.context.close();
    });

    it('tells the author under the message what a rule refused', async () => {
        const ada = await Person.arrive(browser, server, 'Ada refused');
        await ada.open('General');
        await ada.write('!drop');
        const row = ada.message('!drop');
        await row.getByText('hooktest drops this').waitFor();
        await ada.screenshot('refused');
        await assertAccessible(ada, 'a refused message');
        await ada.write('the next one passes');
        await ada.sees('the next one passes');
        await row.getByRole('button', { name: 'Retry' }).click();
        await row.getByText('hooktest drops this').waitFor();
        await row.getByRole('button', { name: 'Delete' }).click();
        await row.waitFor({ state: 'detached' });
        await ada.context.close();
    });

    it('tells the author that a message waits for a moderator, and what came of it', async () => {
        const ada = await Person.arrive(browser, server, 'Ada held');
        await ada.open('General');
        const waits = async () => {
            await ada.write('!hold');
            await ada.message('!hold').getByText('Waiting for a moderator').waitFor();
        };
        await waits();
        await ada.screenshot('held');
        const list = async () => (await server.call('GET', '/conversations/general/held', undefined, founder.token)).items;
        await server.call('DELETE', `/conversations/general/held/${(await list())[0].id}`, undefined, founder.token);
        await ada.message('!hold').getByText('A moderator did not let it pass.').waitFor();
        await ada.message('!hold').getByRole('button', { name: 'Delete' }).click();
        await waits();
        await server.call('POST', `/conversations/general/held/${(await list())[0].id}/release`, undefined, founder.token);
        await ada.sees('!hold');
        await ada.write('!shadow');
        await ada.sees('!shadow');
        await ada.context.close();
    });

    it('shows one pane at a time on a phone', async () => {
        const eve = await Person.arrive(browser, server, 'Eve', { phone: true });
        await eve.screenshot('phone-list');
        await assertAccessible(eve, 'phone, list');
        await eve.open('General');
        await eve.sees('See above');
        assert.equal(await eve.page.locator('.sidebar').isVisible(), false);
        assert.equal(await eve.page.evaluate(() => document.documentElement.scrollWidth), 390);
        await eve.screenshot('phone-conversation');
        await assertAccessible(eve, 'phone, conversation');
        const small = await eve.page.locator('.bar .icon-button:visible, .composer button, .conversation-heading').evaluateAll(all =>
            all.map(one => one.getBoundingClientRect()).filter(({ width, height }) => width < 44 || height < 36).length);
        assert.equal(small, 0);
        await eve.page.getByRole('button', { name: 'Members', exact: true }).click();
        await eve.page.locator('.side').waitFor();
        await eve.screenshot('phone-members');
        await assertAccessible(eve, 'phone, members');
        await eve.page.getByRole('button', { name: 'Invite people' }).click();
        await eve.page.getByRole('dialog').getByText('Anybody who is signed in can join').waitFor();
        await eve.page.keyboard.press('Escape');
        await eve.page.getByRole('dialog').waitFor({ state: 'detached' });
        await eve.page.getByRole('button', { name: 'Close' }).click();
        await eve.page.getByRole('link', { name: 'Back to conversations' }).click();
        await eve.page.locator('.conversation-item').first().waitFor();
        await eve.open('General');
        await swipe(eve.page, 100, 300);
        await eve.page.locator('.conversation-item').first().waitFor();
        await eve.open('General');
        await eve.page.goBack();
        await eve.page.locator('.conversation-item').first().waitFor();
        await eve.context.close();
    });

    for (const phone of [false, true]) {
        it(`has a composer as high as its text${phone ? ', on a phone' : ''}`, async () => {
            const ada = await Person.arrive(browser, server, `Ada writes ${phone}`, { phone });
            assert.equal(await ada.page.getByText('Ctrl+K').isVisible(), !phone, 'no keys are spoken of where there are none');
            await ada.page.locator('.conversation-item').filter({ hasText: 'Donaudampf' }).click();
            await ada.composer.waitFor();
            const height = async () => (await ada.composer.boundingBox()).height;
            const empty = await height();
            assert.ok(empty <= 44, 'one line, however long the title');
            const long = 'several lines '.repeat(40).trim();
            await ada.composer.fill(long);
            assert.ok((await height()) > empty + 40);
            await ada.composer.press('Enter');
            await ada.sees(long);
            assert.equal(await height(), empty);
            await ada.composer.fill('a line that breaks where there is less room '.repeat(2));
            const wide = await height();
            await ada.page.setViewportSize({ width: phone ? 320 : 600, height: 800 });
            await until('it grows where there is less room', async () => (await height()) > wide);
            await ada.composer.fill('');
            await ada.context.close();
        });
    }

    it('can be used by keyboard alone', async () => {
        const ada = await Person.arrive(browser, server, 'Ada keys');
        const { keyboard } = ada.page;
        await keyboard.press('Control+k');
        await ada.page.getByRole('dialog').waitFor();
        await keyboard.type('gen');
        await keyboard.press('Enter');
        await ada.sees('See above');
        await until('the composer has the focus', () => ada.composer.evaluate(element => element === document.activeElement));
        await keyboard.type('by keyboard');
        await keyboard.press('Shift+Enter');
        await keyboard.type('in two lines');
        await keyboard.press('Enter');
        await ada.message('by keyboard\nin two lines').waitFor();
        await until('what is before the eyes is read', async () => (await ada.page.locator('.badge').count()) === 0);
        await ada.page.getByTestId('history').focus();
        await keyboard.press('ArrowUp');
        const focused = () => ada.page.evaluate(() => document.activeElement?.closest('.message')?.textContent ?? '');
        await until('the last message has the focus', async () => /by keyboard/.test(await focused()));
        await keyboard.press('ArrowUp');
        await until('the one before has it', async () => /^(?!.*by keyboard)./s.test(await focused()));
        await ada.screenshot('keyboard');
        await keyboard.press('Tab');
        assert.equal(await ada.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Add reaction');
        await keyboard.press('Tab');
        await keyboard.press('Enter');
        await ada.page.getByText('Replying to').waitFor();
        await keyboard.type('answered by keyboard');
        await keyboard.press('Enter');
        await ada.message('answered by keyboard').locator('.quote').waitFor();
        await ada.context.close();
    });

    it('reads new messages out, and many at once as a number', async () => {
        const ada = await Person.arrive(browser, server, 'Ada listens');
        await ada.open('General');
        await ada.sees('See above');
        const status = ada.page.locator('body [role=status].visually-hidden');
        await server.say('general', founder.user, 'ding');
        await until('one is read out', async () => (await status.innerText()).includes('Grace Hopper: ding'));
        await server.fill('general', founder.user, 5, n => `dong ${n}`);
        await until('five become a number', async () => (await status.innerText()) === '5 new messages');
        await ada.context.close();
    });

    it('is refused to pages of another origin', async () => {
        const stranger = createServer((_, response) => response.end('<!doctype html><title>elsewhere</title>'));
        stranger.listen(0, '127.0.0.1');
        await once(stranger, 'listening');
        const page = await (await browser.newContext()).newPage();
        await page.goto(`http://localhost:${stranger.address().port}/`);
        const tried = await page.evaluate(async url => {
            const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, 'carillon.v1');
            const opened = await new Promise(done => {
                socket.onopen = () => done(true);
                socket.onerror = () => done(false);
            });
            const fetched = await fetch(`${url}/api/v1/config`).then(() => true, () => false);
            return { opened, fetched };
        }, server.url);
        assert.deepEqual(tried, { opened: false, fetched: false });
        await page.context().close();
        stranger.close();
    });
});
