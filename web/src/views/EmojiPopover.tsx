import { EmojiPicker, type EmojiPickerListProps } from 'frimousse';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { S } from '../strings';

interface Props {
    anchor: HTMLElement;
    onPick: (emoji: string) => void;
    onClose: () => void;
}

/* The picker counts rows and columns from 0; ARIA counts from 1. */
const CELLS: EmojiPickerListProps['components'] = {
    Row: ({ children, ...props }) => <div {...props} aria-rowindex={fromOne(props['aria-rowindex'])}>{children}</div>,
    Emoji: ({ emoji, ...props }) => <button type="button" {...props} aria-colindex={fromOne(props['aria-colindex'])}>{emoji.emoji}</button>,
};

function fromOne(index: number | undefined): number | undefined {
    return index === undefined ? undefined : index + 1;
}

const WIDTH = 336;
const HEIGHT = 360;
const GAP = 8;

export default function EmojiPopover({ anchor, onPick, onClose }: Props) {
    const box = useRef<HTMLDivElement>(null);
    const columns = window.matchMedia('(pointer: coarse)').matches ? 7 : 8;
    const [place, setPlace] = useState<{ left: number; top: number }>();
    useLayoutEffect(() => {
        const { left, top, bottom } = anchor.getBoundingClientRect();
        const above = top - HEIGHT - GAP;
        setPlace({
            left: Math.max(GAP, Math.min(left, window.innerWidth - WIDTH - GAP)),
            top: above >= GAP ? above : Math.max(GAP, Math.min(bottom + GAP, window.innerHeight - HEIGHT - GAP)),
        });
    }, [anchor]);
    useEffect(() => {
        const outside = (event: PointerEvent) => {
            if (!box.current?.contains(event.target as Node) && !anchor.contains(event.target as Node)) {
                onClose();
            }
        };
        document.addEventListener('pointerdown', outside);
        return () => document.removeEventListener('pointerdown', outside);
    }, [anchor, onClose]);
    return createPortal(
        <div
            ref={box} className="popover emoji-popover" role="dialog" aria-label={S.emoji} style={place}
            onKeyDown={(event) => {
                if (event.key === 'Escape') {
                    event.preventDefault();
                    onClose();
                }
            }}
        >
            <EmojiPicker.Root className="emoji-root" emojibaseUrl="/emoji" columns={columns} onEmojiSelect={({ emoji }) => onPick(canonical(emoji))}>
                <EmojiPicker.Search className="emoji-search" autoFocus aria-label={S.searchEmoji} placeholder={S.searchEmoji} />
                <EmojiPicker.Viewport className="emoji-viewport">
                    <EmojiPicker.Loading className="emoji-word">{S.loading}</EmojiPicker.Loading>
                    <EmojiPicker.Empty className="emoji-word">{S.noEmoji}</EmojiPicker.Empty>
                    <EmojiPicker.List className="emoji-list" components={CELLS} />
                </EmojiPicker.Viewport>
            </EmojiPicker.Root>
        </div>,
        document.body,
    );
}

/** Without a variation selector that changes nothing: others' pickers leave it out, and it would count as another emoji. */
function canonical(emoji: string): string {
    return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, '$1');
}
