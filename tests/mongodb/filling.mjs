// A daemon's storage with something of everything that it can hold, and the same from outside where no client can.
import assert from 'node:assert/strict';
import { until } from '../harness/mongod.mjs';
import { person } from './fixture.mjs';

export const KEPT = 5; // messages of channels named old-*
export const retention = `apps = { main = { channels = { { pattern = "old-*", retention_count = ${KEPT} } } } }`;
const ROUND_MS = 45000; // the first round of retention is half a minute after the start

const published = answer => assert.equal(answer.type, 'published', JSON.stringify(answer));
const ok = answer => assert.ok(answer.status < 300, JSON.stringify(answer));

// An old conversation: messages and events with client ids, most of which retention drops.
async function fillOld(ada, bob) {
    await ada.createConversation('old-1');
    for (let i = 0; i < 8; i++) published(await ada.publish('old-1', `old ${i}`, { client_id: `old-${i}` }));
    published(await ada.request({ type: 'publish', channel: 'old-1', event: 'moved', data: { x: 1 }, client_id: 'old-event' }));
    for (let i = 8; i < 12; i++) published(await bob.publish('old-1', `old ${i}`, { client_id: `old-${i}` }));
}

async function fillRoom(ada, bob, cleo) {
    await ada.createConversation('room');
    const path = id => `/conversations/room/messages/${id}`;
    for (let i = 0; i < 20; i++) published(await ada.publish('room', `number ${i}`, { client_id: `c${i}` }));
    const { items } = await ada.get('/conversations/room/messages?limit=100');
    published(await bob.publish('room', `for ${cleo.user.name}`, { reply_to: items[0].id, mentions: [cleo.user.id, ada.user.id], data: { n: 1 } }));
    published(await bob.request({ type: 'publish', channel: 'room', event: 'moved', data: { x: 2 }, client_id: 'event' }));
    published(await bob.request({ type: 'publish', channel: 'room', event: 'moved', data: { x: 3 } }));
    for (const [client, emoji] of [[ada, '👍'], [bob, '👍'], [cleo, '🎉'], [bob, '🎉']]) {
        ok(await client.http('PUT', `${path(items[1].id)}/reactions/${encodeURIComponent(emoji)}`));
    }
    ok(await bob.http('DELETE', `${path(items[1].id)}/reactions/${encodeURIComponent('🎉')}`));
    ok(await ada.http('PUT', `${path(items[3].id)}/reactions/${encodeURIComponent('👍')}`));
    ok(await ada.http('PATCH', path(items[2].id), { text: 'edited', mentions: [bob.user.id] }));
    ok(await ada.http('DELETE', path(items[3].id)));
    ok(await ada.http('PATCH', '/conversations/room', { title: 'Another title' }));
    await cleo.request({ type: 'read', channel: 'room', pos: 7 }); // who is no member
    await bob.request({ type: 'read', channel: 'room', pos: 11 });
}

async function fillSecret(ada, cleo, idle) {
    await ada.createConversation('secret', 'invited');
    const codes = [];
    for (const max of [2, 3, 0]) codes.push((await ada.http('POST', '/conversations/secret/invitations', { max_uses: max })).body.code);
    ok(await idle.http('POST', `/invitations/${codes[0]}/accept`));
    ok(await ada.http('DELETE', `/conversations/secret/members/${idle.user.id}`));
    ok(await cleo.http('POST', `/invitations/${codes[1]}/accept`));
    return codes;
}

async function hold(ada, bob) {
    const [{ id }] = (await ada.get('/conversations/room/messages')).items;
    for (const queue of ['one', 'two']) { // by tests/plugins/hooktest.c
        const waiting = { text: `!hold ${queue}`, data: { queue }, client_id: queue, reply_to: id, mentions: [ada.user.id] };
        assert.equal((await bob.http('POST', '/conversations/room/messages', waiting)).status, 202);
    }
}

// Returns the people and the codes of invitations, in the order in which they were made; after retention's round.
export async function fill(t, daemon) {
    const people = {};
    for (const name of ['Ada', 'Bob', 'Cleo', 'Idle']) people[name.toLowerCase()] = await person(t, daemon, name);
    await fillOld(people.ada, people.bob);
    await fillRoom(people.ada, people.bob, people.cleo);
    const codes = await fillSecret(people.ada, people.cleo, people.idle);
    await hold(people.ada, people.bob);
    const left = async () => (await people.ada.get('/conversations/old-1/messages?limit=100')).items.length;
    await until('retention', async () => await left() === KEPT, ROUND_MS);
    return { ...people, codes };
}
