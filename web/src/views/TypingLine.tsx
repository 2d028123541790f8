import type { User } from '../api/types';
import { usePresence } from '../state/presence';
import { S } from '../strings';

const NOBODY: readonly User[] = [];

export function TypingLine({ channel }: { channel: string }) {
    const users = usePresence((state) => state.typing[channel]) ?? NOBODY;
    return (
        <div className="typing-line" data-testid="typing">
            {users.length > 0 && (
                <>
                    <span className="typing-dots" aria-hidden="true"><i /><i /><i /></span>
                    <span dir="auto">{typingText(users)}</span>
                </>
            )}
        </div>
    );
}

function typingText(users: readonly User[]): string {
    const [first, second] = users.map((user) => user.name) as [string, string];
    if (users.length === 1) {
        return S.typingOne(first);
    }
    return users.length === 2 ? S.typingTwo(first, second) : S.typingMany(first, users.length - 1);
}
