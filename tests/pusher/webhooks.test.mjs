// Webhooks, as npm's `pusher` reads them: what is told of what happens, in which order, and what becomes of it when nobody
// takes it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { reload, startDaemon } from '../harness/daemon.mjs';
import { call, fresh, Socket } from './fixture.mjs';
import { pythonWithPusher } from './python.mjs';
import { Receiver } from './receiver.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const app = { id: '700', key: 'hook-key', secret: 'hook-secret-0123456789' };
const other = { id: '701', key: 'deaf-key', secret: 'deaf-secret-0123456789' };

const lua = value =>
    Array.isArray(value) ? `{ ${value.map(lua).join(', ')} }`
    : typeof value === 'object' ? `{ ${Object.entries(value).map(([k, v]) => `${k} = ${lua(v)}`).join(', ')} }`
    : JSON.stringify(value);

// hooks: webhooks of the app, each with the loopback allowed; outgoing: options of sending. The stop has time, where it is
// not what is tested: it ends as soon as everything is sent.
const configuration = (hooks, outgoing = {}, drain = '30s') => `
drain = { timeout = "${drain}", jitter = 0 }
apps = { main = ${lua({ ...app, webhooks: hooks.map(hook => ({ allow: ['127.0.0.0/8'], ...hook })), subscription_counts: true })},
    deaf = ${lua(other)} }
pusher = { outgoing = ${lua({ grace: '200ms', delay: '20ms', backoff: '50ms', backoff_max: '200ms', ...outgoing })} }`;

async function launch(t, hooks, { workers = 1, outgoing, drain } = {}) {
    const daemon = await startDaemon(t, { plugins: ['pusher'], workers, more: configuration(hooks, outgoing, drain) });
    assert.ok(daemon.url, daemon.log);
    daemon.secrets.push(app.secret);
    return daemon;
}

async function listen(t, of = app) {
    const receiver = await new Receiver(of).start();
    t.after(() => receiver.stop());
    return receiver;
}

async function end(daemon, ...receivers) {
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    for (const receiver of receivers) assert.deepEqual(receiver.problems, []);
}

const connect = daemon => Socket.open(daemon, app);
const trigger = (daemon, channel, name = 'e', data = '{}') => call(daemon, 'POST', '/events', { app, body: { name, data, channel } });

async function metric(daemon, name) {
    const text = await (await fetch(`${daemon.url}/metrics`)).text();
    const line = text.split('\n').find(each => each.startsWith(`carillon_${name} `));
    assert.ok(line, `no ${name} in ${text.match(/.*pusher.*/g)}`);
    return Number(line.split(' ')[1]);
}

