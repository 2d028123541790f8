import type { Message } from '../../api/types';
import { remove } from '../../state/actions';
import { useConversations } from '../../state/conversations';
import { useMe } from '../../state/session';
import { ask, setReplyTo, useUi } from '../../state/ui';
import { S } from '../../strings';
import { IconButton } from '../Icon';
import { ReactButton } from './ReactButton';

/** Shown while the pointer or the focus is on the message. */
export function MessageActions({ message, focusable }: { message: Message; focusable: boolean }) {
    const me = useMe();
    const role = useConversations((state) => state.byChannel[message.channel]?.role);
    const mine = message.author.id === me.id;
    const mayDelete = mine || role === 'moderator' || role === 'owner';
    const tabIndex = focusable ? 0 : -1;
    const reply = () => {
        setReplyTo(message.channel, message);
        document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus();
    };
    return (
        <div className="message-actions" role="group" aria-label={S.actions}>
            <ReactButton message={message} className="icon-button" focusable={focusable} />
            <IconButton icon="reply" label={S.reply} tabIndex={tabIndex} onClick={reply} />
            {mine && (
                <IconButton
                    icon="edit" label={S.edit} tabIndex={tabIndex}
                    onClick={() => useUi.setState({ editing: { channel: message.channel, id: message.id } })}
                />
            )}
            {mayDelete && (
                <IconButton
                    icon="trash" label={S.delete} tabIndex={tabIndex}
                    onClick={() => ask({ title: S.deleteMessage, lead: S.deleteMessageLead, verb: S.delete, run: () => remove(message) })}
                />
            )}
        </div>
    );
}
