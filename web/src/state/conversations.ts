/*
 * The conversation list: what the daemon said last, moved on by the events since.
 *
 * A conversation's last_pos says which changes its numbers already count, so that a list that was read again and the
 * events that a reconnect brings do not count a message twice.
 */
import { create } from 'zustand';
import type { Problem } from '../api/problem';
import type {
    ChannelEvent, Conversation, ConversationEventData, MemberEventData, Message, MessageEventData, ReadState,
} from '../api/types';
import { without } from './record';

interface Conversations {
    byChannel: Readonly<Record<string, Conversation>>;
    loaded: boolean;
    failed: Problem | undefined;
}

export const useConversations = create<Conversations>(() => ({ byChannel: {}, loaded: false, failed: undefined }));

export function conversation(channel: string): Conversation | undefined {
    return useConversations.getState().byChannel[channel];
}

/** When each was last changed by anything but a list: one that was asked for before knows less about it. */
const changes = new Map<string, number>();
let clock = 0;

/** To be remembered while a list is asked for. */
export function listClock(): number {
    return clock;
}

function put(next: Conversation): void {
    changes.set(next.channel, ++clock);
    useConversations.setState((state) => ({ byChannel: { ...state.byChannel, [next.channel]: next } }));
}

/** Takes the daemon's word, except where an event has already told us more. */
export function upsertConversation(fresh: Conversation): void {
    put(newerOf(conversation(fresh.channel), fresh));
}

function newerOf(known: Conversation | undefined, fresh: Conversation): Conversation {
    if (known?.epoch !== fresh.epoch || fresh.last_pos >= known.last_pos) {
        return fresh;
    }
    const { last_pos, unread, mentions, last_message } = known;
    return { ...fresh, last_pos, unread, mentions, ...(last_message && { last_message }) };
}

/** A whole list: what is not in it is gone, except what is open and what came after it was asked for (listClock). */
export function setConversations(list: Conversation[], keep: string | undefined, asked: number): void {
    const old = useConversations.getState().byChannel;
    const changedSince = (channel: string) => (changes.get(channel) ?? 0) > asked;
    const byChannel: Record<string, Conversation> = {};
    for (const fresh of list) {
        const known = old[fresh.channel];
        if (known || !changedSince(fresh.channel)) {
            byChannel[fresh.channel] = newerOf(known, fresh);
        }
    }
    for (const known of Object.values(old)) {
        if (!byChannel[known.channel] && (known.channel === keep || changedSince(known.channel))) {
            byChannel[known.channel] = known;
        }
    }
    useConversations.setState({ byChannel, loaded: true, failed: undefined });
}

export function removeConversation(channel: string): void {
    changes.set(channel, ++clock);
    useConversations.setState((state) => {
        return { byChannel: without(state.byChannel, channel) };
    });
}

export function applyRead(read: ReadState): void {
    const known = conversation(read.channel);
    if (known && read.pos >= known.read_pos) {
        put({ ...known, read_pos: read.pos, unread: read.unread, mentions: read.mentions });
    }
}

export interface Reader {
    id: string;
    /** The channel whose newest messages are being looked at. */
    reading: string | undefined;
}

/** Whether the event was new to the list. */
export function applyToList(event: ChannelEvent, me: Reader): boolean {
    const known = conversation(event.channel);
    if (!known || event.pos === undefined || (event.epoch === known.epoch && event.pos <= known.last_pos)) {
        return false;
    }
    put({ ...changed(known, event, me), last_pos: event.pos, ...(event.epoch !== undefined && { epoch: event.epoch }) });
    return true;
}

function changed(known: Conversation, event: ChannelEvent, me: Reader): Conversation {
    switch (event.event) {
    case 'message.new':
        return withMessage(known, (event.data as MessageEventData).message, me);
    case 'message.edited':
    case 'message.deleted': {
        const { message } = event.data as MessageEventData;
        return known.last_message?.id === message.id ? { ...known, last_message: message } : known;
    }
    case 'member.joined':
    case 'member.left':
    case 'member.role': {
        const { user, role } = event.data as MemberEventData;
        const step = event.event === 'member.joined' ? 1 : event.event === 'member.left' ? -1 : 0;
        return { ...known, members: known.members + step, ...(user.id === me.id && { role }) };
    }
    case 'conversation.created':
    case 'conversation.updated': {
        const { title, visibility } = event.data as ConversationEventData;
        return { ...known, title, visibility };
    }
    default:
        return known;
    }
}

function withMessage(known: Conversation, message: Message, me: Reader): Conversation {
    const counts = message.author.id !== me.id && me.reading !== known.channel;
    return {
        ...known,
        last_message: message,
        unread: known.unread + (counts ? 1 : 0),
        mentions: known.mentions + (counts && message.mentions?.includes(me.id) ? 1 : 0),
    };
}

/** Newest activity first. */
export function byActivity(a: Conversation, b: Conversation): number {
    return activityOf(b) - activityOf(a);
}

function activityOf(one: Conversation): number {
    return one.last_message?.created_at ?? one.created_at;
}
