import { useMemo } from 'react';
import { NO_HISTORY, useHistories, type HistoryState } from '../../state/histories';
import { useOutbox } from '../../state/outbox';
import { useMe } from '../../state/session';
import { useUi } from '../../state/ui';
import { buildRows, type Row } from '../rows';

/** The lines to show: what is stored, and below it what is on its way. */
export function useHistoryRows(channel: string): { state: HistoryState; rows: readonly Row[] } {
    const state = useHistories((all) => all.byChannel[channel]) ?? NO_HISTORY;
    const outbox = useOutbox((all) => all.items);
    const divider = useUi((ui) => (ui.divider?.channel === channel ? ui.divider.pos : undefined));
    const me = useMe();
    const { history } = state;
    const rows = useMemo(() => {
        const outgoing = history.moreAfter ? [] : outbox.filter((item) => item.channel === channel);
        const first = history.entries[0]?.message.pos ?? 0;
        /* where unread begins is not in the window: a divider at its top would be wrong */
        const shown = history.moreBefore && divider !== undefined && first > divider ? undefined : divider;
        return buildRows(history.entries, outgoing, shown, me.id);
    }, [history, outbox, channel, divider, me.id]);
    return { state, rows };
}
