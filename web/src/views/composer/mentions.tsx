/*
 * Completion of `@name` while writing: a list box that the text field keeps the focus of.
 */
import { useId, useMemo, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Member, User } from '../../api/types';
import { useMembers } from '../../state/members';
import { usePresence } from '../../state/presence';
import { useMe } from '../../state/session';
import { S } from '../../strings';
import { Avatar } from '../Avatar';

const SHOWN = 6;
const NO_MEMBERS: readonly Member[] = [];
const NO_USERS: Readonly<Record<string, User>> = {};

export interface MentionCompletion {
    id: string;
    found: readonly User[];
    active: number;
    pick: (user: User) => void;
    /** True: the key was for the list. */
    onKeyDown: (event: KeyboardEvent) => boolean;
    /** The ids of those whom the text names. */
    idsIn: (text: string) => string[];
    aria: React.AriaAttributes;
}

export function useMentionCompletion(
    channel: string, field: RefObject<HTMLTextAreaElement>, text: string, change: (text: string) => void,
): MentionCompletion {
    const id = useId();
    const people = usePeople(channel);
    const [active, setActive] = useState(0);
    const [dismissed, setDismissed] = useState(text); /* what is there already was not written now */
    const caret = field.current?.selectionStart ?? text.length;
    const query = /(?:^|\s)@([^\s@]{0,40})$/.exec(text.slice(0, caret))?.[1];
    const found = useMemo(() => (query === undefined || dismissed === text ? [] : search(people, query)), [people, query, dismissed, text]);
    const current = Math.min(active, Math.max(0, found.length - 1));

    const pick = (user: User) => {
        const start = caret - (query?.length ?? 0);
        const next = `${text.slice(0, start)}${user.name} ${text.slice(caret)}`;
        change(next);
        setDismissed(next); /* the list would open again before the caret has moved behind the name */
        setActive(0);
        const after = start + user.name.length + 1;
        requestAnimationFrame(() => {
            field.current?.focus();
            field.current?.setSelectionRange(after, after);
        });
    };
    const onKeyDown = (event: KeyboardEvent): boolean => {
        if (found.length === 0) {
            return false;
        }
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            setActive((current + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length);
        } else if (event.key === 'Enter' || event.key === 'Tab') {
            pick(found[current] as User);
        } else if (event.key === 'Escape') {
            setDismissed(text);
        } else {
            return false;
        }
        event.preventDefault();
        return true;
    };
    const open = found.length > 0;
    return {
        id, found, active: current, pick, onKeyDown,
        idsIn: (written) => people.filter((user) => written.includes(`@${user.name}`)).map((user) => user.id),
        aria: {
            'aria-autocomplete': 'list',
            'aria-haspopup': 'listbox',
            'aria-controls': open ? id : undefined,
            'aria-activedescendant': open ? `${id}-${current}` : undefined,
        },
    };
}

function usePeople(channel: string): readonly User[] {
    const members = useMembers((state) => state.byChannel[channel]?.items ?? NO_MEMBERS);
    const online = usePresence((state) => state.online[channel] ?? NO_USERS);
    const me = useMe();
    return useMemo(() => {
        const byId = new Map<string, User>();
        for (const user of [...members.map((member) => member.user), ...Object.values(online)]) {
            if (user.id !== me.id) {
                byId.set(user.id, user);
            }
        }
        return [...byId.values()];
    }, [members, online, me.id]);
}

function search(people: readonly User[], query: string): readonly User[] {
    const wanted = query.toLocaleLowerCase();
    return people
        .filter((user) => user.name.toLocaleLowerCase().split(/\s+/).some((word) => word.startsWith(wanted)))
        .sort((a, b) => a.name.localeCompare(b.name))
        .slice(0, SHOWN);
}

export function MentionList({ completion }: { completion: MentionCompletion }) {
    const { id, found, active, pick } = completion;
    if (found.length === 0) {
        return null;
    }
    return (
        <ul className="popover mention-list" role="listbox" id={id} aria-label={S.mentionPeople}>
            {found.map((user, index) => (
                <li
                    key={user.id} id={`${id}-${index}`} role="option" aria-selected={index === active}
                    onMouseDown={(event) => {
                        event.preventDefault();
                        pick(user);
                    }}
                >
                    <Avatar user={user} small /><bdi>{user.name}</bdi>
                </li>
            ))}
        </ul>
    );
}
