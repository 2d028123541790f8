import { useEffect, type ReactNode } from 'react';
import { useUi } from '../../state/ui';
import { S } from '../../strings';
import { IconButton } from '../Icon';

const close = () => useUi.setState({ side: undefined });

/** Beside the history; on a phone over it. Escape leaves. */
export function SidePanel({ title, children }: { title: string; children: ReactNode }) {
    useEffect(() => {
        const onKey = (event: KeyboardEvent) => {
            if (event.key === 'Escape' && !event.defaultPrevented && useUi.getState().dialog === undefined) {
                close();
            }
        };
        window.addEventListener('keydown', onKey);
        return () => window.removeEventListener('keydown', onKey);
    }, []);
    return (
        <aside className="side" aria-label={title}>
            <header className="bar">
                <h2>{title}</h2>
                <IconButton icon="close" label={S.close} onClick={close} />
            </header>
            <div className="side-scroll">{children}</div>
        </aside>
    );
}
