/*
 * The histories on screen and before, by channel, with what is being read and what went wrong while reading.
 */
import { create } from 'zustand';
import type { Problem } from '../api/problem';
import { EMPTY_HISTORY, type History } from './history';

export type ReadPart = 'first' | 'before' | 'after' | 'jump';

export interface HistoryState {
    history: History;
    reading: ReadPart | undefined;
    failed: { part: ReadPart; problem: Problem } | undefined;
    /** The message to be brought into view, until it is. */
    jump: number | undefined;
}

export const NO_HISTORY: HistoryState = { history: EMPTY_HISTORY, reading: undefined, failed: undefined, jump: undefined };

interface Histories {
    byChannel: Readonly<Record<string, HistoryState>>;
}

export const useHistories = create<Histories>(() => ({ byChannel: {} }));

export function historyState(channel: string): HistoryState {
    return useHistories.getState().byChannel[channel] ?? NO_HISTORY;
}

export function setHistoryState(channel: string, change: Partial<HistoryState>): void {
    useHistories.setState((state) => ({
        byChannel: { ...state.byChannel, [channel]: { ...(state.byChannel[channel] ?? NO_HISTORY), ...change } },
    }));
}

export function updateHistory(channel: string, change: (history: History) => History): void {
    const old = historyState(channel).history;
    const history = change(old);
    if (history !== old) {
        setHistoryState(channel, { history });
    }
}

export function clearHistories(): void {
    useHistories.setState({ byChannel: {} });
}
