/*
 * Telling a person who looks elsewhere: notifications of the browser, and the words for the screen reader.
 */
import { create } from 'zustand';
import type { Message } from '../api/types';
import { shelf } from './shelf';
import { conversationHash, goTo } from './route';
import { S } from '../strings';

/** `ask`: it would be useful now, and the person was not asked yet. */
type Wish = 'unasked' | 'ask' | 'on' | 'off';

const keptWish = shelf<Wish>('notify');

export const useNotify = create<{ wish: Wish }>(() => ({ wish: keptWish.read('unasked') }));

function setWish(wish: Wish): void {
    if (wish !== 'ask') {
        keptWish.write(wish);
    }
    useNotify.setState({ wish });
}

/** Somebody may answer now: the first time this happens we ask. */
export function offerNotifications(): void {
    if (useNotify.getState().wish === 'unasked' && 'Notification' in window && Notification.permission === 'default') {
        setWish('ask');
    }
}

export async function turnNotifications(on: boolean): Promise<void> {
    if (!on || !('Notification' in window)) {
        setWish('off');
        return;
    }
    setWish((await Notification.requestPermission()) === 'granted' ? 'on' : 'off');
}

export function notify(message: Message, title: string): void {
    if (useNotify.getState().wish !== 'on' || !('Notification' in window) || Notification.permission !== 'granted') {
        return;
    }
    const body = `${message.author.name}: ${message.text.slice(0, 200)}`;
    const shown = new Notification(title, { body, tag: message.channel, icon: '/icon.svg' });
    shown.onclick = () => {
        window.focus();
        goTo(conversationHash(message.channel));
        shown.close();
    };
}

const ANNOUNCE_MS = 500;
let waiting: string[] = [];
let timer = 0;

export const useAnnouncement = create<{ text: string }>(() => ({ text: '' }));

/** Read out soon; many at once become a number. */
export function announceMessage(message: Message): void {
    waiting.push(S.announceMessage(message.author.name, message.text.slice(0, 300)));
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
        announce(waiting.length === 1 ? (waiting[0] as string) : S.newMessages(waiting.length));
        waiting = [];
    }, ANNOUNCE_MS);
}

export function announce(text: string): void {
    useAnnouncement.setState({ text });
}
