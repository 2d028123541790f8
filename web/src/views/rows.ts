/*
 * The lines of the list, made from the history and the outbox: days, the unread divider, messages in groups.
 */
import type { Entry } from '../state/history';
import type { Outgoing } from '../state/outbox';
import type { Message } from '../api/types';
import { dayNumber } from './format';

const GROUP_MS = 5 * 60_000;

export interface Row {
    key: string;
    /** Exactly one of the two. */
    message?: Message;
    outgoing?: Outgoing;
    at: number;
    /** First of its author for some minutes: with avatar and name. */
    leads: boolean;
    /** First of its day: with the date above. */
    newDay: boolean;
    /** First unread one: with the divider above. */
    unread: boolean;
}

export function buildRows(
    entries: readonly Entry[], outgoing: readonly Outgoing[], dividerPos: number | undefined, meId: string,
): Row[] {
    const rows: Row[] = [];
    let author = '';
    let at = 0;
    let day = 0;
    let dividerDue = dividerPos !== undefined;
    for (const { message } of entries) {
        const unread = dividerDue && message.pos > (dividerPos as number) && message.author.id !== meId;
        dividerDue = dividerDue && !unread;
        const messageDay = dayNumber(message.created_at);
        const newDay = messageDay !== day;
        const leads = newDay || unread || author !== message.author.id || message.created_at - at > GROUP_MS ||
            message.reply_to !== undefined;
        const mine = message.author.id === meId && message.client_id !== undefined;
        rows.push({ key: mine ? `c${message.client_id}` : message.id, message, at: message.created_at, leads, newDay, unread });
        author = message.author.id;
        at = message.created_at;
        day = messageDay;
    }
    for (const item of outgoing) {
        const newDay = dayNumber(item.written_at) !== day;
        const leads = newDay || author !== meId || item.written_at - at > GROUP_MS || item.quote !== undefined;
        rows.push({ key: `c${item.draft.client_id}`, outgoing: item, at: item.written_at, leads, newDay, unread: false });
        author = meId;
        at = item.written_at;
        day = dayNumber(item.written_at);
    }
    return rows;
}

/** Row of the message with this pos, or -1. */
export function rowOfPos(rows: readonly Row[], pos: number): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((rows[middle]?.message?.pos ?? Infinity) < pos) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return rows[low]?.message?.pos === pos ? low : -1;
}

/** Messages of others after the position up to which all was in view. */
export function countSince(rows: readonly Row[], seen: number, meId: string): number {
    let count = 0;
    for (let index = rows.length - 1; index >= 0; index--) {
        const message = rows[index]?.message;
        if (message !== undefined && message.pos <= seen) {
            break;
        }
        count += message !== undefined && message.author.id !== meId ? 1 : 0;
    }
    return count;
}
