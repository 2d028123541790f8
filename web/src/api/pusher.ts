/*
 * Transport over pusher-js (plugins/pusher/README.md): events come the way that Pusher's client finds, everything else goes
 * up over the HTTP API. Pusher's events carry no place, so a durable event that does not follow by its own pos is only the
 * bell: the changes since our place are asked for. Recovery is the same question.
 */
import { Pusher } from './pusherSocket';
import type { Client } from './client';
import { Problem, toProblem } from './problem';
import type { Closed, Transport, TransportHandlers } from './transport';
import type { ChannelEvent, MessageEventData, Place, User } from './types';
import { Upwards } from './upwards';

const CONNECT_TIMEOUT_MS = 10_000;
const CONVERSATIONS = '#conversations';
const OWN = '#user';
const PASSING = /^(typing|read|subscribers|presence\..*|client-.*)$/;

interface Feed {
    channel: string;
    place: Place | undefined;
    /** The place is that of the daemon: events can be told. */
    begun: boolean;
    /** What passed by before that. */
    early: { event: string; data: unknown }[];
    asking: boolean;
    /** More happened than what was told. */
    behind: boolean;
}

interface Signature {
    auth: string;
    channel_data?: string;
    user_data: string;
}

interface Members {
    presence?: { hash: Record<string, { name?: string } | null> };
}

export class PusherTransport extends Upwards implements Transport {
    readonly kind = 'pusher';
    private pusher: Pusher | undefined;
    private opened = false;
    private timer = 0;
    private readonly feeds = new Map<string, Feed>();
    /** Whether what is announced to all is wanted. */
    private announced = false;

    constructor(
        private readonly origin: string,
        private readonly key: string,
        client: Client,
        private readonly token: () => string,
        private readonly on: TransportHandlers,
    ) {
        super(client);
    }

    open(): void {
        const { hostname, port, protocol } = new URL(this.origin);
        const number = port === '' ? undefined : Number(port);
        const ports = number === undefined ? {} : { wsPort: number, wssPort: number, httpPort: number, httpsPort: number };
        const pusher = new Pusher(this.key, {
            cluster: 'none',
            wsHost: hostname,
            httpHost: hostname,
            ...ports,
            forceTLS: protocol === 'https:',
            channelAuthorization: {
                transport: 'ajax',
                endpoint: '',
                customHandler: ({ socketId, channelName }, callback) =>
                    void this.authorize('auth', { socket_id: socketId, channel_name: channelName }, callback),
            },
            userAuthentication: {
                transport: 'ajax',
                endpoint: '',
                customHandler: ({ socketId }, callback) => void this.authorize('user-auth', { socket_id: socketId }, callback),
            },
        });
        this.pusher = pusher;
        this.timer = window.setTimeout(() => this.fail('lost'), CONNECT_TIMEOUT_MS);
        pusher.connection.bind('message', ({ event, channel, data }: { event: string; channel?: string; data?: unknown }) => {
            if (event === 'pusher:signin_success') {
                this.signedIn(pusher);
            } else if (channel === CONVERSATIONS && !event.startsWith('pusher_internal:')) {
                this.tell(CONVERSATIONS, event, data);
            }
        });
        /* It would come back by itself, but the app is to know that it was away. */
        pusher.connection.bind('state_change', ({ previous, current }: { previous: string; current: string }) => {
            if (previous === 'connected' || current === 'failed' || current === 'disconnected') {
                this.fail('lost');
            }
        });
        pusher.user.bind_global((event: string, data: unknown) => this.tell(OWN, event, data));
        pusher.signin();
    }

    close(): void {
        const { pusher } = this;
        this.pusher = undefined;
        window.clearTimeout(this.timer);
        this.feeds.clear();
        pusher?.unbind_all();
        pusher?.connection.unbind_all();
        pusher?.disconnect();
    }

    subscribe(channel: string, place: Place | undefined): void {
        if (channel === CONVERSATIONS) {
            this.announced = true;
            this.askAnnouncements();
        } else if (!this.feeds.has(channel)) {
            const feed = { channel, place, begun: false, early: [], asking: false, behind: false };
            this.feeds.set(channel, feed);
            if (this.opened) {
                this.join(feed);
            }
        }
    }

    unsubscribe(channel: string): void {
        if (this.feeds.delete(channel) && this.opened) {
            this.pusher?.unsubscribe(channel);
        }
    }

    refresh(): void {
        /* signatures are made when they are needed, with the token of that moment */
    }

    protected silent(): void {
        this.fail('lost');
    }

    private async authorize(
        what: 'auth' | 'user-auth', fields: Record<string, string>, callback: (error: Error | null, data: Signature | null) => void,
    ): Promise<void> {
        try {
            const headers = { authorization: `Bearer ${this.token()}` };
            const body = new URLSearchParams(fields);
            const response = await fetch(`${this.origin}/pusher/${what}`, { method: 'POST', headers, body });
            if (response.ok) {
                callback(null, (await response.json()) as Signature);
                return;
            }
            callback(new Error(String(response.status)), null);
            if (what === 'user-auth') {
                this.fail(response.status === 401 ? 'token' : 'lost');
            }
        } catch (error) {
            callback(error as Error, null);
            this.fail('lost');
        }
    }

