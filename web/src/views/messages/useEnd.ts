/*
 * Whether the newest message is in view, and how many came since it was.
 */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { lookAtEnd } from '../../state/actions';
import { sync } from '../../state/app';
import { useConversations } from '../../state/conversations';
import type { History } from '../../state/history';
import { useMe } from '../../state/session';
import { useUi } from '../../state/ui';
import { countSince, type Row } from '../rows';

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
    const stays = useRef(false); /* not before the first place was found: that may be elsewhere */
    const me = useMe();
    const unread = useConversations((all) => all.byChannel[channel]?.unread ?? 0);
    const { newestPos, moreAfter } = history;
    const offset = virtualizer.scrollOffset;
    const total = virtualizer.getTotalSize();
    useEffect(() => {
        if (!placed) {
            return;
        }
        const now = !moreAfter && virtualizer.isAtEnd(AT_END_PX);
        setAtEnd(now);
        stays.current = now;
        useUi.setState({ atEnd: now });
        if (now || seen.current === 0) {
            seen.current = newestPos;
        }
        if (now) {
            lookAtEnd();
        }
    }, [placed, offset, total, newestPos, moreAfter, virtualizer]);
    useLookingBack();
    useStayAtEnd(scroller, stays, virtualizer);
    const goToEnd = () => {
        if (moreAfter) {
            void sync.readNewest(channel).then(() => requestAnimationFrame(() => virtualizer.scrollToEnd()));
        } else {
            virtualizer.scrollToEnd();
        }
    };
    /* beyond the window they can't be counted, only be told to be there */
    const beyond = newestPos > seen.current && unread > 0 ? 1 : 0;
    const missed = moreAfter ? beyond : countSince(rows, seen.current, me.id);
    return { atEnd, missed: atEnd ? 0 : missed, goToEnd };
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
function useStayAtEnd(
    scroller: RefObject<HTMLElement>, stays: RefObject<boolean>, virtualizer: Virtualizer<HTMLDivElement, Element>,
): void {
    useEffect(() => {
        if (!scroller.current) {
            return undefined;
        }
        const observer = new ResizeObserver(() => stays.current && virtualizer.scrollToEnd());
        observer.observe(scroller.current);
        return () => observer.disconnect();
    }, [scroller, stays, virtualizer]);
}
