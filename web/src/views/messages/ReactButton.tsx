import type { Message } from '../../api/types';
import { react } from '../../state/actions';
import { S } from '../../strings';
import { EmojiButton } from '../EmojiButton';

export function ReactButton({ message, className, focusable = true }: { message: Message; className: string; focusable?: boolean }) {
    return <EmojiButton label={S.react} className={className} focusable={focusable} onPick={(emoji) => void react(message, emoji)} />;
}
