import { useEffect } from 'react';
import { useConversations } from '../state/conversations';
import { useAnnouncement } from '../state/notify';
import { useRoute } from '../state/route';
import { useMe, useSession } from '../state/session';
import { openDialog, useUi } from '../state/ui';
import { S } from '../strings';
import { ConnectionBanner } from './ConnectionBanner';
import { ConversationPane } from './ConversationPane';
import { Empty } from './Empty';
import { ConfirmDialog, Dialogs, InvitationDialog, preloadParts } from './parts';
import { Sidebar } from './Sidebar';
import { SignIn } from './SignIn';

export function App() {
    const signedIn = useSession((state) => state.signIn !== undefined);
    useTitle();
    return (
        <>
            {signedIn ? <Chat /> : <SignIn />}
            <Announcer />
        </>
    );
}

function Chat() {
    const { channel, invitation } = useRoute();
    const dialog = useUi((state) => state.dialog);
    const question = useUi((state) => state.question);
    useShortcuts();
    useEffect(preloadParts, []);
    return (
        <div className={`chat ${channel === undefined ? 'chat-list' : 'chat-open'}`}>
            <ConnectionBanner />
            <Sidebar />
            <main className="main" aria-label={S.messages}>
                <h1 className="visually-hidden">{S.appName}</h1>
                {channel === undefined ? (
                    <NothingOpen />
                ) : (
                    <ConversationPane key={channel} channel={channel} />
                )}
            </main>
            {dialog !== undefined && <Dialogs dialog={dialog} />}
            {question !== undefined && <ConfirmDialog question={question} />}
            {invitation !== undefined && <InvitationDialog key={invitation} code={invitation} />}
        </div>
    );
}

function NothingOpen() {
    const me = useMe();
    const none = useConversations((state) => state.loaded && Object.keys(state.byChannel).length === 0);
    if (none) {
        return <Empty icon="smile" title={S.welcome(me.name)} lead={S.welcomeLead} />;
    }
    return (
        <Empty icon="hash" title={S.pickConversation} lead={S.pickConversationLead}>
            <p className="of-keys">{S.pickConversationKeys}</p>
        </Empty>
    );
}

function useShortcuts(): void {
    useEffect(() => {
        const onKey = (event: KeyboardEvent) => {
            if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
                event.preventDefault();
                openDialog('switcher');
            } else if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === 'f') {
                event.preventDefault();
                useUi.setState({ side: 'search' });
            }
        };
        window.addEventListener('keydown', onKey);
        return () => window.removeEventListener('keydown', onKey);
    }, []);
}

function useTitle(): void {
    const unread = useConversations((state) => Object.values(state.byChannel).reduce((sum, one) => sum + (one.role === 'none' ? 0 : one.unread), 0));
    const channel = useRoute((state) => state.channel);
    const title = useConversations((state) => (channel === undefined ? undefined : state.byChannel[channel]?.title));
    useEffect(() => {
        const page = title === undefined ? S.appName : S.pageTitle(title);
        document.title = unread > 0 ? S.unreadTitle(unread, page) : page;
    }, [unread, title]);
}

function Announcer() {
    const text = useAnnouncement((state) => state.text);
    return <div className="visually-hidden" role="status" aria-live="polite">{text}</div>;
}
