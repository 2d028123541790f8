import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { Message } from '../../api/types';
import { edit } from '../../state/actions';
import { useUi } from '../../state/ui';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { MentionList, useMentionCompletion } from './mentions';

/** In the place of the text; what was refused stays here to be corrected. */
export function EditForm({ message }: { message: Message }) {
    const [text, setText] = useState(message.text);
    const field = useRef<HTMLTextAreaElement>(null);
    const mentions = useMentionCompletion(message.channel, field, text, setText);
    const { busy, problem, run } = useTask();
    useEffect(() => {
        field.current?.focus();
        field.current?.setSelectionRange(message.text.length, message.text.length);
        field.current?.scrollIntoView({ block: 'nearest' });
    }, [message.text]);
    const leave = () => {
        useUi.setState({ editing: undefined });
        document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus();
    };
    const save = () => {
        const next = text.trim();
        if (next === '' || next === message.text) {
            leave();
        } else if (!busy) {
            void run(async () => {
                await edit(message, next, mentions.idsIn(next));
                leave();
            });
        }
    };
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.nativeEvent.isComposing || mentions.onKeyDown(event)) {
            return;
        }
        if (event.key === 'Escape') {
            event.stopPropagation();
            leave();
        } else if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            save();
        }
    };
    return (
        <div className="edit-form">
            <MentionList completion={mentions} />
            <textarea
                ref={field} value={text} dir="auto" rows={Math.min(8, text.split('\n').length + 1)} aria-label={S.edit}
                onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} {...mentions.aria}
            />
            <div className="edit-buttons">
                <button type="button" className="button button-small button-main" disabled={busy} onClick={save}>{S.saveEdit}</button>
                <button type="button" className="button button-small" onClick={leave}>{S.cancel}</button>
                <span className="hint of-keys">{S.editing}</span>
            </div>
            {problem && <Failure problem={problem} />}
        </div>
    );
}
