import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import { sync } from '../../state/app';
import type { HistoryState } from '../../state/histories';

/** So early that a page is there before its place comes into view. */
const NEAR_EDGE_PX = 1200;

/** Reads the page before or after the window as its edge comes near. */
export function usePages(channel: string, state: HistoryState, virtualizer: Virtualizer<HTMLDivElement, Element>, placed: boolean): void {
    const { history, reading, failed } = state;
    const above = virtualizer.scrollOffset ?? 0;
    const below = virtualizer.getTotalSize() - above - (virtualizer.scrollRect?.height ?? 0);
    const nearTop = history.moreBefore && above < NEAR_EDGE_PX;
    const nearEnd = history.moreAfter && below < NEAR_EDGE_PX;
    useEffect(() => {
        if (!placed || failed || reading !== undefined || !history.ready) {
            return;
        }
        if (nearTop) {
            void sync.readBefore(channel);
        } else if (nearEnd) {
            void sync.readAfter(channel);
        }
    }, [channel, placed, failed, reading, history, nearTop, nearEnd]);
}
