/*
 * What waits for a moderator, in the conversations that the person moderates: read when one is opened, kept up by events.
 */
import { create } from 'zustand';
import { toProblem, type Problem } from '../api/problem';
import type { Conversation, Held } from '../api/types';
import { client } from './client';

export interface HeldList {
    /** oldest first */
    items: readonly Held[];
    /** of the next page; undefined: all are here */
    cursor: string | undefined;
    loading: boolean;
    failed: Problem | undefined;
}

export const useHeld = create<{ byChannel: Readonly<Record<string, HeldList>> }>(() => ({ byChannel: {} }));

const NONE: HeldList = { items: [], cursor: undefined, loading: false, failed: undefined };
/** Decided meanwhile: a page that was made before may still have them. */
const decided = new Set<string>();
const timers = new Map<string, number>();
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function moderates(conversation: Conversation | undefined): boolean {
    return conversation?.role === 'owner' || conversation?.role === 'moderator';
}

function change(channel: string, next: Partial<HeldList>): void {
    useHeld.setState((state) => ({
        byChannel: { ...state.byChannel, [channel]: { ...(state.byChannel[channel] ?? NONE), ...next } },
    }));
    forgetInTime(channel);
}

const itemsOf = (channel: string) => useHeld.getState().byChannel[channel]?.items ?? [];

/** The daemon tells nobody when the time of one is over. */
function forgetInTime(channel: string): void {
    window.clearTimeout(timers.get(channel));
    const next = Math.min(...itemsOf(channel).map((one) => one.expires_at));
    if (next !== Infinity) {
        const wait = Math.min(Math.max(0, next - Date.now()) + 50, LONGEST_TIMER_MS);
        timers.set(channel, window.setTimeout(() => change(channel, { items: fresh(itemsOf(channel)) }), wait));
    }
}

function fresh(items: readonly Held[]): Held[] {
    const now = Date.now();
    return items.filter((one) => one.expires_at > now && !decided.has(one.id));
}

export async function readHeld(channel: string, cursor?: string): Promise<void> {
    change(channel, { loading: true, failed: undefined });
    try {
        const page = await client.held(channel, cursor);
        const came = new Set(page.items.map((one) => one.id));
        /* what came by an event is newer than the page, and stays behind it */
        const before = itemsOf(channel).filter((one) => !came.has(one.id));
        const items = cursor === undefined ? [...page.items, ...before] : [...before, ...page.items];
        items.sort((a, b) => a.held_at - b.held_at);
        change(channel, { items: fresh(items), cursor: page.cursor, loading: false });
    } catch (error) {
        change(channel, { loading: false, failed: toProblem(error) });
    }
}

export function addHeld(held: Held): void {
    change(held.channel, { items: fresh([...itemsOf(held.channel).filter((one) => one.id !== held.id), held]) });
}

export function dropHeld(channel: string, id: string): void {
    decided.add(id);
    change(channel, { items: itemsOf(channel).filter((one) => one.id !== id) });
}

/** Somebody else may have been quicker: then it is decided all the same. */
export async function decideHeld(held: Held, release: boolean): Promise<void> {
    try {
        await (release ? client.releaseHeld(held.channel, held.id) : client.discardHeld(held.channel, held.id));
    } catch (error) {
        if (toProblem(error).status !== 404) {
            throw error;
        }
    }
    dropHeld(held.channel, held.id);
}

export function clearHeld(): void {
    timers.forEach((timer) => window.clearTimeout(timer));
    timers.clear();
    decided.clear();
    useHeld.setState({ byChannel: {} });
}
