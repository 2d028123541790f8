import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client, HistoryBound } from '../api/client';
import { offlineProblem } from '../api/problem';
import type { Conversation, HistoryPage, Page, Subscribed } from '../api/types';
import { conversation as find, removeConversation, upsertConversation, useConversations } from './conversations';
import { ADA, CHANNEL, conversation, event, message, newMessage, page } from './fixtures';
import { clearHistories, historyState } from './histories';
import { Sync } from './sync';

const asked: { bound: HistoryBound; answer: (page: HistoryPage) => void; fail: () => void }[] = [];
const client = {
    history: (_channel: string, bound: HistoryBound) =>
        new Promise<HistoryPage>((answer, reject) => {
            asked.push({ bound, answer, fail: () => reject(offlineProblem()) });
        }),
    conversation: vi.fn<(channel: string) => Promise<Conversation>>(),
    conversations: (scope: 'mine' | 'public') =>
        scope === 'mine' ? Promise.resolve({ items: [] }) : new Promise<Page<Conversation>>((show) => lists.push((items) => show({ items }))),
};
const lists: ((items: Conversation[]) => void)[] = [];

const noticed = vi.fn();
let reading: string | undefined;
let sync: Sync;

const subscribed = (pos: number, recovery: Subscribed['recovery'] = 'none', epoch = 'e1') =>
    sync.subscribed({ channel: CHANNEL, epoch, pos, stored: true, recovery });
const poses = () => historyState(CHANNEL).history.entries.map((entry) => entry.message.pos);
const answer = async (what: HistoryPage) => {
    asked.shift()?.answer(what);
    await settled();
};
const settled = () => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
    asked.length = 0;
    lists.length = 0;
    client.conversation.mockReset().mockRejectedValue(offlineProblem());
    noticed.mockClear();
    reading = undefined;
    clearHistories();
    useConversations.setState({ byChannel: {} });
    sync = new Sync(client as unknown as Client, { noticed, reader: () => ({ id: ADA.id, reading }) });
});

async function opened(last = 3): Promise<void> {
    subscribed(last);
    const open = sync.open(CHANNEL);
    await answer(page(1, last));
    await open;
}

describe('a place', () => {
    it('begins with the subscription and moves with the events', async () => {
        await opened();
        expect(sync.place(CHANNEL)).toEqual({ epoch: 'e1', pos: 3 });
        sync.event(newMessage(4));
        expect(sync.place(CHANNEL)).toEqual({ epoch: 'e1', pos: 4 });
    });

    it('does not jump ahead of what a recovery has yet to send', async () => {
        await opened();
        subscribed(9, 'recovered');
        sync.event(newMessage(4));
        expect(sync.place(CHANNEL)).toEqual({ epoch: 'e1', pos: 4 });
    });

    it('is not moved by our own publish, which may overtake the events of others', async () => {
        await opened();
        sync.published(CHANNEL, { message: message(5, { author: ADA }), epoch: 'e1', pos: 5 });
        expect(sync.place(CHANNEL)).toEqual({ epoch: 'e1', pos: 3 });
        sync.event(newMessage(4));
        sync.event(newMessage(5, 'e1', { author: ADA }));
        expect(poses()).toEqual([1, 2, 3, 4, 5]);
    });
});

describe('events', () => {
    it('that were seen are dropped', async () => {
        await opened();
        sync.event(newMessage(4));
        sync.event(newMessage(4));
        sync.event(newMessage(2));
        expect(noticed).toHaveBeenCalledTimes(1);
        expect(poses()).toEqual([1, 2, 3, 4]);
    });

    it('that come while a page is asked for are put into it', async () => {
        subscribed(3);
        const open = sync.open(CHANNEL);
        sync.event(newMessage(4));
        sync.event(event('message.edited', 5, { message: message(2, { text: 'edited' }) }));
        await answer(page(1, 3));
        await open;
        expect(poses()).toEqual([1, 2, 3, 4]);
        expect(historyState(CHANNEL).history.entries[1]?.message.text).toBe('edited');
    });

    it('that the page already shows do not go back behind it', async () => {
        subscribed(3);
        const open = sync.open(CHANNEL);
        sync.event(event('message.edited', 4, { message: message(2, { text: 'older' }) }));
        const fresh = page(1, 3, { last_pos: 5 });
        fresh.items[1] = message(2, { text: 'newest' });
        await answer(fresh);
        await open;
        expect(historyState(CHANNEL).history.entries[1]?.message.text).toBe('newest');
    });
});

describe('a gap', () => {
    it('between the page and the subscription is read again', async () => {
        const open = sync.open(CHANNEL);
        subscribed(5);
        await answer(page(1, 3));
        expect(asked).toHaveLength(1);
        await answer(page(1, 5));
        await open;
        expect(poses()).toEqual([1, 2, 3, 4, 5]);
    });

    it('after a page that came first is read when the subscription tells of it', async () => {
        const open = sync.open(CHANNEL);
        await answer(page(1, 3));
        await open;
        subscribed(4);
        await answer(page(1, 4));
        expect(poses()).toEqual([1, 2, 3, 4]);
    });

    it('is filled by a recovery without reading anything', async () => {
        await opened();
        subscribed(5, 'recovered');
        sync.event(newMessage(4));
        sync.event(newMessage(5));
        expect(asked).toHaveLength(0);
        expect(poses()).toEqual([1, 2, 3, 4, 5]);
    });
});