for (const workers of [1, 3]) describe(`webhooks, workers: ${workers}`, () => {
    describe('what is told', () => {
        let daemon;
        let receiver;
        const disposers = [];
        before(async () => {
            const t = { after: dispose => disposers.push(dispose) };
            receiver = await listen(t);
            daemon = await launch(t, [{ url: `${receiver.url}/hooks?of=main` }], { workers });
        });
        after(async () => {
            try {
                await end(daemon, receiver);
            } finally {
                for (const dispose of disposers) await dispose();
            }
        });

        test('a channel is occupied by its first subscriber, and vacated a while after its last', async () => {
            const channel = fresh('room');
            const [first, second] = [await connect(daemon), await connect(daemon)];
            await first.subscribe(channel);
            await second.subscribe(channel);
            assert.deepEqual(await receiver.take('channel_occupied', channel), { name: 'channel_occupied', channel });
            await first.close();
            await second.close();
            assert.deepEqual(await receiver.take('channel_vacated', channel), { name: 'channel_vacated', channel });
            assert.deepEqual(receiver.of(channel).filter(e => e.name !== 'subscription_count'), []);
        });

        test('how many subscribe is told each time, when a connection closes too', async () => {
            const channel = fresh('room');
            const [first, second] = [await connect(daemon), await connect(daemon)];
            await first.subscribe(channel);
            await second.subscribe(channel);
            await second.close();
            for (const subscription_count of [1, 2, 1]) {
                const told = await receiver.take('subscription_count', channel);
                assert.deepEqual(told, { name: 'subscription_count', channel, subscription_count });
            }
            await first.close();
        });

        test('a member is added with its first connection, and removed a while after its last', async () => {
            const channel = fresh('presence-');
            const sockets = [await connect(daemon), await connect(daemon), await connect(daemon)];
            await sockets[0].subscribe(channel, { data: { user_id: 'ada' } });
            await sockets[1].subscribe(channel, { data: { user_id: 'ada' } });
            await sockets[2].subscribe(channel, { data: { user_id: 7 } });
            assert.deepEqual(await receiver.take('member_added', channel), { name: 'member_added', channel, user_id: 'ada' });
            assert.deepEqual(await receiver.take('member_added', channel), { name: 'member_added', channel, user_id: '7' });
            for (const socket of sockets) await socket.close();
            const removed = [await receiver.take('member_removed', channel), await receiver.take('member_removed', channel)];
            assert.deepEqual(removed.map(e => e.user_id), ['ada', '7']);
            await receiver.take('channel_vacated', channel);
            assert.deepEqual(receiver.of(channel).map(e => e.name), ['channel_occupied'], 'once, and no counts');
        });

        test('a client event is told with its data as text and who sent it', async () => {
            const [channel, presence] = [fresh('private-'), fresh('presence-')];
            const socket = await connect(daemon);
            await socket.subscribe(channel);
            await socket.subscribe(presence, { data: { user_id: 'bob' } });
            socket.trigger(channel, 'client-said', { words: ['é', 1] });
            socket.trigger(channel, 'client-said', 'just text');
            socket.trigger(presence, 'client-moved', { x: 1 });
            const common = { name: 'client_event', channel, event: 'client-said', socket_id: socket.id };
            assert.deepEqual(await receiver.take('client_event', channel), { ...common, data: '{"words":["é",1]}' });
            assert.deepEqual(await receiver.take('client_event', channel), { ...common, data: 'just text' });
            assert.deepEqual(await receiver.take('client_event', presence), {
                ...common, channel: presence, event: 'client-moved', data: '{"x":1}', user_id: 'bob',
            });
            await socket.close();
        });

        test('many who miss an event at once miss one, and who comes after an event misses none', async () => {
            const channel = fresh('cache-');
            const sockets = await Promise.all(Array.from({ length: 8 }, () => connect(daemon)));
            await Promise.all(sockets.map(socket => socket.subscribe(channel)));
            assert.deepEqual(await receiver.take('cache_miss', channel), { name: 'cache_miss', channel });
            assert.equal((await trigger(daemon, channel)).status, 200);
            const late = await connect(daemon);
            await late.subscribe(channel);
            await late.take('e', channel);
            for (const socket of [...sockets, late]) await socket.close();
            await receiver.take('channel_vacated', channel);
            assert.ok(receiver.of(channel).filter(e => e.name === 'cache_miss').length <= 1, 'a slow machine may see a second');
        });

        test('another app is not told of here, and events are no webhooks', async () => {
            const channel = fresh('room');
            const deaf = await Socket.open(daemon, other);
            await deaf.subscribe(channel);
            const socket = await connect(daemon);
            const mark = fresh('room');
            await socket.subscribe(mark);
            await trigger(daemon, mark);
            await socket.close();
            await receiver.take('channel_vacated', mark);
            await deaf.close();
            assert.deepEqual(receiver.of(channel), []);
            assert.deepEqual([...new Set(receiver.of(mark).map(e => e.name))].sort(), ['channel_occupied', 'subscription_count']);
        });

        test('what a channel tells comes in its order, in batches', async () => {
            const channel = fresh('private-');
            const socket = await connect(daemon);
            await socket.subscribe(channel);
            const from = receiver.bodies.length;
            for (let second = 0; second < 3; second++) {
                for (let i = 0; i < 8; i++) socket.trigger(channel, 'client-n', { n: second * 8 + i });
                await receiver.until(() => receiver.of(channel).filter(e => e.name === 'client_event').length === (second + 1) * 8, 'events');
                await new Promise(wake => setTimeout(wake, 1000)); // ten a second are allowed
            }
            const told = receiver.of(channel).filter(e => e.name === 'client_event').map(e => JSON.parse(e.data).n);
            assert.deepEqual(told, Array.from({ length: 24 }, (_, i) => i));
            assert.ok(receiver.bodies.length - from < 24, 'some came together');
            await socket.close();
        });

        test('the request is what libraries expect', async () => {
            const channel = fresh('room');
            const socket = await connect(daemon);
            await socket.subscribe(channel);
            await receiver.take('channel_occupied', channel);
            await socket.close();
            const { headers, path, at } = receiver.bodies.at(-1);
            assert.equal(path, '/hooks?of=main');
            assert.equal(headers['content-type'], 'application/json');
            assert.equal(headers['x-pusher-key'], app.key);
            assert.ok(Math.abs(at.getTime() - Date.now()) < 600000);
        });

        test("PyPI's pusher accepts it, and not with another secret", { skip: workers > 1 }, async () => {
            const channel = fresh('room');
            const socket = await connect(daemon);
            await socket.subscribe(channel);
            await receiver.take('channel_occupied', channel);
            await socket.close();
            const { headers, body } = receiver.bodies.findLast(each => each.body.includes(channel));
            const child = spawn(await pythonWithPusher(), [join(here, 'python_webhook.py'), app.id, app.key, app.secret]);
            let said = '';
            for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text));
            child.stdin.end(JSON.stringify({ key: headers['x-pusher-key'], signature: headers['x-pusher-signature'], body }));
            const [code] = await once(child, 'close');
            assert.equal(code, 0, said);
            assert.match(said, new RegExp(channel));
        });
    });

    test('each place gets the events and channels that it asks for', async t => {
        const [all, few] = [await listen(t), await listen(t)];
        const daemon = await launch(t, [{ url: all.url }, { url: few.url, events: ['channel_occupied'], prefix: 'private-', suffix: '-x' }], { workers });
        const socket = await connect(daemon);
        const names = [fresh('private-') + '-x', fresh('private-'), fresh('room') + '-x'];
        for (const name of names) await socket.subscribe(name);
        await few.take('channel_occupied', names[0]);
        for (const name of names) await all.take('channel_occupied', name);
        await end(daemon, all, few);
        assert.deepEqual(few.events, []);
        assert.equal(all.events.filter(e => e.name === 'channel_vacated').length, 3);
    });

    test('who comes back within the grace has not been away', async t => {
        const receiver = await listen(t);
        const daemon = await launch(t, [{ url: receiver.url }], { workers, outgoing: { grace: '1m' } });
        const [channel, member] = [fresh('presence-'), { data: { user_id: 'eve' } }];
        const stays = await connect(daemon);
        let socket = await connect(daemon);
        await socket.subscribe(channel, member);
        await receiver.take('member_added', channel);
        socket.send({ event: 'pusher:unsubscribe', data: { channel } });
        await socket.subscribe(channel, member);
        await socket.close();
        socket = await connect(daemon);
        await socket.subscribe(channel, member);
        const mark = fresh('room');
        await stays.subscribe(mark);
        await receiver.take('channel_occupied', mark);
        assert.deepEqual(receiver.of(channel).map(e => e.name), ['channel_occupied']);
        await end(daemon, receiver); // the stop waits for no grace
        assert.deepEqual(receiver.of(channel).map(e => e.name), ['channel_occupied', 'member_removed', 'channel_vacated']);
    });

    for (const [name, answers] of [
        ['a server error', [500, 500, 503]], ['a redirect', [302, 307]], ['a refusal', [400, 404, 429]], ['no answer in time', [null, null]],
    ]) {
        const silent = answers.includes(null); // then a busy machine may add a try
        test(`after ${name} it is sent again, the same, until it is taken`, async t => {
            const receiver = await listen(t);
            receiver.answer = n => (n < answers.length ? answers[n] : 200);
            const daemon = await launch(t, [{ url: receiver.url, events: ['channel_occupied'] }], { workers, outgoing: { timeout: silent ? '1s' : '60s' } });
            const socket = await connect(daemon);
            const channel = fresh('room');
            await socket.subscribe(channel);
            await receiver.take('channel_occupied', channel);
            const [first, ...others] = receiver.bodies;
            assert.ok(others.length >= answers.length && (silent || others.length === answers.length), `${others.length} more`);
            for (const each of others) assert.equal(each.body, first.body);
            await daemon.waitForLog(/it is taken again/);
            assert.equal(await metric(daemon, 'pusher_outgoing_retries_total{kind="webhook"}'), others.length);
            assert.equal(await metric(daemon, 'pusher_outgoing_requests_total{kind="webhook",outcome="failed"}'), others.length);
            assert.equal(await metric(daemon, 'pusher_outgoing_events_total{kind="webhook",outcome="sent"}'), 1);
            assert.equal(await metric(daemon, 'pusher_outgoing_events_total{kind="webhook",outcome="dropped"}'), 0);
            await end(daemon, receiver);
            assert.match(daemon.log, /webhook to .* fails and is tried again/);
        });
    }

    test('a receiver that is away gets all of it in its order when it is back, and nobody waits meanwhile', async t => {
        const receiver = await listen(t);
        const daemon = await launch(t, [{ url: receiver.url, events: ['client_event', 'channel_occupied'] }], { workers, outgoing: { batch: 4 } });
        const socket = await connect(daemon);
        const channel = fresh('private-');
        await socket.subscribe(channel);
        await receiver.take('channel_occupied', channel);
        await receiver.stop();
        for (let n = 0; n < 10; n++) socket.trigger(channel, 'client-n', { n });
        await daemon.waitForLog(/fails and is tried again/);
        await socket.settle();
        const others = Array.from({ length: 5 }, () => fresh('room'));
        for (const each of others) await socket.subscribe(each);
        assert.ok((await metric(daemon, 'pusher_outgoing_waiting{kind="webhook"}')) >= 10);
        await receiver.start();
        for (const each of others) await receiver.take('channel_occupied', each);
        await receiver.until(() => receiver.of(channel).length === 10, 'all events');
        assert.deepEqual(receiver.of(channel).map(e => JSON.parse(e.data).n), Array.from({ length: 10 }, (_, i) => i));
        for (const { body } of receiver.bodies) assert.ok(JSON.parse(body).events.length <= 4);
        await end(daemon, receiver);
    });

    test('what nobody takes in time is given up, counted and told; what comes later arrives', async t => {
        const receiver = await listen(t);
        receiver.answer = () => 500;
        const daemon = await launch(t, [{ url: `${receiver.url}/x?token=s3cret`, events: ['channel_occupied'] }], { workers, outgoing: { retry: '300ms' } });
        daemon.secrets.push('s3cret');
        const socket = await connect(daemon);
        const [lost, kept] = [fresh('room'), fresh('room')];
        await socket.subscribe(lost);
        await daemon.waitForLog(/webhook to \S+\/x: given up: 1 of its events, since it answers 500/);
        assert.equal(await metric(daemon, 'pusher_outgoing_events_total{kind="webhook",outcome="dropped"}'), 1);
        receiver.answer = () => 200;
        await socket.subscribe(kept);
        await receiver.take('channel_occupied', kept);
        assert.deepEqual(receiver.of(lost), []);
        await end(daemon, receiver);
    });

    test('the queue is bounded', async t => {
        const receiver = await listen(t);
        receiver.answer = () => 500;
        const daemon = await launch(t, [{ url: receiver.url, events: ['channel_occupied'] }], { workers, outgoing: { queue: 1024 } });
        const socket = await connect(daemon);
        const names = Array.from({ length: 80 }, () => fresh('room'));
        for (const name of names) await socket.subscribe(name);
        await daemon.waitForLog(/given up: \d+ of its events, since too much waits/);
        const dropped = await metric(daemon, 'pusher_outgoing_events_total{kind="webhook",outcome="dropped"}');
        assert.ok(dropped > 0 && dropped < 80, String(dropped));
        receiver.answer = () => 200;
        await receiver.until(() => receiver.events.length === 80 - dropped, 'those that were kept');
        await end(daemon, receiver);
    });

    test('a reload moves what waits to the new place, and stops where there is none', async t => {
        const [first, second] = [await listen(t), await listen(t)];
        const hook = { url: first.url, events: ['channel_occupied'] };
        first.answer = () => 500;
        const daemon = await launch(t, [hook], { workers });
        const socket = await connect(daemon);
        const [waits, later, gone] = [fresh('room'), fresh('room'), fresh('room')];
        await socket.subscribe(waits);
        await daemon.waitForLog(/fails and is tried again/);
        await reload(daemon, configuration([{ ...hook, url: second.url }]));
        await socket.subscribe(later);
        await second.take('channel_occupied', waits);
        await second.take('channel_occupied', later);
        second.answer = () => 500;
        await socket.subscribe(gone);
        await daemon.waitForLog(/fails and is tried again[^]*fails and is tried again/);
        await reload(daemon, configuration([]));
        await daemon.waitForLog(/given up: \d+ of its events, since it is not configured any more/);
        await end(daemon, first, second);
        assert.deepEqual(first.events, []);
    });

    test('a plugin that is unloaded with events waiting, and loaded again, sends what comes then', async t => {
        const receiver = await listen(t);
        receiver.answer = () => 500;
        const daemon = await launch(t, [{ url: receiver.url, events: ['channel_occupied'] }], { workers });
        const switchTo = async (plugins, pattern) => {
            await daemon.configure({ plugins, more: configuration([{ url: receiver.url }]).replace(/pusher = .*/, plugins.length ? '$&' : '') });
            daemon.signal('SIGHUP');
            await daemon.waitForLog(pattern);
        };
        let socket = await connect(daemon);
        const [lost, kept] = [fresh('room'), fresh('room')];
        await socket.subscribe(lost);
        await daemon.waitForLog(/fails and is tried again/);
        await switchTo([], /pusher is unloaded/);
        assert.match(daemon.log, /given up: 1 of its events, since the plugin stops/);
        receiver.answer = () => 200;
        await switchTo(['pusher'], /pusher is unloaded[^]*pusher \S+ is loaded[^]*was read again/);
        socket = await connect(daemon);
        await socket.subscribe(kept);
        await receiver.take('channel_occupied', kept);
        await end(daemon, receiver);
        assert.deepEqual(receiver.of(lost), []);
    });

    test('a stop sends what waits', async t => {
        const receiver = await listen(t);
        const daemon = await launch(t, [{ url: receiver.url }], { workers, outgoing: { delay: '1m', grace: '1m' } });
        const socket = await connect(daemon);
        const names = Array.from({ length: 20 }, () => fresh('presence-'));
        for (const name of names) await socket.subscribe(name, { data: { user_id: 'ada' } });
        await end(daemon, receiver);
        for (const name of names) {
            const told = receiver.of(name).map(e => e.name);
            assert.deepEqual(told, ['channel_occupied', 'member_added', 'member_removed', 'channel_vacated']);
        }
    });

    test('a stop ends in time where nobody takes what waits, and says so', async t => {
        const receiver = await listen(t);
        receiver.answer = () => null;
        const daemon = await launch(t, [{ url: receiver.url }], { workers, drain: '1s' });
        const socket = await connect(daemon);
        await socket.subscribe(fresh('room'));
        await end(daemon, receiver);
        assert.match(daemon.log, /given up: \d+ of its events, since the plugin stops/);
    });

    test('an address that is not public is refused unless it is allowed', async t => {
        const receiver = await listen(t);
        const daemon = await launch(t, [{ url: receiver.url, allow: [] }], { workers, drain: '1s' });
        const socket = await connect(daemon);
        await socket.subscribe(fresh('room'));
        await daemon.waitForLog(/fails and is tried again: .*address/);
        await end(daemon);
        assert.deepEqual(receiver.bodies, []);
    });
});

describe('a configuration of webhooks that cannot be', () => {
    for (const [name, hook, pattern] of [
        ['no URL', { url: 'ftp://example.org' }, /apps\.main\.webhooks, entry 1: "ftp:\/\/example.org" is no URL/],
        ['an unknown event', { url: 'http://example.org', events: ['channel_emptied'] }, /"channel_emptied" is no event of webhooks/],
        ['a bad network', { url: 'http://example.org', allow: ['local'] }, /"local" is no network/],
    ]) {
        test(`${name} is refused at the start`, async t => {
            const daemon = await startDaemon(t, { plugins: ['pusher'], more: configuration([hook]) });
            assert.equal(daemon.url, null);
            assert.match(daemon.log, pattern);
        });
    }
});
