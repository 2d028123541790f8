// A client id gives the first result, also when things happen between the tries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarios } from './fixture.mjs';

scenarios('retries', {}, scene => {
    const listed = async (client, channel) => (await client.get(`/conversations/${channel}/messages?limit=100`)).items;

    for (const how of ['kill', 'restart']) {
        test(`the first result is given after a ${how} too`, async () => {
            const ada = await scene.person('ada');
            const channel = await scene.conversation(ada);
            const first = await ada.publish(channel, 'once', { client_id: 'k' });
            if (how === 'kill') await scene.daemon.kill();
            await scene.daemon.restart();
            await ada.open();
            const again = await ada.publish(channel, 'once', { client_id: 'k' });
            assert.deepEqual([again.pos, again.duplicate, again.message], [first.pos, true, first.message]);
            assert.equal((await ada.publish(channel, 'other', { client_id: 'k' })).code, 'client_id_conflict');
            assert.equal((await listed(ada, channel)).length, 1);
        });
    }

    test('publishers whose daemon is killed lose nothing and store nothing twice', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        const acknowledged = [];
        let killing;
        const unanswered = await Promise.all([ada, bob].map(async (author, k) => {
            for (let i = 0; ; i++) {
                const text = `${k} ${i}`;
                const answer = await author.publish(channel, text, { client_id: text }).catch(() => null);
                if (answer?.type !== 'published') return { author, text };
                acknowledged.push({ text, pos: answer.pos });
                if (acknowledged.length === 40) killing = scene.daemon.kill();
            }
        }));
        await killing;
        await scene.daemon.restart();
        for (const { author, text } of unanswered) {
            await author.open();
            const answer = await author.publish(channel, text, { client_id: text });
            assert.equal(answer.type, 'published');
            acknowledged.push({ text, pos: answer.pos });
        }
        const stored = (await listed(ada, channel)).map(({ text, pos }) => ({ text, pos }));
        assert.deepEqual(stored, acknowledged.sort((a, b) => a.pos - b.pos));
    });

    test('of two bodies with one client id at the same moment one is stored, the other a conflict', async () => {
        const ada = await scene.person('ada');
        const twin = scene.keep(await ada.another());
        const channel = await scene.conversation(ada);
        const won = [];
        for (let i = 0; i < 10; i++) {
            const client_id = `race ${i}`;
            const answers = await Promise.all([
                ada.publish(channel, `left ${i}`, { client_id }), twin.publish(channel, `right ${i}`, { client_id }),
            ]);
            assert.deepEqual(answers.map(answer => answer.code ?? answer.type).sort(), ['client_id_conflict', 'published']);
            won.push(answers.find(answer => answer.type === 'published').message.text);
        }
        assert.deepEqual((await listed(ada, channel)).map(({ text }) => text), won);
    });

    test('the body is compared as it was submitted, not as it was edited', async () => {
        const ada = await scene.person('ada');
        const channel = await scene.conversation(ada);
        const first = await ada.publish(channel, 'teh', { client_id: 'typo', data: { n: 1 } });
        const path = `/conversations/${channel}/messages/${first.message.id}`;
        assert.equal((await ada.http('PATCH', path, { text: 'the' })).status, 200);
        const again = await ada.publish(channel, 'teh', { client_id: 'typo', data: { n: 1 } });
        assert.deepEqual([again.pos, again.duplicate, again.message?.id], [first.pos, true, first.message.id]);
        assert.equal((await ada.publish(channel, 'the', { client_id: 'typo', data: { n: 1 } })).code, 'client_id_conflict');
        assert.equal((await ada.publish(channel, 'teh', { client_id: 'typo', data: { n: 2 } })).code, 'client_id_conflict');
        assert.equal((await ada.http('DELETE', path)).status, 200);
        const gone = await ada.publish(channel, 'teh', { client_id: 'typo', data: { n: 1 } });
        assert.deepEqual([gone.duplicate, gone.message?.id], [true, first.message.id]);
        assert.equal((await listed(ada, channel)).length, 1);
    });
});
