/* Fails when the JavaScript of the first load is larger than the budget, minified and gzipped. */
import { readFile } from 'node:fs/promises';
import zlib from 'node:zlib';

const BUDGET = 130 * 1024;
const dist = new URL('../dist/', import.meta.url);

/* What index.html names, and what those files import statically. */
async function firstLoad() {
    const html = await readFile(new URL('index.html', dist), 'utf8');
    const found = new Set([...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1]));
    for (const file of found) {
        const code = await readFile(new URL(file, dist), 'utf8');
        for (const [, name] of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)) {
            found.add(`assets/${name}`);
        }
    }
    return found;
}

let total = 0;
for (const file of await firstLoad()) {
    const { length } = zlib.gzipSync(await readFile(new URL(file, dist)), { level: 9 });
    total += length;
    console.log(`${(length / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} KiB  first load, of ${BUDGET / 1024} KiB`);
if (total === 0 || total > BUDGET) {
    console.error(total === 0 ? 'nothing was found: run `npm run build` first' : 'over the budget');
    process.exit(1);
}
