/*
 * What a person can do. Those that can fail reject with a Problem for the caller to show, or leave it as a note below
 * the message that it is about.
 */
import { Problem, toProblem } from '../api/problem';
import type { Conversation, Message, Reaction, User, Visibility } from '../api/types';
import { connection, endSession, reading, startSession, subscribeToOwn, sync, theOutbox } from './app';
import { client } from './client';
import * as list from './conversations';
import { moderates, readHeld } from './held';
import { historyState, updateHistory } from './histories';
import { entryAt, indexOfPos } from './history';
import { readMembers } from './members';
import { offerNotifications } from './notify';
import { TYPING_EVERY_MS } from './presence';
import { conversationHash, goTo } from './route';
import { me, setSignIn } from './session';
import { setNote, setRefused, setReplyTo, useUi } from './ui';

/** What a person takes with them. */
export interface OwnData {
    user: User;
    exported_at: number;
    conversations: Conversation[];
    messages: Message[];
}

const READ_AFTER_MS = 300;
/** More than these are read from where unread begins, fewer from the end. */
const MANY_UNREAD = 25;

export async function signIn(name: string): Promise<void> {
    setSignIn(await client.signIn(name));
    startSession();
}

export async function signOut(): Promise<void> {
    connection.stop();
    try {
        await client.signOut();
    } catch (error) {
        connection.start();
        throw error;
    }
    endSession();
    goTo('');
}

