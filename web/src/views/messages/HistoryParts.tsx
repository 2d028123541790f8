/*
 * What lies over the history or stands in its place.
 */
import type { Problem } from '../../api/problem';
import { sync } from '../../state/app';
import type { ReadPart } from '../../state/histories';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { formatDay } from '../format';
import { IconButton } from '../Icon';

/** The date of the line at the top, while it is scrolled. */
export function StickyDay({ at }: { at: number }) {
    return <div className="sticky-day" aria-hidden="true"><span>{formatDay(at)}</span></div>;
}

export function HistoryFailure({ channel, failed }: { channel: string; failed: { part: ReadPart; problem: Problem } }) {
    const again: Record<ReadPart, () => Promise<unknown>> = {
        first: () => sync.readNewest(channel),
        before: () => sync.readBefore(channel),
        after: () => sync.readAfter(channel),
        jump: () => sync.readNewest(channel),
    };
    return (
        <div className="history-failure">
            <Failure what={S.couldNotRead} problem={failed.problem} onRetry={() => void again[failed.part]()} />
        </div>
    );
}

export function ToEnd({ missed, exact, onClick }: { missed: number; exact: boolean; onClick: () => void }) {
    return (
        <div className="to-end">
            {missed > 0 ? (
                <button type="button" className="to-end-count" onClick={onClick}>{exact ? S.newMessages(missed) : S.someNewMessages}</button>
            ) : (
                <IconButton icon="down" label={S.toNewest} onClick={onClick} />
            )}
        </div>
    );
}

export function HistorySkeleton() {
    return (
        <div className="history-skeleton" role="status" aria-label={S.loading}>
            {[5, 8, 4, 9, 6].map((width) => (
                <div key={width} className={`skeleton-message skeleton-${width}`} aria-hidden="true"><span /><span /><span /></div>
            ))}
        </div>
    );
}
