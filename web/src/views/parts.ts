/*
 * What is not needed to read and write, and therefore not in the first load.
 */
import { lazyPart } from './lazyPart';

export const Dialogs = lazyPart(() => import('./dialogs/Dialogs'));
export const ConfirmDialog = lazyPart(() => import('./dialogs/ConfirmDialog'));
export const InvitationDialog = lazyPart(() => import('./dialogs/InvitationDialog'));
export const MembersPanel = lazyPart(() => import('./side/MembersPanel'));
export const HeldPanel = lazyPart(() => import('./side/HeldPanel'));
export const SearchPanel = lazyPart(() => import('./side/SearchPanel'));
export const EmojiPopover = lazyPart(() => import('./EmojiPopover'));

const IDLE_MS = 1500;

/** The small ones come once the page has come to rest; the emoji and their data only when they are opened. */
export function preloadParts(): () => void {
    const timer = window.setTimeout(() => [Dialogs, ConfirmDialog, MembersPanel, SearchPanel, HeldPanel].forEach((part) => part.preload()), IDLE_MS);
    return () => window.clearTimeout(timer);
}
