import { useEffect, useState } from 'react';
import { toProblem, type Problem } from '../../api/problem';
import type { Invitation } from '../../api/types';
import { acceptInvitation } from '../../state/actions';
import { client } from '../../state/client';
import { goTo } from '../../state/route';
import { explain, S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { Dialog } from './Dialog';

/** Somebody came by an invitation link. */
export default function InvitationDialog({ code }: { code: string }) {
    const [invitation, setInvitation] = useState<Invitation>();
    const [invalid, setInvalid] = useState<Problem>();
    const { busy, problem, run } = useTask();
    useEffect(() => {
        client.invitation(code).then(setInvitation, (error: unknown) => setInvalid(toProblem(error)));
    }, [code]);
    const close = () => {
        if (location.hash.startsWith('#/i/')) {
            goTo('#/');
        }
    };
    if (invalid) {
        const gone = invalid.status === 404 || invalid.status === 410;
        return (
            <Dialog title={S.invitationInvalid} onClose={close}>
                <p className="lead">{gone ? S.invitationInvalidLead : explain(invalid)}</p>
            </Dialog>
        );
    }
    if (!invitation) {
        return null;
    }
    return (
        <Dialog title={S.invitationTo(invitation.title)} onClose={close}>
            <p className="lead" dir="auto">{S.invitationBy(invitation.by.name)}</p>
            {problem && <Failure problem={problem} />}
            <div className="dialog-buttons">
                <button type="button" className="button" onClick={close}>{S.notNow}</button>
                <button type="button" className="button button-main" disabled={busy} data-autofocus onClick={() => void run(() => acceptInvitation(code))}>
                    {S.accept}
                </button>
            </div>
        </Dialog>
    );
}
