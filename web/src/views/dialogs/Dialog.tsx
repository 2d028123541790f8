import { useEffect, useRef, type ReactNode } from 'react';
import { S } from '../../strings';
import { IconButton } from '../Icon';

/** The browser's own modal dialog: it keeps the focus, leaves on Escape and gives the focus back. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
    const element = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const opener = document.activeElement;
        element.current?.showModal();
        element.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
        return () => (opener instanceof HTMLElement ? opener.focus() : undefined);
    }, []);
    return (
        <dialog
            ref={element} className="dialog" aria-label={title} onClose={onClose}
            onClick={(event) => event.target === element.current && element.current.close()}
        >
            <div className="dialog-body">
                <header className="dialog-head">
                    <h2>{title}</h2>
                    <IconButton icon="close" label={S.close} onClick={() => element.current?.close()} />
                </header>
                {children}
            </div>
        </dialog>
    );
}
