// Python with PyPI's `pusher` and `pysher`: an environment of its own in the build tree, filled once by name.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Files of tests run at once: one of them makes it, under a lock.
const script = `
set -e
[[ ! -e $1/lib/installed ]] || exit 0
python3 -m venv --clear "$1"
"$1/bin/pip" install --quiet --disable-pip-version-check 'pusher~=3.3' 'Pysher~=1.0'
touch "$1/lib/installed"`;

export async function pythonWithPusher() {
    const folder = join(process.env.CARILLON_BUILD, 'tests/python-pusher');
    await mkdir(dirname(folder), { recursive: true });
    await run('flock', [`${folder}.lock`, 'bash', '-c', script, 'bash', folder], { timeout: 240000 });
    return join(folder, 'bin/python3');
}