describe('a reset', () => {
    it('reads the history again and keeps the old rows meanwhile', async () => {
        await opened();
        subscribed(2, 'reset', 'e2');
        expect(poses()).toEqual([1, 2, 3]);
        sync.event(newMessage(3, 'e2', { text: 'of the new epoch' }));
        await answer(page(1, 2, { epoch: 'e2' }));
        expect(poses()).toEqual([1, 2, 3]);
        expect(historyState(CHANNEL).history.entries[2]?.message.text).toBe('of the new epoch');
        expect(sync.place(CHANNEL)).toEqual({ epoch: 'e2', pos: 3 });
    });

    it('in the same epoch drops what is no longer kept', async () => {
        await opened(8);
        subscribed(20, 'reset');
        await answer(page(15, 20));
        expect(poses()).toEqual([15, 16, 17, 18, 19, 20]);
    });
});

describe('reading', () => {
    it('that failed is told and can be tried again', async () => {
        subscribed(3);
        const open = sync.open(CHANNEL);
        asked.shift()?.fail();
        await open;
        expect(historyState(CHANNEL).failed).toMatchObject({ part: 'first', problem: { code: 'network' } });
        const again = sync.readNewest(CHANNEL);
        await answer(page(1, 3));
        await again;
        expect(historyState(CHANNEL).failed).toBeUndefined();
        expect(poses()).toEqual([1, 2, 3]);
    });

    it('of what lies between leads a jump to a near message', async () => {
        subscribed(150);
        const open = sync.open(CHANNEL);
        await answer(page(120, 150));
        await open;
        const jump = sync.jump(CHANNEL, 30);
        expect(asked[0]?.bound).toEqual({ before: 120 });
        await answer(page(20, 119));
        await jump;
        expect(poses()[0]).toBe(20);
        expect(historyState(CHANNEL).jump).toBe(30);
    });

    it('of the neighbourhood leads a jump to a far one', async () => {
        subscribed(9000);
        const open = sync.open(CHANNEL);
        await answer(page(8951, 9000));
        await open;
        const jump = sync.jump(CHANNEL, 30);
        expect(asked[0]?.bound).toEqual({ around: 30 });
        await answer(page(5, 55, { more_after: true, last_pos: 9000 }));
        await jump;
        expect(historyState(CHANNEL).history.moreAfter).toBe(true);
    });
});

describe('the list', () => {
    it('counts what others write, once, and not what is being read', async () => {
        upsertConversation(conversation({ last_pos: 3 }));
        await opened();
        sync.event(newMessage(4, 'e1', { mentions: [ADA.id] }));
        sync.event(newMessage(4));
        sync.event(newMessage(5, 'e1', { author: ADA }));
        expect(find(CHANNEL)).toMatchObject({ unread: 1, mentions: 1, last_pos: 5 });
        reading = CHANNEL;
        sync.event(newMessage(6));
        expect(find(CHANNEL)).toMatchObject({ unread: 1, last_message: { pos: 6 } });
    });

    it('that was read again does not count the events that it counts already', async () => {
        await opened();
        upsertConversation(conversation({ last_pos: 5, unread: 2 }));
        sync.event(newMessage(4));
        sync.event(newMessage(5));
        sync.event(newMessage(6));
        expect(find(CHANNEL)?.unread).toBe(3);
    });

    it('that was asked for before an event does not forget it', async () => {
        upsertConversation(conversation({ last_pos: 3 }));
        await opened();
        sync.event(newMessage(4));
        upsertConversation(conversation({ last_pos: 3, title: 'Renamed' }));
        expect(find(CHANNEL)).toMatchObject({ unread: 1, title: 'Renamed', last_message: { pos: 4 } });
    });

    it('takes in what was stored between it and the subscription, whichever came first', async () => {
        client.conversation.mockResolvedValue(conversation({ last_pos: 9, unread: 2 }));
        upsertConversation(conversation({ last_pos: 7 }));
        subscribed(9);
        await settled();
        expect(find(CHANNEL)).toMatchObject({ last_pos: 9, unread: 2 });

        useConversations.setState({ byChannel: {} });
        const read = sync.readConversations(undefined);
        lists[0]?.([conversation({ last_pos: 7 })]);
        await read;
        await settled();
        expect(find(CHANNEL)).toMatchObject({ last_pos: 9, unread: 2 });
        expect(client.conversation).toHaveBeenCalledTimes(2);
    });

    it('keeps what came after it was asked for, and brings nothing back that went', async () => {
        upsertConversation(conversation({ channel: 'left' }));
        upsertConversation(conversation({ channel: 'gone before' }));
        const read = sync.readConversations(undefined);
        upsertConversation(conversation({ channel: 'announced' }));
        removeConversation('left');
        lists[0]?.([conversation({ channel: 'left' }), conversation({ channel: 'other' })]);
        await read;
        expect(Object.keys(useConversations.getState().byChannel).sort()).toEqual(['announced', 'other']);
    });

    it('that comes late does not replace a newer one', async () => {
        const reads = [sync.readConversations(undefined), sync.readConversations(undefined)];
        lists[1]?.([conversation(), conversation({ channel: 'new' })]);
        lists[0]?.([conversation()]);
        await Promise.all(reads);
        expect(find('new')).toBeDefined();
    });
});
