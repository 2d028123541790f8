/*
 * What was written and is not stored yet. One message a conversation is on its way at a time, so that they arrive in the
 * order in which they were written; each keeps its client id through every retry, so that none arrives twice. Kept in
 * the browser's storage: a reload while offline loses nothing.
 */
import { create } from 'zustand';
import type { Problem } from '../api/problem';
import { toProblem } from '../api/problem';
import type { Draft, Published, Quote } from '../api/types';
import type { Shelf } from './shelf';

const RETRIES = 4;
const RETRY_FIRST_MS = 800;

export interface Outgoing {
    channel: string;
    draft: Draft;
    /** What is answered, to be shown until the stored message shows it. */
    quote?: Quote;
    written_at: number;
    /** held: it waits for a moderator. alone: only its author sees it, as long as the page lives. */
    state: 'queued' | 'sending' | 'failed' | 'held' | 'alone';
    failure?: { code: string; detail: string };
}

interface OutboxState {
    items: readonly Outgoing[];
}

export const useOutbox = create<OutboxState>(() => ({ items: [] }));

export interface OutboxSender {
    publish(channel: string, draft: Draft): Promise<Published>;
    published(outgoing: Outgoing, answer: Published): void;
}

export class Outbox {
    private readonly attempts = new Map<string, number>();
    private readonly pausedUntil = new Map<string, number>();
    private online = false;

    constructor(
        private readonly sender: OutboxSender,
        private readonly shelf: Shelf<Outgoing[]>,
    ) {
        /* what was on its way when the page went away may have arrived; its client id sorts that out */
        const kept = shelf.read([]).map((item): Outgoing => (item.state === 'sending' ? { ...item, state: 'queued' } : item));
        useOutbox.setState({ items: kept });
    }

    setOnline(online: boolean): void {
        this.online = online;
        if (online) {
            new Set(items().map((item) => item.channel)).forEach((channel) => this.pump(channel));
        }
    }

    add(outgoing: Outgoing): void {
        this.set([...items(), outgoing]);
        this.pump(outgoing.channel);
    }

    /** The person asks for another try. */
    retry(clientId: string): void {
        const item = find(clientId);
        if (item?.state === 'failed') {
            this.attempts.delete(clientId);
            this.change(clientId, { state: 'queued', failure: undefined });
            this.pump(item.channel);
        }
    }

    /** Gives it up. One that is on its way can't be called back. */
    discard(clientId: string): void {
        const item = find(clientId);
        if (item && item.state !== 'sending') {
            this.drop(clientId);
            this.pump(item.channel);
        }
    }

    /** Its event came, perhaps before the answer to the publish. */
    seen(clientId: string): void {
        if (find(clientId)) {
            this.drop(clientId);
        }
    }

    /** A moderator did not let it pass. */
    discarded(clientId: string): void {
        if (find(clientId)) {
            this.change(clientId, { state: 'failed', failure: { code: 'held_discarded', detail: '' } });
        }
    }

    private pump(channel: string): void {
        const mine = items().filter((item) => item.channel === channel);
        const next = mine.find((item) => item.state === 'queued');
        if (!this.online || !next || mine.some((item) => item.state === 'sending') || this.paused(channel)) {
            return;
        }
        const id = next.draft.client_id;
        this.change(id, { state: 'sending' });
        this.sender.publish(channel, next.draft).then(
            (answer) => {
                if (answer.pos === undefined) {
                    this.change(id, { state: answer.held ? 'held' : 'alone' });
                } else {
                    this.sender.published(next, answer);
                    this.seen(id);
                }
                this.pump(channel);
            },
            (error: unknown) => {
                this.refused(next, toProblem(error));
                this.pump(channel);
            },
        );
    }

    private refused(item: Outgoing, problem: Problem): void {
        const id = item.draft.client_id;
        const attempts = (this.attempts.get(id) ?? 0) + 1;
        if (problem.code === 'network') {
            this.change(id, { state: 'queued' });
        } else if (problem.retry && attempts <= RETRIES) {
            this.attempts.set(id, attempts);
            this.change(id, { state: 'queued' });
            this.pause(item.channel, problem.retryAfter ?? RETRY_FIRST_MS * 2 ** (attempts - 1));
        } else {
            this.change(id, { state: 'failed', failure: { code: problem.code, detail: problem.message } });
        }
    }

    private paused(channel: string): boolean {
        return (this.pausedUntil.get(channel) ?? 0) > Date.now();
    }

    private pause(channel: string, ms: number): void {
        this.pausedUntil.set(channel, Date.now() + ms);
        setTimeout(() => this.pump(channel), ms + 5);
    }

    private change(clientId: string, change: Partial<Outgoing>): void {
        this.set(items().map((item) => (item.draft.client_id === clientId ? { ...item, ...change } : item)));
    }

    private drop(clientId: string): void {
        this.attempts.delete(clientId);
        this.set(items().filter((item) => item.draft.client_id !== clientId));
    }

    private set(next: readonly Outgoing[]): void {
        useOutbox.setState({ items: next });
        this.shelf.write(next.filter((item) => item.state !== 'alone'));
    }
}

function items(): readonly Outgoing[] {
    return useOutbox.getState().items;
}

function find(clientId: string): Outgoing | undefined {
    return items().find((item) => item.draft.client_id === clientId);
}
