// kill -9, again and again, while several clients write: what was acknowledged stays, once and in order, and those who come
// back miss nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { Ledger } from './ledger.mjs';
import { Publisher } from './publisher.mjs';
import { PollWatcher, SocketWatcher, StreamWatcher } from './watchers.mjs';

const rounds = Number(process.env.CARILLON_ROUNDS ?? 50);
const PUBLISHERS_EACH = 3;
const channels = ['alpha', 'beta'];
const configuration = {
    more: 'sse = { retry = "100ms" } apps = { main = { guest_rate = 0 } } log = { level = "warning" }',
};

async function waitUntil(condition, ms = 20000) {
    for (const until = Date.now() + ms; Date.now() < until; await sleep(10)) if (condition()) return;
    assert.fail(`not within ${ms} ms: ${condition}`);
}

// Most crashes hit clients that all are connected; every third one is free to hit those that are just coming back.
async function crash(daemon, round, clients) {
    if (round % 3) {
        const away = () => clients.filter(client => !client.connected).map(client => `${client.name} ${client.problem ?? ""}`);
        await waitUntil(() => away().length === 0).catch(() => assert.fail(`round ${round}: ${away()} did not come back`));
    }
    await sleep(30 + Math.random() * 300);
    await daemon.kill();
    await daemon.configure({ workers: round % 2 ? 1 : 3 });
    await daemon.start();
    assert.ok(daemon.running, daemon.log.slice(-4000));
}

test(`${rounds} crashes under load`, { timeout: 60000 + rounds * 10000 }, async t => {
    const daemon = await startDaemon(t, { workers: 3, ...configuration });
    const owner = await Client.signIn(daemon, 'Owner');
    const ledgers = new Map(channels.map(channel => [channel, new Ledger()]));
    for (const channel of channels) await owner.createConversation(channel);

    const watchers = [
        await SocketWatcher.start(await Client.signIn(daemon, 'Socket'), channels),
        await StreamWatcher.start(await Client.signIn(daemon, 'Stream'), channels),
        await PollWatcher.start(await Client.signIn(daemon, 'Poll'), channels),
    ];
    const publishers = [];
    for (const [channel, ledger] of ledgers) {
        for (let i = 0; i < PUBLISHERS_EACH; i++) {
            const name = `${channel}-${i}`;
            publishers.push(new Publisher(await Client.signIn(daemon, name), name, channel, ledger));
        }
    }
    for (let round = 1; round <= rounds; round++) {
        // A publisher that gave up says why at once.
        await Promise.race([crash(daemon, round, [...watchers, ...publishers]), ...publishers.map(({ done }) => done)]);
        if (round % 10 === 0) t.diagnostic(`${round} crashes`);
    }
    for (const publisher of publishers) publisher.stop();
    await Promise.all(publishers.map(({ done }) => done));

    for (const [channel, ledger] of ledgers) {
        const { epoch, last_pos } = await owner.get(`/conversations/${channel}`);
        const final = await owner.changes(channel, epoch);
        for (const watcher of watchers) {
            // Who never gets the last one is found by the ledger.
            await waitUntil(() => watcher.seen(channel).at(-1)?.pos === last_pos, 10000).catch(() => {});
            ledger.watch(`${watcher.name} on ${channel}`, watcher.from.get(channel)).push(...watcher.seen(channel));
        }
        const findings = ledger.check(final);
        const counts = Object.entries(findings).map(([kind, list]) => `${kind} ${list.length}`);
        t.diagnostic(`${channel}: ${final.length} changes, acknowledged ${ledger.acknowledged}, seen ${ledger.watched}: `
            + counts.join(', '));
        for (const list of Object.values(findings)) assert.deepEqual(list.slice(0, 10), []);
        assert.ok(ledger.acknowledged > rounds, 'hardly anything was published');
        assert.ok(ledger.watched > rounds, 'hardly anything was seen');
    }
    t.diagnostic(`tries again: ${publishers.reduce((sum, { retries }) => sum + retries, 0)}`);
    await Promise.all(watchers.map(watcher => watcher.stop()));
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
