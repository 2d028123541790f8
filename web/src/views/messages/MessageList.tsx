/*
 * The history on screen. Only the rows near the view are in the document; older pages come in above without moving what
 * is being read (the virtualizer keeps the row under the reader's eye where it is), and the list follows new messages
 * only while its end is in view.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { lookAtEnd } from '../../state/actions';
import { sync } from '../../state/app';
import { useConversations } from '../../state/conversations';
import { NO_HISTORY, useHistories } from '../../state/histories';
import { useOutbox } from '../../state/outbox';
import { useMe } from '../../state/session';
import { useUi } from '../../state/ui';
import { S } from '../../strings';
import { Empty } from '../Empty';
import { Failure } from '../Failure';
import { formatDay } from '../format';
import { IconButton } from '../Icon';
import { buildRows, rowOfPos, type Row } from '../rows';
import { MessageRow } from './MessageRow';
import { useRowKeys } from './useRowKeys';

const NEAR_EDGE_PX = 900;
const AT_END_PX = 60;
const PADDING_PX = 56;
const ESTIMATE_PX = 48;

export function MessageList({ channel }: { channel: string }) {
    const { history, reading, failed, jump } = useHistories((state) => state.byChannel[channel]) ?? NO_HISTORY;
    const title = useConversations((state) => state.byChannel[channel]?.title ?? '');
    const outbox = useOutbox((state) => state.items);
    const divider = useUi((state) => (state.divider?.channel === channel ? state.divider.pos : undefined));
    const me = useMe();
    const rows = useMemo(() => {
        const outgoing = history.moreAfter ? [] : outbox.filter((item) => item.channel === channel);
        return buildRows(history.entries, outgoing, divider, me.id);
    }, [history, outbox, channel, divider, me.id]);

    const scroller = useRef<HTMLDivElement>(null);
    const [highlight, setHighlight] = useState<{ pos: number; count: number }>();
    const getItemKey = useCallback((index: number) => (rows[index] as Row).key, [rows]);
    const virtualizer = useVirtualizer({
        count: rows.length,
        getScrollElement: () => scroller.current,
        estimateSize: () => ESTIMATE_PX,
        getItemKey,
        overscan: 8,
        paddingStart: PADDING_PX,
        paddingEnd: 12,
        anchorTo: 'end',
        followOnAppend: true,
        scrollEndThreshold: AT_END_PX,
    });
    const items = virtualizer.getVirtualItems();
    const { atEnd, missed, toEnd } = useEnd(channel, rows, virtualizer, history.moreAfter);

    const first = items[0]?.index ?? 0;
    const last = items.at(-1)?.index ?? 0;
    const offset = virtualizer.scrollOffset ?? 0;
    const belowView = virtualizer.getTotalSize() - offset - (scroller.current?.clientHeight ?? 0);
    useEffect(() => {
        if (failed || reading !== undefined || rows.length === 0) {
            return;
        }
        if (history.moreBefore && offset < NEAR_EDGE_PX) {
            void sync.readBefore(channel);
        } else if (history.moreAfter && belowView < NEAR_EDGE_PX) {
            void sync.readAfter(channel);
        }
    }, [channel, history, reading, failed, rows.length, first, last, offset, belowView]);

    const target = useRef(0);
    useLayoutEffect(() => {
        if (!jump || target.current === jump.count) {
            return;
        }
        const index = rowOfPos(rows, jump.pos);
        if (index >= 0) {
            target.current = jump.count;
            virtualizer.scrollToIndex(index, { align: 'center' });
            setHighlight(jump);
        }
    }, [jump, rows, virtualizer]);

    const keys = useRowKeys(scroller, rows, virtualizer);
    const topDay = rows[virtualizer.getVirtualItemForOffset(offset + 1)?.index ?? 0];
    return (
        <div className="history">
            <div
                ref={scroller} className="history-scroll" role="log" aria-live="off" aria-label={S.messagesOf(title)} tabIndex={0}
                aria-busy={reading === 'first'} onKeyDown={keys.onKeyDown} data-testid="history"
            >
                <div className="history-size" style={{ height: virtualizer.getTotalSize() }}>
                    <div className="history-top">
                        {history.moreBefore || !history.ready ? S.loadingOlder : S.historyBegins(title)}
                    </div>
                    <div className="history-rows" style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
                        {items.map((item) => {
                            const row = rows[item.index] as Row;
                            return (
                                <div key={item.key} ref={virtualizer.measureElement} data-index={item.index}>
                                    <MessageRow
                                        row={row} focusable={keys.current === row.key}
                                        highlight={highlight !== undefined && row.message?.pos === highlight.pos ? highlight.count : 0}
                                    />
                                </div>
                            );
                        })}
                    </div>
                </div>
                {history.ready && rows.length === 0 && <Empty icon="smile" title={S.noMessages} lead={S.noMessagesLead} />}
                {!history.ready && rows.length === 0 && !failed && <HistorySkeleton />}
            </div>
            {topDay && offset > PADDING_PX && <div className="sticky-day" aria-hidden="true"><span>{formatDay(topDay.at)}</span></div>}
            {failed && (
                <div className="history-failure">
                    <Failure
                        what={S.couldNotRead} problem={failed.problem}
                        onRetry={() => void (failed.part === 'before' ? sync.readBefore(channel) : failed.part === 'after' ? sync.readAfter(channel) : sync.readNewest(channel))}
                    />
                </div>
            )}
            {(!atEnd || history.moreAfter) && rows.length > 0 && (
                <div className="to-end">
                    {missed > 0 ? (
                        <button type="button" className="to-end-count" onClick={toEnd}>{S.newMessages(missed)}</button>
                    ) : (
                        <IconButton icon="down" label={S.toNewest} onClick={toEnd} />
                    )}
                </div>
            )}
        </div>
    );
}

/** Whether the newest message is in view, and how many came since it was. */
function useEnd(channel: string, rows: readonly Row[], virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>, moreAfter: boolean) {
    const newest = useHistories((state) => state.byChannel[channel]?.history.newestPos ?? 0);
    const seen = useRef(0);
    const [atEnd, setAtEnd] = useState(true);
    const placed = useRef(false);
    const lastKey = rows.at(-1)?.key;
    useLayoutEffect(() => {
        if (!placed.current && rows.length > 0) {
            placed.current = true;
            const unread = rows.findIndex((row) => row.unread);
            if (unread >= 0) {
                virtualizer.scrollToIndex(unread, { align: 'center' });
            } else {
                virtualizer.scrollToEnd();
            }
        }
    }, [rows, virtualizer]);
    useEffect(() => {
        if (rows.at(-1)?.outgoing?.state === 'queued') {
            virtualizer.scrollToEnd();
        }
        /* only what was just written moves the reader */
        // eslint-disable-next-line react-hooks/exhaustive-deps
    }, [lastKey]);
    const offset = virtualizer.scrollOffset;
    useEffect(() => {
        const now = !moreAfter && virtualizer.isAtEnd(AT_END_PX);
        setAtEnd(now);
        useUi.setState({ atEnd: now });
        if (now) {
            seen.current = newest;
            lookAtEnd();
        }
    }, [offset, newest, moreAfter, rows.length, virtualizer]);
    useEffect(() => {
        window.addEventListener('focus', lookAtEnd);
        document.addEventListener('visibilitychange', lookAtEnd);
        return () => {
            window.removeEventListener('focus', lookAtEnd);
            document.removeEventListener('visibilitychange', lookAtEnd);
        };
    }, []);
    const missed = atEnd || seen.current === 0 ? 0 : countSince(rows, seen.current, newest, moreAfter);
    const toEnd = () => {
        if (moreAfter) {
            void sync.readNewest(channel).then(() => virtualizer.scrollToEnd());
        } else {
            virtualizer.scrollToEnd();
        }
    };
    return { atEnd, missed, toEnd };
}

function countSince(rows: readonly Row[], seen: number, newest: number, moreAfter: boolean): number {
    if (moreAfter) {
        return newest > seen ? newest - seen : 0;
    }
    let count = 0;
    for (let index = rows.length - 1; index >= 0; index--) {
        const pos = rows[index]?.message?.pos;
        if (pos !== undefined && pos <= seen) {
            break;
        }
        count += pos === undefined ? 0 : 1;
    }
    return count;
}

function HistorySkeleton() {
    return (
        <div className="history-skeleton" role="status" aria-label={S.loading}>
            {[5, 8, 4, 9, 6].map((width, index) => (
                <div key={index} className={`skeleton-message skeleton-${width}`} aria-hidden="true"><span /><span /><span /></div>
            ))}
        </div>
    );
}
