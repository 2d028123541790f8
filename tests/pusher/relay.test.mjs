// A relay: what is published here is triggered at a second carillond, which stands for the hosted service, too; what that
// one's clients say to each other comes back by its webhooks.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { reload, startDaemon } from '../harness/daemon.mjs';
import { call, fresh, request, Socket } from './fixture.mjs';

const here = { id: '800', key: 'here-key', secret: 'here-secret-0123456789' };
const there = { id: '900', key: 'there-key', secret: 'there-secret-0123456789' };
const EAGER = { delay: '10ms', backoff: '50ms', backoff_max: '200ms' };
// Longer than a busy machine needs; a stop ends as soon as everything is sent.
const DRAIN = 'drain = { timeout = "30s", jitter = 0 }';
const SHORT_DRAIN = 'drain = { timeout = "1s", jitter = 0 }';

const lua = value =>
    Array.isArray(value) ? `{ ${value.map(lua).join(', ')} }`
    : typeof value === 'object' ? `{ ${Object.entries(value).map(([k, v]) => `${k} = ${lua(v)}`).join(', ')} }`
    : JSON.stringify(value);

const configuration = (app, more = {}, { outgoing, drain = DRAIN, options = {} } = {}) => `
${drain}
apps = { main = ${lua({ ...app, ...options, ...more })} }
pusher = { outgoing = ${lua({ ...EAGER, ...outgoing })} }`;

const relayTo = (daemon, more = {}) => ({
    relays: [{ url: `${daemon.url}/`, ...there, channels: ['private-*', 'room-*', 'presence-*', 'cache-*'], allow: ['127.0.0.0/8'], ...more }],
});

const webhookTo = (daemon, app = here) => ({
    webhooks: [{ url: `${daemon.url}/apps/${app.id}/relay`, allow: ['127.0.0.0/8'] }],
});

async function launch(t, app, more, { workers = 1, ...others } = {}) {
    const daemon = await startDaemon(t, { plugins: ['pusher'], workers, more: configuration(app, more, others) });
    assert.ok(daemon.url, daemon.log);
    daemon.secrets.push(here.secret, there.secret);
    return daemon;
}

async function end(...daemons) {
    for (const daemon of daemons) assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
}

const trigger = (daemon, app, channel, name, data) => call(daemon, 'POST', '/events', { app, body: { name, data, channel } });

// Triggers one event that is the last to arrive, and answers all that came before it on the channel.
async function heard(socket, channel, last) {
    const found = await socket.until(() => {
        const all = socket.all.filter(frame => frame.channel === channel && !frame.event.startsWith('pusher'));
        return all.some(frame => frame.event === last) && all;
    }, `${last} on ${channel}`);
    return found.map(frame => frame.event);
}

async function waiting(daemon) {
    const text = await (await fetch(`${daemon.url}/metrics`)).text();
    return Number(/carillon_pusher_outgoing_waiting\{kind="relay"\} (\d+)/.exec(text)[1]);
}

