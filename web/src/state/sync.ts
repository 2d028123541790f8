/*
 * Keeps the stores in step with the daemon: where we are in each channel, what to read when, and what an event changes.
 *
 * A channel's place moves with the events only (and with a subscription that starts afresh), so that a connection lost in
 * the middle of a recovery resumes exactly there. Which messages are missing is never guessed: the daemon says
 * `recovered` and sends them, or `reset`, and the history is read again while the old rows stay on screen.
 */
import type { Client, HistoryBound } from '../api/client';
import { Problem, toProblem } from '../api/problem';
import type { ChannelEvent, Conversation, HistoryPage, Message, Place, Published, Subscribed } from '../api/types';
import * as list from './conversations';
import { clearHistories, historyState, NO_HISTORY, setHistoryState, updateHistory, type ReadPart } from './histories';
import { addPageAfter, addPageBefore, applyEvent, entryAt, replaceWithPage, type History } from './history';

export const PAGE = 50;
const JUMP_PAGE = 100;
const MAX_LISTED = 500;
/** A jump within so many positions loads what lies between; a farther one shows the neighbourhood of its target. */
const JUMP_CONTIGUOUS = 500;

export interface SyncEffects {
    /** An event that was not seen before, after the stores know it. */
    noticed(event: ChannelEvent): void;
    reader(): list.Reader;
}

export class Sync {
    private readonly places = new Map<string, Place>();
    /** Where a subscription began afresh: what a page does not show from before that has been missed. */
    private readonly begins = new Map<string, Place>();
    /** Events that came while a page was being asked for: the page may be older than they are. */
    private readonly sinceAsked = new Map<string, { asking: number; events: ChannelEvent[] }>();
    /** Lists that were asked for, and the newest of them that is shown: an older one that comes late is not. */
    private lists = 0;
    private listShown = 0;

    constructor(
        private readonly client: Client,
        private readonly effects: SyncEffects,
    ) {}

    place(channel: string): Place | undefined {
        return this.places.get(channel);
    }

    forgetAll(): void {
        this.listShown = this.lists; /* what is under way is another person's */
        this.places.clear();
        this.begins.clear();
        this.sinceAsked.clear();
        clearHistories();
    }

    forget(channel: string): void {
        this.places.delete(channel);
        this.begins.delete(channel);
        setHistoryState(channel, NO_HISTORY);
    }

    subscribed(answer: Subscribed): void {
        const known = this.places.get(answer.channel);
        if (answer.recovery === 'recovered' && known?.epoch === answer.epoch) {
            return;
        }
        const begin = { epoch: answer.epoch, pos: answer.pos };
        this.places.set(answer.channel, begin);
        this.begins.set(answer.channel, begin);
        this.catchUp(answer.channel);
        const { history, reading } = historyState(answer.channel);
        const missed = history.epoch !== begin.epoch || history.readTo < begin.pos;
        if (history.ready && reading === undefined && missed) {
            updateHistory(answer.channel, (known) => ({ ...known, ready: false }));
            void this.readNewest(answer.channel);
        }
    }

    /** What was stored between the list and the subscription came neither way. */
    private catchUp(channel: string): void {
        const begin = this.begins.get(channel);
        const known = list.conversation(channel);
        if (begin && known?.epoch === begin.epoch && known.last_pos < begin.pos) {
            void this.readConversation(channel);
        }
    }

    event(event: ChannelEvent): void {
        const known = this.places.get(event.channel);
        if (event.pos !== undefined && event.epoch !== undefined) {
            if (known?.epoch === event.epoch && event.pos <= known.pos) {
                return;
            }
            this.places.set(event.channel, { epoch: event.epoch, pos: event.pos });
        }
        this.apply(event);
        this.effects.noticed(event);
    }

    /** The answer to our own publish; its event may have come before, or comes after. */
    published(channel: string, answer: Published): void {
        const { message, epoch, pos } = answer;
        const data = { message, by: message.author };
        this.apply({ channel, epoch, ...(pos !== undefined && { pos }), event: 'message.new', at: message.created_at, data });
    }

    /** The answer to an edit or a deletion of ours. */
    changed(channel: string, event: 'message.edited' | 'message.deleted', message: Message, pos: number): void {
        const epoch = historyState(channel).history.epoch;
        this.apply({ channel, epoch, pos, event, at: Date.now(), data: { message, by: message.author } });
    }

    private apply(event: ChannelEvent): void {
        if (event.event === 'message.new' && event.pos === undefined) {
            return; /* for its author alone, and in no history: the outbox shows it */
        }
        this.sinceAsked.get(event.channel)?.events.push(event);
        const { history } = historyState(event.channel);
        if (history.ready && (event.epoch === undefined || event.epoch === history.epoch)) {
            updateHistory(event.channel, (known) => applyEvent(known, event));
        }
        list.applyToList(event, this.effects.reader());
    }

