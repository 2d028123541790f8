/*
 * Transport over Server-Sent Events (plugins/sse/README.md): events come down one stream a page, everything else goes up
 * over the HTTP API. The stream's URL names its channels, so another set of channels is another stream; its cursor lets
 * the next stream go on in every channel that both have.
 */
import type { Client } from './client';
import { Problem, toProblem } from './problem';
import type { Closed, Transport, TransportHandlers } from './transport';
import type { ChannelEvent, Subscribed, User } from './types';
import { Upwards } from './upwards';

/** Channels that are wanted one after another share one stream. */
const GATHER_MS = 30;
/** Of more, those that were asked for last: the one that is being read is among them. */
const MAX_CHANNELS = 50;
const LOST_AFTER_MS = 45_000;

type StreamItem =
    | { type: 'connected'; user: User }
    | ({ type: 'subscribed' } & Subscribed)
    | { type: 'unsubscribed'; channel: string; code: string; detail: string }
    | ({ type: 'event' } & ChannelEvent)
    | { type: 'closing'; code: string; detail: string; reconnect_after?: number };

export class SseTransport extends Upwards implements Transport {
    readonly kind = 'sse';
    private source: EventSource | undefined;
    private cursor = '';
    private channels: string[] = [];
    private opened = false;
    private ended = false;
    private generation = 0;
    private gatherTimer = 0;
    private after: number | undefined;

    constructor(
        private readonly url: string,
        client: Client,
        private readonly on: TransportHandlers,
    ) {
        super(client);
    }

    open(): void {
        this.restart();
    }

    close(): void {
        this.ended = true;
        window.clearTimeout(this.gatherTimer);
        this.drop();
    }

    subscribe(channel: string): void {
        if (!this.channels.includes(channel)) {
            this.channels.push(channel);
            this.gather();
        }
    }

    unsubscribe(channel: string): void {
        this.channels = this.channels.filter((name) => name !== channel);
        this.gather();
    }

    refresh(): void {
        this.gather(); /* a new ticket, bought with the new token */
    }

    protected silent(): void {
        this.fail(false, 'lost');
    }

    private gather(): void {
        window.clearTimeout(this.gatherTimer);
        this.gatherTimer = window.setTimeout(() => this.restart(), GATHER_MS);
    }

    private restart(): void {
        const generation = ++this.generation;
        this.client.ticket().then(
            ({ ticket }) => {
                if (generation === this.generation && !this.ended) {
                    this.stream(ticket);
                }
            },
            (error: unknown) => {
                if (generation === this.generation) {
                    this.fail(false, toProblem(error).status === 401 ? 'token' : 'lost');
                }
            },
        );
    }

    private stream(ticket: string): void {
        this.drop();
        const query = new URLSearchParams({ channels: this.channels.slice(-MAX_CHANNELS).join(','), ticket });
        if (this.cursor !== '') {
            query.set('cursor', this.cursor);
        }
        const source = new EventSource(`${this.url}?${query.toString()}`);
        this.source = source;
        let silence = window.setTimeout(() => this.fail(this.opened, 'lost'), LOST_AFTER_MS);
        source.onmessage = (message) => {
            window.clearTimeout(silence);
            this.cursor = message.lastEventId || this.cursor;
            this.receive(JSON.parse(String(message.data)) as StreamItem);
        };
        source.onerror = () => {
            window.clearTimeout(silence);
            silence = 0;
            this.fail(this.opened, 'lost');
        };
    }

    private receive(item: StreamItem): void {
        switch (item.type) {
        case 'connected':
            if (!this.opened) {
                this.opened = true;
                this.on.connected(item.user);
            }
            break;
        case 'subscribed':
            this.on.subscribed(item);
            break;
        case 'unsubscribed':
            this.channels = this.channels.filter((name) => name !== item.channel);
            this.on.unsubscribed(item.channel, new Problem(item.code, 403, item.detail, false));
            break;
        case 'event':
            this.on.event(item);
            break;
        case 'closing':
            this.after = item.reconnect_after;
            break;
        }
    }

    private fail(opened: boolean, reason: Closed['reason']): void {
        if (this.ended) {
            return;
        }
        this.close();
        this.on.closed({ resume: reason === 'lost', reason, after: this.after, opened, detail: '' });
    }

    private drop(): void {
        if (this.source) {
            this.source.onmessage = this.source.onerror = null;
            this.source.close();
            this.source = undefined;
        }
    }
}
