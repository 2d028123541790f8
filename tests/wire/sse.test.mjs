// The protocol of plugins/sse/README.md: read as it is, and by npm's EventSource.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { shareDaemon } from '../harness/together.mjs';

const cursorHead = 'event: cursor\ndata:\nid: ';

// A stream as bytes: blocks are taken one by one.
class Stream {
    #text = '';
    #done = false;
    blocks = [];

    static async open(daemon, query, headers = {}) {
        const stream = new Stream();
        stream.abort = new AbortController();
        stream.response = await fetch(`${daemon.url}/api/v1/events?${new URLSearchParams(query)}`, {
            headers, signal: stream.abort.signal,
        });
        if (stream.response.ok) stream.ended = stream.#read().catch(() => {});
        return stream;
    }

    async #read() {
        for await (const bytes of this.response.body) {
            this.#text += Buffer.from(bytes).toString();
            const blocks = this.#text.split('\n\n');
            this.#text = blocks.pop();
            this.blocks.push(...blocks);
        }
        this.#done = true;
    }

    async take(fits, ms = 5000) {
        for (const until = Date.now() + ms; Date.now() < until; await sleep(10)) {
            const i = this.blocks.findIndex(fits);
            if (i >= 0) return this.blocks.splice(i, 1)[0];
        }
        throw new Error(`no such block: ${fits}; there are ${JSON.stringify(this.blocks)}, ended: ${this.#done}`);
    }

    async data(type, ms) {
        const block = await this.take(text => text.startsWith('data: ') && JSON.parse(text.slice(6)).type === type, ms);
        return JSON.parse(block.slice(6));
    }

    // The next message that somebody wrote, passing over presence and the like.
    async message(ms) {
        const block = await this.take(text => text.includes('"event":"message.new"'), ms);
        return JSON.parse(block.slice(6));
    }

    // The newest cursor that has come.
    get cursor() {
        return this.blocks.filter(block => block.startsWith(cursorHead)).at(-1)?.slice(cursorHead.length);
    }

    async waitForCursor(fits = () => true) {
        for (let i = 0; i < 300 && !(this.cursor && fits(this.cursor)); i++) await sleep(10);
        assert.ok(this.cursor && fits(this.cursor), this.blocks.join('\n\n'));
        return this.cursor;
    }

    close() {
        this.abort.abort();
    }
}

// What lies between a client and the daemon, and may break.
class Network {
    #sockets = new Set();

