// Who was muted stays so when the daemon dies and comes again, as long as was said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';

for (const workers of [1, 3]) test(`mutes outlive the daemon, workers: ${workers}`, async t => {
    const daemon = await startDaemon(t, { plugins: ['hooktest'], workers });
    const [ada, eve, fay] = await Promise.all(['Ada', 'Eve', 'Fay'].map(name => Client.signIn(daemon, name)));
    await ada.createConversation('room');
    await ada.publish('room', `!mute 3600000 ${eve.user.id} *`);
    await ada.publish('room', `!mute 3600000 ${fay.user.id} *`);
    await ada.publish('room', `!mute 0 ${fay.user.id} *`);
    // What the storage has is not told: the next write to it comes after those.
    await ada.publish('room', 'stored');
    await sleep(300);
    for (const client of [ada, eve, fay]) client.close();
    await daemon.kill();
    await daemon.start();
    const say = async person => (await person.http('POST', '/conversations/room/messages', { text: 'hello' })).body.code;
    for (let i = 0; i < 100 && (await say(eve)) !== 'muted'; i++) await sleep(50);
    assert.equal(await say(eve), 'muted');
    assert.equal(await say(fay), undefined);
    assert.equal(await say(ada), undefined);
    await daemon.stop();
});
