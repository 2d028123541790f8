// One client that writes without a pause worth the name: messages, edits of its last one, reactions. What the daemon
// acknowledges goes into the ledger; what it did not answer is tried again until it does, as a real client would.
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 8;
const RETRY_MS = 20;
const emojis = ['👍', '🔔', '🎉', '👀'];

export class Publisher {
    name;
    #client;
    #channel;
    #ledger;
    #number = 0;
    #last = null; // the last own message
    #running = true;
    retries = 0;

    constructor(client, name, channel, ledger) {
        this.#client = client;
        this.name = name;
        this.#channel = channel;
        this.#ledger = ledger;
        this.done = this.#run();
    }

    // What is under way is brought to its end; `done` tells.
    stop() {
        this.#running = false;
    }

    get connected() {
        return this.#client.closedBy === null;
    }

    async #run() {
        while (this.#running) {
            const number = ++this.#number;
            if (this.#last && number % 4 === 3) await this.#edit(number);
            else if (this.#last && number % 4 === 0) await this.#react(number);
            else await this.#write(number);
            await sleep(PAUSE_MS);
        }
    }

    // Until attempt(n) gives something; whatever it throws means that the outcome is not known.
    async #insist(attempt) {
        for (let n = 0; ; n++) {
            try {
                if (this.#client.closedBy) await this.#client.open();
                const answer = await attempt(n);
                if (answer) return answer;
            } catch (error) {
                if (error.name === 'AssertionError') throw error;
            }
            this.retries++;
            await sleep(RETRY_MS);
        }
    }

    // An error that is no invitation to try again ends the test.
    #refused(answer) {
        if (!answer.retry) throw Object.assign(new Error(JSON.stringify(answer)), { name: 'AssertionError' });
    }

    async #write(number) {
        const id = `${this.name}-${number}`;
        const answer = await this.#insist(async () => {
            const told = await this.#client.publish(this.#channel, `${id} says hello`, { client_id: id });
            return told.type === 'published' ? told : this.#refused(told);
        });
        this.#last = answer.message;
        this.#ledger.acknowledge(this.name, number, answer.pos, `message.new ${answer.message.id} ${id}`);
        this.#ledger.acknowledgeText(answer.message.id, `${id} says hello`);
    }

    async #http(method, path, body) {
        const answer = await this.#client.http(method, `/conversations/${this.#channel}/messages/${path}`, body);
        return answer.status === 200 ? answer.body : this.#refused(answer.body);
    }

    async #edit(number) {
        const { id, client_id } = this.#last;
        const text = `${this.name} thought again: ${number}`;
        this.#ledger.wroteText(id, text);
        const answer = await this.#insist(() => this.#http('PATCH', id, { text }));
        this.#ledger.acknowledge(this.name, number, answer.pos, `message.edited ${id} ${client_id}`);
        this.#ledger.acknowledgeText(id, text);
    }

    // Reacting twice is one change: only the first attempt tells its pos.
    async #react(number) {
        const { id } = this.#last;
        const emoji = emojis[(number / 4) % emojis.length];
        let attempts = 0;
        const answer = await this.#insist(n => {
            attempts = n;
            return this.#http('PUT', `${id}/reactions/${encodeURIComponent(emoji)}`);
        });
        if (attempts) return;
        this.#ledger.acknowledge(this.name, number, answer.pos, `reaction.added ${id} ${emoji} ${this.#client.user.id}`);
    }
}
