import { useRef, useState } from 'react';
import { Icon } from './Icon';
import { EmojiPopover } from './parts';

interface Props {
    label: string;
    className: string;
    focusable?: boolean;
    onPick: (emoji: string) => void;
}

/** Opens the picker, which is loaded at the first use. */
export function EmojiButton({ label, className, focusable = true, onPick }: Props) {
    const button = useRef<HTMLButtonElement>(null);
    const [open, setOpen] = useState(false);
    const close = () => {
        setOpen(false);
        button.current?.focus();
    };
    return (
        <>
            <button
                ref={button} type="button" className={className} aria-label={label} title={label} aria-haspopup="dialog"
                aria-expanded={open} tabIndex={focusable ? 0 : -1} onClick={() => setOpen(!open)}
            >
                <Icon name="smile" />
            </button>
            {open && button.current && (
                <EmojiPopover
                    anchor={button.current}
                    onClose={close}
                    onPick={(emoji) => {
                        close();
                        onPick(emoji);
                    }}
                />
            )}
        </>
    );
}
