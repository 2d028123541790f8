import { useState, type FormEvent } from 'react';
import type { Visibility } from '../../api/types';
import { createConversation } from '../../state/actions';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { Dialog } from './Dialog';
import { VisibilityField } from './VisibilityField';

export function CreateDialog({ onClose }: { onClose: () => void }) {
    const [title, setTitle] = useState('');
    const [visibility, setVisibility] = useState<Visibility>('public');
    const { busy, problem, run } = useTask();
    const submit = (event: FormEvent) => {
        event.preventDefault();
        void run(async () => {
            await createConversation(title.trim(), visibility);
            onClose();
        });
    };
    return (
        <Dialog title={S.newConversation} onClose={onClose}>
            <form onSubmit={submit}>
                <label className="field">
                    <span>{S.conversationTitle}</span>
                    <input
                        value={title} onChange={(event) => setTitle(event.target.value)} data-autofocus required maxLength={120}
                        placeholder={S.conversationTitleHint} dir="auto"
                    />
                </label>
                <VisibilityField value={visibility} onChange={setVisibility} />
                {problem && <Failure problem={problem} />}
                <div className="dialog-buttons">
                    <button type="button" className="button" onClick={onClose}>{S.cancel}</button>
                    <button type="submit" className="button button-main" disabled={busy || title.trim() === ''}>{busy ? S.creating : S.create}</button>
                </div>
            </form>
        </Dialog>
    );
}
