import { useMemo } from 'react';
import type { Member, User } from '../api/types';
import { useMembers } from '../state/members';
import { usePresence } from '../state/presence';
import { useMe } from '../state/session';

const NONE: readonly string[] = [];
const NO_MEMBERS: readonly Member[] = [];
const NO_USERS: Readonly<Record<string, User>> = {};

/** The names of the mentioned, as far as this page knows them. */
export function useMentionNames(channel: string, ids: readonly string[] | undefined): readonly string[] {
    const mentioned = ids !== undefined && ids.length > 0;
    const members = useMembers((state) => (mentioned ? (state.byChannel[channel]?.items ?? NO_MEMBERS) : NO_MEMBERS));
    const online = usePresence((state) => (mentioned ? (state.online[channel] ?? NO_USERS) : NO_USERS));
    const me = useMe();
    return useMemo(() => {
        if (!ids || ids.length === 0) {
            return NONE;
        }
        const known = [me, ...members.map((member) => member.user), ...Object.values(online)];
        return [...new Set(known.filter((user) => ids.includes(user.id)).map((user) => user.name))];
    }, [ids, members, online, me]);
}
