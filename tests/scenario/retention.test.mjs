// What retention has dropped is told as a reset with that reason. The daemon's first round is half a minute after its start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';
import { eventually } from './fixture.mjs';

const ROUND_MS = 60000;
// The ring still had what retention dropped: it must not tell it either.
const more = 'apps = { main = { channels = { { pattern = "old-*", retention_count = 5 } } } }';

test('a reset names its reason: retention', async t => {
    const daemon = await startDaemon(t, { workers: 3, more });
    const ada = await Client.signIn(daemon, 'ada');
    const channel = 'old-room';
    await ada.createConversation(channel);
    const { epoch, pos } = await ada.subscribe(channel);
    const other = 'new-room';
    await ada.createConversation(other);
    for (let i = 0; i < 30; i++) {
        await ada.publish(channel, String(i));
        await ada.publish(other, String(i));
    }
    ada.close();
    const gone = await eventually(async () => {
        const answer = await ada.http('GET', `/conversations/${channel}/changes?epoch=${epoch}&after=${pos}`);
        return answer.status === 410 && answer;
    }, 'retention has run', ROUND_MS);
    assert.equal(gone.body.code, 'gone');
    const late = await ada.another();
    const answer = await late.subscribe(channel, { epoch, pos: pos + 1 });
    assert.deepEqual([answer.recovery, answer.epoch, answer.pos], ['reset', epoch, pos + 30]);
    assert.equal(answer.reason, 'retention');
    const kept = await ada.get(`/conversations/${channel}/messages`);
    assert.deepEqual(kept.items.map(({ text }) => text), ['25', '26', '27', '28', '29']);
    assert.equal((await ada.get(`/conversations/${other}/messages`)).items.length, 30);
    late.close();
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
