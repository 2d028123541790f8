/*
 * Times and names as the reader's locale and zone want them.
 */
import type { User } from '../api/types';
import { S } from '../strings';

const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

export const DAY_MS = 86_400_000;

/** A number that is the same for two times of one day in the reader's zone. */
export function dayNumber(at: number): number {
    const date = new Date(at);
    return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}

export function formatTime(at: number): string {
    return time.format(at);
}

export function formatFull(at: number): string {
    return full.format(at);
}

export function formatDay(at: number, now = Date.now()): string {
    if (dayNumber(at) === dayNumber(now)) {
        return S.today;
    }
    if (dayNumber(at) === dayNumber(now - DAY_MS)) {
        return S.yesterday;
    }
    return now - at < 300 * DAY_MS ? day.format(at) : dayOfYear.format(at);
}

/** As short as the list wants it: the time today, the day before that. */
export function formatShort(at: number, now = Date.now()): string {
    return dayNumber(at) === dayNumber(now) ? time.format(at) : shortDay.format(at);
}

export function initials(name: string): string {
    const letters = name.split(/\s+/).map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0]).filter((letter) => letter !== undefined);
    const chosen = letters.length > 1 ? [letters[0], letters.at(-1)] : letters;
    return chosen.join('').toLocaleUpperCase() || '?';
}

export const AVATAR_COLOURS = 8;

/** The same for the same person on every page. */
export function colourOf(id: string): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < id.length; i++) {
        hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    }
    return ((hash >>> 16) ^ (hash >>> 3)) % AVATAR_COLOURS;
}

export function joinNames(users: readonly User[], total: number, meId: string): string {
    const names = users.slice(0, 8).map((user) => (user.id === meId ? S.you : user.name));
    const rest = total - names.length;
    if (rest > 0) {
        return S.andOthers(names.join(', '), rest);
    }
    const last = names.pop() ?? '';
    return names.length === 0 ? last : S.and(names.join(', '), last);
}
