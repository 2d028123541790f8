import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { closeConversation, openConversation } from '../state/actions';
import { sync } from '../state/app';
import { useConversations } from '../state/conversations';
import { useRoute } from '../state/route';
import { useUi } from '../state/ui';
import { explain, S } from '../strings';
import { Composer } from './composer/Composer';
import { ConversationHeader } from './ConversationHeader';
import { Empty } from './Empty';
import { JoinBar } from './JoinBar';
import { MessageList } from './messages/MessageList';
import { HeldPanel, MembersPanel, SearchPanel } from './parts';
import { NotificationOffer } from './NotificationOffer';
import { TypingLine } from './TypingLine';
import { useSwipeBack } from './useSwipeBack';

export function ConversationPane({ channel }: { channel: string }) {
    const known = useConversations((state) => state.byChannel[channel]);
    const refused = useUi((state) => state.refused[channel]);
    const side = useUi((state) => state.side);
    const pos = useRoute((state) => state.pos);
    const swipe = useSwipeBack();
    const asked = useRef(false);
    const [opened, setOpened] = useState(false);
    useLayoutEffect(() => {
        if (asked.current) {
            void (pos !== undefined && sync.jump(channel, pos));
        } else {
            asked.current = true;
            void openConversation(channel, pos);
            setOpened(true);
        }
    }, [channel, pos]);
    useEffect(() => () => closeConversation(channel), [channel]);
    if (refused) {
        return (
            <Empty icon="lock" title={S.cannotOpen} lead={explain(refused)}>
                <a className="button" href="#/">{S.back}</a>
            </Empty>
        );
    }
    return (
        <div {...swipe} className={`pane${side ? ' pane-with-side' : ''}`}>
            <section className="conversation" aria-label={known?.title ?? S.loading}>
                <ConversationHeader channel={channel} />
                {/* only once it is known where unread begins: that is where the list begins to be read */}
                {opened && <MessageList channel={channel} />}
                <TypingLine channel={channel} />
                {known?.role === 'none' ? <JoinBar channel={channel} /> : <NotificationOffer />}
                <Composer channel={channel} />
            </section>
            {side === 'members' && <MembersPanel channel={channel} />}
            {side === 'held' && <HeldPanel channel={channel} />}
            {side === 'search' && <SearchPanel channel={channel} />}
        </div>
    );
}
