/*
 * What only this page knows: where the person is looking, what is open, how it should look.
 */
import { create } from 'zustand';
import type { Problem } from '../api/problem';
import type { Message } from '../api/types';
import { withEntry } from './record';
import { shelf } from './shelf';

export type Theme = 'system' | 'light' | 'dark';
export type Dialog = 'switcher' | 'create' | 'invite' | 'settings' | 'details';

/** Something that can't be taken back. A `run` that rejects leaves the question open, with the reason. */
export interface Question {
    title: string;
    lead: string;
    verb: string;
    run: () => Promise<void>;
}

interface Ui {
    theme: Theme;
    dialog: Dialog | undefined;
    /** Asked above everything else that is open. */
    question: Question | undefined;
    side: 'members' | 'search' | 'held' | undefined;
    /** The reader sees the newest message of the open conversation. */
    atEnd: boolean;
    /** Where unread began as the conversation was opened; messages after it are below the divider. */
    divider: { channel: string; pos: number } | undefined;
    replyTo: Readonly<Record<string, Message>>;
    editing: { channel: string; id: string } | undefined;
    /** What went wrong with a message that is stored: shown below it. By message id. */
    notes: Readonly<Record<string, Problem>>;
    /** The conversation itself can't be shown. */
    refused: Readonly<Record<string, Problem>>;
}

const keptTheme = shelf<Theme>('theme');

export const useUi = create<Ui>(() => ({
    theme: keptTheme.read('system'),
    dialog: undefined,
    question: undefined,
    side: undefined,
    atEnd: true,
    divider: undefined,
    replyTo: {},
    editing: undefined,
    notes: {},
    refused: {},
}));

export function setTheme(theme: Theme): void {
    keptTheme.write(theme === 'system' ? undefined : theme);
    useUi.setState({ theme });
    applyTheme();
}

const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)');

/** The style sheet knows two themes; which of them the system wants is found out here. */
export function applyTheme(): void {
    const { theme } = useUi.getState();
    document.documentElement.dataset['theme'] = theme !== 'system' ? theme : systemDark().matches ? 'dark' : 'light';
}

export function watchTheme(): void {
    applyTheme();
    systemDark().addEventListener('change', applyTheme);
}

export function openDialog(dialog: Dialog | undefined): void {
    useUi.setState({ dialog });
}

export function ask(question: Question | undefined): void {
    useUi.setState({ question });
}

export function toggleSide(side: 'members' | 'search' | 'held'): void {
    useUi.setState((state) => ({ side: state.side === side ? undefined : side }));
}

export function setReplyTo(channel: string, message: Message | undefined): void {
    useUi.setState((state) => ({ replyTo: withEntry(state.replyTo, channel, message) }));
}

export function setNote(messageId: string, problem: Problem | undefined): void {
    useUi.setState((state) => ({ notes: withEntry(state.notes, messageId, problem) }));
}

export function setRefused(channel: string, problem: Problem | undefined): void {
    useUi.setState((state) => ({ refused: withEntry(state.refused, channel, problem) }));
}
