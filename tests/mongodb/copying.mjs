// carillond --copy-storage with the configuration of a daemon.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Runs it until it ends or, after cutAfterMs, is killed; answers { code, said }.
export async function copy(daemon, from, to, cutAfterMs) {
    const child = spawn(join(process.env.CARILLON_BUILD, 'daemon/carillond'),
        ['--config', join(daemon.stateDir, 'carillon.lua'), '--state-dir', daemon.stateDir, '--copy-storage', from, to],
        { stdio: ['ignore', 'inherit', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', text => { said += text; });
    if (cutAfterMs) sleep(cutAfterMs).then(() => child.kill('SIGKILL'));
    const [code] = await once(child, 'close');
    return { code, said };
}
