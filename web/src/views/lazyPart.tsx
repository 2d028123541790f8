/*
 * Parts that are loaded when they are first opened. Unlike React.lazy, a part that could not be loaded says so, in its
 * own place, and can be tried again; the rest of the page goes on.
 */
import { useEffect, useState, type ComponentType, type ReactElement } from 'react';
import { offlineProblem } from '../api/problem';
import { S } from '../strings';
import { Failure } from './Failure';

interface Module<P> {
    default: ComponentType<P>;
}

export interface LazyPart<P> {
    (props: P): ReactElement | null;
    /** Loads it before it is wanted, so that it is there when the connection is not. */
    preload: () => void;
}

export function lazyPart<P extends object>(load: () => Promise<Module<P>>): LazyPart<P> {
    let loaded: ComponentType<P> | undefined;
    const get = async () => (loaded ??= (await load()).default);
    const Part = (props: P) => {
        const [, redraw] = useState(0);
        const [failed, setFailed] = useState(false);
        useEffect(() => {
            if (!loaded && !failed) {
                get().then(() => redraw(1), () => setFailed(true));
            }
        }, [failed]);
        if (loaded) {
            const Loaded = loaded;
            return <Loaded {...props} />;
        }
        return failed ? (
            <div className="part-failure"><Failure what={S.couldNotLoadPart} problem={offlineProblem()} onRetry={() => setFailed(false)} /></div>
        ) : null;
    };
    return Object.assign(Part, { preload: () => void get().catch(() => undefined) });
}
