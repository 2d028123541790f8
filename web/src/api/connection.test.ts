import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection, type ConnectionHandlers } from './connection';
import { Problem } from './problem';
import type { Closed, Transport, TransportHandlers } from './transport';
import type { Published } from './types';

const ADA = { id: 'ada', name: 'Ada' };
const LOST: Closed = { resume: true, reason: 'lost', after: undefined, opened: true, detail: '' };

class FakeTransport implements Transport {
    readonly asked: string[] = [];
    closed = false;

    constructor(readonly kind: Transport['kind'], readonly on: TransportHandlers) {}

    open(): void {
        this.asked.push('open');
    }
    close(): void {
        this.closed = true;
    }
    subscribe(channel: string, place?: { epoch: string; pos: number }): void {
        this.asked.push(place ? `${channel}@${place.pos}` : channel);
    }
    unsubscribe(channel: string): void {
        this.asked.push(`-${channel}`);
    }
    publish(): Promise<Published> {
        return Promise.reject(new Problem('busy', 503, '', true));
    }
    read(): Promise<never> {
        return Promise.reject(new Problem('busy', 503, '', true));
    }
    typing(): void {
        this.asked.push('typing');
    }
    refresh(): void {
        this.asked.push('refresh');
    }
    probe(): void {
        this.asked.push('probe');
    }
}

let made: FakeTransport[];
let reachable: boolean;
let renewed: boolean;
let statuses: string[];
let connection: Connection;
const last = () => made.at(-1) as FakeTransport;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('window', globalThis);
    made = [];
    statuses = [];
    reachable = true;
    renewed = true;
    const handlers: ConnectionHandlers = {
        status: (status) => void statuses.push(status),
        connected: () => undefined,
        subscribed: () => undefined,
        unsubscribed: () => undefined,
        event: () => undefined,
        place: (channel) => (channel === 'known' ? { epoch: 'e1', pos: 7 } : undefined),
        renewToken: () => Promise.resolve(renewed),
    };
    const make = (kind: Transport['kind'], on: TransportHandlers) => {
        made.push(new FakeTransport(kind, on));
        return last();
    };
    connection = new Connection(make, () => Promise.resolve(reachable), handlers);
});

afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
});

describe('connection', () => {
    it('subscribes to what was wanted before it was there, at the places that are known', () => {
        connection.subscribe('known');
        connection.subscribe('new');
        connection.start();
        last().on.connected(ADA);
        expect(last().asked).toEqual(['open', 'known@7', 'new']);
    });

    it('comes back by itself, with more patience each time', async () => {
        connection.start();
        last().on.connected(ADA);
        last().on.closed(LOST);
        await pass(300);
        expect(made).toHaveLength(2);
        last().on.closed({ ...LOST, opened: true });
        await pass(250);
        expect(made).toHaveLength(2);
        await pass(400);
        expect(made).toHaveLength(3);
    });

    it('waits as long as a stopping daemon asks for', async () => {
        connection.start();
        last().on.connected(ADA);
        last().on.closed({ ...LOST, reason: 'draining', after: 4000 });
        await pass(3900);
        expect(made).toHaveLength(1);
        await pass(200);
        expect(made).toHaveLength(2);
    });

    it('takes SSE where HTTP works and WebSocket never opens, and tries WebSocket again after a loss', async () => {
        connection.start();
        last().on.closed({ ...LOST, opened: false });
        await pass(10);
        expect(last().kind).toBe('sse');
        last().on.connected(ADA);
        last().on.closed(LOST);
        await pass(20_000);
        expect(made.map((one) => one.kind)).toEqual(['websocket', 'sse', 'websocket']);
    });

    it('stays with WebSocket while the daemon is down', async () => {
        reachable = false;
        connection.start();
        last().on.closed({ ...LOST, opened: false });
        await pass(20_000);
        expect(last().kind).toBe('websocket');
        expect(made.length).toBeGreaterThan(1);
    });

    it('gets a new token when the old one is refused, and stops where there is none', async () => {
        connection.start();
        last().on.closed({ ...LOST, reason: 'token', resume: false });
        await pass(1000);
        expect(made).toHaveLength(2);
        renewed = false;
        last().on.closed({ ...LOST, reason: 'token', resume: false });
        await pass(1000);
        expect(made).toHaveLength(2);
        expect(statuses.at(-1)).toBe('stopped');
    });

    it('does not come back to a daemon that has shown it the door, until the person wants it', async () => {
        connection.start();
        last().on.connected(ADA);
        last().on.closed({ ...LOST, reason: 'refused', resume: false });
        await pass(60_000);
        expect(made).toHaveLength(1);
        connection.start();
        expect(made).toHaveLength(2);
    });

    it('does not wait when the network comes back, and doubts a connection that seems to stand', () => {
        connection.start();
        last().on.connected(ADA);
        connection.wake();
        expect(last().asked).toContain('probe');
        connection.networkLost();
        expect(last().closed).toBe(true);
        connection.wake();
        expect(made).toHaveLength(2);
    });

    it('refuses to publish while it is away', () => {
        return expect(connection.publish('known', { client_id: 'a', text: 'a' })).rejects.toMatchObject({ code: 'network' });
    });
});
