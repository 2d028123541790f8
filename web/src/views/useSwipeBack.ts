import { useRef, type TouchEvent } from 'react';
import { goTo } from '../state/route';

const LEAST_PX = 70;
const MOST_MS = 600;
/** As in the style sheets: one pane at a time below this. */
const PHONE = '(max-width: 720px)';

interface SwipeHandlers {
    onTouchStart: (event: TouchEvent) => void;
    onTouchEnd: (event: TouchEvent) => void;
}

/** On a phone a swipe to the right leads back to the list, wherever it begins but in what scrolls sideways itself. */
export function useSwipeBack(): SwipeHandlers {
    const begin = useRef<{ x: number; y: number; at: number }>();
    return {
        onTouchStart: (event) => {
            const touch = event.touches.length === 1 ? event.touches[0] : undefined;
            begin.current = touch && !scrollsSideways(event.target)
                ? { x: touch.clientX, y: touch.clientY, at: event.timeStamp }
                : undefined;
        },
        onTouchEnd: (event) => {
            const from = begin.current;
            const touch = event.changedTouches[0];
            if (!from || !touch || event.timeStamp - from.at > MOST_MS || !window.matchMedia(PHONE).matches) {
                return;
            }
            const right = touch.clientX - from.x;
            if (right >= LEAST_PX && right > 2 * Math.abs(touch.clientY - from.y) && window.getSelection()?.isCollapsed !== false) {
                goTo('');
            }
        },
    };
}

function scrollsSideways(target: EventTarget): boolean {
    for (let one = target instanceof Element ? target : null; one; one = one.parentElement) {
        if (one.matches('input, textarea') || (one.scrollWidth > one.clientWidth && /auto|scroll/.test(getComputedStyle(one).overflowX))) {
            return true;
        }
    }
    return false;
}