/** Gives the pages as they arrive, so that a person sees that it goes on. */
export async function exportOwn(progress: (messages: number) => void): Promise<OwnData> {
    const all: OwnData = { user: me(), exported_at: Date.now(), conversations: [], messages: [] };
    let cursor: string | undefined;
    do {
        const page = await client.exportOwn(cursor);
        all.conversations.push(...(page.conversations ?? []));
        all.messages.push(...page.items);
        progress(all.messages.length);
        cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
}

export async function eraseOwn(): Promise<void> {
    await client.eraseOwn();
    endSession('erased');
    goTo('');
}

/** The conversation of the route: subscribe, read, and mark where unread begins. pos: the message to show. */
export async function openConversation(channel: string, pos: number | undefined): Promise<void> {
    const known = list.conversation(channel) ?? (await sync.readConversation(channel));
    if (known instanceof Problem) {
        setRefused(channel, known);
        return;
    }
    const unread = known.role === 'none' ? 0 : known.unread;
    useUi.setState({ divider: unread > 0 ? { channel, pos: known.read_pos } : undefined });
    connection.subscribe(channel);
    void readMembers(channel);
    if (moderates(known)) {
        void readHeld(channel);
    }
    if (pos !== undefined) {
        await sync.jump(channel, pos);
    } else if (unread > MANY_UNREAD) {
        await sync.openAround(channel, known.read_pos);
    } else {
        await sync.open(channel);
    }
}

/** One that is not ours is not followed any longer; its history is kept, and resumed from its place. */
export function closeConversation(channel: string): void {
    if (list.conversation(channel)?.role === 'none') {
        connection.unsubscribe(channel);
    }
}

export function send(channel: string, text: string, replyTo: Message | undefined, mentions: string[]): void {
    theOutbox().add({
        channel,
        draft: {
            client_id: newClientId(),
            text,
            ...(replyTo && { reply_to: replyTo.id }),
            ...(mentions.length > 0 && { mentions }),
        },
        ...(replyTo && { quote: { id: replyTo.id, author: replyTo.author, text: replyTo.text } }),
        written_at: Date.now(),
        state: 'queued',
    });
    setReplyTo(channel, undefined);
    useUi.setState({ divider: undefined });
    if (historyState(channel).history.moreAfter) {
        void sync.readNewest(channel);
    }
    offerNotifications();
}

export async function edit(message: Message, text: string, mentions: string[]): Promise<void> {
    const answer = await client.edit(message.channel, message.id, text, mentions);
    sync.changed(message.channel, 'message.edited', answer.message, answer.pos);
    setNote(message.id, undefined);
}

export async function remove(message: Message): Promise<void> {
    await noting(message, async () => {
        const answer = await client.remove(message.channel, message.id);
        sync.changed(message.channel, 'message.deleted', answer.message, answer.pos);
    });
}

/** Shown at once, taken back if it fails. */
export async function react(message: Message, emoji: string): Promise<void> {
    const { channel, pos } = message;
    const on = !message.reactions?.some((one) => one.emoji === emoji && one.users.some((user) => user.id === me().id));
    const show = (reactions: Reaction[] | undefined, version?: number) =>
        updateHistory(channel, (history) => {
            const entry = entryAt(history, pos);
            if (!entry || (version !== undefined && entry.version > version)) {
                return history;
            }
            const entries = history.entries.slice();
            entries[indexOfPos(entries, pos)] = { message: { ...entry.message, reactions }, version: version ?? entry.version };
            return { ...history, entries };
        });
    show(withReaction(message.reactions ?? [], emoji, on));
    await noting(message, async () => {
        try {
            const answer = await client.react(channel, message.id, emoji, on);
            show(answer.reactions, answer.pos);
        } catch (error) {
            const now = entryAt(historyState(channel).history, pos)?.message.reactions ?? [];
            show(withReaction(now, emoji, !on));
            throw error;
        }
    });
}

function withReaction(reactions: Reaction[], emoji: string, on: boolean): Reaction[] {
    const mine = me();
    const known = reactions.find((one) => one.emoji === emoji);
    const others = known?.users.filter((user) => user.id !== mine.id) ?? [];
    const hadMe = known !== undefined && others.length < known.users.length;
    const count = (known?.count ?? 0) + (on ? 1 : 0) - (hadMe ? 1 : 0);
    const changed = { emoji, count, users: on ? [...others, mine] : others };
    const next = known ? reactions.map((one) => (one === known ? changed : one)) : [...reactions, changed];
    return next.filter((one) => one.count > 0);
}

async function noting(message: Message, what: () => Promise<void>): Promise<void> {
    setNote(message.id, undefined);
    try {
        await what();
    } catch (error) {
        setNote(message.id, toProblem(error));
    }
}

export async function createConversation(title: string, visibility: Visibility): Promise<void> {
    joined(await client.createConversation(title, visibility));
}

export async function join(channel: string): Promise<void> {
    joined(await client.join(channel));
}

export async function acceptInvitation(code: string): Promise<void> {
    joined(await client.acceptInvitation(code));
}

function joined(conversation: Conversation): void {
    setRefused(conversation.channel, undefined);
    list.upsertConversation(conversation);
    subscribeToOwn();
    goTo(conversationHash(conversation.channel));
}

export async function leave(channel: string): Promise<void> {
    await client.leave(channel);
    connection.unsubscribe(channel);
    sync.forget(channel);
    const known = list.conversation(channel);
    if (known?.visibility === 'public') {
        list.upsertConversation({ ...known, role: 'none', unread: 0, mentions: 0 });
    } else {
        list.removeConversation(channel);
    }
    goTo('');
}

let readTimer = 0;

/** The person looks at the newest message; said to the daemon once a moment. */
export function lookAtEnd(): void {
    window.clearTimeout(readTimer);
    readTimer = window.setTimeout(() => {
        const channel = reading();
        const known = channel === undefined ? undefined : list.conversation(channel);
        const newest = channel === undefined ? 0 : historyState(channel).history.newestPos;
        if (channel === undefined || !known || known.role === 'none' || newest <= known.read_pos) {
            return;
        }
        connection.read(channel, newest).then(
            (read) => list.applyRead({ ...read, channel }),
            () => undefined, /* said again with the next message or the next connection */
        );
    }, READ_AFTER_MS);
}

/* joining, and reading the list again, may bring unread ones that are before the eyes already */
list.useConversations.subscribe(lookAtEnd);

let typedAt = 0;
let typedIn = '';

export function typing(channel: string, active: boolean): void {
    const now = Date.now();
    if (active && typedIn === channel && now - typedAt < TYPING_EVERY_MS) {
        return;
    }
    if (!active && typedIn !== channel) {
        return;
    }
    typedAt = now;
    typedIn = active ? channel : '';
    connection.typing(channel, active);
}

/** crypto.randomUUID() is missing where the page came over plain HTTP from another machine. */
function newClientId(): string {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