    static async to(daemon) {
        const network = new Network();
        const { hostname, port } = new URL(daemon.url);
        network.server = createServer(near => {
            const far = connect(port, hostname);
            for (const socket of [near, far]) {
                network.#sockets.add(socket);
                socket.on('error', () => {}).on('close', () => network.#sockets.delete(socket));
            }
            near.pipe(far).pipe(near);
        }).listen(0, '127.0.0.1');
        await once(network.server, 'listening');
        network.url = `http://127.0.0.1:${network.server.address().port}`;
        return network;
    }

    break() {
        for (const socket of this.#sockets) socket.resetAndDestroy();
    }

    close() {
        this.break();
        this.server.close();
    }
}

for (const workers of [1, 3]) describe(`SSE, workers: ${workers}`, () => {
    let daemon, ada, bob;
    let channels = 0;

    shareDaemon({ workers, more: 'sse = { keep_alive = "1s", retry = "100ms" }' }, async started => {
        daemon = started;
        ada = await Client.signIn(daemon, 'Ada');
        bob = await Client.signIn(daemon, 'Bob');
        return [ada, bob];
    });

    async function conversation() {
        const channel = `c${++channels}`;
        await ada.createConversation(channel);
        return channel;
    }

    async function ticket(person = ada) {
        const answer = await person.http('POST', '/tickets');
        assert.equal(answer.status, 201);
        return answer.body.ticket;
    }

    const bearer = (person = ada) => ({ authorization: `Bearer ${person.token}` });

    test('a stream, block by block', async () => {
        const channel = await conversation();
        const stream = await Stream.open(daemon, { channels: channel, ticket: await ticket() });
        assert.equal(stream.response.status, 200);
        assert.equal(stream.response.headers.get('content-type'), 'text/event-stream');
        assert.match(stream.response.headers.get('cache-control'), /no-store/);
        const cursor = await stream.waitForCursor();
        assert.equal(stream.blocks[0], 'retry: 100');
        const connected = await stream.data('connected');
        assert.deepEqual(connected.user, ada.user);
        assert.match(connected.session, /^[0-9a-f]{16}$/);
        const subscribed = await stream.data('subscribed');
        assert.equal(subscribed.channel, channel);
        assert.equal(subscribed.recovery, 'none');
        assert.match(cursor, /^1~[\w.-]+~\w+\.\d+$/);
        assert.ok(cursor.length < 1000, cursor);

        const { pos, message } = await bob.publish(channel, 'two\nlines\r\n, "quoted"', { data: { a: [1] } });
        const event = await stream.message();
        assert.deepEqual(event, {
            type: 'event', channel, epoch: subscribed.epoch, pos, event: 'message.new', at: event.at,
            data: { message, by: bob.user },
        });
        assert.ok((await stream.waitForCursor(text => text !== cursor)).endsWith(`~${subscribed.epoch}.${pos}`));
        stream.close();
    });

    test('signing in', async () => {
        const channel = await conversation();
        const refused = async (query, headers, status, code) => {
            const stream = await Stream.open(daemon, query, headers);
            assert.equal(stream.response.status, status);
            const problem = await stream.response.json();
            assert.equal(problem.code, code);
        };
        await refused({ channels: channel }, {}, 401, 'unauthorized');
        await refused({ channels: channel, ticket: 'x' }, {}, 401, 'ticket_invalid');
        await refused({ channels: channel }, { authorization: 'Bearer x' }, 401, 'unauthorized');
        const once = await ticket();
        const stream = await Stream.open(daemon, { channels: channel, ticket: once });
        assert.equal(stream.response.status, 200);
        await refused({ channels: channel, ticket: once }, {}, 401, 'ticket_invalid');
        const cursor = await stream.waitForCursor();
        const forged = cursor.replace(/~(.)/, (_, first) => `~${first === 'A' ? 'B' : 'A'}`);
        await refused({ channels: channel, ticket: once, cursor: forged }, {}, 401, 'unauthorized');
        await refused({ channels: channel, cursor: 'nonsense' }, {}, 400, 'invalid_request');
        const back = await Stream.open(daemon, { channels: channel, ticket: once, cursor });
        assert.equal(back.response.status, 200);
        assert.deepEqual((await back.data('connected')).user, ada.user);
        const token = await Stream.open(daemon, { channels: channel }, bearer(bob));
        assert.deepEqual((await token.data('connected')).user, bob.user);
        // a fresh ticket is newer news than the cursor
        const other = await Stream.open(daemon, { channels: channel, ticket: await ticket(bob), cursor });
        assert.deepEqual((await other.data('connected')).user, bob.user);
        for (const open of [stream, back, token, other]) open.close();
    });

    test('what cannot be asked', async () => {
        const rows = ['', ',', 'a,,b', 'a,a', 'a%', Array.from({ length: 51 }, (_, i) => `x${i}`).join()];
        for (const list of rows) {
            const stream = await Stream.open(daemon, { channels: list }, bearer());
            assert.equal(stream.response.status, 400, list);
            assert.equal((await stream.response.json()).code, 'invalid_request');
        }
        const head = await fetch(`${daemon.url}/api/v1/events?channels=a`, { method: 'HEAD' });
        assert.equal(head.status, 200);
        const post = await fetch(`${daemon.url}/api/v1/events?channels=a`, { method: 'POST', body: '' });
        assert.equal(post.status, 405);
    });

    test('fifty channels, and one that cannot be had', async () => {
        const good = await conversation();
        const list = [good, 'not valid', ...Array.from({ length: 48 }, (_, i) => `many${i}`)];
        const stream = await Stream.open(daemon, { channels: list.join() }, bearer());
        const cursor = await stream.waitForCursor();
        const refused = await stream.data('unsubscribed');
        assert.equal(refused.channel, 'not valid');
        assert.equal(refused.code, 'invalid_channel');
        assert.equal(cursor.split('~').length, 52);
        assert.equal(cursor.split('~')[3], '');
        const back = await Stream.open(daemon, { channels: list.join(), cursor });
        await back.waitForCursor();
        assert.ok(!back.blocks.some(block => block.includes('"reset"')));
        stream.close();
        back.close();
    });

    test('resuming all channels of a stream', async () => {
        const one = await conversation();
        const two = await conversation();
        const list = `${one},${two}`;
        const stream = await Stream.open(daemon, { channels: list }, bearer());
        const cursor = await stream.waitForCursor();
        stream.close();
        for (let i = 0; i < 60; i++) {
            await bob.publish(one, `one ${i}`);
            await bob.publish(two, `two ${i}`);
        }
        const back = await Stream.open(daemon, { channels: list }, { 'last-event-id': cursor });
        for (const channel of [one, two]) {
            const answer = await back.data('subscribed');
            assert.equal(answer.recovery, 'recovered', JSON.stringify(answer));
            assert.ok([one, two].includes(channel));
        }
        const texts = { [one]: [], [two]: [] };
        for (let i = 0; i < 120; i++) {
            const event = await back.message();
            texts[event.channel].push(event.data.message.text);
        }
        assert.deepEqual(texts[one], Array.from({ length: 60 }, (_, i) => `one ${i}`));
        assert.deepEqual(texts[two], Array.from({ length: 60 }, (_, i) => `two ${i}`));

        // another list of channels meets other epochs; one more than the cursor covers is a reset
        const swapped = await Stream.open(daemon, { channels: `${two},${one},more`, cursor });
        for (let i = 0; i < 3; i++) {
            const answer = await swapped.data('subscribed');
            assert.equal(answer.recovery, 'reset');
            assert.equal(answer.reason, 'epoch');
        }
        back.close();
        swapped.close();
    });

    test('comments when nothing is said', async () => {
        const channel = await conversation();
        const stream = await Stream.open(daemon, { channels: channel }, bearer());
        await stream.waitForCursor();
        const cursors = stream.blocks.filter(block => block.startsWith(cursorHead)).length;
        await stream.take(block => block === ':');
        await stream.take(block => block === ':');
        assert.equal(stream.blocks.filter(block => block.startsWith(cursorHead)).length, cursors, 'a comment moves no place');
        stream.close();
    });

    test('personal events come on every stream', async () => {
        const channel = await conversation();
        const stream = await Stream.open(daemon, { channels: channel }, bearer());
        await stream.waitForCursor();
        const { pos } = await bob.publish(channel, 'x');
        assert.equal((await ada.http('PUT', `/conversations/${channel}/read`, { pos })).status, 200);
        const block = await stream.take(text => text.includes('"channel":"#user"') && text.includes('"event":"read"'));
        assert.equal(JSON.parse(block.slice(6)).data.channel, channel);
        stream.close();
    });

    test('a revoked token ends the stream, and its cursor is worth nothing', async () => {
        const channel = await conversation();
        const eve = await Client.signIn(daemon, `Eve${workers}`);
        const stream = await Stream.open(daemon, { channels: channel, ticket: await ticket(eve) });
        const cursor = await stream.waitForCursor();
        assert.equal((await eve.http('DELETE', '/tokens')).status, 204);
        const closing = await stream.take(text => text.includes('"type":"closing"'), 15000);
        assert.match(closing, /token_revoked/);
        await stream.ended;
        const back = await Stream.open(daemon, { channels: channel, cursor });
        assert.equal(back.response.status, 401);
        assert.equal((await back.response.json()).code, 'token_revoked');
        eve.close();
    });

    test('npm\'s EventSource sees each message once, whatever happens to its connection', async () => {
        const channel = await conversation();
        const network = await Network.to(daemon);
        const source = new EventSource(`${network.url}/api/v1/events?channels=${channel}&ticket=${await ticket()}`);
        const texts = [], subscribed = [];
        source.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === 'event' && frame.event === 'message.new') texts.push(frame.data.message.text);
            if (frame.type === 'subscribed') subscribed.push(frame.recovery);
        };
        const until = async (count, what) => {
            for (let i = 0; i < 500 && what().length < count; i++) await sleep(20);
            assert.equal(what().length, count);
        };
        await until(1, () => subscribed);
        for (let round = 0; round < 3; round++) {
            for (let i = 0; i < 10; i++) await bob.publish(channel, `${round}.${i}`);
            if (round === 1) await until(25, () => texts);
            network.break();
            for (let i = 10; i < 15; i++) await bob.publish(channel, `${round}.${i}`);
            await until((round + 1) * 15, () => texts);
        }
        assert.deepEqual(texts, [0, 1, 2].flatMap(round => Array.from({ length: 15 }, (_, i) => `${round}.${i}`)));
        assert.ok(subscribed.slice(1).every(recovery => recovery === 'recovered'), subscribed.join());
        source.close();
        network.close();
        const refused = new EventSource(`${daemon.url}/api/v1/events?channels=${channel}&ticket=used`);
        const error = await new Promise(resolve => (refused.onerror = resolve));
        assert.equal(error.code, 401);
        assert.equal(refused.readyState, EventSource.CLOSED);
    });
});
