import { useCallback, useState } from 'react';
import { toProblem, type Problem } from '../api/problem';

/** Runs a request of a form or button: whether it is under way and how it failed. */
export function useTask(): { busy: boolean; problem: Problem | undefined; run: (what: () => Promise<void>) => Promise<void> } {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<Problem>();
    const run = useCallback(async (what: () => Promise<void>) => {
        setBusy(true);
        setProblem(undefined);
        try {
            await what();
        } catch (error) {
            setProblem(toProblem(error));
        }
        setBusy(false);
    }, []);
    return { busy, problem, run };
}
