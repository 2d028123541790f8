/*
 * One life of one connection, whatever carries it: WebSocket, SSE, or another protocol that a new file here speaks.
 * A transport does not reconnect; `Connection` makes the next one and decides which kind.
 */
import type { Problem } from './problem';
import type { ChannelEvent, Draft, Place, Published, ReadState, Subscribed, User } from './types';

export interface Closed {
    /** False: the same token must not try again (`token`: get a new one; `refused`: do not). */
    resume: boolean;
    reason: 'lost' | 'token' | 'refused' | 'draining';
    /** Milliseconds to wait before the next try, where the daemon said so. */
    after: number | undefined;
    /** Whether it ever was connected: a transport that never is may be blocked on the way. */
    opened: boolean;
    detail: string;
}

/** Calls come in the order of the bytes; none after `closed`. */
export interface TransportHandlers {
    connected(user: User): void;
    subscribed(answer: Subscribed): void;
    /** We were refused or have lost the right to the channel. */
    unsubscribed(channel: string, problem: Problem): void;
    event(event: ChannelEvent): void;
    closed(how: Closed): void;
}

export interface Transport {
    readonly kind: 'websocket' | 'sse' | 'pusher';
    open(): void;
    /** Silent: no `closed` follows, and what waits for an answer is rejected with the code `network`. */
    close(): void;
    subscribe(channel: string, place: Place | undefined): void;
    unsubscribe(channel: string): void;
    publish(channel: string, draft: Draft): Promise<Published>;
    read(channel: string, pos: number): Promise<ReadState>;
    typing(channel: string, active: boolean): void;
    /** A newer token for the same user. */
    refresh(token: string): void;
    /** Asks for a sign of life soon: the network or the machine has just woken up. */
    probe(): void;
}
