/*
 * Puts the parts together: the client, the connection, the sync engine and the outbox of the person who is signed in.
 */
import { firstKind, transportMaker } from '@transports';
import { Connection, type ConnectionStatus } from '../api/connection';
import { offlineProblem, toProblem, type Problem } from '../api/problem';
import type { ChannelEvent, Held, HeldEventData, MemberEventData, MessageEventData, ReadState, Subscribed, User } from '../api/types';
import { client, onUnauthorized } from './client';
import { useConnection } from './connection';
import * as list from './conversations';
import { loadDrafts } from './drafts';
import { addHeld, clearHeld, dropHeld, moderates, readHeld, useHeld } from './held';
import { applyMemberEvent } from './members';
import { announceMessage, notify } from './notify';
import { Outbox, useOutbox } from './outbox';
import { clearPresence, setOnline, setTyping, userCame, userWent } from './presence';
import { useRoute } from './route';
import { me, setSignIn, token, useSession, type SessionEnd } from './session';
import { readServerConfig } from './serverConfig';
import { shelf } from './shelf';
import { Sync } from './sync';
import { setRefused, useUi } from './ui';

const CONVERSATIONS = '#conversations';
const OWN = '#user';
/** The daemon limits the subscriptions of a session; the most active conversations are followed. */
const FOLLOWED = 150;
const REFRESH_BEFORE_MS = 5 * 60_000;

export const sync = new Sync(client, {
    noticed: (event) => noticed(event),
    reader: () => ({ id: me().id, reading: reading() }),
});

export const connection = new Connection(
    transportMaker(typeof location === 'undefined' ? '' : location.origin, client, () => token() ?? ''),
    () => client.config().then(() => true, () => false),
    {
        status: (status, detail) => statusChanged(status, detail),
        connected: () => connected(),
        subscribed: (answer) => subscribed(answer),
        unsubscribed: (channel, problem) => unsubscribed(channel, problem),
        event: (event) => sync.event(event),
        place: (channel) => sync.place(channel),
        renewToken: () => renewToken(),
    },
    firstKind,
);

onUnauthorized(() => void sessionEnded());

let outbox: Outbox | undefined;
let refreshTimer = 0;

export function theOutbox(): Outbox {
    if (!outbox) {
        throw offlineProblem();
    }
    return outbox;
}

/** The channel whose newest messages the person has before the eyes. */
export function reading(): string | undefined {
    return useUi.getState().atEnd && document.visibilityState === 'visible' && document.hasFocus()
        ? useRoute.getState().channel
        : undefined;
}

/** Signed in, by form or from the browser's storage. */
export function startSession(): void {
    loadDrafts(me().id);
    outbox = new Outbox(
        {
            publish: (channel, draft) => connection.publish(channel, draft),
            published: (outgoing, answer) => sync.published(outgoing.channel, answer),
        },
        shelf(`outbox.${me().id}`),
    );
    scheduleRefresh();
    readServerConfig();
    connection.subscribe(CONVERSATIONS);
    connection.start();
    void sync.readConversations(useRoute.getState().channel).then(subscribeToOwn);
}

/** why: what the next sign-in form says; nothing where it was the person's own wish. */
export function endSession(why?: SessionEnd): void {
    window.clearTimeout(refreshTimer);
    connection.reset();
    outbox = undefined;
    sync.forgetAll();
    clearPresence();
    clearHeld();
    useOutbox.setState({ items: [] });
    list.useConversations.setState({ byChannel: {}, loaded: false, failed: undefined });
    useUi.setState({ dialog: undefined, question: undefined, side: undefined, divider: undefined, editing: undefined, notes: {}, refused: {}, replyTo: {} });
    setSignIn(undefined, why);
}

/** An own conversation is followed all the time, for its badge; any other one while it is open. */
export function subscribeToOwn(): void {
    const open = useRoute.getState().channel;
    const own = Object.values(list.useConversations.getState().byChannel).filter((one) => one.role !== 'none');
    own.sort(list.byActivity).slice(0, FOLLOWED).reverse().forEach((one) => connection.subscribe(one.channel));
    if (open !== undefined) {
        connection.subscribe(open);
    }
}

function statusChanged(status: ConnectionStatus, detail: string): void {
    useConnection.setState({ status, detail, transport: connection.transportKind });
    outbox?.setOnline(status === 'online');
    if (status === 'offline') {
        clearPresence();
    }
    if (status === 'stopped' && token() === undefined) {
        void sessionEnded();
    }
}

let listDue = false;

function connected(): void {
    listDue = true;
    readHeldAgain();
}

/** What passed by while nobody listened can't be sent again: the list is read anew, once its events come. */
function readDueList(): void {
    if (listDue) {
        listDue = false;
        void sync.readConversations(useRoute.getState().channel).then(subscribeToOwn);
    }
}

