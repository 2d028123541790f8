import { useCallback, useEffect, useState } from 'react';
import type { Invitation } from '../../api/types';
import { client } from '../../state/client';
import { useConversations } from '../../state/conversations';
import { conversationHash, invitationUrl } from '../../state/route';
import { ask } from '../../state/ui';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { formatShort } from '../format';
import { IconButton } from '../Icon';
import { useTask } from '../useTask';
import { Dialog } from './Dialog';

const WEEK_S = 7 * 24 * 3600;
const COPIED_MS = 2000;

/** Missing where the page came over plain HTTP from another machine: links are selected by hand there. */
const clipboard = navigator.clipboard as Clipboard | undefined;

/** To a public conversation its own link leads; an invited one needs a code. */
export function InviteDialog({ channel, onClose }: { channel: string; onClose: () => void }) {
    const isPublic = useConversations((state) => state.byChannel[channel]?.visibility === 'public');
    return (
        <Dialog title={S.invite} onClose={onClose}>
            {isPublic ? (
                <>
                    <p className="lead">{S.shareLink}</p>
                    <CopyField value={`${location.origin}/${conversationHash(channel)}`} />
                </>
            ) : (
                <Invitations channel={channel} />
            )}
        </Dialog>
    );
}

function Invitations({ channel }: { channel: string }) {
    const [made, setMade] = useState<Invitation>();
    const [others, setOthers] = useState<Invitation[]>();
    const making = useTask();
    const { problem: unread, run: runReading } = useTask();
    const read = useCallback(() => void runReading(async () => setOthers(await readAll(channel))), [channel, runReading]);
    useEffect(read, [read]);
    const create = () => void making.run(async () => setMade(await client.invite(channel, WEEK_S)));
    const withdrawn = (code: string) => {
        setOthers((list) => list?.filter((one) => one.code !== code));
        setMade((one) => (one?.code === code ? undefined : one));
    };
    return (
        <>
            <p className="lead">{S.inviteLead}</p>
            {made === undefined ? (
                <button type="button" className="button button-main" disabled={making.busy} onClick={create} data-autofocus>{S.createLink}</button>
            ) : (
                <CopyField value={invitationUrl(made.code)} />
            )}
            {making.problem && <Failure problem={making.problem} />}
            <section>
                <h3>{S.openInvitations}</h3>
                {unread && <Failure what={S.couldNotReadInvitations} problem={unread} onRetry={read} />}
                {others === undefined && !unread && <p className="hint" role="status">{S.readingInvitations}</p>}
                {others?.length === 0 && made === undefined && <p className="hint">{S.noInvitations}</p>}
                <ul className="invitation-list">
                    {[...(made ? [made] : []), ...(others ?? [])].map((one) => (
                        <InvitationItem key={one.code} channel={channel} invitation={one} onWithdrawn={withdrawn} />
                    ))}
                </ul>
            </section>
        </>
    );
}

async function readAll(channel: string): Promise<Invitation[]> {
    const all: Invitation[] = [];
    let cursor: string | undefined;
    do {
        const page = await client.invitations(channel, cursor);
        all.push(...page.items);
        cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
}

function InvitationItem(props: { channel: string; invitation: Invitation; onWithdrawn: (code: string) => void }) {
    const { channel, invitation: { code, by, uses, max_uses: most, expires_at: end }, onWithdrawn } = props;
    const [copied, copy] = useCopy(invitationUrl(code));
    const withdraw = () => ask({
        title: S.withdrawTitle,
        lead: S.withdrawLead,
        verb: S.withdraw,
        run: async () => {
            await client.withdrawInvitation(channel, code);
            onWithdrawn(code);
        },
    });
    return (
        <li className="invitation-item">
            <span className="invitation-text">
                <code className="selectable">{clipboard ? code : invitationUrl(code)}</code>
                <span className="hint">{S.invitationOf(by.name, S.invitationUses(uses, most), end === undefined ? undefined : formatShort(end))}</span>
            </span>
            {clipboard && <IconButton icon={copied ? 'check' : 'link'} label={copied ? S.copied : S.copyLinkBy(by.name)} onClick={copy} />}
            <IconButton icon="trash" label={S.withdrawLinkBy(by.name)} onClick={withdraw} />
        </li>
    );
}

function CopyField({ value }: { value: string }) {
    const [copied, copyText] = useCopy(value);
    const copy = () => {
        document.querySelector<HTMLInputElement>('.copy-field input')?.select();
        copyText();
    };
    return (
        <div className="copy-field">
            <input readOnly value={value} aria-label={S.invitationLink} onFocus={(event) => event.target.select()} />
            <button type="button" className="button button-main" onClick={copy} data-autofocus>{copied ? S.copied : S.copy}</button>
        </div>
    );
}

/** Whether it was copied a moment ago, and how to. */
function useCopy(value: string): [boolean, () => void] {
    const [copied, setCopied] = useState(false);
    const copy = () => {
        void clipboard?.writeText(value).then(() => {
            setCopied(true);
            window.setTimeout(() => setCopied(false), COPIED_MS);
        }, () => undefined);
    };
    return [copied, copy];
}
