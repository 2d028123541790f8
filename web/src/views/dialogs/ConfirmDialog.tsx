import { ask, type Question } from '../../state/ui';
import { S } from '../../strings';
import { Failure } from '../Failure';
import { useTask } from '../useTask';
import { Dialog } from './Dialog';

const close = () => ask(undefined);

/** Asks before what can't be taken back; it stays open, and says why, where that fails. */
export default function ConfirmDialog({ question }: { question: Question }) {
    const { busy, problem, run } = useTask();
    const confirm = () => void run(async () => {
        await question.run();
        close();
    });
    return (
        <Dialog title={question.title} onClose={close}>
            <p className="lead">{question.lead}</p>
            {problem && <Failure problem={problem} />}
            <div className="dialog-buttons">
                <button type="button" className="button" onClick={close}>{S.cancel}</button>
                <button type="button" className="button button-danger-main" disabled={busy} onClick={confirm} data-autofocus>{question.verb}</button>
            </div>
        </Dialog>
    );
}
