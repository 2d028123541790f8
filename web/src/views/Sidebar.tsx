import { useMemo } from 'react';
import type { Conversation } from '../api/types';
import { sync } from '../state/app';
import { byActivity, useConversations } from '../state/conversations';
import { draftOf } from '../state/drafts';
import { moderates, useHeld } from '../state/held';
import { conversationHash, useRoute } from '../state/route';
import { useMe } from '../state/session';
import { openDialog } from '../state/ui';
import { S } from '../strings';
import { Avatar } from './Avatar';
import { Failure } from './Failure';
import { formatShort } from './format';
import { Icon, IconButton } from './Icon';

export function Sidebar() {
    const me = useMe();
    return (
        <nav className="sidebar" aria-label={S.conversations}>
            <header className="bar">
                <h2>{S.conversations}</h2>
                <IconButton icon="search" label={S.switcher} onClick={() => openDialog('switcher')} />
                <IconButton icon="plus" label={S.newConversation} onClick={() => openDialog('create')} />
            </header>
            <ConversationList />
            <footer className="me">
                <Avatar user={me} small />
                <bdi className="me-name">{me.name}</bdi>
                <IconButton icon="settings" label={S.settings} onClick={() => openDialog('settings')} />
            </footer>
        </nav>
    );
}

function ConversationList() {
    const { byChannel, loaded, failed } = useConversations();
    const { own, others } = useMemo(() => {
        const all = Object.values(byChannel).sort(byActivity);
        return { own: all.filter((one) => one.role !== 'none'), others: all.filter((one) => one.role === 'none') };
    }, [byChannel]);
    const retry = () => void sync.readConversations(undefined);
    if (!loaded) {
        return failed ? <Failure what={S.couldNotReadList} problem={failed} onRetry={retry} /> : <Skeleton />;
    }
    return (
        <div className="sidebar-scroll">
            {failed && <Failure what={S.couldNotReadList} problem={failed} onRetry={retry} />}
            {own.length > 0 && <Section title={S.yourConversations} items={own} />}
            {others.length > 0 && <Section title={S.publicConversations} items={others} />}
            {own.length + others.length === 0 && (
                <div className="empty empty-small">
                    <h3>{S.noConversations}</h3>
                    <p>{S.noConversationsLead}</p>
                    <button type="button" className="button button-main" onClick={() => openDialog('create')}>{S.newConversation}</button>
                </div>
            )}
        </div>
    );
}

function Section({ title, items }: { title: string; items: Conversation[] }) {
    return (
        <section>
            <h3 className="section-title">{title}</h3>
            <ul className="conversation-list">
                {items.map((one) => <ConversationItem key={one.channel} conversation={one} />)}
            </ul>
        </section>
    );
}

function ConversationItem({ conversation }: { conversation: Conversation }) {
    const open = useRoute((state) => state.channel === conversation.channel);
    const { channel, title, unread, mentions, last_message: last, visibility, role } = conversation;
    const waiting = useHeld((state) => (moderates(conversation) ? (state.byChannel[channel]?.items.length ?? 0) : 0));
    const badge = role !== 'none' && unread > 0;
    return (
        <li>
            <a className={`conversation-item${badge ? ' is-unread' : ''}`} href={conversationHash(channel)} aria-current={open ? 'page' : undefined}>
                <span className="conversation-sign"><Icon name={visibility === 'public' ? 'hash' : 'lock'} /></span>
                <bdi className="conversation-title">{title}</bdi>
                {last && <time className="conversation-time" dateTime={new Date(last.created_at).toISOString()}>{formatShort(last.created_at)}</time>}
                <LastLine conversation={conversation} open={open} />
                <span className="conversation-marks">
                    {waiting > 0 && (
                        <span className="conversation-held" title={S.heldCount(waiting)}>
                            <Icon name="shield" /><span aria-hidden="true">{waiting > 99 ? '99+' : waiting}</span>
                            <span className="visually-hidden">{S.heldCount(waiting)}</span>
                        </span>
                    )}
                    {badge && (
                        <span className={`badge${mentions > 0 ? ' badge-mention' : ''}`}>
                            <span aria-hidden="true">{mentions > 0 ? `@${mentions}` : unread > 99 ? '99+' : unread}</span>
                            <span className="visually-hidden">{S.unreadCount(unread)}{mentions > 0 && `, ${S.mentionCount(mentions)}`}</span>
                        </span>
                    )}
                </span>
            </a>
        </li>
    );
}

function LastLine({ conversation, open }: { conversation: Conversation; open: boolean }) {
    const me = useMe();
    const draft = open ? '' : draftOf(conversation.channel);
    const last = conversation.last_message;
    if (draft !== '') {
        return <span className="conversation-last" dir="auto"><span className="draft-word">{S.draft}</span> {draft}</span>;
    }
    if (!last) {
        return <span className="conversation-last">{S.noLastMessage}</span>;
    }
    const author = last.author.id === me.id ? S.you : last.author.name;
    return <span className="conversation-last" dir="auto">{last.deleted_at ? S.quotedDeleted : S.lastLine(author, last.text)}</span>;
}

function Skeleton() {
    return (
        <div className="sidebar-scroll" role="status" aria-label={S.loadingConversations}>
            {[0, 1, 2, 3, 4].map((n) => (
                <div key={n} className="skeleton-item" aria-hidden="true"><span /><span /><span /></div>
            ))}
        </div>
    );
}
