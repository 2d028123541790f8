// What a publish promises: durable when acknowledged, and once, however often it is tried.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect, expectProblem, expectRefused, scenes } from './stage.mjs';

const messagesOf = async (client, channel) => (await client.get(`/conversations/${channel}/messages`)).items;

scenes('publish', {}, stage => {
    test('what was acknowledged is there after kill -9, and nothing twice', async () => {
        const [ada, bob] = await stage().guests('Ada', 'Bob');
        const channel = await stage().conversation(ada);
        const acknowledged = [];
        const going = [ada, bob].map(async (author, k) => {
            for (let i = 0; ; i++) {
                const text = `${k} ${i}`;
                const answer = await author.publish(channel, text, { client_id: text }).catch(() => null);
                if (answer?.type !== 'published') return { author, unanswered: text };
                acknowledged.push({ text, pos: answer.pos });
                if (acknowledged.length === 40) void stage().daemon.kill();
            }
        });
        const unanswered = await Promise.all(going);
        await stage().daemon.restart();
        for (const client of [ada, bob]) await client.open();
        for (const { author, unanswered: text } of unanswered) {
            assert.equal((await author.publish(channel, text, { client_id: text })).type, 'published');
        }
        const { items } = await ada.get(`/conversations/${channel}/messages?limit=100`);
        assert.equal(new Set(items.map(message => message.text)).size, items.length, 'a message is there twice');
        for (const { text, pos } of acknowledged) assert.equal(items.find(message => message.pos === pos)?.text, text);
        assert.equal(items.length, acknowledged.length + unanswered.length);
    });

    test('a client id gives the first result again: at once, at the same time, after a restart', async () => {
        const ada = await stage().guest('Ada');
        const twin = await stage().another(ada);
        const channel = await stage().conversation(ada);
        const path = `/conversations/${channel}/messages`;
        const same = { text: 'once', client_id: 'k1' };
        const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => i % 3 === 2
            ? ada.http('POST', path, same).then(answer => answer.body)
            : (i % 2 ? ada : twin).publish(channel, same.text, { client_id: same.client_id })));
        assert.equal(new Set(answers.map(answer => answer.message?.id)).size, 1, JSON.stringify(answers));
        assert.equal(answers.filter(answer => !answer.duplicate).length, 1);

        await stage().daemon.restart();
        await ada.open();
        const late = await expect(200, ada.http('POST', path, same));
        assert.equal(late.duplicate, true);
        assert.deepEqual(late.message, answers[0].message);
        const over = await ada.publish(channel, same.text, { client_id: same.client_id });
        assert.equal(over.duplicate, true);
        assert.equal(over.pos, answers[0].pos);
        assert.equal((await messagesOf(ada, channel)).length, 1);
    });

    test('the same client id with another body is a conflict, and another author\'s is his own', async () => {
        const [ada, bob] = await stage().guests('Ada', 'Bob');
        const channel = await stage().conversation(ada);
        const path = `/conversations/${channel}/messages`;
        assert.equal((await ada.publish(channel, 'first', { client_id: 'k' })).type, 'published');
        await expectRefused('client_id_conflict', ada.publish(channel, 'second', { client_id: 'k' }));
        await expectRefused('client_id_conflict', ada.publish(channel, 'first', { client_id: 'k', data: 1 }));
        await expectProblem(409, 'client_id_conflict', ada.http('POST', path, { text: 'third', client_id: 'k' }));
        assert.equal((await bob.publish(channel, 'Bob\'s', { client_id: 'k' })).duplicate, undefined);
        assert.deepEqual((await messagesOf(ada, channel)).map(message => message.text), ['first', 'Bob\'s']);
    });

    test('of two bodies with one client id at the same time one is stored', async () => {
        const ada = await stage().guest('Ada');
        const twin = await stage().another(ada);
        const channel = await stage().conversation(ada);
        for (let i = 0; i < 10; i++) {
            const client_id = `race ${i}`;
            const answers = await Promise.all([
                ada.publish(channel, `left ${i}`, { client_id }), twin.publish(channel, `right ${i}`, { client_id }),
            ]);
            assert.deepEqual(answers.map(answer => answer.code ?? answer.type).sort(), ['client_id_conflict', 'published']);
        }
        assert.equal((await messagesOf(ada, channel)).length, 10);
    });

    test('a retry gives the first result although the message was edited', async () => {
        const ada = await stage().guest('Ada');
        const channel = await stage().conversation(ada);
        const first = await ada.publish(channel, 'teh', { client_id: 'typo' });
        await expect(200, ada.http('PATCH', `/conversations/${channel}/messages/${first.message.id}`, { text: 'the' }));
        const again = await ada.publish(channel, 'teh', { client_id: 'typo' });
        assert.deepEqual([again.pos, again.duplicate, again.message.id], [first.pos, true, first.message.id]);
    });
});
