/*
 * Messages, events and a server in memory for the tests of this folder.
 */
import type { ChannelEvent, Conversation, HistoryPage, Message, User } from '../api/types';

export const ADA: User = { id: 'ada', name: 'Ada' };
export const BOB: User = { id: 'bob', name: 'Bob' };
export const CHANNEL = 'general';

export function message(pos: number, change: Partial<Message> = {}): Message {
    return { id: `m${pos}`, pos, channel: CHANNEL, author: BOB, text: `text ${pos}`, created_at: pos * 1000, ...change };
}

export function event(name: string, pos: number, data: unknown, epoch = 'e1'): ChannelEvent {
    return { channel: CHANNEL, epoch, pos, event: name, at: pos * 1000, data };
}

export function newMessage(pos: number, epoch = 'e1', change: Partial<Message> = {}): ChannelEvent {
    const data = { message: message(pos, change), by: BOB };
    return event('message.new', pos, data, epoch);
}

export function page(from: number, to: number, change: Partial<HistoryPage> = {}): HistoryPage {
    const items = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => message(from + index));
    return { items, epoch: 'e1', last_pos: to, first_pos: 1, more_before: from > 1, more_after: false, ...change };
}

export function conversation(change: Partial<Conversation> = {}): Conversation {
    return {
        channel: CHANNEL, title: 'General', visibility: 'public', created_at: 0, creator: ADA, epoch: 'e1', last_pos: 0,
        members: 2, role: 'member', read_pos: 0, unread: 0, mentions: 0, ...change,
    };
}
