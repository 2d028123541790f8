// A person's SSE stream, read by npm's EventSource, which reconnects with Last-Event-ID by itself.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';

export class Stream {
    data = []; // all that came, as objects
    problem = null; // the last error's text
    connects = 0;

    // The channels of a Client's person.
    static async open(client, channels) {
        const stream = new Stream();
        const ticket = await client.http('POST', '/tickets');
        assert.equal(ticket.status, 201, JSON.stringify(ticket.body));
        const query = new URLSearchParams({ channels: channels.join(','), ticket: ticket.body.ticket });
        stream.source = new EventSource(`${client.url}/api/v1/events?${query}`);
        stream.source.onopen = () => stream.connects++;
        stream.source.onmessage = ({ data }) => stream.data.push(JSON.parse(data));
        stream.source.onerror = error => {
            stream.problem = `${error.code ?? ''} ${error.message}`;
        };
        await stream.waitFor(() => stream.of('subscribed').length + stream.of('unsubscribed').length >= channels.length);
        return stream;
    }

    of(type) {
        return this.data.filter(item => item.type === type);
    }

    get events() {
        return this.of('event');
    }

    async waitFor(find, ms = 10000) {
        for (const until = Date.now() + ms; Date.now() < until; await sleep(10)) {
            const found = find();
            if (found) return found;
        }
        throw new Error(`${find} did not come; the last: ${JSON.stringify(this.data.slice(-5))}; ${this.problem ?? ''}`);
    }

    close() {
        this.source.close();
    }
}
