import type { Held } from '../../api/types';
import { decideHeld, readHeld, useHeld } from '../../state/held';
import { S } from '../../strings';
import { Avatar } from '../Avatar';
import { Failure } from '../Failure';
import { formatFull, formatShort } from '../format';
import { Icon } from '../Icon';
import { useTask } from '../useTask';
import { SidePanel } from './SidePanel';

export default function HeldPanel({ channel }: { channel: string }) {
    const list = useHeld((state) => state.byChannel[channel]);
    const items = list?.items ?? [];
    return (
        <SidePanel title={S.moderation}>
            <p className="hint">{S.moderationLead}</p>
            {list?.failed && <Failure what={S.couldNotReadHeld} problem={list.failed} onRetry={() => void readHeld(channel)} />}
            <div role="status" className="hint">
                {list?.loading && items.length === 0 ? S.loading : !list?.failed && items.length === 0 ? S.nothingHeld : ''}
            </div>
            <ul className="held-list" aria-label={S.heldCount(items.length)}>
                {items.map((held) => <HeldItem key={held.id} held={held} />)}
            </ul>
            {list?.cursor !== undefined && (
                <button type="button" className="link-button" onClick={() => void readHeld(channel, list.cursor)}>{S.loadMore}</button>
            )}
        </SidePanel>
    );
}

function HeldItem({ held }: { held: Held }) {
    const { busy, problem, run } = useTask();
    const { author } = held;
    const decide = (release: boolean) => void run(() => decideHeld(held, release));
    const text = held.text ?? (held.event === undefined ? '' : S.heldEvent(held.event));
    return (
        <li className="held" aria-label={S.heldBy(author.name)}>
            <Avatar user={author} small />
            <bdi className="held-author">{author.name}</bdi>
            <time title={formatFull(held.held_at)} dateTime={new Date(held.held_at).toISOString()}>{formatShort(held.held_at)}</time>
            <p className="held-text" dir="auto" tabIndex={0}>{text}</p>
            <p className="held-why">
                <Icon name="shield" />
                <span>
                    {held.reason !== undefined && <bdi>{held.reason}</bdi>}
                    {held.reason !== undefined && ' · '}
                    {held.queue !== 'default' && <>{S.heldQueue(held.queue)} · </>}
                    <time title={formatFull(held.expires_at)} dateTime={new Date(held.expires_at).toISOString()}>{S.heldUntil(formatShort(held.expires_at))}</time>
                </span>
            </p>
            {problem && <Failure problem={problem} />}
            <div className="held-actions">
                <button type="button" className="button button-main" disabled={busy} onClick={() => decide(true)}>{S.release}</button>
                <button type="button" className="button" disabled={busy} onClick={() => decide(false)}>{S.discard}</button>
            </div>
        </li>
    );
}
