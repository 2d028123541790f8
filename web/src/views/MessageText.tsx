/*
 * The text of a message: links, line breaks, `code` and the names of those who are mentioned. Everything becomes text
 * nodes; nothing is ever parsed as HTML.
 */
import { Fragment, memo, type ReactNode } from 'react';

const TOKENS = /(```[\s\S]+?```|`[^`\n]+`|https?:\/\/[^\s<>"'`]+)/g;
const EMOJI = String.raw`(?:\p{RI}{2}|\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})?)*)`;
const ONLY_EMOJI = new RegExp(`^(?:${EMOJI}\\s?){1,3}$`, 'u');
const LARGEST_EMOJI_TEXT = 40;

interface Props {
    text: string;
    /** Names to mark where the text has `@name`; mine are marked stronger. */
    mentions: readonly string[];
    myName: string;
}

export const MessageText = memo(function MessageText({ text, mentions, myName }: Props) {
    const parts = text.split(TOKENS);
    /* a block stands on lines of its own: the breaks around it would be empty lines */
    const shown = parts.map((part, index) => {
        const start = isBlock(parts[index - 1]) && part.startsWith('\n') ? 1 : 0;
        return part.slice(start, isBlock(parts[index + 1]) && part.length > start && part.endsWith('\n') ? -1 : undefined);
    });
    return <>{shown.map((part, index) => <Fragment key={index}>{renderPart(part, mentions, myName)}</Fragment>)}</>;
});

/** A few emoji and nothing else: shown large. */
export function isOnlyEmoji(text: string): boolean {
    return text.length <= LARGEST_EMOJI_TEXT && ONLY_EMOJI.test(text);
}

function isBlock(part: string | undefined): boolean {
    return part !== undefined && part.length > 6 && part.startsWith('```') && part.endsWith('```');
}

function renderPart(part: string, mentions: readonly string[], myName: string): ReactNode {
    if (isBlock(part)) {
        return <code className="code-block">{part.slice(3, -3).replace(/^\n|\n$/g, '')}</code>;
    }
    if (part.length > 2 && part.startsWith('`') && part.endsWith('`')) {
        return <code>{part.slice(1, -1)}</code>;
    }
    if (/^https?:\/\//.test(part)) {
        return renderLink(part);
    }
    return mentions.length === 0 ? part : renderMentions(part, mentions, myName);
}

/** A full stop or bracket after an address belongs to the sentence. */
function renderLink(part: string): ReactNode {
    const tail = /[.,;:!?)\]}]+$/.exec(part)?.[0] ?? '';
    const trimmed = tail.startsWith(')') && part.includes('(') ? part : part.slice(0, part.length - tail.length);
    const rest = part.slice(trimmed.length);
    if (!isAddress(trimmed)) {
        return part;
    }
    return (
        <>
            <a href={trimmed} target="_blank" rel="noopener noreferrer nofollow">{trimmed}</a>
            {rest}
        </>
    );
}

function isAddress(text: string): boolean {
    try {
        return ['http:', 'https:'].includes(new URL(text).protocol);
    } catch {
        return false;
    }
}

function renderMentions(part: string, mentions: readonly string[], myName: string): ReactNode {
    const names = [...mentions].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return part.split(new RegExp(`(@(?:${names.join('|')}))`, 'g')).map((piece, index) =>
        piece.startsWith('@') && mentions.includes(piece.slice(1)) ? (
            <span key={index} className={piece.slice(1) === myName ? 'mention mention-me' : 'mention'}>{piece}</span>
        ) : (
            piece
        ),
    );
}
