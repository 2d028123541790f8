/*
 * Which page is shown, from the URL's fragment: it needs nothing of the daemon and a link to it can be kept.
 *   #/c/<channel>[/<pos>]   a conversation, at a message
 *   #/i/<code>              an invitation
 */
import { create } from 'zustand';

export interface Route {
    channel?: string;
    pos?: number;
    invitation?: string;
}

export function parseRoute(hash: string): Route {
    const [kind, name, pos] = hash.replace(/^#\/?/, '').split('/');
    if (name === undefined || name === '') {
        return {};
    }
    try {
        const text = decodeURIComponent(name);
        const number = Number(pos);
        if (kind === 'c') {
            return number > 0 ? { channel: text, pos: number } : { channel: text };
        }
        return kind === 'i' ? { invitation: text } : {};
    } catch {
        return {};
    }
}

export function conversationHash(channel: string, pos?: number): string {
    return `#/c/${encodeURIComponent(channel)}${pos === undefined ? '' : `/${pos}`}`;
}

export function invitationUrl(code: string): string {
    return `${location.origin}/#/i/${encodeURIComponent(code)}`;
}

export const useRoute = create<Route>(() => (typeof location === 'undefined' ? {} : parseRoute(location.hash)));

export function watchRoute(): void {
    window.addEventListener('hashchange', () => useRoute.setState(parseRoute(location.hash), true));
}

export function goTo(hash: string): void {
    location.hash = hash;
}
