// The rules of order while hooks work on messages, with a hook that does to each what its text says (hooktest.c).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { shareDaemon } from '../harness/together.mjs';

const waitingMax = 32;

for (const workers of [1, 3]) describe(`hooks, workers: ${workers}`, () => {
    let daemon, ada, bob;
    let channels = 0;

    shareDaemon({ plugins: ['hooktest'], workers }, async started => {
        daemon = started;
        ada = await Client.signIn(daemon, 'Ada');
        bob = await Client.signIn(daemon, 'Bob');
        return [ada, bob];
    });

    // A conversation of the test's own, which both hear.
    async function conversation() {
        const channel = `c${++channels}`;
        await ada.createConversation(channel);
        await ada.subscribe(channel);
        await bob.subscribe(channel);
        return channel;
    }

    test('passes what it does not mind', async () => {
        const channel = await conversation();
        const answer = await ada.publish(channel, 'hello');
        assert.equal(answer.message.text, 'hello');
        assert.deepEqual(await bob.waitForTexts(channel, 1), ['hello']);
    });

    test('drops with its own code and words', async () => {
        const channel = await conversation();
        const { id, ...answer } = await ada.publish(channel, '!drop');
        assert.deepEqual(answer, {
            type: 'error', code: 'dropped', status: 403, detail: 'hooktest drops this', retry: false,
        });
        const posted = await ada.http('POST', `/conversations/${channel}/messages`, { text: '!drop' });
        assert.equal(posted.status, 403);
        assert.equal(posted.body.code, 'dropped');
        await ada.publish(channel, 'next');
        assert.deepEqual(await bob.waitForTexts(channel, 1), ['next']);
    });

    test('modifies, and the next hook of the chain sees that', async () => {
        const channel = await conversation();
        const answer = await ada.publish(channel, '!modify modified by a hook', { client_id: 'k' });
        assert.equal(answer.message.text, 'modified by a hook+');
        assert.deepEqual(await bob.waitForTexts(channel, 1), ['modified by a hook+']);

        // A retry is recognised by what was submitted, not by what became of it.
        const again = await ada.publish(channel, '!modify modified by a hook', { client_id: 'k' });
        assert.equal(again.duplicate, true);
        assert.equal(again.pos, answer.pos);
        const other = await ada.publish(channel, 'modified by a hook+', { client_id: 'k' });
        assert.equal(other.code, 'client_id_conflict');
    });

    test('reroutes to another conversation', async () => {
        const from = await conversation();
        const to = await conversation();
        const answer = await ada.publish(from, `!reroute ${to}`);
        assert.equal(answer.channel, to);
        assert.equal(answer.message.channel, to);
        assert.deepEqual(await bob.waitForTexts(to, 1), [`!reroute ${to}`]);
        assert.equal((await ada.publish(from, '!reroute no such channel!')).code, 'invalid_channel');
        await ada.publish(from, 'last');
        assert.deepEqual(await bob.waitForTexts(from, 1), ['last']);
    });

    test('a suspended message holds back only its author\'s later ones in that channel', async () => {
        const channel = await conversation();
        const elsewhere = await conversation();
        const begun = Date.now();
        const answers = [ada.publish(channel, '!suspend 500'), ada.publish(channel, 'a2'), ada.publish(channel, 'a3')];
        const order = [];
        answers.forEach((answer, i) => answer.then(() => order.push(i)));

        await ada.publish(elsewhere, 'a, elsewhere');
        await bob.publish(channel, 'b1');
        await bob.publish(channel, 'b2');
        assert.ok(Date.now() - begun < 450, 'the others had to wait');
        assert.deepEqual(order, []);

        const texts = await bob.waitForTexts(channel, 5);
        assert.ok(Date.now() - begun >= 490);
        assert.deepEqual(texts, ['b1', 'b2', '!suspend 500', 'a2', 'a3']);
        await Promise.all(answers);
        assert.deepEqual(order, [0, 1, 2]);
        const positions = (await Promise.all(answers)).map(answer => answer.pos);
        assert.ok(positions[0] < positions[1] && positions[1] < positions[2]);
    });

    test('one that waited may suspend in its turn', async () => {
        const channel = await conversation();
        ada.publish(channel, '!suspend 100');
        ada.publish(channel, '!suspend 50');
        ada.publish(channel, 'a3');
        ada.publish(channel, '!suspend 1');
        ada.publish(channel, 'a5');
        assert.deepEqual(await bob.waitForTexts(channel, 5), ['!suspend 100', '!suspend 50', 'a3', '!suspend 1', 'a5']);
    });

    test('it holds them back whichever session and worker they come to, in their order', async () => {
        const channel = await conversation();
        const elsewhere = await conversation();
        const others = [await ada.another(), await ada.another(), await ada.another()];
        const first = ada.publish(channel, '!suspend 500');
        await ada.publish(elsewhere, 'so the first has been seen');
        const answers = [];
        for (let round = 0; round < 3; round++)
            for (const [i, other] of others.entries()) {
                answers.push(other.publish(channel, `${i} ${round}`));
                await other.publish(elsewhere, 'seen, too');
            }
        assert.equal((await bob.publish(channel, 'bob passes')).type, 'published');
        const texts = await bob.waitForTexts(channel, 11);
        assert.equal(texts.filter(text => text !== 'bob passes')[0], '!suspend 500', 'they had to wait');
        for (const i of others.keys())
            assert.deepEqual(texts.filter(text => text.startsWith(`${i} `)), [0, 1, 2].map(round => `${i} ${round}`));
        await Promise.all([first, ...answers]);
        assert.equal((await ada.publish(channel, 'the gate is open')).type, 'published');
        others.forEach(other => other.close());
    });

    test('waiting and suspending in turns from all sides keeps each side\'s order', async () => {
        const channel = await conversation();
        const sides = [ada, await ada.another(), await ada.another()];
        const rounds = Array.from({ length: 6 }, (_, round) => round);
        const text = (side, round) => `${round % 2 ? '!suspend 5 ' : ''}side ${side} round ${round}`;
        const answers = rounds.flatMap(round => sides.map((side, i) => side.publish(channel, text(i, round))));
        assert.ok((await Promise.all(answers)).every(answer => answer.type === 'published'));
        const texts = await bob.waitForTexts(channel, answers.length);
        for (const i of sides.keys())
            assert.deepEqual(texts.filter(told => told.includes(`side ${i} `)), rounds.map(round => text(i, round)));
        sides.slice(1).forEach(side => side.close());
    });

    test('so many may wait, more are refused as busy', async () => {
        const channel = await conversation();
        const first = ada.publish(channel, '!suspend 600');
        const waiting = Array.from({ length: waitingMax }, (_, i) => ada.publish(channel, `w${i}`));
        const { id, ...refused } = await ada.publish(channel, 'one too many');
        assert.equal(refused.code, 'busy');
        assert.equal(refused.status, 503);
        assert.equal(refused.retry, true);
        assert.equal((await bob.publish(channel, 'bob is not concerned')).type, 'published');
        const answers = await Promise.all([first, ...waiting]);
        assert.ok(answers.every(answer => answer.type === 'published'));
        assert.deepEqual(await bob.waitForTexts(channel, waitingMax + 2), [
            'bob is not concerned', '!suspend 600', ...Array.from({ length: waitingMax }, (_, i) => `w${i}`),
        ]);
        assert.equal((await ada.publish(channel, 'one too many')).type, 'published');
    });

    test('a verdict may come late: drop, modify, reroute', async () => {
        const channel = await conversation();
        const other = await conversation();
        const answers = await Promise.all([
            ada.publish(channel, '!suspend 60 !drop'),
            ada.publish(channel, '!suspend 20 !modify modified late'),
            ada.publish(channel, `!suspend 20 !reroute ${other}`),
            ada.publish(channel, 'end'),
        ]);
        assert.deepEqual(answers.map(answer => answer.code ?? answer.message.text), [
            'dropped', 'modified late+', `!suspend 20 !reroute ${other}`, 'end',
        ]);
        assert.deepEqual(await bob.waitForTexts(channel, 2), ['modified late+', 'end']);
        assert.deepEqual(await bob.waitForTexts(other, 1), [`!suspend 20 !reroute ${other}`]);
    });

    test('a verdict that makes no sense refuses the message and is logged', async () => {
        const channel = await conversation();
        assert.equal((await ada.publish(channel, '!nonsense')).code, 'refused');
        assert.equal((await ada.publish(channel, '!suspend 10 !nonsense')).code, 'refused');
        assert.match(daemon.log, /hook obey gave a verdict that .*; the action is refused/);
        assert.equal((await ada.publish(channel, 'on')).type, 'published');
    });

    test('a second verdict for the same message is an error that harms nothing', async () => {
        const channel = await conversation();
        await ada.publish(channel, '!twice');
        await daemon.waitForLog(/resumed again: -14/);
        assert.equal((await ada.publish(channel, 'on')).type, 'published');
        assert.deepEqual(await bob.waitForTexts(channel, 2), ['!twice', 'on']);
    });

    test('a hook that never answers counts as faulty', async () => {
        const channel = await conversation();
        const never = ada.publish(channel, '!never');
        const behind = ada.publish(channel, 'behind');
        assert.equal((await bob.publish(channel, 'bob goes on')).type, 'published');
        assert.equal((await never).code, 'refused');
        assert.equal((await behind).type, 'published');
        assert.match(daemon.log, /hook obey did not answer in time; the action is refused/);
        assert.deepEqual(await bob.waitForTexts(channel, 2), ['bob goes on', 'behind']);
    });

    test('a message outlives its author\'s connection', async () => {
        const channel = await conversation();
        const eve = await Client.signIn(daemon, `Eve${workers}`);
        const answers = [eve.publish(channel, '!suspend 300'), eve.publish(channel, 'and the next')];
        await sleep(50);
        eve.close();
        for (const answer of answers) await assert.rejects(answer, /closed/);
        assert.deepEqual(await bob.waitForTexts(channel, 2), ['!suspend 300', 'and the next']);
    });
});

for (const workers of [1, 3]) test(`a daemon that stops refuses what is suspended (workers: ${workers})`, async t => {
    const daemon = await startDaemon(t, { plugins: ['hooktest'], workers });
    const ada = await Client.signIn(daemon, 'Ada');
    await ada.createConversation('general');
    const answers = ['!suspend 60000', 'behind it', '!never'].map(text => ada.publish('general', text));
    const unanswered = answers.map(answer => assert.rejects(answer, /closed: 1001/));
    await ada.publish('elsewhere', 'answered, so the others have been seen');
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    await Promise.all(unanswered);
});
