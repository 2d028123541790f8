/*
 * The members of the conversations that were opened, for the list beside the history and for mentions.
 */
import { create } from 'zustand';
import { toProblem, type Problem } from '../api/problem';
import type { ChannelEvent, Conversation, Member, MemberEventData } from '../api/types';
import { client } from './client';
import { moderates } from './held';
import { setOnline, usePresence } from './presence';

export interface MemberList {
    items: readonly Member[];
    /** of the next page; undefined: all are here */
    cursor: string | undefined;
    loading: boolean;
    failed: Problem | undefined;
}

export const useMembers = create<{ byChannel: Readonly<Record<string, MemberList>> }>(() => ({ byChannel: {} }));

/** Whether the person may show others the way in. */
export function mayInvite(conversation: Conversation | undefined): boolean {
    return conversation?.visibility === 'public' || moderates(conversation);
}

const NONE: MemberList = { items: [], cursor: undefined, loading: false, failed: undefined };

function change(channel: string, next: Partial<MemberList>): void {
    useMembers.setState((state) => ({
        byChannel: { ...state.byChannel, [channel]: { ...(state.byChannel[channel] ?? NONE), ...next } },
    }));
}

export async function readMembers(channel: string, cursor?: string): Promise<void> {
    change(channel, { loading: true, failed: undefined });
    try {
        const page = await client.members(channel, cursor);
        const before = cursor === undefined ? [] : (useMembers.getState().byChannel[channel]?.items ?? []);
        change(channel, { items: [...before, ...page.items], cursor: page.cursor, loading: false });
        const online = page.items.filter((member) => member.online).map((member) => member.user);
        setOnline(channel, [...Object.values(usePresence.getState().online[channel] ?? {}), ...online]);
    } catch (error) {
        change(channel, { loading: false, failed: toProblem(error) });
    }
}

export function putMember(channel: string, member: Member): void {
    const items = useMembers.getState().byChannel[channel]?.items ?? [];
    const known = items.some((one) => one.user.id === member.user.id);
    change(channel, { items: known ? items.map((one) => (one.user.id === member.user.id ? member : one)) : [...items, member] });
}

export function dropMember(channel: string, userId: string): void {
    const items = useMembers.getState().byChannel[channel]?.items ?? [];
    change(channel, { items: items.filter((one) => one.user.id !== userId) });
}

export function applyMemberEvent(event: ChannelEvent): void {
    if (!useMembers.getState().byChannel[event.channel]) {
        return;
    }
    const { user, role } = event.data as MemberEventData;
    if (event.event === 'member.left') {
        dropMember(event.channel, user.id);
    } else {
        const known = useMembers.getState().byChannel[event.channel]?.items.find((one) => one.user.id === user.id);
        putMember(event.channel, { joined_at: event.at, read_pos: 0, ...known, user, role });
    }
}
