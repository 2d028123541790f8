import { join } from '../state/actions';
import { S } from '../strings';
import { Failure } from './Failure';
import { useTask } from './useTask';

export function JoinBar({ channel }: { channel: string }) {
    const { busy, problem, run } = useTask();
    return (
        <div className="hint-bar">
            <span>{S.joinLead}</span>
            <button type="button" className="button button-small" disabled={busy} onClick={() => void run(() => join(channel))}>
                {busy ? S.joining : S.join}
            </button>
            {problem && <Failure problem={problem} />}
        </div>
    );
}
