// external.ratio: how late a subscriber's socket has what another program (pymongo) inserted, by how late a bare reader of
// the same change stream (pymongo) has it; both from the moment of the insert, on one clock, median of many.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { ReplicaSet } from '../harness/mongod.mjs';

const [json, quick] = ['--json', '--quick'].map(option => process.argv.includes(option));
const COUNT = quick ? 30 : 300;

const now = () => Number(process.hrtime.bigint()) / 1e6; // CLOCK_MONOTONIC, as pymongo's program tells it
const median = values => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

function tell(name, value, unit, target = '') {
    if (json) console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit }));
    else console.log(`${name.padEnd(32)} ${value.toPrecision(4).padStart(12)}  ${unit.padEnd(14)} ${target}`);
}

const cleanups = [];
const set = await ReplicaSet.start();
const daemon = await startDaemon({ after: cleanup => cleanups.unshift(cleanup) }, {
    plugins: ['mongodb'],
    more: `storage = "mongodb"\nmongodb = { uri = "${set.uri('bench')}" }`,
});
const [writer, reader] = [set.foreign(), set.foreign()];
const client = await Client.signIn(daemon, 'Ada');
await client.createConversation('room');
await client.subscribe('room');
await reader.ask({ db: 'bench', collection: 'messages', method: 'watch' });

const arrivals = new Map(), seen = new Map(), begun = new Map();
client.socket.on('message', data => {
    const at = now(), frame = JSON.parse(data);
    if (frame.event === 'message.new') arrivals.set(frame.data.message.text, at);
});
reader.onevent = ({ event, at }) => {
    if (event.operationType === 'insert') seen.set(event.fullDocument.body, at);
};
for (let i = 0; i < COUNT; i++) {
    const args = [{ conversation: 'room', author: 'robot', body: `${i}` }];
    begun.set(`${i}`, (await writer.ask({ db: 'bench', collection: 'messages', method: 'insert_one', args })).began);
    while (!arrivals.has(`${i}`) || !seen.has(`${i}`)) await sleep(5);
}
const late = times => median([...begun].map(([text, at]) => times.get(text) - at));
tell('external.stream_ms', late(seen), 'ms');
tell('external.socket_ms', late(arrivals), 'ms');
tell('external.ratio', late(arrivals) / late(seen), 'x', '<= 1.5');
client.close();
reader.close();
writer.close();
await daemon.stop();
for (const cleanup of cleanups) await cleanup();
await set.stop();
