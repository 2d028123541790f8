/*
 * What passes by: who is online in a channel and who is typing.
 */
import { create } from 'zustand';
import type { User } from '../api/types';
import { without } from './record';

/** A typing sign that is not renewed is shown so long; the sender renews it every TYPING_EVERY_MS. */
const TYPING_SHOWN_MS = 6_000;
export const TYPING_EVERY_MS = 3_000;

interface Presence {
    online: Readonly<Record<string, Readonly<Record<string, User>>>>;
    typing: Readonly<Record<string, readonly User[]>>;
}

export const usePresence = create<Presence>(() => ({ online: {}, typing: {} }));

const timers = new Map<string, ReturnType<typeof setTimeout>>();

export function setOnline(channel: string, users: readonly User[]): void {
    const byId = Object.fromEntries(users.map((user) => [user.id, user]));
    usePresence.setState((state) => ({ online: { ...state.online, [channel]: byId } }));
}

export function userCame(channel: string, user: User): void {
    usePresence.setState((state) => ({ online: { ...state.online, [channel]: { ...state.online[channel], [user.id]: user } } }));
}

export function userWent(channel: string, user: User): void {
    usePresence.setState((state) => ({ online: { ...state.online, [channel]: without(state.online[channel] ?? {}, user.id) } }));
    setTyping(channel, user, false);
}

export function setTyping(channel: string, user: User, active: boolean): void {
    const key = `${channel}\n${user.id}`;
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (active) {
        timers.set(key, setTimeout(() => setTyping(channel, user, false), TYPING_SHOWN_MS));
    }
    const old = usePresence.getState().typing[channel] ?? [];
    if (active || old.some((other) => other.id === user.id)) {
        const others = old.filter((other) => other.id !== user.id);
        usePresence.setState((state) => ({ typing: { ...state.typing, [channel]: active ? [...others, user] : others } }));
    }
}

/** After a lost connection nothing of it is known. */
export function clearPresence(): void {
    timers.forEach((timer) => clearTimeout(timer));
    timers.clear();
    usePresence.setState({ online: {}, typing: {} });
}
