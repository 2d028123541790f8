import type { Problem } from '../api/problem';
import { explain, S } from '../strings';

/** A request that failed, told where the person is looking. */
export function Failure({ what, problem, onRetry }: { what?: string; problem: Problem; onRetry?: () => void }) {
    const why = explain(problem);
    return (
        <div className="failure" role="alert">
            <span>{what === undefined ? why : S.couldNot(what, why)}</span>
            {onRetry && <button type="button" className="link-button" onClick={onRetry}>{S.retry}</button>}
        </div>
    );
}
