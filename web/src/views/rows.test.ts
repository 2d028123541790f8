import { describe, expect, it } from 'vitest';
import { message } from '../state/fixtures';
import type { Entry } from '../state/history';
import type { Outgoing } from '../state/outbox';
import { buildRows, countSince, rowOfPos } from './rows';

const MINUTE = 60_000;
const NOON = new Date(2026, 5, 1, 12).getTime();
const entry = (pos: number, at: number, author = 'bob', more = {}): Entry =>
    ({ message: message(pos, { created_at: at, author: { id: author, name: author }, ...more }), version: pos });

describe('rows', () => {
    it('are grouped by author for five minutes', () => {
        const entries = [entry(1, NOON), entry(2, NOON + MINUTE), entry(3, NOON + 8 * MINUTE), entry(4, NOON + 8 * MINUTE, 'eve')];
        expect(buildRows(entries, [], undefined, 'ada').map((row) => row.leads)).toEqual([true, false, true, true]);
    });

    it('begin a day', () => {
        const entries = [entry(1, NOON), entry(2, NOON + MINUTE), entry(3, NOON + 24 * 60 * MINUTE)];
        expect(buildRows(entries, [], undefined, 'ada').map((row) => row.newDay)).toEqual([true, false, true]);
    });

    it('have one divider, before the first unread one of somebody else', () => {
        const entries = [entry(1, NOON), entry(5, NOON, 'ada'), entry(7, NOON), entry(8, NOON)];
        expect(buildRows(entries, [], 1, 'ada').map((row) => row.unread)).toEqual([false, false, true, false]);
    });

    it('keep their key when a message of ours turns from sent to stored', () => {
        const draft = { client_id: 'c1', text: 'hi' };
        const outgoing: Outgoing = { channel: 'general', draft, written_at: NOON, state: 'sending' };
        const before = buildRows([], [outgoing], undefined, 'ada');
        const after = buildRows([entry(1, NOON, 'ada', { client_id: 'c1' })], [], undefined, 'ada');
        expect(after[0]?.key).toBe(before[0]?.key);
    });

    it('are found by pos', () => {
        const rows = buildRows([entry(3, NOON), entry(7, NOON), entry(9, NOON)], [], undefined, 'ada');
        expect([3, 7, 9, 8].map((pos) => rowOfPos(rows, pos))).toEqual([0, 1, 2, -1]);
    });

    it('count what others wrote since, not what is one’s own', () => {
        const rows = buildRows([entry(3, NOON), entry(7, NOON), entry(8, NOON, 'ada'), entry(9, NOON)], [], undefined, 'ada');
        expect([0, 3, 7, 9].map((seen) => countSince(rows, seen, 'ada'))).toEqual([3, 2, 1, 0]);
    });
});
