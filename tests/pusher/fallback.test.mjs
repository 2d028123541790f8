// The HTTP fallback row by row: what pusher-js does not show, since it never does it wrong.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apps, call, fresh, request, shared, sign, Socket, start } from './fixture.mjs';

const QUERY = 'protocol=7&client=js&version=8.4.0';
const PATIENCE_MS = 30000;
let names = 0;

// One client, which says and asks only what it is told to.
class Visitor {
    constructor(daemon, { app = apps.main, name, query = QUERY, place = '/pusher', headers = {} } = {}) {
        Object.assign(this, { daemon, app, query, headers });
        this.name = name ?? `${names++ % 1000}/${Math.random().toString(36).slice(2, 10).padEnd(8, 'x')}`;
        this.path = `${place}/app/${app.key ?? app}/${this.name}`;
    }

    #post(what, body, headers = {}) {
        return request(this.daemon, 'POST', `${this.path}/${what}${what === 'xhr_send' ? '?t=1' : `?${this.query}&t=1`}`, body, { ...this.headers, ...headers });
    }

    poll() {
        return this.#post('xhr');
    }

    send(...frames) {
        return this.raw(JSON.stringify(frames.map(frame => (typeof frame === 'string' ? frame : JSON.stringify(frame)))));
    }

    raw(body, headers) {
        return this.#post('xhr_send', body, headers);
    }

    // A stream: its lines so far, and what it says about itself.
    async stream() {
        const { hostname, port } = new URL(this.daemon.url);
        const made = http.request({ hostname, port, method: 'POST', path: `${this.path}/xhr_streaming?${this.query}`, headers: { 'content-length': 0, ...this.headers }, agent: false });
        made.end();
        made.on('error', () => {});
        const [response] = await once(made, 'response');
        const stream = { status: response.statusCode, headers: response.headers, text: '', ended: false, leave: () => made.destroy(), pause: () => response.pause(), resume: () => response.resume() };
        response.setEncoding('utf8');
        response.on('data', text => (stream.text += text));
        response.on('close', () => (stream.ended = true));
        response.on('error', () => {});
        stream.until = async (look, what) => {
            const end = Date.now() + PATIENCE_MS;
            for (let found; ; await sleep(10)) {
                if ((found = look(stream.text))) return found;
                assert.ok(Date.now() < end, `no ${what} in ${stream.text.slice(-2000)}`);
            }
        };
        stream.has = text => stream.until(all => all.includes(text), text);
        stream.end = () => stream.until(() => stream.ended, 'end');
        return stream;
    }

    // Opens it by a poll; takes its socket id.
    async open() {
        const { status, text } = await this.poll();
        assert.equal(status, 200);
        assert.match(text, /^o\na\["\{\\"event\\":\\"pusher:connection_established\\"/);
        this.id = socketId(text);
        return this;
    }

    ask(channel, data) {
        const auth = /^(private|presence)-/.test(channel) ? sign(this.app, ...[this.id, channel, data].filter(x => x !== undefined)) : undefined;
        return this.send({ event: 'pusher:subscribe', data: { channel, auth, channel_data: data } });
    }
}

const socketId = text => /socket_id\\*":\\*"([\d.]+)/.exec(text)[1];
const trigger = (daemon, channel, data, more = {}) => call(daemon, 'POST', '/events', { body: { name: 'said', channel, data, ...more } });
const wholeLines = text => text.slice(0, text.lastIndexOf('\n') + 1); // of a stream that is still coming
const framesOf = text => wholeLines(text).split('\n').filter(line => line[0] === 'a').flatMap(line => JSON.parse(line.slice(1))).map(frame => JSON.parse(frame));
const saidIn = text => framesOf(text).filter(frame => frame.event === 'said').map(frame => frame.data);

function rawPoll(visitor) {
    const { hostname, port } = new URL(visitor.daemon.url);
    const made = http.request({ hostname, port, method: 'POST', path: `${visitor.path}/xhr?${QUERY}`, headers: { 'content-length': 0 }, agent: false });
    const answer = once(made, 'response').then(async ([response]) => {
        let text = '';
        for await (const piece of response.setEncoding('utf8')) text += piece;
        return { status: response.statusCode, text };
    });
    answer.catch(() => {});
    made.end();
    return { answer, leave: () => made.destroy() };
}

// A poll that is known to wait: of two that ask, the one that is not refused.
async function waitingPoll(visitor) {
    const [one, other] = [rawPoll(visitor), rawPoll(visitor)];
    const [refused, waiting] = await Promise.race([one.answer.then(() => [one, other]), other.answer.then(() => [other, one])]);
    assert.equal((await refused.answer).status, 409);
    return waiting;
}

// Polls until something of it fits.
async function pollFor(visitor, text) {
    for (let i = 0, all = ''; ; i++) {
        const answer = await visitor.poll();
        assert.equal(answer.status, 200, answer.text);
        all += answer.text;
        if (all.includes(text)) return all;
        assert.ok(i < 50 && !/^c/m.test(answer.text), `no ${text} in ${all}`);
    }
}

for (const workers of [1, 3]) describe(`HTTP fallback, workers: ${workers}`, () => {
    const held = shared({ workers, more: 'pusher = { fallback_heartbeat = "1s", fallback_grace = "60s", prefix = "/realtime" }' });
    before(held.before);
    after(held.after);

    test('a stream: head, open, established; what is triggered comes line by line', async () => {
        const visitor = new Visitor(held.daemon), channel = fresh('private-');
        const stream = await visitor.stream();
        assert.equal(stream.status, 200);
        assert.equal(stream.headers['content-type'], 'text/plain; charset=utf-8');
        assert.equal(stream.headers['x-accel-buffering'], 'no');
        await stream.has('connection_established');
        assert.match(stream.text, /^o\na\[".*"\]\n$/);
        visitor.id = socketId(stream.text);
        assert.equal((await visitor.ask(channel)).status, 204);
        await stream.has('subscription_succeeded');
        for (let i = 0; i < 20; i++) await trigger(held.daemon, channel, `"${i}" \\ grüß 😀`);
        await stream.until(text => saidIn(text).length === 20, 'twenty events');
        assert.deepEqual(saidIn(stream.text), Array.from({ length: 20 }, (_, i) => `"${i}" \\ grüß 😀`));
        stream.leave();
    });

    test('polls: what happens between two of them is told by the next, in order', async () => {
        const visitor = await new Visitor(held.daemon).open(), channel = fresh('room');
        await visitor.ask(channel);
        await pollFor(visitor, 'subscription_succeeded');
        for (let i = 0; i < 30; i++) await trigger(held.daemon, channel, String(i));
        let said = [];
        while (said.length < 30) said = said.concat(saidIn((await visitor.poll()).text));
        assert.deepEqual(said, Array.from({ length: 30 }, (_, i) => String(i)));
    });

    test('heartbeats: a poll that waits and a stream that is silent get an h', async () => {
        const visitor = await new Visitor(held.daemon).open();
        assert.equal((await visitor.poll()).text, 'h\n');
        const other = new Visitor(held.daemon), stream = await other.stream();
        await stream.until(text => text.split('\n').filter(line => line === 'h').length >= 2, 'two heartbeats');
        assert.equal((await other.raw('[]')).status, 204);
        stream.leave();
    });

    test('poll and stream take turns, below the prefix too', async () => {
        const visitor = await new Visitor(held.daemon, { place: '/realtime' }).open(), channel = fresh('room');
        await visitor.ask(channel);
        await pollFor(visitor, 'subscription_succeeded');
        visitor.path = visitor.path.replace('/realtime', '/realtime/pusher');
        const stream = await visitor.stream();
        await trigger(held.daemon, channel, 'one');
        await stream.has('one');
        assert.doesNotMatch(stream.text, /^o/m);
        stream.leave();
    });

    // X(what, status)
    for (const [what, status, ask] of [
        ['a session that is not there', 404, daemon => new Visitor(daemon).send()],
        ['a name that is none', 404, daemon => new Visitor(daemon, { name: '1/a.b' }).send()],
        ['a poll with a name that is none', 404, daemon => new Visitor(daemon, { name: '1/a%20b' }).poll()],
        ['a foreign key', 404, async daemon => new Visitor(daemon, { app: apps.other, name: (await new Visitor(daemon).open()).name }).send()],
        ['a key that there is not', 404, async daemon => new Visitor(daemon, { app: 'nobody', name: (await new Visitor(daemon).open()).name }).send()],
        ['a body that is no JSON', 400, async daemon => (await new Visitor(daemon).open()).raw('[')],
        ['an object', 400, async daemon => (await new Visitor(daemon).open()).raw('{}')],
        ['an array of numbers', 400, async daemon => (await new Visitor(daemon).open()).raw('["{}",1]')],
        ['no body', 400, async daemon => (await new Visitor(daemon).open()).raw('')],
        ['invalid UTF-8', 400, async daemon => (await new Visitor(daemon).open()).raw(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]))],
        ['an oversized body', 413, async daemon => (await new Visitor(daemon).open()).raw(JSON.stringify(['x'.repeat(300000)]))],
        ['a foreign page', 403, async daemon => (await new Visitor(daemon).open()).raw('[]', { origin: 'http://evil.example' })],
        ['another method', 405, async daemon => request(daemon, 'PUT', (await new Visitor(daemon).open()).path + '/xhr_send', '[]')],
    ]) {
        test(`xhr_send: ${what}: ${status}`, async () => {
            assert.equal((await ask(held.daemon)).status, status);
        });
    }

    // X(what, code)
    for (const [what, code, options] of [
        ['a key that there is not', 4001, { app: 'nobody' }],
        ['a disabled app', 4003, { app: apps.off }],
        ['an app that wants TLS', 4000, { app: apps.safe }],
        ['no protocol', 4008, { query: 'client=js' }],
        ['a protocol that is no number', 4006, { query: 'protocol=x' }],
        ['an unknown protocol', 4007, { query: 'protocol=99' }],
        ['a foreign page', 4009, { headers: { origin: 'http://evil.example' } }],
    ]) {
        test(`refused: ${what}: ${code}`, async () => {
            const poll = await new Visitor(held.daemon, options).poll();
            assert.match(poll.text, new RegExp(`^o\\nc\\[${code},".+"\\]\\n$`));
            const stream = await new Visitor(held.daemon, options).stream();
            await stream.end();
            assert.match(stream.text, new RegExp(`^o\\nc\\[${code},".+"\\]\\n$`));
        });
    }

    test('a page of an allowed origin may ask and read, another may not', async () => {
        const path = new Visitor(held.daemon).path;
        const ask = origin => request(held.daemon, 'OPTIONS', `${path}/xhr_send`, undefined, { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' });
        const good = await ask('http://pages.example'), bad = await ask('http://evil.example');
        assert.equal(good.status, 204);
        assert.equal(good.headers['access-control-allow-origin'], 'http://pages.example');
        assert.match(good.headers['access-control-allow-methods'], /POST/);
        assert.match(good.headers['access-control-allow-headers'], /content-type/);
        assert.equal(bad.headers['access-control-allow-origin'], undefined);
        const answer = await new Visitor(held.daemon, { headers: { origin: 'http://pages.example' } }).poll();
        assert.match(answer.text, /^o\na/);
        assert.equal(answer.headers['access-control-allow-origin'], 'http://pages.example');
    });

    test('a second stream or poll is refused with 409, and the first one goes on', async () => {
        const visitor = new Visitor(held.daemon), channel = fresh('room'), stream = await visitor.stream();
        await stream.has('connection_established');
        assert.equal((await visitor.stream()).status, 409);
        assert.equal((await visitor.poll()).status, 409);
        await visitor.ask(channel);
        await trigger(held.daemon, channel, 'still');
        await stream.has('still');
        stream.leave();
    });

    test('a close is told to the open poll, else to the next request', async () => {
        const nonsense = Array.from({ length: 10 }, () => '{');
        const waiting = await new Visitor(held.daemon).open();
        await waiting.send(...nonsense);
        const [told] = await Promise.all([waiting.poll()]);
        assert.match(told.text, /c\[4009,".+"\]\n$/);
        assert.equal((await waiting.send()).status, 404);
        const streaming = new Visitor(held.daemon), stream = await streaming.stream();
        await stream.has('connection_established');
        await streaming.send(...nonsense);
        await stream.end();
        assert.match(stream.text, /c\[4009,".+"\]\n$/);
        assert.equal(framesOf(stream.text).filter(frame => frame.event === 'pusher:error').length, 10);
    });

    test('below protocol 6 an error precedes the close', async () => {
        const visitor = new Visitor(held.daemon, { query: 'protocol=5', app: apps.off });
        assert.match((await visitor.poll()).text, /^o\na\[".*pusher:error.*4003.*"\]\nc\[4003,".+"\]\n$/);
    });

    test('what pusher-js would not read any more waits for its next stream: nothing is lost, nothing comes twice', { timeout: 60000 }, async () => {
        const visitor = new Visitor(held.daemon), channel = fresh('room');
        let stream = await visitor.stream(), sent = 0, all = '';
        await stream.has('connection_established');
        await visitor.ask(channel);
        await stream.has('subscription_succeeded');
        const filler = 'é€😀'.repeat(700);
        for (let reopened = 0; reopened < 3; reopened++) {
            for (let i = 0; i < 100; i++) assert.equal((await trigger(held.daemon, channel, `${sent++} ${filler}`)).status, 200);
            // As pusher-js: past 256 K characters, at the end of a line.
            await stream.until(text => text.length > 256 * 1024 && text.endsWith('\n'), 'full answer');
            const length = stream.text.length;
            const next = await visitor.stream();
            await stream.end();
            assert.equal(stream.text.length, length);
            all += stream.text;
            stream = next;
        }
        await stream.until(text => saidIn(all + text).length === sent, 'all');
        assert.deepEqual(saidIn(all + stream.text).map(data => parseInt(data, 10)), Array.from({ length: sent }, (_, i) => i));
        assert.doesNotMatch(stream.text, /^o/m);
        stream.leave();
    });
});

describe('HTTP fallback, bounds', () => {
    test('who leaves its stream or its poll is gone at once, who does not poll a little later', { timeout: 60000 }, async t => {
        const daemon = await start(t, { workers: 3, more: 'pusher = { fallback_grace = "3s" }' });
        const channel = fresh('presence-'), watcher = await Socket.open(daemon);
        await watcher.subscribe(channel, { data: { user_id: 'watcher' } });
        for (const user_id of ['stream', 'poll', 'silent']) {
            const visitor = await new Visitor(daemon).open();
            const open = user_id === 'stream' ? await visitor.stream() : await waitingPoll(visitor);
            await visitor.ask(channel, JSON.stringify({ user_id }));
            assert.equal((await watcher.take('pusher_internal:member_added', channel)).data.user_id, user_id);
            if (user_id === 'stream') open.leave();
            else assert.match((await open.answer).text, /^a\[/);
            if (user_id === 'poll') (await waitingPoll(visitor)).leave();
            assert.equal((await watcher.take('pusher_internal:member_removed', channel)).data.user_id, user_id);
            assert.equal((await visitor.send()).status, 404);
            assert.match((await visitor.poll()).text, /^o/);
        }
        await watcher.close();
        await daemon.stop();
    });

    test('who joins is told of all members, however many', { timeout: 60000 }, async t => {
        const daemon = await start(t, { workers: 3 });
        const channel = fresh('presence-'), user_info = { about: 'x'.repeat(100), quote: '"\\é' };
        const sockets = await Promise.all(Array.from({ length: 60 }, () => Socket.open(daemon)));
        await Promise.all(sockets.map((socket, i) => socket.subscribe(channel, { data: { user_id: `member ${i}`, user_info } })));
        const visitor = await new Visitor(daemon).open();
        await visitor.ask(channel, JSON.stringify({ user_id: 'visitor' }));
        const told = framesOf(await pollFor(visitor, 'subscription_succeeded')).find(frame => /succeeded/.test(frame.event));
        const { presence } = JSON.parse(told.data);
        const expected = ['visitor', ...sockets.map((_, i) => `member ${i}`)].sort();
        assert.deepEqual([presence.count, presence.ids.toSorted?.() ?? [...presence.ids].sort()], [61, expected]);
        assert.deepEqual(presence.hash['member 7'], user_info);
        await Promise.all(sockets.map(socket => socket.close()));
        await daemon.stop();
    });

    test('who does not fetch what waits for it is closed with 4100, and told so', { timeout: 60000 }, async t => {
        const daemon = await start(t, { workers: 3, more: 'limits.queue = "256k"; pusher = { fallback_grace = "60s" }' });
        const visitor = await new Visitor(daemon).open(), channel = fresh('room');
        await visitor.ask(channel);
        await pollFor(visitor, 'subscription_succeeded');
        for (let i = 0; i < 60; i++) await trigger(daemon, channel, 'x'.repeat(9000));
        assert.match((await visitor.poll()).text, /^c\[4100,".+"\]\n$/);
        await daemon.stop();
    });

    test('a stop tells waiting polls and streams to come back, and ends', { timeout: 60000 }, async t => {
        const daemon = await start(t, { workers: 3, more: 'drain.jitter = "0s"' });
        const visitors = await Promise.all(Array.from({ length: 6 }, () => new Visitor(daemon).open()));
        const polls = await Promise.all(visitors.slice(0, 3).map(waitingPoll));
        const streams = await Promise.all(visitors.slice(3).map(visitor => visitor.stream()));
        const stopped = daemon.stop();
        for (const poll of polls) assert.match((await poll.answer).text, /^c\[4200,".+"\]\n$/);
        for (const stream of streams) {
            await stream.end();
            assert.match(stream.text, /c\[4200,".+"\]\n$/);
        }
        assert.deepEqual(await stopped, { code: 0, signal: null });
    });

    test('an app over its connections refuses with 4004, and has room again when one is gone', { timeout: 60000 }, async t => {
        const daemon = await start(t);
        const open = async () => {
            const stream = await new Visitor(daemon, { app: apps.small }).stream();
            await stream.until(text => /^[ac]/m.test(text), 'answer');
            return stream;
        };
        const first = await open(), second = await open();
        assert.match(first.text + second.text, /^o\na.*\no\na/);
        assert.match((await open()).text, /^o\nc\[4004,/);
        first.leave();
        for (let i = 0, stream = { text: '' }; !/^o\na/.test(stream.text); i++) {
            assert.ok(i < 100, stream.text);
            await sleep(100);
            stream = await open();
        }
        await daemon.stop();
    });
});
