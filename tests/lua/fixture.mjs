// A daemon with scripts of a test's own, and two people at it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '../harness/client.mjs';
import { startDaemon } from '../harness/daemon.mjs';

// Lua text of the section `lua` for scripts in this folder.
export function section(folder, scripts, options = {}) {
    const more = Object.entries(options).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const list = scripts.map(name => JSON.stringify(name)).join(', ');
    return `lua = { ${[`directory = ${JSON.stringify(folder)}`, `scripts = { ${list} }`, ...more].join(', ')} }\n`;
}

// A script that tells at each point what it is shown, as a line of the log.
export const show = `
local fields = { "app", "channel", "user", "name", "text", "data", "event", "id", "reply_to", "client_id", "author",
    "address", "server", "active" }
local function tell(msg)
    local list = { msg.point }
    for _, field in ipairs(fields) do
        local value = msg[field]
        if value then list[#list + 1] = field .. "=" .. tostring(value) end
    end
    if #msg.mentions > 0 then list[#list + 1] = "mentions=" .. table.concat(msg.mentions, ",") end
    log.notice(table.concat(list, " ") .. ";")
end
for _, point in ipairs { "connect", "auth", "subscribe", "unsubscribe", "message.publish", "message.edit", "message.delete",
    "message.deliver", "presence", "typing", "client.event" } do
    hook.on(point, { id = "tell-" .. point, priority = 1 }, tell)
end
`;

export class World {
    #dispose = [];
    #channels = 0;

    // files: names to texts, of which those that are not in lib/ or modules of others are named in `scripts`.
    static async start(files, { workers = 1, options, scripts, more = '' } = {}) {
        const world = new World();
        world.folder = await mkdtemp(join(tmpdir(), 'carillon-scripts-'));
        world.options = options;
        await world.write(files);
        const listed = scripts ?? Object.keys(files);
        world.daemon = await startDaemon(
            { after: end => world.#dispose.push(end) },
            { workers, more: `log = { burst = 100000 }\n${section(world.folder, listed, options)}${more}` }, // no line may be missing
        );
        return world;
    }

    async write(files) {
        for (const [name, text] of Object.entries(files)) {
            await mkdir(dirname(join(this.folder, name)), { recursive: true });
            await writeFile(join(this.folder, name), text);
        }
    }

    async people() {
        this.ada = await Client.signIn(this.daemon, 'Ada');
        this.bob = await Client.signIn(this.daemon, 'Bob');
    }

    // A conversation that both hear.
    async conversation(name = `c${++this.#channels}`) {
        await this.ada.createConversation(name);
        await this.ada.subscribe(name);
        await this.bob.subscribe(name);
        return name;
    }

    // Reads the configuration again and waits until the log says how it went.
    async reload(scripts, done) {
        await this.daemon.configure({ more: section(this.folder, scripts, this.options) });
        const before = this.daemon.log.length;
        this.daemon.signal('SIGHUP');
        for (let i = 0; i < 400 && !done.test(this.daemon.log.slice(before)); i++)
            await new Promise(resolve => setTimeout(resolve, 25));
        assert.match(this.daemon.log.slice(before), done);
    }

    async end() {
        this.ada?.close();
        this.bob?.close();
        try {
            assert.deepEqual(await this.daemon.stop(), { code: 0, signal: null });
        } finally {
            await this.dispose();
        }
    }

    async dispose() {
        for (const end of this.#dispose) await end();
        await rm(this.folder, { recursive: true, force: true });
    }
}
