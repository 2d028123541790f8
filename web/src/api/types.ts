/*
 * The objects of the HTTP API and the transports, as daemon/message/README.md and daemon/api/README.md write them down.
 * Times are milliseconds since 1970 (UTC); a pos is the place of a change in its conversation; absent means absent.
 */

export interface User {
    id: string;
    name: string;
}

export interface Reaction {
    emoji: string;
    count: number;
    users: User[];
}

export interface Quote {
    id: string;
    author: User;
    text: string;
}

export interface Message {
    id: string;
    pos: number;
    channel: string;
    author: User;
    text: string;
    data?: unknown;
    client_id?: string;
    created_at: number;
    edited_at?: number;
    deleted_at?: number;
    deleted_by?: string;
    reply_to?: Quote;
    mentions?: string[];
    reactions?: Reaction[];
}

export type Visibility = 'public' | 'invited';
export type Role = 'none' | 'member' | 'moderator' | 'owner';

export interface Conversation {
    channel: string;
    title: string;
    visibility: Visibility;
    created_at: number;
    creator: User;
    epoch: string;
    last_pos: number;
    members: number;
    role: Role;
    read_pos: number;
    unread: number;
    mentions: number;
    last_message?: Message;
}

export interface Member {
    user: User;
    role: Role;
    joined_at: number;
    read_pos: number;
    online?: boolean;
}

export interface Invitation {
    code: string;
    channel: string;
    title: string;
    role: Role;
    expires_at?: number;
    max_uses?: number;
    uses: number;
    by: User;
}

export interface Page<T> {
    items: T[];
    cursor?: string;
}

export interface ExportPage extends Page<Message> {
    conversations?: Conversation[];
}

/** One page of a history, oldest first. last_pos is the conversation's, of any change. */
export interface HistoryPage {
    items: Message[];
    epoch: string;
    last_pos: number;
    first_pos: number;
    more_before: boolean;
    more_after: boolean;
}

export interface SignIn {
    token: string;
    expires_at: number;
    user: User;
}

export interface ServerConfig {
    app: string;
    guest: boolean;
    limits: { text?: number };
    version: string;
    transports: string[];
}

export interface ReadState {
    channel: string;
    pos: number;
    unread: number;
    mentions: number;
}

/** What an author writes; mentions are user ids, reply_to is a message id. */
export interface Draft {
    client_id: string;
    text: string;
    reply_to?: string;
    mentions?: string[];
}

/** No pos: it is not in the history. `held`: it waits for a moderator; else a hook shows it to its author alone. */
export interface Published {
    message: Message;
    epoch: string;
    pos?: number;
    held?: boolean;
    duplicate?: boolean;
}

/** What a hook keeps for a moderator. `event`: it is no message but an own event of this name. */
export interface Held {
    id: string;
    channel: string;
    author: User;
    queue: string;
    reason?: string;
    held_at: number;
    expires_at: number;
    event?: string;
    text?: string;
    data?: unknown;
    client_id?: string;
    reply_to?: string;
    mentions?: string[];
}

/** On the personal channel of its author and of the moderators: what became of a message that was held. */
export interface HeldEventData {
    channel: string;
    id: string;
    client_id?: string;
    author: User;
    by: User;
}

/** Where a reader is in a channel: everything up to pos is known. */
export interface Place {
    epoch: string;
    pos: number;
}

export interface ChannelEvent {
    channel: string;
    epoch?: string;
    pos?: number;
    event: string;
    at: number;
    data: unknown;
}

export interface ChangesPage {
    items: ChannelEvent[];
    epoch: string;
    last_pos: number;
    more: boolean;
}

export interface Subscribed {
    channel: string;
    epoch: string;
    pos: number;
    stored: boolean;
    recovery: 'none' | 'recovered' | 'reset';
    reason?: string;
    users?: User[];
}

export interface MessageEventData {
    message: Message;
    by: User;
}

export interface ReactionEventData {
    message_id: string;
    message_pos: number;
    emoji: string;
    by: User;
    reactions: Reaction[];
}

export interface MemberEventData {
    user: User;
    role: Role;
    by: User;
}

export interface ConversationEventData {
    title: string;
    visibility: Visibility;
    by: User;
}
