/* Writes the emoji data and the .br and .gz variants beside each built file; the daemon serves them as they are. */
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const web = fileURLToPath(new URL('..', import.meta.url));
const dist = join(web, process.env.VITE_DIST ?? 'dist');
const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

async function copyEmojiData() {
    await mkdir(join(dist, 'emoji', 'en'), { recursive: true });
    for (const name of ['data.json', 'messages.json']) {
        await copyFile(join(web, 'node_modules', 'emojibase-data', 'en', name), join(dist, 'emoji', 'en', name));
    }
}

async function* filesIn(folder) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
            yield* filesIn(path);
        } else if (/\.(html|js|css|svg|json|webmanifest)$/.test(entry.name)) {
            yield path;
        }
    }
}

async function compress(path) {
    const bytes = await readFile(path);
    await writeFile(`${path}.gz`, await gzip(bytes, { level: 9 }));
    await writeFile(`${path}.br`, await brotli(bytes, {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }));
}

await copyEmojiData();
for await (const path of filesIn(dist)) {
    await compress(path);
}
