import { describe, expect, it } from 'vitest';
import { event, message, newMessage, page } from './fixtures';
import { addMessage, addPageAfter, addPageBefore, applyEvent, EMPTY_HISTORY, entryAt, replaceWithPage, type History } from './history';

const texts = (history: History) => history.entries.map((entry) => entry.message.text);
const poses = (history: History) => history.entries.map((entry) => entry.message.pos);

describe('pages', () => {
    it('replace, extend before and after without holes or doubles', () => {
        let history = replaceWithPage(EMPTY_HISTORY, page(5, 8, { more_after: true, last_pos: 12 }));
        history = addPageBefore(history, page(1, 5, { more_before: false, last_pos: 12 }));
        history = addPageAfter(history, page(8, 12));
        expect(poses(history)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        expect(history).toMatchObject({ moreBefore: false, moreAfter: false });
    });

    it('of another epoch are not mixed in', () => {
        const history = replaceWithPage(EMPTY_HISTORY, page(5, 8));
        expect(addPageBefore(history, page(1, 4, { epoch: 'e2' }))).toBe(history);
    });

    it('that are older than an event do not undo it', () => {
        let history = replaceWithPage(EMPTY_HISTORY, page(1, 3));
        history = applyEvent(history, event('message.edited', 4, { message: message(2, { text: 'new' }) }));
        history = replaceWithPage(history, page(1, 3));
        expect(texts(history)).toEqual(['text 1', 'new', 'text 3']);
        history = replaceWithPage(history, page(1, 3, { last_pos: 4 }));
        expect(texts(history)).toEqual(['text 1', 'text 2', 'text 3']);
    });

    it('after a detached window do not end it while something newer is known', () => {
        let history = replaceWithPage(EMPTY_HISTORY, page(1, 3, { more_after: true, last_pos: 5 }));
        history = applyEvent(history, newMessage(6));
        expect(poses(history)).toEqual([1, 2, 3]);
        history = addPageAfter(history, page(4, 5));
        expect(history.moreAfter).toBe(true);
        history = addPageAfter(history, page(6, 6));
        expect(history.moreAfter).toBe(false);
    });
});

describe('events', () => {
    const start = replaceWithPage(EMPTY_HISTORY, page(1, 3));

    it('add messages in order of pos, whichever comes first', () => {
        const history = [newMessage(6), newMessage(5), newMessage(4)].reduce(applyEvent, start);
        expect(poses(history)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('that come twice change nothing', () => {
        const once = applyEvent(start, newMessage(4));
        expect(applyEvent(once, newMessage(4))).toBe(once);
    });

    it('of an older change do not replace a newer one', () => {
        const newer = event('message.edited', 6, { message: message(2, { text: 'newer' }) });
        const older = event('message.edited', 5, { message: message(2, { text: 'older' }) });
        expect(texts([newer, older].reduce(applyEvent, start))[1]).toBe('newer');
    });

    it('carry all reactions of a message as they are', () => {
        const reactions = [{ emoji: '👍', count: 1, users: [] }];
        const history = applyEvent(start, event('reaction.added', 4, { message_pos: 3, reactions }));
        expect(entryAt(history, 3)?.message.reactions).toEqual(reactions);
    });

    it('of a deletion reach the quotes, too', () => {
        const quoting = message(4, { reply_to: { id: 'm2', author: message(2).author, text: 'text 2' } });
        let history = addMessage(start, quoting, 4);
        history = applyEvent(history, event('message.deleted', 5, { message: message(2, { text: '', deleted_at: 1 }) }));
        expect(entryAt(history, 4)?.message.reply_to?.text).toBe('');
    });

    it('of messages before the window leave it as it is', () => {
        const window = replaceWithPage(EMPTY_HISTORY, page(10, 12));
        expect(applyEvent(window, event('message.edited', 13, { message: message(2) }))).toBe(window);
    });
});
