import { useState, type FormEvent } from 'react';
import { leave } from '../../state/actions';
import { client } from '../../state/client';
import { upsertConversation, useConversations } from '../../state/conversations';
import { ask } from '../../state/ui';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { Dialog } from './Dialog';
import { VisibilityField } from './VisibilityField';

export function DetailsDialog({ channel, onClose }: { channel: string; onClose: () => void }) {
    const known = useConversations((state) => state.byChannel[channel]);
    const [title, setTitle] = useState(known?.title ?? '');
    const [visibility, setVisibility] = useState(known?.visibility ?? 'public');
    const { busy, problem, run } = useTask();
    if (!known) {
        return null;
    }
    const mayChange = known.role === 'owner' || known.role === 'moderator';
    const save = (event: FormEvent) => {
        event.preventDefault();
        void run(async () => {
            upsertConversation(await client.updateConversation(channel, { title: title.trim(), visibility }));
            onClose();
        });
    };
    const leaveNow = async () => {
        await leave(channel);
        onClose();
    };
    const leaveIt = () => (known.visibility === 'public'
        ? void run(leaveNow)
        : ask({ title: S.leaveTitle, lead: S.leaveLead, verb: S.leave, run: leaveNow }));
    return (
        <Dialog title={S.details} onClose={onClose}>
            <form onSubmit={save}>
                <label className="field">
                    <span>{S.conversationTitle}</span>
                    <input value={title} onChange={(event) => setTitle(event.target.value)} required maxLength={120} dir="auto" readOnly={!mayChange} />
                </label>
                {mayChange ? (
                    <VisibilityField value={visibility} onChange={setVisibility} />
                ) : (
                    <p className="lead">{known.visibility === 'public' ? S.publicHint : S.invitedHint}</p>
                )}
                {problem && <Failure problem={problem} />}
                <div className="dialog-buttons">
                    {known.role !== 'none' && (
                        <button type="button" className="button button-danger" disabled={busy} onClick={leaveIt}>{S.leave}</button>
                    )}
                    {mayChange && (
                        <button type="submit" className="button button-main" disabled={busy || title.trim() === ''}>{S.save}</button>
                    )}
                </div>
            </form>
        </Dialog>
    );
}
