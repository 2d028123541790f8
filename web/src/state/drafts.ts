/*
 * What is written and not sent, by conversation; it survives a reload.
 */
import { withEntry } from './record';
import { shelf, type Shelf } from './shelf';

type Drafts = Readonly<Record<string, string>>;

let kept: Shelf<Drafts> = shelf('drafts');
let drafts: Drafts = {};

/** Drafts belong to a person: two may share a browser. */
export function loadDrafts(userId: string): void {
    kept = shelf(`drafts.${userId}`);
    drafts = kept.read({});
}

export function draftOf(channel: string): string {
    return drafts[channel] ?? '';
}

export function keepDraft(channel: string, text: string): void {
    drafts = withEntry(drafts, channel, text === '' ? undefined : text);
    kept.write(drafts);
}
