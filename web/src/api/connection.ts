/*
 * Keeps one transport alive: chooses its kind, reconnects with back-off, subscribes again at the places it is told.
 * WebSocket comes first. Only where HTTP works and WebSocket does not open (a proxy that blocks it) SSE takes its place,
 * so a daemon that is down does not push us to the lesser transport.
 */
import { offlineProblem, Problem } from './problem';
import type { Closed, Transport, TransportHandlers } from './transport';
import type { ChannelEvent, Draft, Place, Published, ReadState, Subscribed, User } from './types';

const BACKOFF_FIRST_MS = 300;
const BACKOFF_LIMIT_MS = 10_000;

export type ConnectionStatus = 'connecting' | 'online' | 'offline' | 'refused' | 'stopped';

export interface ConnectionHandlers {
    status(status: ConnectionStatus, detail: string): void;
    connected(user: User): void;
    subscribed(answer: Subscribed): void;
    unsubscribed(channel: string, problem: Problem): void;
    event(event: ChannelEvent): void;
    /** Where we are in a channel, so that the daemon can send what was missed. */
    place(channel: string): Place | undefined;
    /** The token was refused; resolves to whether there is a new one. */
    renewToken(): Promise<boolean>;
}

/** Makes a transport of a kind; given from outside so that the tests bring their own. */
export type TransportMaker = (kind: Transport['kind'], on: TransportHandlers) => Transport;

export class Connection {
    private readonly wanted = new Set<string>();
    private transport: Transport | undefined;
    private kind: Transport['kind'];
    private status: ConnectionStatus = 'stopped';
    private failures = 0;
    private retryTimer = 0;

    constructor(
        private readonly make: TransportMaker,
        /** Whether HTTP reaches the daemon. */
        private readonly reachable: () => Promise<boolean>,
        private readonly on: ConnectionHandlers,
        /** What is tried first. Only WebSocket has another one that takes its place. */
        private readonly first: Transport['kind'] = 'websocket',
    ) {
        this.kind = first;
    }

    start(): void {
        if (this.status === 'stopped' || this.status === 'refused') {
            this.open();
        }
    }

    stop(): void {
        window.clearTimeout(this.retryTimer);
        this.transport?.close();
        this.transport = undefined;
        this.setStatus('stopped');
    }

    /** Of another person: nothing of what the last one wanted. */
    reset(): void {
        this.stop();
        this.wanted.clear();
        this.kind = this.first;
    }

    /** The network or the person came back: do not wait for the next try, and do not trust a silent socket. */
    wake(): void {
        if (this.status === 'offline') {
            this.open();
        } else {
            this.transport?.probe();
        }
    }

    /** The browser says that its network is gone. It may be wrong where the daemon is on this machine: we try again. */
    networkLost(): void {
        if (this.transport && this.status !== 'offline') {
            this.transport.close();
            this.closed({ resume: true, reason: 'lost', after: undefined, opened: this.status === 'online', detail: '' });
        }
    }

    get transportKind(): Transport['kind'] {
        return this.kind;
    }

    subscribe(channel: string): void {
        if (!this.wanted.has(channel)) {
            this.wanted.add(channel);
            this.ifOnline()?.subscribe(channel, this.on.place(channel));
        }
    }

    unsubscribe(channel: string): void {
        if (this.wanted.delete(channel)) {
            this.ifOnline()?.unsubscribe(channel);
        }
    }

    publish(channel: string, draft: Draft): Promise<Published> {
        return this.ifOnline()?.publish(channel, draft) ?? Promise.reject(offlineProblem());
    }

    read(channel: string, pos: number): Promise<ReadState> {
        return this.ifOnline()?.read(channel, pos) ?? Promise.reject(offlineProblem());
    }

    typing(channel: string, active: boolean): void {
        this.ifOnline()?.typing(channel, active);
    }

    refresh(token: string): void {
        this.ifOnline()?.refresh(token);
    }

    private ifOnline(): Transport | undefined {
        return this.status === 'online' ? this.transport : undefined;
    }

    private open(): void {
        window.clearTimeout(this.retryTimer);
        this.setStatus('connecting');
        const transport: Transport = this.make(this.kind, {
            connected: (user) => this.connected(user),
            subscribed: (answer) => this.on.subscribed(answer),
            unsubscribed: (channel, problem) => {
                this.wanted.delete(channel);
                this.on.unsubscribed(channel, problem);
            },
            event: (event) => this.on.event(event),
            closed: (how) => this.closed(how),
        });
        this.transport = transport;
        if (this.kind === 'sse') {
            this.resubscribe();
        }
        transport.open();
    }

    private connected(user: User): void {
        this.failures = 0;
        this.setStatus('online');
        if (this.kind !== 'sse') {
            this.resubscribe();
        }
        this.on.connected(user);
    }

    /** A stream names its channels when it opens, a WebSocket when it is open. */
    private resubscribe(): void {
        for (const channel of this.wanted) {
            this.transport?.subscribe(channel, this.on.place(channel));
        }
    }

    private closed(how: Closed): void {
        this.transport = undefined;
        if (how.reason === 'refused') {
            this.setStatus('refused', how.detail);
            return;
        }
        this.setStatus('offline', how.detail);
        if (how.reason === 'token') {
            void this.on.renewToken().then((renewed) => {
                if (renewed) {
                    this.retryIn(this.backoff());
                } else {
                    this.stop();
                }
            });
        } else if (how.opened) {
            this.kind = this.first;
            this.retryIn(how.after ?? this.backoff());
        } else {
            this.otherKindIfBlocked();
        }
    }

    private otherKindIfBlocked(): void {
        const failed = this.kind;
        void this.reachable().then((reachable) => {
            if (reachable && this.status === 'offline' && this.first === 'websocket') {
                this.kind = failed === 'websocket' ? 'sse' : 'websocket';
            }
            if (this.status === 'offline') {
                this.retryIn(reachable && this.kind === 'sse' ? 0 : this.backoff());
            }
        });
    }

    private retryIn(ms: number): void {
        window.clearTimeout(this.retryTimer);
        this.retryTimer = window.setTimeout(() => this.open(), ms);
    }

    /** Half fixed, half by chance, so that a restarted daemon does not get everybody in the same instant. */
    private backoff(): number {
        const limit = Math.min(BACKOFF_LIMIT_MS, BACKOFF_FIRST_MS * 2 ** this.failures++);
        return limit / 2 + (Math.random() * limit) / 2;
    }

    private setStatus(status: ConnectionStatus, detail = ''): void {
        this.status = status;
        this.on.status(status, detail);
    }
}
