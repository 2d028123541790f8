import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { send, typing } from '../../state/actions';
import { useConversations } from '../../state/conversations';
import { draftOf, keepDraft } from '../../state/drafts';
import { historyState } from '../../state/histories';
import { me } from '../../state/session';
import { setReplyTo, useUi } from '../../state/ui';
import { S } from '../../strings';
import { EmojiButton } from '../EmojiButton';
import { IconButton } from '../Icon';
import { MentionList, useMentionCompletion } from './mentions';
import { useTextLimit } from './useTextLimit';

export function Composer({ channel }: { channel: string }) {
    const title = useConversations((state) => state.byChannel[channel]?.title ?? '');
    const replyTo = useUi((state) => state.replyTo[channel]);
    const [text, setText] = useState(() => draftOf(channel));
    const field = useRef<HTMLTextAreaElement>(null);
    const over = useTextLimit(text);
    const change = (next: string) => {
        setText(next);
        keepDraft(channel, next);
        typing(channel, next.trim() !== '');
    };
    const mentions = useMentionCompletion(channel, field, text, change);
    useFocusAtFirst(field);
    useFittingHeight(field, text);

    const submit = () => {
        if (text.trim() === '' || over > 0) {
            return;
        }
        send(channel, text.trim(), replyTo, mentions.idsIn(text));
        setText('');
        keepDraft(channel, '');
        typing(channel, false);
        field.current?.focus();
    };
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.nativeEvent.isComposing || mentions.onKeyDown(event)) {
            return;
        }
        if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            submit();
        } else if (event.key === 'Escape' && replyTo) {
            setReplyTo(channel, undefined);
        } else if (event.key === 'ArrowUp' && text === '' && editLastOwn(channel)) {
            event.preventDefault();
        }
    };
    const insert = (emoji: string) => {
        const at = field.current?.selectionStart ?? text.length;
        change(text.slice(0, at) + emoji + text.slice(field.current?.selectionEnd ?? at));
        requestAnimationFrame(() => {
            field.current?.focus();
            field.current?.setSelectionRange(at + emoji.length, at + emoji.length);
        });
    };
    return (
        <div className="composer">
            <MentionList completion={mentions} />
            {replyTo && (
                <div className="composer-reply">
                    <span className="composer-reply-line">
                        <strong>{S.replyingTo(replyTo.author.name)}</strong> <span dir="auto">{replyTo.text}</span>
                    </span>
                    <IconButton icon="close" label={S.cancelReply} onClick={() => setReplyTo(channel, undefined)} />
                </div>
            )}
            <div className="composer-box">
                <EmojiButton label={S.emoji} className="icon-button" onPick={insert} />
                <textarea
                    ref={field} rows={1} value={text} dir="auto" aria-label={S.writeTo(title)} placeholder={S.writeTo(title)}
                    onChange={(event) => change(event.target.value)} onKeyDown={onKeyDown} enterKeyHint="send" {...mentions.aria}
                />
                <IconButton icon="send" label={S.send} className="send" disabled={text.trim() === '' || over > 0} onClick={submit} />
            </div>
            {over > 0 && <div className="failure" role="alert">{S.tooLong(over)}</div>}
        </div>
    );
}

/** Not where a keyboard would come up over what is to be read. */
function useFocusAtFirst(field: React.RefObject<HTMLTextAreaElement>): void {
    useEffect(() => {
        if (window.matchMedia('(pointer: fine)').matches && document.querySelector('dialog[open]') === null) {
            field.current?.focus();
        }
    }, [field]);
}

function useFittingHeight(field: React.RefObject<HTMLTextAreaElement>, text: string): void {
    useLayoutEffect(() => fitHeight(field.current), [field, text]);
    useEffect(() => {
        if (!field.current) {
            return undefined;
        }
        let width = 0;
        const observer = new ResizeObserver(([entry]) => {
            if (entry && entry.contentRect.width !== width) {
                width = entry.contentRect.width;
                fitHeight(field.current); /* what fitted into one line breaks where a panel opens beside it */
            }
        });
        observer.observe(field.current);
        return () => observer.disconnect();
    }, [field]);
}

function fitHeight(field: HTMLTextAreaElement | null): void {
    if (field) {
        field.style.height = 'auto';
        field.style.height = `${field.scrollHeight}px`;
    }
}

function editLastOwn(channel: string): boolean {
    const { entries } = historyState(channel).history;
    const mine = me().id;
    for (let index = entries.length - 1; index >= 0; index--) {
        const message = entries[index]?.message;
        if (message?.author.id === mine && message.deleted_at === undefined) {
            useUi.setState({ editing: { channel, id: message.id } });
            return true;
        }
    }
    return false;
}
