// A daemon that all tests of a describe() share. `begin` gets it once it is ready, and answers whom to close before it is
// stopped, so that the stop has nobody to wait for. It must end cleanly, or the block fails.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startDaemon } from './daemon.mjs';

export function shareDaemon(options, begin) {
    let daemon, guests = [], dispose = async () => {};

    before(async () => {
        daemon = await startDaemon({ after: end => (dispose = end) }, options);
        assert.ok(daemon.url, daemon.log);
        guests = (await begin(daemon)) ?? [];
    });

    after(async () => {
        try {
            for (const guest of guests) guest.close();
            if (daemon?.running) assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
        } finally {
            await dispose();
        }
    });
}