    private signedIn(pusher: Pusher): void {
        const { id, user_info: info } = pusher.user.user_data as { id: string; user_info?: { name?: string } };
        window.clearTimeout(this.timer);
        this.opened = true;
        this.feeds.forEach((feed) => this.join(feed));
        this.askAnnouncements();
        this.on.connected({ id, name: info?.name ?? id });
    }

    /** pusher-js subscribes to no name with #; the connection tells what comes of it all the same. */
    private askAnnouncements(): void {
        if (this.announced && this.opened) {
            this.pusher?.send_event('pusher:subscribe', { channel: CONVERSATIONS });
        }
    }

    private join(feed: Feed): void {
        const channel = this.pusher?.subscribe(feed.channel);
        channel?.bind('pusher:subscription_succeeded', (answer: Members) => void this.begin(feed, answer));
        channel?.bind('pusher:subscription_error', ({ error, status }: { error: string; status: number }) => this.refused(feed, error, status));
        channel?.bind_global((event: string, data: unknown) => this.received(feed, event, data));
    }

    private follows(feed: Feed): boolean {
        return this.pusher !== undefined && this.feeds.get(feed.channel) === feed;
    }

    /** Who had it may have it again, as when a conversation is closed to others: the next answer decides. */
    private refused(feed: Feed, detail: string, status: number): void {
        if (this.follows(feed)) {
            this.unsubscribe(feed.channel);
            this.on.unsubscribed(feed.channel, new Problem(feed.begun ? 'visibility_changed' : 'forbidden', status, detail, false));
        }
    }

    private async begin(feed: Feed, answer: Members): Promise<void> {
        const hash = answer.presence?.hash;
        const users: User[] | undefined = hash && Object.entries(hash).map(([id, info]) => ({ id, name: info?.name ?? id }));
        const { channel } = feed;
        try {
            let recovery: 'none' | 'recovered' | 'reset' = 'none';
            if (feed.place) {
                recovery = (await this.keepsPlace(feed.place, channel)) ? 'recovered' : 'reset';
            }
            if (recovery !== 'recovered' || !feed.place) {
                const { epoch, last_pos: pos } = await this.client.conversation(channel);
                feed.place = { epoch, pos };
            }
            if (this.follows(feed)) {
                feed.begun = true;
                this.on.subscribed({ channel, ...feed.place, stored: true, recovery, ...(users && { users }) });
                feed.early.splice(0).forEach(({ event, data }) => this.tell(channel, event, data));
                await this.catchUp(feed);
            }
        } catch {
            this.fail('lost');
        }
    }

    private async keepsPlace(place: Place, channel: string): Promise<boolean> {
        try {
            await this.client.changes(channel, place, 1);
            return true;
        } catch (error) {
            if (toProblem(error).status === 410) {
                return false;
            }
            throw error;
        }
    }

    private received(feed: Feed, event: string, data: unknown): void {
        if (!this.follows(feed) || event.startsWith('pusher:')) {
            return;
        }
        const pos = event === 'message.new' ? ((data as MessageEventData).message.pos as number | undefined) : undefined;
        const { place } = feed;
        if (PASSING.test(event) || (event === 'message.new' && pos === undefined)) {
            if (feed.begun) {
                this.tell(feed.channel, event, data);
            } else {
                feed.early.push({ event, data });
            }
        } else if (feed.begun && !feed.asking && place && pos === place.pos + 1) {
            this.advance(feed, { channel: feed.channel, epoch: place.epoch, pos, event, at: Date.now(), data });
        } else {
            feed.behind = true;
            if (feed.begun) {
                this.catchUp(feed).catch(() => this.fail('lost'));
            }
        }
    }

    /** All that happened since our place; what happens meanwhile waits for the next round. */
    private async catchUp(feed: Feed): Promise<void> {
        if (feed.asking) {
            return;
        }
        feed.asking = true;
        let more = true;
        while (more && feed.place && this.follows(feed)) {
            feed.behind = false;
            const page = await this.client.changes(feed.channel, feed.place);
            page.items.forEach((event) => this.advance(feed, event));
            more = page.more || feed.behind;
        }
        feed.asking = false;
    }

    private advance(feed: Feed, event: ChannelEvent): void {
        if (this.follows(feed) && event.pos !== undefined && feed.place && event.pos > feed.place.pos) {
            feed.place = { epoch: feed.place.epoch, pos: event.pos };
            this.on.event(event);
        }
    }

    private tell(channel: string, event: string, data: unknown): void {
        if (this.pusher && !event.startsWith('pusher:')) {
            this.on.event({ channel, event, at: Date.now(), data });
        }
    }

    private fail(reason: Closed['reason']): void {
        if (this.pusher) {
            this.close();
            this.on.closed({ resume: reason === 'lost', reason, after: undefined, opened: this.opened, detail: '' });
        }
    }
}
