// What becomes of a message that hooks copy, shadow, hold, or whose author they mute: hooktest.c.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { Stream } from '../harness/stream.mjs';

const heldMax = 5;

for (const workers of [1, 3]) describe(`verdicts, workers: ${workers}`, () => {
    let daemon, dispose, ada, bob, cyd;
    let channels = 0;
    const others = [];

    before(async () => {
        daemon = await startDaemon({ after: end => (dispose = end) }, {
            plugins: ['hooktest'], workers, more: `limits.held = ${heldMax}`,
        });
        assert.ok(daemon.url, daemon.log);
        [ada, bob, cyd] = await Promise.all(['Ada', 'Bob', 'Cyd'].map(person));
    });

    after(async () => {
        others.forEach(client => client.close());
        try {
            assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        } finally {
            await dispose();
        }
    });

    async function person(name) {
        const client = await Client.signIn(daemon, name);
        others.push(client);
        return client;
    }

    async function another(client) {
        const other = await client.another();
        others.push(other);
        return other;
    }

    // A conversation that Ada owns and all three hear.
    async function conversation() {
        const channel = `v${++channels}`;
        await ada.createConversation(channel);
        for (const client of [ada, bob, cyd]) await client.subscribe(channel);
        return channel;
    }

    const history = async (client, channel) => (await client.get(`/conversations/${channel}/messages`)).items;
    const told = (client, channel, event) => client.events.filter(item => item.channel === channel && item.event === event);
    const toldPerson = (client, event) => client.events.filter(item => item.channel === '#user' && item.event === event);

    // ---- copy ----

    test('copy: the message goes to other channels, too, as it left the chain and in its author\'s name', async () => {
        const [from, first, second] = [await conversation(), await conversation(), await conversation()];
        const answer = await bob.publish(from, `!modify modified >1 ${first} >2 ${second} `, { mentions: [cyd.user.id] });
        const text = `modified >1 ${first} >2 ${second} +`;
        assert.equal(answer.message.text, text);
        for (const channel of [from, first, second]) {
            assert.deepEqual(await cyd.waitForTexts(channel, 1), [text]);
            const [{ author, mentions }] = await history(ada, channel);
            assert.deepEqual(author, bob.user);
            assert.deepEqual(mentions, [cyd.user.id]);
        }
    });

    test('a hook says several things at once, now or later, or nothing of them', async () => {
        const [from, to] = [await conversation(), await conversation()];
        for (const command of [`!both ${to} modified one`, `!suspend 10 !both ${to} modified two`]) {
            assert.equal((await bob.publish(from, command)).type, 'published');
        }
        for (const channel of [from, to])
            assert.deepEqual(await cyd.waitForTexts(channel, 2), ['modified one+', 'modified two+']);
        assert.equal((await bob.publish(from, `!behind ${to}`)).code, 'refused');
        await daemon.waitForLog(/ends the chain, and yet another stands behind it; the action is refused/);
        await ada.publish(to, 'end');
        assert.equal((await cyd.waitForTexts(to, 3)).at(-1), 'end');
    });

    test('copy: a retry makes no second copy', async () => {
        const [from, to] = [await conversation(), await conversation()];
        const publish = () => bob.publish(from, `again >1 ${to} `, { client_id: 'k' });
        await publish();
        assert.equal((await publish()).duplicate, true);
        await ada.publish(to, 'end');
        assert.equal((await cyd.waitForTexts(to, 2)).at(-1), 'end');
        assert.equal((await history(ada, to)).length, 2);
        assert.equal((await bob.publish(to, 'own', { client_id: 'k' })).type, 'published', 'its client id is its own');
    });

    test('copy: what is dropped, shadowed or held is not copied; what is rerouted is', async () => {
        const [from, to, other] = [await conversation(), await conversation(), await conversation()];
        assert.equal((await bob.publish(from, `dropped >1 ${to} !late`)).code, 'refused');
        await bob.publish(from, `!shadow >1 ${to} `);
        await bob.publish(from, `!hold default 60000 >1 ${to} `);
        assert.equal((await bob.publish(from, `!reroute ${other}`)).channel, other);
        await ada.publish(to, 'end');
        assert.deepEqual(await cyd.waitForTexts(to, 1), ['end']);
    });

    test('copy: to itself makes none; to where it cannot go costs the author nothing', async () => {
        const channel = await conversation();
        await bob.publish(channel, `to itself >1 ${channel} `);
        assert.equal((await bob.publish(channel, 'nowhere >1 no-such-conversation ')).type, 'published');
        await daemon.waitForLog(/could not be copied to no-such-conversation: unknown_channel/);
        assert.equal((await bob.publish(channel, 'nowhere >1 in/va/lid ')).code, 'refused', 'a verdict without sense');
        assert.equal((await history(ada, channel)).length, 2);
    });

    test('copy: in circles it ends, since a copy passes no hooks', async () => {
        const [one, two] = [await conversation(), await conversation()];
        const text = `round >1 ${one} >2 ${two} `;
        await bob.publish(one, text);
        assert.deepEqual(await cyd.waitForTexts(two, 1), [text]);
        await ada.publish(one, 'end');
        assert.deepEqual(await cyd.waitForTexts(one, 2), [text, 'end']);
    });

    test('copy: into a conversation that the author may not see', async () => {
        const channel = await conversation();
        const secret = `v${++channels}`;
        await ada.createConversation(secret, 'invited');
        await ada.subscribe(secret);
        await bob.publish(channel, `for the moderators >1 ${secret} `);
        assert.deepEqual(await ada.waitForTexts(secret, 1), [`for the moderators >1 ${secret} `]);
        assert.equal((await bob.publish(secret, 'himself')).code, 'not_a_member');
    });

    // ---- shadow ----

    test('shadow: only the author sees it, on all their devices, and it is kept nowhere', async () => {
        const channel = await conversation();
        const phone = await another(bob);
        await phone.subscribe(channel);
        const stream = await Stream.open(bob, [channel]);
        const answer = await bob.publish(channel, '!shadow', { client_id: 's', data: { a: 1 } });
        assert.equal(answer.type, 'published');
        assert.equal(answer.message.text, '!shadow');
        assert.deepEqual(answer.message.author, bob.user);
        assert.equal(answer.message.client_id, 's');
        assert.equal(answer.message.pos, undefined);
        assert.equal(answer.pos, undefined);
        for (const device of [bob, phone]) assert.deepEqual(await device.waitForTexts(channel, 1), ['!shadow']);
        await stream.waitFor(() => stream.events.some(event => event.data.message?.text === '!shadow'));
        stream.close();
        const after = await ada.publish(channel, 'end');
        for (const other of [ada, cyd]) assert.deepEqual(await other.waitForTexts(channel, 1), ['end']);
        assert.equal(told(phone, channel, 'message.new')[0].pos, undefined);
        assert.equal(after.pos, 3, 'it took a pos'); // created, bob joined
        assert.deepEqual((await history(bob, channel)).map(message => message.text), ['end'], 'gone after a reload');
        const again = await another(bob);
        await again.subscribe(channel, { epoch: after.epoch, pos: 1 });
        assert.deepEqual(await again.waitForTexts(channel, 1), ['end']);
    });

    test('shadow: a reply shows what it answers, and answers nothing that is not there', async () => {
        const channel = await conversation();
        const { message } = await ada.publish(channel, 'é'.repeat(100));
        const stored = await bob.publish(channel, 'aloud', { reply_to: message.id });
        const answer = await bob.publish(channel, '!shadow', { reply_to: message.id });
        assert.deepEqual(answer.message.reply_to, stored.message.reply_to);
        assert.equal(answer.message.reply_to.text, 'é'.repeat(80));
        await bob.waitForTexts(channel, 3);
        assert.deepEqual(told(bob, channel, 'message.new').at(-1).data.message.reply_to, stored.message.reply_to);
        const [aloud, shadowed] = await Promise.all(
            ['aloud', '!shadow'].map(text => bob.publish(channel, text, { reply_to: 'nothing' })));
        const words = ({ code, status, detail }) => ({ code, status, detail });
        assert.deepEqual(words(shadowed), words(aloud));
    });

    test('shadow: over HTTP it looks like any other', async () => {
        const channel = await conversation();
        const posted = await bob.http('POST', `/conversations/${channel}/messages`, { text: '!shadow' });
        assert.equal(posted.status, 201);
        assert.equal(posted.body.message.text, '!shadow');
        const refused = await bob.http('POST', '/conversations/nowhere/messages', { text: '!shadow' });
        assert.equal(refused.body.code, 'unknown_channel', 'what could not be published is not shadowed');
    });

    // ---- hold ----

    const heldOf = async (client, channel, query = '') => {
        const { items, cursor } = await client.get(`/conversations/${channel}/held${query}`);
        return Object.assign(items, { cursor });
    };
    const release = (client, channel, id) => client.http('POST', `/conversations/${channel}/held/${id}/release`);
    const discard = (client, channel, id) => client.http('DELETE', `/conversations/${channel}/held/${id}`);

    test('hold: a moderator hears of it, sees it and releases it', async () => {
        const channel = await conversation();
        const before = Date.now();
        const answer = await bob.publish(channel, '!hold links 60000', { client_id: 'h', data: [1], mentions: ['cyd'] });
        assert.equal(answer.type, 'published');
        assert.equal(answer.held, true);
        assert.equal(answer.message.pos, undefined);
        assert.equal(answer.message.text, '!hold links 60000');
        const heard = await ada.waitFor(() => toldPerson(ada, 'message.held').find(event => event.data.channel === channel));
        const [held] = await heldOf(ada, channel);
        assert.deepEqual(heard.data.held, held);
        const { held_at, expires_at, ...rest } = held;
        assert.deepEqual(rest, {
            id: answer.message.id, channel, author: bob.user, queue: 'links', reason: 'hooktest wants it looked at',
            text: '!hold links 60000', data: [1], client_id: 'h', mentions: ['cyd'],
        });
        assert.ok(held_at >= before && held_at <= Date.now());
        assert.equal(expires_at, held_at + 60000);

        await bob.publish(channel, 'meanwhile');
        const released = await release(ada, channel, held.id);
        assert.equal(released.status, 200, JSON.stringify(released.body));
        assert.equal(released.body.message.id, held.id);
        assert.deepEqual(released.body.message.author, bob.user);
        assert.equal(released.body.pos, released.body.message.pos);
        assert.deepEqual(await cyd.waitForTexts(channel, 2), ['meanwhile', '!hold links 60000']);
        const { data } = await bob.waitFor(() => toldPerson(bob, 'message.released')[0]);
        assert.deepEqual(data, { channel, id: held.id, client_id: 'h', author: bob.user, by: ada.user });
        await ada.waitFor(() => toldPerson(ada, 'message.released').some(event => event.data.id === held.id));
        assert.deepEqual(toldPerson(cyd, 'message.held'), [], 'who is no moderator hears nothing of it');
        assert.equal((await heldOf(ada, channel)).length, 0);

        const retry = await bob.publish(channel, '!hold links 60000', { client_id: 'h', data: [1], mentions: ['cyd'] });
        assert.equal(retry.duplicate, true);
        assert.equal(retry.held, undefined);
        assert.equal(retry.pos, released.body.pos);
        assert.equal((await release(ada, channel, held.id)).status, 404, 'it is released once');
    });

    test('hold: a moderator discards it, once', async () => {
        const channel = await conversation();
        const posted = await bob.http('POST', `/conversations/${channel}/messages`, { text: '!hold' });
        assert.equal(posted.status, 202);
        assert.equal(posted.body.held, true);
        const [held] = await heldOf(ada, channel);
        assert.equal(held.queue, 'default');
        assert.ok(held.expires_at > Date.now() + 6 * 86400e3);
        assert.equal((await discard(ada, channel, held.id)).status, 204);
        const { data } = await bob.waitFor(() => toldPerson(bob, 'message.discarded')[0]);
        assert.deepEqual(data, { channel, id: held.id, author: bob.user, by: ada.user });
        assert.equal((await discard(ada, channel, held.id)).status, 404);
        assert.equal((await release(ada, channel, held.id)).status, 404);
        await ada.publish(channel, 'end');
        assert.deepEqual(await cyd.waitForTexts(channel, 1), ['end']);
    });

    test('hold: nobody but moderators sees, releases or discards', async () => {
        const channel = await conversation();
        await bob.publish(channel, '!hold');
        const [held] = await heldOf(ada, channel);
        for (const client of [bob, cyd]) {
            assert.equal((await client.http('GET', `/conversations/${channel}/held`)).status, 403);
            for (const act of [release, discard]) assert.equal((await act(client, channel, held.id)).body.code, 'forbidden');
        }
        const other = await conversation();
        for (const act of [release, discard]) assert.equal((await act(ada, other, held.id)).status, 404);
        const role = await ada.http('PUT', `/conversations/${channel}/members/${cyd.user.id}`, { role: 'moderator' });
        assert.equal(role.status, 200);
        assert.equal((await release(cyd, channel, held.id)).status, 200);
    });

    test('hold: two moderators at once publish it once', async () => {
        const channel = await conversation();
        await bob.publish(channel, '!hold');
        const [held] = await heldOf(ada, channel);
        const answers = await Promise.all([1, 2, 3, 4].map(() => release(ada, channel, held.id)));
        assert.ok(answers.some(answer => answer.status === 200));
        assert.ok(answers.every(answer => [200, 404].includes(answer.status)), JSON.stringify(answers));
        assert.equal((await history(ada, channel)).length, 1);
        assert.equal((await heldOf(ada, channel)).length, 0);
    });

    test('hold: queues are listed and bounded apart', async () => {
        const channel = await conversation();
        for (let i = 0; i < heldMax; i++) assert.equal((await bob.publish(channel, '!hold links')).held, true);
        const full = await bob.publish(channel, '!hold links');
        assert.equal(full.code, 'held_full');
        assert.equal(full.status, 503);
        assert.equal(full.retry, true);
        assert.equal((await bob.publish(channel, '!hold caps')).held, true);
        assert.equal((await heldOf(ada, channel)).length, heldMax + 1);
        assert.deepEqual((await heldOf(ada, channel, '?queue=caps')).map(held => held.queue), ['caps']);
        const page = await heldOf(ada, channel, '?limit=4');
        assert.equal(page.length, 4);
        assert.equal((await heldOf(ada, channel, `?limit=4&cursor=${page.cursor}`)).length, 2);
        await discard(ada, channel, page[0].id);
        assert.equal((await bob.publish(channel, '!hold links')).held, true);
    });

    test('hold: a retry has the first answer; another body under its client id is refused', async () => {
        const channel = await conversation();
        const first = await bob.publish(channel, '!hold', { client_id: 'k' });
        const retry = await bob.publish(channel, '!hold', { client_id: 'k' });
        assert.equal(retry.held, true);
        assert.equal(retry.duplicate, true);
        assert.equal(retry.message.id, first.message.id);
        assert.equal((await bob.publish(channel, '!hold other', { client_id: 'k' })).code, 'client_id_conflict');
        assert.equal((await heldOf(ada, channel)).length, 1);
    });

    test('hold: after its time it is gone', async () => {
        const channel = await conversation();
        await bob.publish(channel, '!hold default 1');
        await sleep(20);
        assert.equal((await heldOf(ada, channel)).length, 0);
    });

    test('hold: it outlives a restart, and kill -9', async () => {
        const channel = await conversation();
        const { message } = await bob.publish(channel, '!hold');
        daemon.signal('SIGKILL');
        await daemon.exited;
        await daemon.start();
        for (const client of others.filter(other => [ada, bob, cyd].includes(other))) await client.resume();
        assert.deepEqual((await heldOf(ada, channel)).map(held => held.id), [message.id]);
        assert.equal((await release(ada, channel, message.id)).status, 200);
        assert.deepEqual(await cyd.waitForTexts(channel, 1), ['!hold']);
    });

    test('hold: on a channel that is no conversation a message is refused as ever', async () => {
        assert.equal((await bob.publish('nowhere-at-all', '!hold')).code, 'unknown_channel');
        assert.equal((await bob.http('GET', '/conversations/nowhere-at-all/held')).status, 404);
    });

    // ---- mute ----

    test('mute: the author is refused until the time is over, everywhere else they are not', async () => {
        const [channel, other] = [await conversation(), await conversation()];
        const eve = await person(`Eve ${workers}`);
        const phones = [await another(eve), await another(eve)];
        await eve.publish(channel, 'first');
        const begun = Date.now();
        const refused = await eve.publish(channel, '!mute 1500');
        const { id, ...words } = refused;
        assert.deepEqual(words, {
            type: 'error', code: 'muted', status: 403, detail: 'hooktest wants quiet', retry: false,
        });
        for (const session of [eve, ...phones]) {
            let answer = await session.publish(channel, 'more'); // on other workers it holds a moment later
            while (answer.code !== 'muted' && Date.now() - begun < 1400) answer = await session.publish(channel, 'more');
            if (Date.now() - begun < 1400) assert.equal(answer.detail, 'hooktest wants quiet');
            assert.equal((await session.publish(other, 'elsewhere')).type, 'published');
        }
        assert.equal((await bob.publish(channel, 'bob is not concerned')).type, 'published');
        for (let i = 0; i < 100 && (await eve.publish(channel, 'over')).code === 'muted'; i++) await sleep(50);
        assert.ok(Date.now() - begun >= 1490);
        assert.equal((await eve.publish(channel, 'over')).type, 'published');
    });

    test('mute: somebody else, everywhere, and not any more; edits and reactions are refused as well', async () => {
        const [channel, other] = [await conversation(), await conversation()];
        const eve = await person(`Eva ${workers}`);
        const { message } = await eve.publish(channel, 'before');
        const muted = await ada.publish(channel, `!mute 60000 ${eve.user.id} *`);
        assert.equal(muted.type, 'published', 'who mutes somebody else says so in public');
        for (let i = 0; i < 100 && (await eve.publish(other, 'early')).code !== 'muted'; i++) await sleep(10);
        assert.equal((await eve.publish(other, 'more')).code, 'muted');
        const path = `/conversations/${channel}/messages/${message.id}`;
        const over = (await eve.http('PATCH', path, { text: 'changed' })).body.code;
        assert.equal(over, 'muted');
        assert.equal((await eve.http('PUT', `${path}/reactions/%F0%9F%91%8D`)).body.code, 'muted');
        assert.equal((await eve.http('DELETE', path)).status, 200, 'taking back is allowed');
        await ada.publish(channel, `!mute 0 ${eve.user.id} *`);
        for (let i = 0; i < 100 && (await eve.publish(other, 'again')).code === 'muted'; i++) await sleep(10);
        assert.equal((await eve.publish(other, 'again')).type, 'published');
    });

    // ---- what makes no sense ----

    test('bytes that are no text or no JSON never reach anybody', async () => {
        const channel = await conversation();
        for (const text of ['!utf8', '!json', '!hold bad/queue', '!hold default -5', '!mute -1', '!mute 5 no/body'])
            assert.equal((await bob.publish(channel, text)).code, 'refused', text);
        await bob.publish(channel, 'end');
        assert.deepEqual(await cyd.waitForTexts(channel, 1), ['end']);
    });

    test('verdicts may come late', async () => {
        const channel = await conversation();
        const answers = await Promise.all([
            bob.publish(channel, '!suspend 30 !shadow'), bob.publish(channel, '!suspend 10 !hold'), bob.publish(channel, 'end'),
        ]);
        assert.deepEqual(answers.map(answer => [answer.type, !!answer.held, !!answer.pos]), [
            ['published', false, false], ['published', true, false], ['published', false, true],
        ]);
        assert.deepEqual(await cyd.waitForTexts(channel, 1), ['end']);
    });
});