for (const workers of [1, 3]) describe(`a relay, workers: ${workers}`, () => {
    test('an event is heard here and there, and only of the channels that were chosen', async t => {
        const far = await launch(t, there, {}, { workers });
        const near = await launch(t, here, relayTo(far), { workers });
        const [chosen, other] = [fresh('room-'), fresh('hall-')];
        const [a, b] = [await Socket.open(near, here), await Socket.open(far, there)];
        for (const socket of [a, b]) for (const channel of [chosen, other]) await socket.subscribe(channel);
        await trigger(near, here, other, 'unheard', '{}');
        await trigger(near, here, chosen, 'first', '{"n":[1, 2]}');
        await trigger(near, here, chosen, 'second', 'no JSON: é "');
        for (const socket of [a, b]) {
            assert.equal((await socket.take('first', chosen)).raw, '{"n":[1, 2]}');
            assert.equal((await socket.take('second', chosen)).raw, 'no JSON: é "');
        }
        assert.equal((await a.take('unheard', other)).raw, '{}');
        assert.deepEqual(await heard(b, chosen, 'second'), ['first', 'second']);
        await trigger(far, there, other, 'mark', '{}');
        assert.deepEqual(await heard(b, other, 'mark'), ['mark']);
        await end(near, far);
    });

    test("clients' events go both ways, with who sent them, and in no circle", async t => {
        const near = await launch(t, here, {}, { workers });
        const far = await launch(t, there, webhookTo(near), { workers });
        await reload(near, configuration(here, relayTo(far)));
        const channel = fresh('presence-');
        const [a, b] = [await Socket.open(near, here), await Socket.open(far, there)];
        await a.subscribe(channel, { data: { user_id: 'ada' } });
        await b.subscribe(channel, { data: { user_id: 'bob' } });
        a.trigger(channel, 'client-from-ada', { n: 1 });
        b.trigger(channel, 'client-from-bob', { n: 2 });
        assert.deepEqual((await b.take('client-from-ada', channel)).data, { n: 1 });
        const back = await a.take('client-from-bob', channel);
        assert.deepEqual(back.data, { n: 2 });
        assert.equal(back.user_id, 'bob');
        // Whatever would go round has gone round when these have arrived.
        b.trigger(channel, 'client-mark-of-bob', {});
        await a.take('client-mark-of-bob', channel);
        await trigger(near, here, channel, 'mark', '{}');
        assert.deepEqual((await heard(a, channel, 'mark')).sort(), ['client-from-bob', 'client-mark-of-bob', 'mark']);
        assert.deepEqual(await heard(b, channel, 'mark'), ['client-from-ada', 'mark']);
        await end(far, near);
    });

    test('two that relay to each other tell each event once', async t => {
        const far = await launch(t, there, {}, { workers });
        const near = await launch(t, here, relayTo(far), { workers });
        await reload(far, configuration(there, { relays: [{ ...relayTo(near).relays[0], ...here }] }));
        const channel = fresh('room-');
        const [a, b] = [await Socket.open(near, here), await Socket.open(far, there)];
        for (const socket of [a, b]) await socket.subscribe(channel);
        await trigger(near, here, channel, 'of-near', '1');
        await trigger(far, there, channel, 'of-far', '2');
        for (const socket of [a, b]) {
            await socket.take('of-near', channel);
            await socket.take('of-far', channel);
        }
        // There and back once more: an event in a circle would be overtaken by nothing.
        await trigger(near, here, channel, 'mark-of-near', '3');
        await b.take('mark-of-near', channel);
        await trigger(far, there, channel, 'mark-of-far', '4');
        await a.take('mark-of-far', channel);
        for (const socket of [a, b])
            assert.equal(new Set(socket.all.map(f => f.event)).size, socket.all.length, JSON.stringify(socket.all));
        await end(near, far);
    });

    test('a cached event arrives in the cache there, too, and a client event in none', async t => {
        const near = await launch(t, here, {}, { workers });
        const far = await launch(t, there, webhookTo(near), { workers });
        await reload(near, configuration(here, relayTo(far)));
        const [cached, said] = [fresh('cache-'), fresh('private-cache-')];
        await trigger(near, here, cached, 'kept', '{"n":1}');
        const b = await Socket.open(far, there);
        const mark = fresh('room-');
        await b.subscribe(mark);
        await trigger(near, here, mark, 'mark', '{}');
        await b.take('mark', mark);
        for (let i = 0; i < 100 && (await waiting(near)); i++) await new Promise(wake => setTimeout(wake, 50));
        await b.subscribe(cached);
        assert.equal((await b.take('kept', cached)).raw, '{"n":1}');
        const a = await Socket.open(near, here);
        for (const socket of [a, b]) await socket.subscribe(said);
        b.trigger(said, 'client-passing', {});
        await a.take('client-passing', said);
        const late = await Socket.open(near, here);
        await late.subscribe(said);
        await late.take('pusher:cache_miss', said);
        await end(far, near);
    });

    test('under load each channel keeps its order', async t => {
        const far = await launch(t, there, {}, { workers });
        const near = await launch(t, here, relayTo(far), { workers });
        const channels = Array.from({ length: 4 }, () => fresh('room-'));
        const b = await Socket.open(far, there);
        for (const channel of channels) await b.subscribe(channel);
        const each = 100;
        await Promise.all(channels.map(async channel => {
            for (let n = 0; n < each; n += 10) {
                const batch = Array.from({ length: 10 }, (_, i) => ({ channel, name: 'n', data: String(n + i) }));
                assert.equal((await call(near, 'POST', '/batch_events', { app: here, body: { batch } })).status, 200);
            }
        }));
        for (const channel of channels) {
            const told = await b.until(() => {
                const frames = b.all.filter(frame => frame.event === 'n' && frame.channel === channel);
                return frames.length >= each && frames;
            }, `all of ${channel}`);
            assert.deepEqual(told.map(frame => Number(frame.raw)), Array.from({ length: each }, (_, i) => i));
        }
        await end(near, far);
    });

    test('while the other is away events wait, in their order, and clients here do not', async t => {
        const far = await launch(t, there, {}, { workers });
        const near = await launch(t, here, relayTo(far), { workers });
        const channel = fresh('room-');
        const a = await Socket.open(near, here);
        await a.subscribe(channel);
        await far.stop('SIGKILL');
        for (let n = 0; n < 25; n++) await trigger(near, here, channel, `n${n}`, '{}');
        for (let n = 0; n < 25; n++) await a.take(`n${n}`, channel);
        await near.waitForLog(/relay to \S+ fails and is tried again/);
        assert.equal(await waiting(near), 25);
        // Whoever comes back first hears the rest: a channel is relayed whether somebody listens or not.
        await far.start();
        await near.waitForLog(/relay to \S+: it is taken again/);
        for (let i = 0; i < 400 && (await waiting(near)); i++) await new Promise(wake => setTimeout(wake, 25));
        assert.equal(await waiting(near), 0);
        const b = await Socket.open(far, there);
        await b.subscribe(channel);
        await trigger(near, here, channel, 'after', '{}');
        await b.take('after', channel);
        assert.doesNotMatch(near.log, /given up/);
        await end(near, far);
    });

    test('with a wrong secret nothing arrives; what is left arrives once it is right', async t => {
        const far = await launch(t, there, {}, { workers });
        const near = await launch(t, here, relayTo(far, { secret: 'wrong-secret-0123456789' }), { workers });
        const channel = fresh('room-');
        const b = await Socket.open(far, there);
        await b.subscribe(channel);
        await trigger(near, here, channel, 'early', '{}');
        await near.waitForLog(/relay to \S+ fails and is tried again: it answers 401/);
        await reload(near, configuration(here, relayTo(far)));
        await b.take('early', channel);
        await end(near, far);
    });

    test('an event that the other refuses is given up, and holds up no other', async t => {
        const far = await launch(t, there, { limits: { event_data: 100 } }, { workers });
        const near = await launch(t, here, relayTo(far), { workers, outgoing: { delay: '200ms' } });
        const channel = fresh('room-');
        const b = await Socket.open(far, there);
        await b.subscribe(channel);
        const batch = ['a', 'b', 'x'.repeat(101), 'd'].map((data, n) => ({ channel, name: `n${n}`, data }));
        assert.equal((await call(near, 'POST', '/batch_events', { app: here, body: { batch } })).status, 200);
        assert.deepEqual(await heard(b, channel, 'n3'), ['n0', 'n1', 'n3']);
        await near.waitForLog(/relay to \S+: given up: 1 of its events, since it answers 413/);
        await end(near, far);
    });

    test('what nobody takes in time is given up', async t => {
        const far = await launch(t, there, {}, { workers });
        const near = await launch(t, here, relayTo(far), { workers, outgoing: { retry: '200ms' }, drain: SHORT_DRAIN });
        await far.stop('SIGKILL');
        await trigger(near, here, fresh('room-'), 'lost', '{}');
        await near.waitForLog(/relay to \S+: given up: 1 of its events/);
        await end(near);
    });

    describe('the other service’s webhooks', () => {
        const now = () => Date.now();
        const body = (channel, more = {}, time_ms = now()) =>
            JSON.stringify({ time_ms, events: [{ name: 'client_event', channel, event: 'client-said', data: '{"n":1}', socket_id: '1.2', ...more }] });
        const post = (daemon, text, { key = there.key, secret = there.secret, id = here.id } = {}) =>
            request(daemon, 'POST', `/apps/${id}/relay`, text, {
                'x-pusher-key': key, 'x-pusher-signature': createHmac('sha256', secret).update(text).digest('hex'),
            });
        const nobody = { url: 'http://127.0.0.1:9' };

        test('are refused when they are not signed, old or no webhooks, and heard once when they are good', async t => {
            const near = await launch(t, here, relayTo(nobody), { workers, drain: SHORT_DRAIN });
            const channel = fresh('private-');
            const a = await Socket.open(near, here);
            await a.subscribe(channel);
            for (const [name, status, text, options] of [
                ['another secret', 401, body(channel), { secret: 'x'.repeat(20) }],
                ["the app's own secret", 401, body(channel), here],
                ['another key', 401, body(channel), { key: 'nobody' }],
                ['another app', 404, body(channel), { id: '12345' }],
                ['no JSON', 400, 'hello'],
                ['no events', 400, '{"time_ms":1}'],
                ['deep JSON', 400, `{"events":${'['.repeat(5000)}`],
                ['an old time', 401, body(channel, {}, now() - 700000)],
                ['no time', 401, '{"events":[]}'],
            ]) {
                const answer = await post(near, text, options);
                assert.equal(answer.status, status, `${name}: ${answer.text}`);
            }
            for (const [name, channelThere, more] of [
                ['a channel that was not chosen', fresh('private_other')],
                ['a public channel', fresh('room-')],
                ['a bad channel', 'private- x'],
                ['an event of servers', channel, { event: 'said' }],
                ['data that is no text', channel, { data: {} }],
                ['too much data', channel, { data: 'x'.repeat(20000) }],
                ['something else that happened', channel, { name: 'channel_occupied' }],
            ]) {
                assert.equal((await post(near, body(channelThere, more))).status, 200, name);
            }
            const good = body(channel, { event: 'client-good' });
            assert.equal((await post(near, good)).text, '{}');
            assert.equal((await post(near, good)).status, 200, 'a retry of what was taken');
            assert.equal((await post(near, body(channel, { event: 'client-mark' }))).status, 200);
            assert.deepEqual(await heard(a, channel, 'client-mark'), ['client-good', 'client-mark']);
            await end(near);
        });

        test('an app without a relay accepts none', async t => {
            const near = await launch(t, here, {}, { workers });
            assert.equal((await post(near, body(fresh('private-')))).status, 404);
            await end(near);
        });
    });
});
