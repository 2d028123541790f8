import { useConversations } from '../state/conversations';
import { moderates, useHeld } from '../state/held';
import { mayInvite } from '../state/members';
import { usePresence } from '../state/presence';
import { openDialog, toggleSide, useUi } from '../state/ui';
import { S } from '../strings';
import { Icon, IconButton } from './Icon';

export function ConversationHeader({ channel }: { channel: string }) {
    const known = useConversations((state) => state.byChannel[channel]);
    const online = usePresence((state) => Object.keys(state.online[channel] ?? {}).length);
    const side = useUi((state) => state.side);
    return (
        <header className="bar conversation-bar">
            <a className="icon-button only-phone" href="#/" aria-label={S.back} title={S.back}><Icon name="back" /></a>
            <div className="conversation-heading">
                <h2>
                    <button type="button" className="title-button" onClick={() => openDialog('details')} disabled={!known} title={S.details}>
                        <bdi>{known?.title ?? '…'}</bdi>
                    </button>
                </h2>
                {known && (
                    <p className="bar-sub">
                        <Icon name={known.visibility === 'public' ? 'hash' : 'lock'} />
                        <span className="not-phone">{known.visibility === 'public' ? S.public : S.invited}</span>
                        <span>{S.memberCount(known.members)}</span>
                        {online > 0 && <span className="online-count">{S.onlineCount(online)}</span>}
                    </p>
                )}
            </div>
            {moderates(known) && <HeldButton channel={channel} pressed={side === 'held'} />}
            {mayInvite(known) && <IconButton icon="link" label={S.invite} className="not-phone" onClick={() => openDialog('invite')} />}
            <IconButton icon="search" label={S.searchMessages} aria-pressed={side === 'search'} onClick={() => toggleSide('search')} />
            <IconButton icon="people" label={S.members} aria-pressed={side === 'members'} onClick={() => toggleSide('members')} />
        </header>
    );
}

function HeldButton({ channel, pressed }: { channel: string; pressed: boolean }) {
    const waiting = useHeld((state) => state.byChannel[channel]?.items.length ?? 0);
    return (
        <span className="counted">
            <IconButton
                icon="shield" label={waiting > 0 ? `${S.moderation}, ${S.heldCount(waiting)}` : S.moderation}
                aria-pressed={pressed} onClick={() => toggleSide('held')}
            />
            {waiting > 0 && <span className="counted-number" aria-hidden="true">{waiting > 99 ? '99+' : waiting}</span>}
        </span>
    );
}
