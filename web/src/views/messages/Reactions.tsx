import type { Message } from '../../api/types';
import { react } from '../../state/actions';
import { useMe } from '../../state/session';
import { S } from '../../strings';
import { joinNames } from '../format';
import { ReactButton } from './ReactButton';

export function Reactions({ message }: { message: Message }) {
    const me = useMe();
    return (
        <div className="reactions">
            {message.reactions?.map(({ emoji, count, users }) => {
                const mine = users.some((user) => user.id === me.id);
                const who = S.reactionBy(emoji, joinNames(users, count, me.id));
                return (
                    <button
                        key={emoji} type="button" className="reaction" aria-pressed={mine} title={who}
                        aria-label={S.reactionLabel(emoji, count, who)} onClick={() => void react(message, emoji)}
                    >
                        <span className="reaction-emoji">{emoji}</span> {count}
                    </button>
                );
            })}
            <ReactButton message={message} className="reaction reaction-add" />
        </div>
    );
}
