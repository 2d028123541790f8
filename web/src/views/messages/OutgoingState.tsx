import { theOutbox } from '../../state/app';
import type { Outgoing } from '../../state/outbox';
import { explain, S } from '../../strings';
import { Icon } from '../Icon';

const WAITING = { queued: S.queued, sending: S.sending, held: S.held } as const;

/** How far a message of ours has come, and what can be done if it went wrong. */
export function OutgoingState({ outgoing }: { outgoing: Outgoing }) {
    const id = outgoing.draft.client_id;
    if (outgoing.state === 'alone') {
        return null;
    }
    if (outgoing.state !== 'failed') {
        return <span className="message-state"><Icon name="clock" />{WAITING[outgoing.state]}</span>;
    }
    return (
        <div className="message-failed" role="alert">
            <span dir="auto">{outgoing.failure ? S.failedBecause(explain(outgoing.failure)) : S.failed}</span>
            <button type="button" className="link-button" onClick={() => theOutbox().retry(id)}>{S.retry}</button>
            <button type="button" className="link-button" onClick={() => theOutbox().discard(id)}>{S.delete}</button>
        </div>
    );
}
