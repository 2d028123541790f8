import type { SyntheticEvent } from 'react';

const GAP_PX = 4;

/** The actions stand over the top of their message; where that is above the view they come down into it. */
export function lowerActions({ currentTarget: row }: SyntheticEvent<HTMLElement>): void {
    const view = row.closest('.history-scroll');
    const actions = row.querySelector('.message-actions');
    if (view && actions) {
        row.style.removeProperty('--lowered');
        const hidden = view.getBoundingClientRect().top + GAP_PX - actions.getBoundingClientRect().top;
        if (hidden > 0) {
            row.style.setProperty('--lowered', `${hidden}px`);
        }
    }
}
