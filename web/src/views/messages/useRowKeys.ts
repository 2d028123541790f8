/*
 * The history by keyboard: arrows go from message to message, Tab goes into the actions of the one that has the focus.
 */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useState, type KeyboardEvent, type RefObject } from 'react';
import type { Row } from '../rows';

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

export function useRowKeys(
    scroller: RefObject<HTMLElement>, rows: readonly Row[], virtualizer: Virtualizer<HTMLDivElement, Element>,
): { current: string | undefined; onKeyDown: (event: KeyboardEvent) => void } {
    const [current, setCurrent] = useState<string>();
    const onKeyDown = (event: KeyboardEvent) => {
        const step = STEPS[event.key];
        const origin = event.target as HTMLElement;
        if (step === undefined || rows.length === 0 || !(origin === scroller.current || origin.matches('.message'))) {
            return;
        }
        event.preventDefault();
        const from = origin === scroller.current ? rows.length : rows.findIndex((row) => row.key === origin.dataset['key']);
        const index = Math.min(rows.length - 1, Math.max(0, from + step));
        const key = rows[index]?.key;
        setCurrent(key);
        virtualizer.scrollToIndex(index, { align: 'auto' });
        /* a row outside the view gets its element first */
        requestAnimationFrame(() => requestAnimationFrame(() => {
            scroller.current?.querySelector<HTMLElement>(`.message[data-key="${CSS.escape(key ?? '')}"]`)?.focus({ preventScroll: true });
        }));
    };
    return { current, onKeyDown };
}
