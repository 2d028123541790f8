import { useState } from 'react';
import { client } from '../../state/client';
import { useConversations } from '../../state/conversations';
import { conversationHash, invitationUrl } from '../../state/route';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { Dialog } from './Dialog';

const WEEK_S = 7 * 24 * 3600;
const COPIED_MS = 2000;

/** To a public conversation its own link leads; an invited one needs a code. */
export function InviteDialog({ channel, onClose }: { channel: string; onClose: () => void }) {
    const known = useConversations((state) => state.byChannel[channel]);
    const isPublic = known?.visibility === 'public';
    const [link, setLink] = useState(isPublic ? `${location.origin}/${conversationHash(channel)}` : '');
    const { busy, problem, run } = useTask();
    const create = () => void run(async () => setLink(invitationUrl((await client.invite(channel, WEEK_S)).code)));
    return (
        <Dialog title={S.invite} onClose={onClose}>
            <p className="lead">{isPublic ? S.shareLink : S.inviteLead}</p>
            {link === '' ? (
                <button type="button" className="button button-main" disabled={busy} onClick={create} data-autofocus>{S.createLink}</button>
            ) : (
                <CopyField value={link} />
            )}
            {problem && <Failure problem={problem} />}
        </Dialog>
    );
}

function CopyField({ value }: { value: string }) {
    const [copied, setCopied] = useState(false);
    const copy = () => {
        /* the clipboard is missing where the page came over plain HTTP: the text is selected for the keyboard then */
        document.querySelector<HTMLInputElement>('.copy-field input')?.select();
        const clipboard = navigator.clipboard as Clipboard | undefined;
        void clipboard?.writeText(value).then(() => {
            setCopied(true);
            window.setTimeout(() => setCopied(false), COPIED_MS);
        }, () => undefined);
    };
    return (
        <div className="copy-field">
            <input readOnly value={value} aria-label={S.invitationLink} onFocus={(event) => event.target.select()} />
            <button type="button" className="button button-main" onClick={copy} data-autofocus>{copied ? S.copied : S.copy}</button>
        </div>
    );
}
