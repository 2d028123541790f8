/*
 * Whether the newest message is in view, and how many came since it was.
 */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { lookAtEnd } from '../../state/actions';
import { sync } from '../../state/app';
import type { History } from '../../state/history';
import { useUi } from '../../state/ui';
import type { Row } from '../rows';

export const AT_END_PX = 60;

export interface End {
    atEnd: boolean;
    missed: number;
    goToEnd: () => void;
}

export function useEnd(
    channel: string, scroller: RefObject<HTMLElement>, rows: readonly Row[], history: History,
    virtualizer: Virtualizer<HTMLDivElement, Element>, placed: boolean,
): End {
    const [atEnd, setAtEnd] = useState(true);
    const seen = useRef(0);
    const { newestPos, moreAfter } = history;
    const offset = virtualizer.scrollOffset;
    const total = virtualizer.getTotalSize();
    useEffect(() => {
        if (!placed) {
            return;
        }
        const now = !moreAfter && virtualizer.isAtEnd(AT_END_PX);
        setAtEnd(now);
        useUi.setState({ atEnd: now });
        if (now || seen.current === 0) {
            seen.current = newestPos;
        }
        if (now) {
            lookAtEnd();
        }
    }, [placed, offset, total, newestPos, moreAfter, virtualizer]);
    useLookingBack();
    useStayAtEnd(scroller, atEnd, virtualizer);
    const goToEnd = () => {
        if (moreAfter) {
            void sync.readNewest(channel).then(() => requestAnimationFrame(() => virtualizer.scrollToEnd()));
        } else {
            virtualizer.scrollToEnd();
        }
    };
    return { atEnd, missed: atEnd ? 0 : countSince(rows, seen.current, history), goToEnd };
}

/** Coming back to the page is reading, too. */
function useLookingBack(): void {
    useEffect(() => {
        window.addEventListener('focus', lookAtEnd);
        document.addEventListener('visibilitychange', lookAtEnd);
        return () => {
            window.removeEventListener('focus', lookAtEnd);
            document.removeEventListener('visibilitychange', lookAtEnd);
        };
    }, []);
}

/** The composer grows and the keyboard of a phone comes: what was the last line in view stays it. */
function useStayAtEnd(scroller: RefObject<HTMLElement>, atEnd: boolean, virtualizer: Virtualizer<HTMLDivElement, Element>): void {
    const was = useRef(atEnd);
    was.current = atEnd;
    useEffect(() => {
        if (!scroller.current) {
            return undefined;
        }
        const observer = new ResizeObserver(() => was.current && virtualizer.scrollToEnd());
        observer.observe(scroller.current);
        return () => observer.disconnect();
    }, [scroller, virtualizer]);
}

/** Messages after the last one that was in view. Beyond the window they can't be counted, only be told to be there. */
function countSince(rows: readonly Row[], seen: number, history: History): number {
    let count = history.moreAfter && history.newestPos > seen ? 1 : 0;
    for (let index = rows.length - 1; index >= 0 && !history.moreAfter; index--) {
        const pos = rows[index]?.message?.pos;
        if (pos !== undefined && pos <= seen) {
            break;
        }
        count += pos === undefined ? 0 : 1;
    }
    return count;
}
