/*
 * Where the view stands: at first at the end or where unread begins, then wherever a jump leads.
 */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { setHistoryState } from '../../state/histories';
import { rowOfPos, type Row } from '../rows';

const HIGHLIGHT_MS = 2_000;

export interface Place {
    /** The first place was found: from now on the reader scrolls. */
    placed: boolean;
    /** pos of the message that was jumped to, for a moment. */
    highlighted: number | undefined;
}

export function usePlace(
    channel: string, rows: readonly Row[], jump: number | undefined, virtualizer: Virtualizer<HTMLDivElement, Element>,
): Place {
    const [placed, setPlaced] = useState(false);
    const [highlighted, setHighlighted] = useState<number>();
    useLayoutEffect(() => {
        if (jump === undefined && !placed && rows.length > 0) {
            const unread = rows.findIndex((row) => row.unread);
            if (unread >= 0) {
                virtualizer.scrollToIndex(unread, { align: 'center' });
            } else {
                virtualizer.scrollToEnd();
            }
            setPlaced(true);
        }
    }, [rows, jump, placed, virtualizer]);
    useLayoutEffect(() => {
        const index = jump === undefined ? -1 : rowOfPos(rows, jump);
        if (index >= 0) {
            virtualizer.scrollToIndex(index, { align: 'center' });
            setPlaced(true);
            setHighlighted(jump);
            setHistoryState(channel, { jump: undefined });
        }
    }, [channel, jump, rows, virtualizer]);
    useEffect(() => {
        const timer = window.setTimeout(() => setHighlighted(undefined), HIGHLIGHT_MS);
        return () => window.clearTimeout(timer);
    }, [highlighted]);
    useScrollToOwn(rows, virtualizer);
    return { placed, highlighted };
}

/** Who writes wants to see it, wherever they were reading. */
function useScrollToOwn(rows: readonly Row[], virtualizer: Virtualizer<HTMLDivElement, Element>): void {
    const last = rows.at(-1);
    const written = last?.outgoing ? last.key : undefined;
    const seen = useRef(written);
    useLayoutEffect(() => {
        if (written !== undefined && written !== seen.current) {
            virtualizer.scrollToEnd();
        }
        seen.current = written;
    }, [written, virtualizer]);
}
