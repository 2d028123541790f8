import { useMemo } from 'react';
import type { Member, Role, User } from '../../api/types';
import { client } from '../../state/client';
import { useConversations } from '../../state/conversations';
import { dropMember, mayInvite, putMember, readMembers, useMembers } from '../../state/members';
import { usePresence } from '../../state/presence';
import { useMe } from '../../state/session';
import { ask, openDialog } from '../../state/ui';
import { S } from '../../strings';
import { Avatar } from '../Avatar';
import { Failure } from '../Failure';
import { IconButton } from '../Icon';
import { useTask } from '../useTask';
import { SidePanel } from './SidePanel';

const NO_MEMBERS: readonly Member[] = [];
const NO_USERS: Readonly<Record<string, User>> = {};
const GIVEN_ROLES: readonly Role[] = ['member', 'moderator', 'owner'];

export default function MembersPanel({ channel }: { channel: string }) {
    const list = useMembers((state) => state.byChannel[channel]);
    const online = usePresence((state) => state.online[channel] ?? NO_USERS);
    const inviting = useConversations((state) => mayInvite(state.byChannel[channel]));
    const members = list?.items ?? NO_MEMBERS;
    const { here, away } = useMemo(() => {
        const sorted = [...members].sort((a, b) => a.user.name.localeCompare(b.user.name));
        const visitors = Object.values(online)
            .filter((user) => !members.some((member) => member.user.id === user.id))
            .map((user): Member => ({ user, role: 'none', joined_at: 0, read_pos: 0 }));
        return {
            here: [...sorted.filter((member) => online[member.user.id]), ...visitors],
            away: sorted.filter((member) => !online[member.user.id]),
        };
    }, [members, online]);
    return (
        <SidePanel title={S.members}>
            {inviting && <button type="button" className="button only-phone" onClick={() => openDialog('invite')}>{S.invite}</button>}
            {list?.failed && <Failure what={S.couldNotReadMembers} problem={list.failed} onRetry={() => void readMembers(channel)} />}
            {list?.loading && members.length === 0 && <p className="hint" role="status">{S.loading}</p>}
            <Group title={S.online} channel={channel} members={here} online />
            <Group title={S.offline} channel={channel} members={away} />
            {list?.cursor !== undefined && (
                <button type="button" className="link-button" onClick={() => void readMembers(channel, list.cursor)}>{S.loadMore}</button>
            )}
        </SidePanel>
    );
}

function Group({ title, channel, members, online }: { title: string; channel: string; members: Member[]; online?: boolean }) {
    if (members.length === 0) {
        return null;
    }
    return (
        <section>
            <h3 className="section-title">{title} <span>{members.length}</span></h3>
            <ul className="member-list">
                {members.map((member) => <MemberItem key={member.user.id} channel={channel} member={member} online={online ?? false} />)}
            </ul>
        </section>
    );
}

function MemberItem({ channel, member, online }: { channel: string; member: Member; online: boolean }) {
    const me = useMe();
    const myRole = useConversations((state) => state.byChannel[channel]?.role);
    const { busy, problem, run } = useTask();
    const { user, role } = member;
    const mayChange = user.id !== me.id && role !== 'none' && (myRole === 'owner' || (myRole === 'moderator' && role !== 'owner'));
    const setRole = (next: Role) => run(async () => putMember(channel, await client.setRole(channel, user.id, next)));
    const removeMember = () => ask({
        title: S.removeMember(user.name),
        lead: S.removeMemberLead,
        verb: S.remove,
        run: async () => {
            await client.removeMember(channel, user.id);
            dropMember(channel, user.id);
        },
    });
    return (
        <li className="member">
            <Avatar user={user} online={online} small />
            <span className="member-name">
                <span><bdi>{user.name}</bdi>{user.id === me.id && S.youSuffix}</span>
                {mayChange && (
                    <select
                        aria-label={S.roleOf(user.name)} value={role} disabled={busy}
                        onChange={(event) => void setRole(event.target.value as Role)}
                    >
                        {GIVEN_ROLES.filter((one) => one !== 'owner' || myRole === 'owner').map((one) => (
                            <option key={one} value={one}>{S.roles[one]}</option>
                        ))}
                    </select>
                )}
            </span>
            {mayChange && <IconButton icon="close" label={S.removeMember(user.name)} disabled={busy} onClick={removeMember} />}
            {!mayChange && role !== 'member' && <span className="member-role">{S.roles[role]}</span>}
            {problem && <Failure problem={problem} />}
        </li>
    );
}
