/*
 * The history on screen. Only the rows near the view are in the document. Older pages come in above without moving what
 * is being read: the virtualizer keeps the row under the reader's eye where it is (anchorTo), and follows new rows only
 * while the end is in view (followOnAppend).
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useRef } from 'react';
import { useConversations } from '../../state/conversations';
import { S } from '../../strings';
import { Empty } from '../Empty';
import type { Row } from '../rows';
import { HistoryFailure, HistorySkeleton, StickyDay, ToEnd } from './HistoryParts';
import { MessageRow } from './MessageRow';
import { AT_END_PX, useEnd } from './useEnd';
import { useHistoryRows } from './useHistoryRows';
import { usePages } from './usePages';
import { usePlace } from './usePlace';
import { useRowKeys } from './useRowKeys';

const PADDING_PX = 56;
const ESTIMATE_PX = 48;

export function MessageList({ channel }: { channel: string }) {
    const { state, rows } = useHistoryRows(channel);
    const { history, reading, failed, jump } = state;
    const title = useConversations((all) => all.byChannel[channel]?.title ?? '');
    const scroller = useRef<HTMLDivElement>(null);
    const getItemKey = useCallback((index: number) => (rows[index] as Row).key, [rows]);
    const virtualizer = useVirtualizer<HTMLDivElement, Element>({
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
    const { placed, highlighted } = usePlace(channel, rows, jump, virtualizer);
    const end = useEnd(channel, scroller, rows, history, virtualizer, placed);
    usePages(channel, state, virtualizer, placed);
    const keys = useRowKeys(scroller, rows, virtualizer);
    const items = virtualizer.getVirtualItems();
    const room = virtualizer.getTotalSize() - (virtualizer.scrollRect?.height ?? 0);
    const offset = Math.min(virtualizer.scrollOffset ?? 0, Math.max(0, room));
    const top = rows[virtualizer.getVirtualItemForOffset(offset + 1)?.index ?? 0];
    return (
        <div className="history">
            <div
                ref={scroller} className="history-scroll" role="log" aria-live="off" aria-label={S.messagesOf(title)} tabIndex={0}
                aria-busy={reading === 'first'} onKeyDown={keys.onKeyDown} data-testid="history"
            >
                <div className="history-size" style={{ height: virtualizer.getTotalSize() }}>
                    {rows.length > 0 && (
                        <div className="history-top"><span>{history.moreBefore ? S.loadingOlder : S.historyBegins(title)}</span></div>
                    )}
                    {items.map(({ key, index, start }) => {
                        const row = rows[index] as Row;
                        return (
                            <div
                                key={key} ref={virtualizer.measureElement} data-index={index} className="history-row"
                                style={{ transform: `translateY(${start}px)` }}
                            >
                                <MessageRow
                                    row={row} focusable={keys.current === row.key}
                                    highlighted={highlighted !== undefined && row.message?.pos === highlighted}
                                />
                            </div>
                        );
                    })}
                </div>
                {history.ready && rows.length === 0 && <Empty icon="smile" title={S.noMessages} lead={S.noMessagesLead} />}
                {!history.ready && rows.length === 0 && !failed && <HistorySkeleton />}
            </div>
            {top && offset > PADDING_PX && <StickyDay at={top.at} />}
            {failed && <HistoryFailure channel={channel} failed={failed} />}
            {!end.atEnd && rows.length > 0 && <ToEnd missed={end.missed} exact={!history.moreAfter} onClick={end.goToEnd} />}
        </div>
    );
}