    /** Reads the newest page unless the newest is already here. */
    async open(channel: string): Promise<void> {
        const { history, reading } = historyState(channel);
        if (!history.ready && reading === undefined) {
            await this.readNewest(channel);
        }
    }

    readNewest(channel: string): Promise<boolean> {
        return this.read(channel, 'first', {}, PAGE, replaceWithPage);
    }

    async readBefore(channel: string): Promise<void> {
        const { history, reading } = historyState(channel);
        const first = history.entries[0];
        if (first && history.moreBefore && reading === undefined) {
            await this.read(channel, 'before', { before: first.message.pos }, PAGE, addPageBefore);
        }
    }

    async readAfter(channel: string): Promise<void> {
        const { history, reading } = historyState(channel);
        const last = history.entries.at(-1);
        if (last && history.moreAfter && reading === undefined) {
            await this.read(channel, 'after', { after: last.message.pos }, PAGE, addPageAfter);
        }
    }

    async jump(channel: string, pos: number): Promise<void> {
        while (!entryAt(historyState(channel).history, pos)) {
            const { history } = historyState(channel);
            const first = history.entries[0]?.message.pos;
            const near = history.ready && history.moreBefore && first !== undefined && pos < first && first - pos <= JUMP_CONTIGUOUS;
            const ok = near
                ? await this.read(channel, 'jump', { before: first }, JUMP_PAGE, addPageBefore)
                : await this.read(channel, 'jump', { around: pos }, PAGE, replaceWithPage);
            if (!ok || (!near && !entryAt(historyState(channel).history, pos))) {
                return;
            }
        }
        setHistoryState(channel, { jump: pos });
    }

    /** The target of a quote, of which only the id is known. */
    async jumpToMessage(channel: string, id: string): Promise<void> {
        const loaded = historyState(channel).history.entries.find((entry) => entry.message.id === id);
        try {
            await this.jump(channel, (loaded?.message ?? (await this.client.message(channel, id))).pos);
        } catch (error) {
            setHistoryState(channel, { failed: { part: 'jump', problem: toProblem(error) } });
        }
    }

    /** Where unread begins, if that is more than the newest page would show. */
    async openAround(channel: string, pos: number): Promise<void> {
        const { history, reading } = historyState(channel);
        if (!history.ready && reading === undefined) {
            await this.read(channel, 'first', { around: Math.max(1, pos) }, PAGE, replaceWithPage); /* 0: nothing is read yet */
        }
    }

    private async read(
        channel: string, part: ReadPart, bound: HistoryBound, limit: number,
        merge: (history: History, page: HistoryPage) => History,
    ): Promise<boolean> {
        setHistoryState(channel, { reading: part, failed: undefined });
        const since = this.sinceAsked.get(channel) ?? { asking: 0, events: [] };
        since.asking += 1;
        this.sinceAsked.set(channel, since);
        try {
            const page = await this.client.history(channel, bound, limit);
            const begin = this.begins.get(channel);
            if (merge === replaceWithPage && begin?.epoch === page.epoch && page.last_pos < begin.pos) {
                /* made before the subscription began: what lies between came neither way */
                return await this.read(channel, part, bound, limit, merge);
            }
            updateHistory(channel, (history) =>
                since.events
                    .filter((event) => event.epoch === page.epoch && (event.pos ?? 0) > page.last_pos)
                    .reduce(applyEvent, merge(history, page)),
            );
            return true;
        } catch (error) {
            setHistoryState(channel, { failed: { part, problem: toProblem(error) } });
            return false;
        } finally {
            since.asking -= 1;
            if (since.asking === 0) {
                this.sinceAsked.delete(channel);
                setHistoryState(channel, { reading: undefined });
            }
        }
    }

    /** Everything one may see: own conversations and the public ones. */
    async readConversations(keep: string | undefined): Promise<void> {
        const turn = ++this.lists;
        const asked = list.listClock();
        try {
            const [open, own] = await Promise.all([this.readScope('public'), this.readScope('mine')]);
            if (turn > this.listShown) {
                this.listShown = turn;
                list.setConversations([...open, ...own], keep, asked);
                [...this.begins.keys()].forEach((channel) => this.catchUp(channel));
            }
        } catch (error) {
            if (turn === this.lists) {
                list.useConversations.setState({ failed: toProblem(error) });
            }
        }
    }

    private async readScope(scope: 'mine' | 'public'): Promise<Conversation[]> {
        const found: Conversation[] = [];
        let cursor: string | undefined;
        do {
            const page = await this.client.conversations(scope, cursor);
            found.push(...page.items);
            cursor = page.cursor;
        } while (cursor !== undefined && found.length < MAX_LISTED);
        return found;
    }

    async readConversation(channel: string): Promise<Conversation | Problem> {
        try {
            const found = await this.client.conversation(channel);
            list.upsertConversation(found);
            return found;
        } catch (error) {
            return toProblem(error);
        }
    }
}
