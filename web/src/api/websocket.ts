/*
 * Transport over WebSocket, subprotocol carillon.v1 (plugins/websocket/README.md).
 */
import { offlineProblem, problemFromBody, toProblem, type Problem } from './problem';
import type { Closed, Transport, TransportHandlers } from './transport';
import type { ChannelEvent, Draft, Place, Published, ReadState, Subscribed, User } from './types';

const OPEN_TIMEOUT_MS = 8_000;
const ANSWER_TIMEOUT_MS = 15_000;
const PONG_TIMEOUT_MS = 8_000;
const PROBE_TIMEOUT_MS = 2_500;

interface Frame {
    type: string;
    id?: number;
    channel?: string;
    code?: string;
    detail?: string;
    user?: User;
    ping_interval?: number;
    reconnect_after?: number;
}

interface Waiting {
    resolve(frame: Frame): void;
    reject(problem: Problem): void;
    timer: number;
}

export class WebSocketTransport implements Transport {
    readonly kind = 'websocket';
    private socket: WebSocket | undefined;
    private opened = false;
    private nextId = 1;
    private pingInterval = 25_000;
    private pingTimer = 0;
    private deadTimer = 0;
    private closing: { after: number | undefined; detail: string } | undefined;
    private readonly waiting = new Map<number, Waiting>();

    constructor(
        private readonly url: string,
        private readonly token: string,
        private readonly on: TransportHandlers,
    ) {}

    open(): void {
        const socket = new WebSocket(this.url, 'carillon.v1');
        this.socket = socket;
        this.dieIn(OPEN_TIMEOUT_MS);
        socket.onopen = () => this.connect();
        socket.onmessage = (message) => this.receive(String(message.data));
        socket.onclose = (event) => this.lost(event.code, event.reason);
    }

    close(): void {
        this.forget();
        this.socket?.close(1000);
    }

    subscribe(channel: string, place: Place | undefined): void {
        this.ask({ type: 'subscribe', channel, ...place }).catch((error: unknown) => {
            const problem = toProblem(error);
            if (problem.code !== 'network') {
                this.on.unsubscribed(channel, problem);
            }
        });
    }

    unsubscribe(channel: string): void {
        this.send({ type: 'unsubscribe', id: this.nextId++, channel });
    }

    async publish(channel: string, draft: Draft): Promise<Published> {
        return (await this.ask({ type: 'publish', channel, ...draft })) as unknown as Published;
    }

    async read(channel: string, pos: number): Promise<ReadState> {
        return (await this.ask({ type: 'read', channel, pos })) as unknown as ReadState;
    }

    typing(channel: string, active: boolean): void {
        this.send({ type: 'typing', channel, active });
    }

    refresh(token: string): void {
        this.ask({ type: 'refresh', token }).catch(() => {
            /* the daemon closes with 4401 when the old token ends; the connection then starts with the new one */
        });
    }

    probe(): void {
        if (this.opened) {
            this.ping(PROBE_TIMEOUT_MS);
        }
    }

    private connect(): void {
        this.ask({ type: 'connect', token: this.token }).then(
            (frame) => {
                this.opened = true;
                this.pingInterval = frame.ping_interval ?? this.pingInterval;
                this.alive();
                this.on.connected(frame.user as User);
            },
            (error: unknown) => {
                const problem = toProblem(error);
                if (problem.status === 401) {
                    this.end({ resume: false, reason: 'token', after: undefined, opened: true, detail: problem.message });
                } else if (problem.code !== 'network') {
                    this.lost(1006, problem.message);
                }
            },
        );
    }

    private receive(text: string): void {
        this.alive();
        const frame = JSON.parse(text) as Frame;
        const waiting = frame.id === undefined ? undefined : this.waiting.get(frame.id);
        if (frame.type === 'subscribed') {
            this.on.subscribed(frame as unknown as Subscribed);
        } else if (frame.type === 'event') {
            this.on.event(frame as unknown as ChannelEvent);
        } else if (frame.type === 'unsubscribed' && frame.id === undefined) {
            this.on.unsubscribed(frame.channel ?? '', problemFromBody(frame, 403));
        } else if (frame.type === 'closing') {
            this.closing = { after: frame.reconnect_after, detail: frame.detail ?? '' };
        }
        if (waiting && frame.id !== undefined) {
            this.waiting.delete(frame.id);
            window.clearTimeout(waiting.timer);
            if (frame.type === 'error') {
                waiting.reject(problemFromBody(frame, 400));
            } else {
                waiting.resolve(frame);
            }
        }
    }

    private send(frame: object): boolean {
        if (this.socket?.readyState !== WebSocket.OPEN) {
            return false;
        }
        this.socket.send(JSON.stringify(frame));
        return true;
    }

    private ask(request: object): Promise<Frame> {
        const id = this.nextId++;
        return new Promise((resolve, reject) => {
            if (!this.send({ ...request, id })) {
                reject(offlineProblem());
                return;
            }
            const timer = window.setTimeout(() => this.lost(1006, ''), ANSWER_TIMEOUT_MS);
            this.waiting.set(id, { resolve, reject, timer });
        });
    }

    /** Any byte is a sign of life; after a silent interval we ask for one. */
    private alive(): void {
        window.clearTimeout(this.deadTimer);
        window.clearTimeout(this.pingTimer);
        if (this.opened) {
            this.pingTimer = window.setTimeout(() => this.ping(PONG_TIMEOUT_MS), this.pingInterval);
        } else {
            this.dieIn(OPEN_TIMEOUT_MS);
        }
    }

    private ping(answerWithin: number): void {
        this.send({ type: 'ping' });
        this.dieIn(answerWithin);
    }

    private dieIn(ms: number): void {
        window.clearTimeout(this.deadTimer);
        this.deadTimer = window.setTimeout(() => this.lost(1006, ''), ms);
    }

    private lost(code: number, detail: string): void {
        const { reason, resume } = meaningOf(code);
        this.end({ resume, reason, after: this.closing?.after, opened: this.opened, detail: this.closing?.detail ?? detail });
    }

    private end(how: Closed): void {
        if (!this.socket) {
            return;
        }
        const socket = this.socket;
        this.forget();
        socket.close(1000);
        this.on.closed(how);
    }

    private forget(): void {
        window.clearTimeout(this.pingTimer);
        window.clearTimeout(this.deadTimer);
        if (this.socket) {
            this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
            this.socket = undefined;
        }
        for (const waiting of this.waiting.values()) {
            window.clearTimeout(waiting.timer);
            waiting.reject(offlineProblem());
        }
        this.waiting.clear();
    }
}

function meaningOf(code: number): Pick<Closed, 'reason' | 'resume'> {
    switch (code) {
    case 4401:
        return { reason: 'token', resume: false };
    case 4403:
        return { reason: 'refused', resume: false };
    case 1001:
        return { reason: 'draining', resume: true };
    default:
        return { reason: 'lost', resume: true };
    }
}
