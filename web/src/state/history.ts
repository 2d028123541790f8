/*
 * The loaded window of a conversation's history: messages in pos order without holes, and what is known beyond its ends.
 * Pure functions; each returns the same object where nothing changes.
 *
 * A page of the HTTP API and the events of the transport overtake each other freely. Each message therefore remembers
 * the pos of the newest change that is in it, and an older change never replaces a newer one.
 */
import type { ChannelEvent, HistoryPage, Message, MessageEventData, ReactionEventData } from '../api/types';

export interface Entry {
    message: Message;
    /** pos of the newest change of the message that is in it */
    version: number;
}

export interface History {
    /** false: nothing was read yet, or what is here is from before a reset and about to be replaced */
    ready: boolean;
    epoch: string;
    entries: readonly Entry[];
    moreBefore: boolean;
    moreAfter: boolean;
    /** every change up to this pos is in the window, by a page or by the events since */
    readTo: number;
    /** pos of the newest message seen, in the window or beyond it */
    newestPos: number;
}

export const EMPTY_HISTORY: History = {
    ready: false,
    epoch: '',
    entries: [],
    moreBefore: false,
    moreAfter: false,
    readTo: 0,
    newestPos: 0,
};

/** Index of the first entry at or after pos. */
export function indexOfPos(entries: readonly Entry[], pos: number): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle] as Entry).message.pos < pos) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

export function entryAt(history: History, pos: number): Entry | undefined {
    const entry = history.entries[indexOfPos(history.entries, pos)];
    return entry?.message.pos === pos ? entry : undefined;
}

/** The page as the whole window: first load, jump, or after a reset. */
export function replaceWithPage(history: History, page: HistoryPage): History {
    return {
        ready: true,
        epoch: page.epoch,
        entries: entriesOf(page, history),
        moreBefore: page.more_before,
        moreAfter: page.more_after,
        readTo: page.last_pos,
        newestPos: page.items.at(-1)?.pos ?? 0,
    };
}

/** Of another epoch: it belongs to a life of the conversation that the window does not show. */
export function addPageBefore(history: History, page: HistoryPage): History {
    if (page.epoch !== history.epoch) {
        return history;
    }
    const first = history.entries[0]?.message.pos ?? Infinity;
    const older = entriesOf(page, history).filter((entry) => entry.message.pos < first);
    return { ...history, entries: [...older, ...history.entries], moreBefore: page.more_before };
}

export function addPageAfter(history: History, page: HistoryPage): History {
    if (page.epoch !== history.epoch) {
        return history;
    }
    const last = history.entries.at(-1)?.message.pos ?? 0;
    const newer = entriesOf(page, history).filter((entry) => entry.message.pos > last);
    const entries = [...history.entries, ...newer];
    const newest = Math.max(history.newestPos, entries.at(-1)?.message.pos ?? 0);
    /* something newer may have been announced while the page was on its way */
    const moreAfter = page.more_after || newest > (entries.at(-1)?.message.pos ?? 0);
    return { ...history, entries, newestPos: newest, moreAfter };
}

function entriesOf(page: HistoryPage, known: History): Entry[] {
    return page.items.map((message) => {
        const old = known.epoch === page.epoch ? entryAt(known, message.pos) : undefined;
        return old && old.version > page.last_pos ? old : { message, version: Math.max(page.last_pos, message.pos) };
    });
}

/** A message that was stored: by an event, or by the answer to our own publish, which may come first. */
export function addMessage(history: History, message: Message, version: number): History {
    const newestPos = Math.max(history.newestPos, message.pos);
    const index = indexOfPos(history.entries, message.pos);
    if (history.entries[index]?.message.pos === message.pos) {
        return changeMessage(history, message.pos, version, () => message);
    }
    if (history.moreAfter || (index === 0 && history.moreBefore)) {
        return newestPos === history.newestPos ? history : { ...history, newestPos };
    }
    const entries = [...history.entries.slice(0, index), { message, version }, ...history.entries.slice(index)];
    return { ...history, entries, newestPos };
}

function changeMessage(history: History, pos: number, version: number, change: (old: Message) => Message): History {
    const index = indexOfPos(history.entries, pos);
    const old = history.entries[index];
    if (old?.message.pos !== pos || old.version >= version) {
        return history;
    }
    const entries = history.entries.slice();
    entries[index] = { message: change(old.message), version };
    return { ...history, entries };
}

/** Those who quote an edited or deleted message show it as it is now. */
function requote(history: History, quoted: Message): History {
    if (!history.entries.some((entry) => entry.message.reply_to?.id === quoted.id)) {
        return history;
    }
    const entries = history.entries.map((entry) => {
        const quote = entry.message.reply_to;
        if (quote?.id !== quoted.id) {
            return entry;
        }
        return { ...entry, message: { ...entry.message, reply_to: { ...quote, text: quoted.text.slice(0, 160) } } };
    });
    return { ...history, entries };
}

/** One change of the conversation; twice or late does no harm. */
export function applyEvent(history: History, event: ChannelEvent): History {
    if (event.pos === undefined) {
        return history;
    }
    switch (event.event) {
    case 'message.new': {
        return addMessage(history, (event.data as MessageEventData).message, event.pos);
    }
    case 'message.edited':
    case 'message.deleted': {
        const { message } = event.data as MessageEventData;
        return requote(changeMessage(history, message.pos, event.pos, () => message), message);
    }
    case 'reaction.added':
    case 'reaction.removed': {
        const { message_pos: pos, reactions } = event.data as ReactionEventData;
        return changeMessage(history, pos, event.pos, (old) => ({ ...old, reactions }));
    }
    default:
        return history;
    }
}
