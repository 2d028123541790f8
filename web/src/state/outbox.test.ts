import { beforeEach, describe, expect, it, vi } from 'vitest';
import { offlineProblem, Problem } from '../api/problem';
import type { Draft, Published } from '../api/types';
import { ADA, CHANNEL, message } from './fixtures';
import { Outbox, useOutbox, type Outgoing } from './outbox';

interface Attempt {
    id: string;
    succeed: () => void;
    withhold: (held: boolean) => void;
    fail: (problem: Problem) => void;
}

const attempts: Attempt[] = [];
const published: string[] = [];
let kept: Outgoing[] = [];
const shelf = { read: () => kept, write: (value: Outgoing[] | undefined) => void (kept = value ?? []) };

const sender = {
    publish: (_channel: string, draft: Draft) =>
        new Promise<Published>((resolve, reject) => {
            const stored = message(1, { author: ADA, client_id: draft.client_id });
            const succeed = () => resolve({ message: stored, epoch: 'e1', pos: 1 });
            const withhold = (held: boolean) => resolve({ message: stored, epoch: 'e1', ...(held && { held }) });
            attempts.push({ id: draft.client_id, succeed, withhold, fail: reject });
        }),
    published: (outgoing: Outgoing) => void published.push(outgoing.draft.client_id),
};

const outgoing = (id: string, channel = CHANNEL): Outgoing =>
    ({ channel, draft: { client_id: id, text: id }, written_at: 0, state: 'queued' });
const states = () => useOutbox.getState().items.map((item) => `${item.draft.client_id}:${item.state}`);
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
    vi.useFakeTimers();
    attempts.length = 0;
    published.length = 0;
    kept = [];
});

function outbox(): Outbox {
    return new Outbox(sender, shelf);
}

describe('outbox', () => {
    it('sends one after another, in the order of writing', async () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b', 'c'].forEach((id) => box.add(outgoing(id)));
        expect(states()).toEqual(['a:sending', 'b:queued', 'c:queued']);
        for (let n = 0; n < 3; n++) {
            attempts[n]?.succeed();
            await settle();
        }
        expect(published).toEqual(['a', 'b', 'c']);
        expect(states()).toEqual([]);
    });

    it('keeps what waits for a moderator, goes on, and says what became of it', async () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b', 'c'].forEach((id) => box.add(outgoing(id)));
        attempts[0]?.withhold(true);
        await settle();
        attempts[1]?.withhold(false);
        await settle();
        expect(states()).toEqual(['a:held', 'b:alone', 'c:sending']);
        expect(published).toEqual([]);
        expect(kept.map((item) => item.draft.client_id)).toEqual(['a', 'c']);
        box.discarded('a');
        expect(states()[0]).toBe('a:failed');
        box.discard('a');
        expect(states()).toEqual(['b:alone', 'c:sending']);
    });

    it('does not let one conversation wait for another', () => {
        const box = outbox();
        box.setOnline(true);
        box.add(outgoing('a'));
        box.add(outgoing('b', 'random'));
        expect(attempts.map((attempt) => attempt.id)).toEqual(['a', 'b']);
    });

    it('keeps what is written offline and sends it in order when the connection is back', async () => {
        const box = outbox();
        ['a', 'b'].forEach((id) => box.add(outgoing(id)));
        expect(attempts).toHaveLength(0);
        box.setOnline(true);
        attempts[0]?.succeed();
        await settle();
        expect(attempts.map((attempt) => attempt.id)).toEqual(['a', 'b']);
    });

    it('sends again with the same client id what was on its way when the connection broke', async () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b'].forEach((id) => box.add(outgoing(id)));
        box.setOnline(false);
        attempts[0]?.fail(offlineProblem());
        await settle();
        expect(states()).toEqual(['a:queued', 'b:queued']);
        box.setOnline(true);
        expect(attempts.map((attempt) => attempt.id)).toEqual(['a', 'a']);
    });

    it('tells what was refused, and goes on with the next', async () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b'].forEach((id) => box.add(outgoing(id)));
        attempts[0]?.fail(new Problem('refused', 403, 'No shouting.', false));
        await settle();
        expect(states()).toEqual(['a:failed', 'b:sending']);
        expect(useOutbox.getState().items[0]?.failure).toEqual({ code: 'refused', detail: 'No shouting.' });
    });

    it('tries again by itself what may succeed later, before anything newer', async () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b'].forEach((id) => box.add(outgoing(id)));
        attempts[0]?.fail(new Problem('busy', 503, '', true, 2000));
        await settle();
        expect(attempts).toHaveLength(1);
        await vi.advanceTimersByTimeAsync(2100);
        expect(attempts.map((attempt) => attempt.id)).toEqual(['a', 'a']);
    });

    it('gives up after some tries and lets the person decide', async () => {
        const box = outbox();
        box.setOnline(true);
        box.add(outgoing('a'));
        for (let n = 0; n < 5; n++) {
            attempts[n]?.fail(new Problem('outcome_unknown', 504, '', true));
            await vi.advanceTimersByTimeAsync(60_000);
        }
        expect(states()).toEqual(['a:failed']);
        box.retry('a');
        expect(attempts.at(-1)?.id).toBe('a');
        expect(states()).toEqual(['a:sending']);
    });

    it('drops a message whose event came before the answer', async () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b'].forEach((id) => box.add(outgoing(id)));
        box.seen('a');
        expect(states()).toEqual(['b:queued']);
        attempts[0]?.succeed();
        await settle();
        expect(states()).toEqual(['b:sending']);
    });

    it('survives a reload', () => {
        const box = outbox();
        box.setOnline(true);
        ['a', 'b'].forEach((id) => box.add(outgoing(id)));
        const next = outbox();
        expect(states()).toEqual(['a:queued', 'b:queued']);
        next.setOnline(true);
        expect(attempts.map((attempt) => attempt.id)).toEqual(['a', 'a']);
    });

    it('discards what failed', async () => {
        const box = outbox();
        box.setOnline(true);
        box.add(outgoing('a'));
        attempts[0]?.fail(new Problem('refused', 403, '', false));
        await settle();
        box.discard('a');
        expect(states()).toEqual([]);
        expect(kept).toEqual([]);
    });
});
