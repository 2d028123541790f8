// Conversations for those who were invited: what the others cannot do, how one gets in, and what each role may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, scenarios } from './fixture.mjs';

async function expectStatus(status, answering) {
    const answer = await answering;
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body;
}

const refused = async answering => assert.equal((await answering).type, 'error');

scenarios('membership', {}, scene => {
    // On every way there is; `id` is a message in it.
    async function assertHidden(person, channel, id, word) {
        const path = `/conversations/${channel}`;
        await refused(person.request({ type: 'subscribe', channel }));
        await refused(person.request({ type: 'subscribe', channel, epoch: 'any', pos: 0 }));
        await refused(person.request({ type: 'presence', channel }));
        await refused(person.request({ type: 'read', channel, pos: 1 }));
        await refused(person.publish(channel, 'let me in'));
        const requests = [
            ['GET', ''], ['GET', '/members'], ['GET', '/messages'], ['GET', `/messages/${id}`], ['GET', '/changes?after=0'],
            ['GET', '/invitations'], ['POST', '/invitations', {}], ['POST', '/join', {}], ['PATCH', '', { title: 'mine' }],
            ['POST', '/messages', { text: 'let me in' }], ['PUT', `/messages/${id}/reactions/x`], ['DELETE', `/messages/${id}`],
            ['PUT', '/read', { pos: 1 }], ['POST', '/typing', { active: true }],
            ['PUT', `/members/${person.user.id}`, { role: 'owner' }],
        ];
        for (const [method, rest, body] of requests) {
            const { status } = await person.http(method, path + rest, body);
            assert.ok([403, 404].includes(status), `${method} ${rest}: ${status}`);
        }
        for (const scope of ['mine', 'public']) {
            const { items } = await person.get(`/conversations?scope=${scope}&limit=100`);
            assert.ok(!items.some(item => item.channel === channel), scope);
        }
        assert.deepEqual((await person.get(`/search?q=${word}`)).items, []);
        const { status } = await person.http('GET', `/search?q=${word}&channel=${channel}`);
        assert.ok([403, 404].includes(status), `search there: ${status}`);
        const stream = await scene.stream(person, channel);
        assert.equal(stream.of('unsubscribed').length, 1);
        stream.close();
    }

    test('who was not invited sees nothing, on no way', async () => {
        const [ada, eve] = await scene.people('ada', 'eve');
        const channel = await scene.conversation(ada, 'invited');
        await ada.subscribe(channel);
        const { message } = await ada.publish(channel, 'quincunx');
        await assertHidden(eve, channel, message.id, 'quincunx');
        assert.deepEqual(ada.texts(channel), ['quincunx']);
        assert.equal((await ada.get(`/conversations/${channel}`)).last_pos, message.pos);
        assert.deepEqual((await ada.get('/search?q=quincunx')).items.map(({ id }) => id), [message.id]);
    });

    test('an invitation lets in as many as it says, and the members see who came', async () => {
        const [ada, ...others] = await scene.people('ada', 'bob', 'cy', 'di', 'eve');
        const channel = await scene.conversation(ada, 'invited');
        await ada.subscribe(channel);
        const { code } = await expectStatus(201, ada.http('POST', `/conversations/${channel}/invitations`, { max_uses: 2 }));
        const answers = await Promise.all(others.map(person => person.http('POST', `/invitations/${code}/accept`)));
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 410, 410]);
        const inside = others.filter((_, i) => answers[i].status === 200);
        const joins = () => ada.events.filter(({ channel: name, event }) => name === channel && event === 'member.joined');
        await ada.waitFor(() => joins().length >= 2);
        const ids = inside.map(({ user }) => user.id).sort();
        assert.deepEqual(joins().map(({ data }) => data.user.id).filter(id => id !== ada.user.id).sort(), ids);
        for (const person of others) {
            const answer = await person.request({ type: 'subscribe', channel });
            assert.equal(answer.type, inside.includes(person) ? 'subscribed' : 'error');
        }
        const second = await expectStatus(201, ada.http('POST', `/conversations/${channel}/invitations`, {}));
        await expectStatus(204, ada.http('DELETE', `/conversations/${channel}/invitations/${second.code}`));
        await expectStatus(404, others.find(person => !inside.includes(person)).http('POST', `/invitations/${second.code}/accept`));
    });

    test('a public conversation that becomes an invited one keeps its members and loses the others', async () => {
        const [ada, bob, eve] = await scene.people('ada', 'bob', 'eve');
        const channel = await scene.conversation(ada);
        for (const person of [ada, bob, eve]) await person.subscribe(channel);
        const stream = await scene.stream(eve, channel);
        const { message } = await bob.publish(channel, 'zephyr'); // makes Bob a member
        await eve.waitForTexts(channel, 1);
        await expectStatus(200, ada.http('PATCH', `/conversations/${channel}`, { visibility: 'invited' }));
        const told = await eve.waitForFrame(frame => frame.type === 'unsubscribed' && frame.channel === channel);
        assert.equal(told.code, 'visibility_changed');
        await stream.waitFor(() => stream.of('unsubscribed').length);
        // Members are dropped with the others, come again at once, and miss nothing.
        await bob.waitForFrame(frame => frame.type === 'unsubscribed' && frame.channel === channel);
        assert.equal((await ada.publish(channel, 'for members')).type, 'published');
        assert.equal((await bob.subscribe(channel, bob.places.get(channel))).recovery, 'recovered');
        assert.deepEqual(await bob.waitForTexts(channel, 2), ['zephyr', 'for members']);
        await assertHidden(eve, channel, message.id, 'zephyr');
        assert.deepEqual(eve.texts(channel), ['zephyr']);
    });

    test('each role may what it may', async () => {
        const [ada, max, mia, bob] = await scene.people('ada', 'max', 'mia', 'bob');
        const channel = await scene.conversation(ada, 'invited');
        const member = person => `/conversations/${channel}/members/${person.user.id}`;
        const message = id => `/conversations/${channel}/messages/${id}`;
        await expectStatus(200, ada.http('PUT', member(max), { role: 'moderator' }));
        for (const person of [mia, bob]) await expectStatus(200, max.http('PUT', member(person), { role: 'member' }));
        for (const person of [ada, max, mia, bob]) await person.subscribe(channel);
        const { message: said } = await mia.publish(channel, 'by a member');

        await expectStatus(403, bob.http('PATCH', message(said.id), { text: 'not by Mia' }));
        await expectStatus(403, max.http('PATCH', message(said.id), { text: 'not by Mia' }));
        await expectStatus(403, bob.http('DELETE', message(said.id)));
        await expectStatus(403, bob.http('PATCH', `/conversations/${channel}`, { title: 'Bob\'s' }));
        await expectStatus(403, bob.http('PUT', member(bob), { role: 'moderator' }));
        await expectStatus(403, bob.http('DELETE', member(mia)));
        await expectStatus(403, max.http('PUT', member(max), { role: 'owner' }));
        await expectStatus(403, max.http('DELETE', member(ada)));
        await expectStatus(200, mia.http('PATCH', message(said.id), { text: 'better said' }));
        await expectStatus(200, max.http('DELETE', message(said.id)));
        await expectStatus(200, max.http('PATCH', `/conversations/${channel}`, { title: 'Moderated' }));
        const gone = (await bob.get(`/conversations/${channel}/messages`)).items[0];
        assert.deepEqual([gone.text, gone.deleted_by], ['', max.user.id]);

        const left = await ada.http('POST', `/conversations/${channel}/leave`);
        assert.deepEqual([left.status, left.body.code], [409, 'last_owner']);
        await expectStatus(200, ada.http('PUT', member(max), { role: 'owner' }));
        await expectStatus(204, ada.http('POST', `/conversations/${channel}/leave`));
        await ada.waitForFrame(frame => frame.type === 'unsubscribed' && frame.channel === channel);
        await bob.waitFor(() => bob.events.some(({ event, data }) => event === 'member.left' && data.user.id === ada.user.id));
        const roles = bob.events.filter(({ event }) => event === 'member.role').map(({ data }) => [data.user.id, data.role]);
        assert.deepEqual(roles, [[max.user.id, 'owner']]);
    });

    test('who is demoted has lost it at once', async () => {
        const [ada, max, bob] = await scene.people('ada', 'max', 'bob');
        const channel = await scene.conversation(ada);
        const path = `/conversations/${channel}/members`;
        await expectStatus(200, ada.http('PUT', `${path}/${max.user.id}`, { role: 'moderator' }));
        const { message } = await bob.publish(channel, 'stays');
        await expectStatus(200, ada.http('PUT', `${path}/${max.user.id}`, { role: 'member' }));
        await expectStatus(403, max.http('DELETE', `/conversations/${channel}/messages/${message.id}`));
        await expectStatus(403, max.http('POST', `/conversations/${channel}/invitations`, {}));
        await eventually(async () => (await ada.get(path)).items.find(({ user }) => user.id === max.user.id).role === 'member');
    });
});
