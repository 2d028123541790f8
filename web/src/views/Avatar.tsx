import type { User } from '../api/types';
import { colourOf, initials } from './format';

/** Decoration: the name stands beside it. */
export function Avatar({ user, online, small }: { user: User; online?: boolean; small?: boolean }) {
    return (
        <span className={`avatar avatar-${colourOf(user.id)}${small ? ' avatar-small' : ''}`} aria-hidden="true">
            {initials(user.name)}
            {online && <span className="dot" />}
        </span>
    );
}
