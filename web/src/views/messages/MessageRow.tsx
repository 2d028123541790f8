import { memo } from 'react';
import type { Message, Quote, User } from '../../api/types';
import { sync } from '../../state/app';
import { useMe } from '../../state/session';
import { setNote, useUi } from '../../state/ui';
import { S } from '../../strings';
import { Avatar } from '../Avatar';
import { EditForm } from '../composer/EditForm';
import { Failure } from '../Failure';
import { formatDay, formatFull, formatTime } from '../format';
import { isOnlyEmoji, MessageText } from '../MessageText';
import type { Row } from '../rows';
import { useMentionNames } from '../useMentionNames';
import { lowerActions } from './lowerActions';
import { MessageActions } from './MessageActions';
import { OutgoingState } from './OutgoingState';
import { Reactions } from './Reactions';

interface Props {
    row: Row;
    /** The one row that Tab reaches. */
    focusable: boolean;
    /** A jump has just led to it. */
    highlighted: boolean;
}

export const MessageRow = memo(MessageRowView, (a, b) =>
    a.focusable === b.focusable && a.highlighted === b.highlighted && a.row.message === b.row.message &&
    a.row.outgoing === b.row.outgoing && a.row.leads === b.row.leads && a.row.newDay === b.row.newDay && a.row.unread === b.row.unread);

function MessageRowView({ row, focusable, highlighted }: Props) {
    const me = useMe();
    const author = row.message?.author ?? me;
    const classes = ['message', row.leads ? 'message-leads' : '', row.outgoing ? `is-${row.outgoing.state}` : '', highlighted ? 'is-target' : ''];
    return (
        <>
            {row.newDay && <div className="day"><span>{formatDay(row.at)}</span></div>}
            {row.unread && <div className="divider" role="separator"><span>{S.newDivider}</span></div>}
            <article
                className={classes.join(' ')} tabIndex={focusable ? 0 : -1} data-key={row.key}
                aria-label={S.messageBy(author.name, formatFull(row.at))} onPointerEnter={lowerActions} onFocus={lowerActions}
            >
                {row.leads ? (
                    <div className="message-side"><Avatar user={author} /></div>
                ) : (
                    <time className="message-side message-time-quiet" dateTime={new Date(row.at).toISOString()}>{formatTime(row.at)}</time>
                )}
                <div className="message-main">
                    {row.leads && <Heading author={author} at={row.at} />}
                    {row.message ? <Stored message={row.message} /> : row.outgoing && (
                        <>
                            {row.outgoing.quote && <QuoteLine quote={row.outgoing.quote} />}
                            <div className={textClass(row.outgoing.draft.text)} dir="auto">
                                <MessageText text={row.outgoing.draft.text} mentions={[]} myName={me.name} />
                            </div>
                            <OutgoingState outgoing={row.outgoing} />
                        </>
                    )}
                </div>
                {row.message && row.message.deleted_at === undefined && <MessageActions message={row.message} focusable={focusable} />}
            </article>
        </>
    );
}

function textClass(text: string): string {
    return isOnlyEmoji(text) ? 'message-text is-emoji' : 'message-text';
}

function Heading({ author, at }: { author: User; at: number }) {
    return (
        <div className="message-heading">
            <bdi className="message-author">{author.name}</bdi>
            <time className="message-time" dateTime={new Date(at).toISOString()} title={formatFull(at)}>{formatTime(at)}</time>
        </div>
    );
}

function Stored({ message }: { message: Message }) {
    const me = useMe();
    const editing = useUi((state) => state.editing?.id === message.id);
    const note = useUi((state) => state.notes[message.id]);
    const names = useMentionNames(message.channel, message.mentions);
    if (message.deleted_at !== undefined) {
        const byOther = message.deleted_by !== undefined && message.deleted_by !== message.author.id;
        return <div className="message-text message-deleted">{byOther ? S.deletedBy : S.deleted}</div>;
    }
    return (
        <>
            {message.reply_to && <QuoteLine quote={message.reply_to} channel={message.channel} />}
            {editing ? <EditForm message={message} /> : (
                <div className={textClass(message.text)} dir="auto">
                    <MessageText text={message.text} mentions={names} myName={me.name} />
                    {message.edited_at !== undefined && (
                        <span className="message-edited" title={S.editedAt(formatFull(message.edited_at))}>{S.edited}</span>
                    )}
                </div>
            )}
            {message.reactions && message.reactions.length > 0 && <Reactions message={message} />}
            {note && (
                <div className="message-note">
                    <Failure problem={note} />
                    <button type="button" className="link-button" onClick={() => setNote(message.id, undefined)}>{S.close}</button>
                </div>
            )}
        </>
    );
}

function QuoteLine({ quote, channel }: { quote: Quote; channel?: string }) {
    const text = quote.text === '' ? S.quotedDeleted : quote.text;
    const content = (
        <>
            <bdi className="quote-author">{quote.author.name}</bdi>
            <span className="quote-text" dir="auto">{text}</span>
        </>
    );
    if (channel === undefined) {
        return <div className="quote">{content}</div>;
    }
    return (
        <button type="button" className="quote" title={S.quoteOf(quote.author.name)} onClick={() => void sync.jumpToMessage(channel, quote.id)}>
            {content}
        </button>
    );
}
