// Who is there, who types, who has read what: what passes by between people.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarios } from './fixture.mjs';

const about = (channel, name) => frame => frame.channel === channel && frame.event === name;

scenarios('people', {}, scene => {
    test('presence counts people, not their connections', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await ada.subscribe(channel);
        const first = await bob.subscribe(channel);
        assert.deepEqual(first.users.map(({ id }) => id).sort(), [ada.user.id, bob.user.id].sort());
        assert.deepEqual((await ada.waitForFrame(about(channel, 'presence.joined'))).data.user, bob.user);

        const second = scene.keep(await bob.another());
        await second.subscribe(channel);
        bob.close();
        await bob.closed;
        const there = await ada.request({ type: 'presence', channel });
        assert.deepEqual(there.users.map(({ id }) => id).sort(), [ada.user.id, bob.user.id].sort());
        second.close();
        assert.deepEqual((await ada.waitForFrame(about(channel, 'presence.left'))).data.user, bob.user);
        const count = name => ada.frames.filter(about(channel, name)).filter(({ data }) => data.user.id === bob.user.id).length;
        assert.deepEqual([count('presence.joined'), count('presence.left')], [1, 1]);
        assert.deepEqual((await ada.request({ type: 'presence', channel })).users, [ada.user]);
        const members = await ada.get(`/conversations/${channel}/members`);
        assert.equal(members.items.find(({ user }) => user.id === ada.user.id).online, true);
    });

    test('a stream is a presence too', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await ada.subscribe(channel);
        const stream = await scene.stream(bob, channel);
        await ada.waitForFrame(about(channel, 'presence.joined'));
        stream.close();
        await ada.waitForFrame(about(channel, 'presence.left'));
    });

    test('typing comes to the others, on all transports, and is not kept', async () => {
        const [ada, bob, eve] = await scene.people('ada', 'bob', 'eve');
        const channel = await scene.conversation(ada);
        for (const person of [ada, bob]) await person.subscribe(channel);
        const stream = await scene.stream(eve, channel);
        ada.send({ type: 'typing', channel, active: true });
        const event = await bob.waitForFrame(about(channel, 'typing'));
        assert.deepEqual([event.data, event.pos], [{ user: ada.user, active: true }, undefined]);
        await stream.waitFor(() => stream.events.find(about(channel, 'typing')));
        assert.equal((await bob.http('POST', `/conversations/${channel}/typing`, { active: true })).status, 204);
        await ada.waitForFrame(frame => about(channel, 'typing')(frame) && frame.data.user.id === bob.user.id);
        const { epoch } = ada.places.get(channel);
        assert.ok((await ada.changes(channel, epoch)).every(({ event: name }) => name !== 'typing'));
    });

    test('unread is counted, not subtracted', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        assert.equal((await bob.http('POST', `/conversations/${channel}/join`)).status, 200);
        const told = [];
        for (let i = 0; i < 6; i++) told.push(await ada.publish(channel, `m${i}`, i === 4 ? { mentions: [bob.user.id] } : {}));
        const path = i => `/conversations/${channel}/messages/${told[i].message.id}`;
        // Changes that are no message, and a deleted one, take positions but are nothing to read.
        await ada.http('PATCH', path(0), { text: 'edited' });
        await ada.http('PUT', `${path(1)}/reactions/%F0%9F%91%8D`);
        await ada.http('DELETE', path(5));
        await bob.publish(channel, 'own messages are not unread');
        const state = async () => {
            const { unread, mentions, read_pos } = await bob.get(`/conversations/${channel}`);
            return { unread, mentions, read_pos };
        };
        const read = async pos => {
            const { unread, mentions } = await bob.request({ type: 'read', channel, pos });
            return { unread, mentions };
        };
        assert.deepEqual(await read(told[1].pos), { unread: 3, mentions: 1 });
        assert.deepEqual(await state(), { unread: 3, mentions: 1, read_pos: told[1].pos });
        assert.deepEqual(await read(told[4].pos), { unread: 0, mentions: 0 });
        // A mark never goes back.
        assert.deepEqual(await read(told[1].pos), { unread: 0, mentions: 0 });
        assert.equal((await state()).read_pos, told[4].pos);
        await ada.publish(channel, 'one more');
        assert.equal((await state()).unread, 1);
    });

    test('what was read elsewhere is told to the person\'s other sessions', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        const channel = await scene.conversation(ada);
        await bob.http('POST', `/conversations/${channel}/join`);
        const phone = scene.keep(await bob.another());
        await ada.subscribe(channel);
        const { pos } = await ada.publish(channel, 'hello');
        await bob.request({ type: 'read', channel, pos });
        const elsewhere = await phone.waitForFrame(about('#user', 'read'));
        assert.deepEqual(elsewhere.data, { channel, pos, unread: 0, mentions: 0 });
        const seen = await ada.waitForFrame(about(channel, 'read'));
        assert.deepEqual(seen.data, { user: bob.user, pos });
    });

    test('a new conversation is announced, a membership told', async () => {
        const [ada, bob] = await scene.people('ada', 'bob');
        await bob.subscribe('#conversations');
        const open = await scene.conversation(ada);
        const announced = await bob.waitForFrame(about('#conversations', 'conversation.announced'));
        assert.deepEqual(announced.data, { channel: open, title: open });
        const closed = await scene.conversation(ada, 'invited');
        const invitation = await ada.http('POST', `/conversations/${closed}/invitations`, { max_uses: 1 });
        assert.equal(invitation.status, 201, JSON.stringify(invitation.body));
        assert.equal((await bob.http('POST', `/invitations/${invitation.body.code}/accept`)).status, 200);
        assert.equal((await bob.waitForFrame(about('#user', 'conversation.added'))).data.channel, closed);
        assert.ok(!bob.frames.some(frame => frame.event === 'conversation.announced' && frame.data.channel === closed));
        assert.equal((await bob.changes(closed, (await bob.get(`/conversations/${closed}`)).epoch))[0].data.visibility, 'invited');
    });
});