/** Events about them are not repeated. */
function readHeldAgain(): void {
    Object.keys(useHeld.getState().byChannel).filter((one) => moderates(list.conversation(one))).forEach((one) => void readHeld(one));
}

function subscribed(answer: Subscribed): void {
    setRefused(answer.channel, undefined);
    if (answer.users) {
        setOnline(answer.channel, answer.users);
    }
    sync.subscribed(answer);
    if (answer.channel === CONVERSATIONS) {
        readDueList();
    }
}

function unsubscribed(channel: string, problem: Problem): void {
    if (channel === CONVERSATIONS) {
        readDueList(); /* this server tells nobody of new ones */
    } else if (problem.code === 'visibility_changed') {
        connection.subscribe(channel); /* a member goes on where they were; nobody else is let in */
    } else if (problem.code !== 'subscription_limit') {
        sync.forget(channel);
        setRefused(channel, problem);
    }
}

function noticed(event: ChannelEvent): void {
    if (event.channel.startsWith(OWN) || event.channel === CONVERSATIONS) {
        personalEvent(event);
        return;
    }
    switch (event.event) {
    case 'message.new':
        newMessage((event.data as MessageEventData));
        break;
    case 'typing': {
        const { user, active } = event.data as { user: User; active: boolean };
        if (user.id !== me().id) {
            setTyping(event.channel, user, active);
        }
        break;
    }
    case 'presence.joined':
        userCame(event.channel, (event.data as { user: User }).user);
        break;
    case 'presence.left':
        userWent(event.channel, (event.data as { user: User }).user);
        break;
    case 'member.joined':
    case 'member.left':
    case 'member.role':
        applyMemberEvent(event);
        if ((event.data as MemberEventData).user.id === me().id) {
            becameMember(event.channel);
        }
        break;
    }
}

/** Or has another role now: who becomes a moderator before an open conversation sees at once what waits there. */
function becameMember(channel: string): void {
    subscribeToOwn();
    if (channel === useRoute.getState().channel && moderates(list.conversation(channel))) {
        void readHeld(channel);
    }
}

function newMessage({ message }: MessageEventData): void {
    setTyping(message.channel, message.author, false);
    if (message.author.id === me().id) {
        if (message.client_id !== undefined && (message.pos as number | undefined) !== undefined) {
            outbox?.seen(message.client_id);
        }
        return;
    }
    if (message.channel === useRoute.getState().channel) {
        announceMessage(message);
    }
    if (reading() !== message.channel && !document.hasFocus()) {
        notify(message, list.conversation(message.channel)?.title ?? message.channel);
    }
}

function personalEvent(event: ChannelEvent): void {
    const data = event.data as { channel: string };
    switch (event.event) {
    case 'conversation.added':
    case 'conversation.announced':
        void sync.readConversation(data.channel).then(() => becameMember(data.channel));
        break;
    case 'conversation.removed':
        conversationLost(data.channel);
        break;
    case 'message.held':
        addHeld((event.data as { held: Held }).held);
        break;
    case 'message.released':
        dropHeld(data.channel, (event.data as HeldEventData).id);
        break;
    case 'message.discarded': {
        dropHeld(data.channel, (event.data as HeldEventData).id);
        const { author, client_id: clientId } = event.data as HeldEventData;
        if (author.id === me().id && clientId !== undefined) {
            outbox?.discarded(clientId);
        }
        break;
    }
    case 'read':
        list.applyRead(event.data as ReadState);
        break;
    }
}

/** A public one can still be read without being a member. */
export function conversationLost(channel: string): void {
    const known = list.conversation(channel);
    if (useRoute.getState().channel !== channel) {
        connection.unsubscribe(channel);
        sync.forget(channel);
    }
    if (known?.visibility === 'public') {
        list.upsertConversation({ ...known, role: 'none' });
    } else {
        list.removeConversation(channel);
    }
}

function scheduleRefresh(): void {
    window.clearTimeout(refreshTimer);
    const expires = useSession.getState().signIn?.expires_at;
    if (expires) {
        const wait = Math.max(10_000, expires - Date.now() - REFRESH_BEFORE_MS);
        refreshTimer = window.setTimeout(() => void renewToken(), Math.min(wait, 2 ** 31 - 1));
    }
}

/** False only where the daemon takes the old token no longer; without a connection the old one stays. */
export async function renewToken(): Promise<boolean> {
    try {
        const fresh = await client.refresh();
        setSignIn(fresh);
        connection.refresh(fresh.token);
        scheduleRefresh();
        return true;
    } catch (error) {
        return toProblem(error).status === 0 || toProblem(error).status >= 500;
    }
}

async function sessionEnded(): Promise<void> {
    await Promise.resolve();
    if (useSession.getState().signIn) {
        endSession('ended');
    }
}
