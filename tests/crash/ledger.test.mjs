// The ledger must find what it is there for: histories that were doctored in one place each.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ledger, keyOf } from './ledger.mjs';

const ada = { id: 'a', name: 'Ada' };
const message = (pos, text = `m${pos}`) => ({
    type: 'event', pos, event: 'message.new', data: { message: { id: `id${pos}`, author: ada, client_id: `c${pos}`, text } },
});
const edit = (pos, of, text) => ({
    type: 'event', pos, event: 'message.edited', data: { message: { id: `id${of}`, author: ada, client_id: `c${of}`, text } },
});
const reaction = (pos, of) => ({
    type: 'event', pos, event: 'reaction.added', data: { message_id: `id${of}`, emoji: '👍', by: ada, reactions: [] },
});

// Two publishers in turn, and one watcher who saw all of it; `doctor` changes what the checker gets.
function findings(doctor = () => {}) {
    const final = [message(1), message(2), edit(3, 1, 'edited'), reaction(4, 2), message(5)];
    const told = final.map((change, i) => ({ publisher: `p${i % 2}`, number: i, pos: change.pos, key: keyOf(change) }));
    const ledger = new Ledger();
    const history = { final, told, seen: final.slice(1), texts: [['id1', 'edited'], ['id2', 'm2']] };
    doctor(history);
    for (const { publisher, number, pos, key } of history.told) ledger.acknowledge(publisher, number, pos, key);
    for (const [id, text] of history.texts) ledger.acknowledgeText(id, text);
    ledger.watch('w', 1).push(...history.seen);
    const all = ledger.check(history.final);
    return Object.fromEntries(Object.entries(all).map(([kind, list]) => [kind, list.length]));
}

const clean = { lost: 0, duplicates: 0, inversions: 0, missed: 0 };

describe('the crash ledger', () => {
    test('an honest history has nothing to find', () => {
        assert.deepEqual(findings(), clean);
    });

    test('what was not acknowledged may be there', () => {
        assert.deepEqual(findings(history => history.told.splice(2, 1)), clean);
    });

    test('an acknowledged message that is gone at the end is lost', () => {
        assert.deepEqual(findings(history => { history.final.pop(); history.seen.pop(); }), { ...clean, lost: 1 });
    });

    test('another message at an acknowledged pos is a loss', () => {
        const found = findings(history => { history.told[1].key = 'message.new other'; });
        assert.deepEqual(found, { ...clean, lost: 1 });
    });

    test('a lost edit shows in the text', () => {
        assert.equal(findings(history => { history.final[2].data.message.text = 'm1'; }).lost, 1);
    });

    test('a text that was only sent may be there or not', () => {
        for (const text of ['first', 'second', 'third']) {
            const ledger = new Ledger();
            ledger.acknowledgeText('id1', 'first');
            ledger.wroteText('id1', 'second');
            assert.equal(ledger.check([message(1, text)]).lost.length, text === 'third' ? 1 : 0);
        }
    });

    test('the same client id stored twice is a duplicate', () => {
        const found = findings(history => { history.final[4].data.message.client_id = 'c2'; });
        assert.equal(found.duplicates, 1);
    });

    test('one pos acknowledged twice is a duplicate', () => {
        assert.equal(findings(history => { history.told.push({ ...history.told[0], publisher: 'p7' }); }).duplicates, 1);
    });

    test('a change that came twice is a duplicate', () => {
        assert.deepEqual(findings(history => history.seen.push(message(5))), { ...clean, duplicates: 1 });
    });

    test('a hole in the final history is an inversion', () => {
        assert.equal(findings(history => { history.final[4].pos = 6; }).inversions, 1);
    });

    test('a publisher\'s later message before the earlier one is an inversion', () => {
        const found = findings(history => {
            [history.told[0].number, history.told[2].number] = [history.told[2].number, history.told[0].number];
            [history.told[0], history.told[2]] = [history.told[2], history.told[0]];
        });
        assert.deepEqual(found, { ...clean, inversions: 1 });
    });

    test('changes that came in another order are an inversion', () => {
        assert.deepEqual(findings(history => history.seen.reverse()), { ...clean, inversions: 3 });
    });

    test('a change that never came is missed', () => {
        assert.deepEqual(findings(history => history.seen.splice(1, 1)), { ...clean, missed: 1 });
    });

    test('the end that never came is missed', () => {
        assert.deepEqual(findings(history => history.seen.pop()), { ...clean, missed: 1 });
    });

    test('a reset that had no reason is missed', () => {
        const found = findings(history => history.seen.splice(2, 0, { type: 'reset', reason: 'ring' }));
        assert.deepEqual(found, { ...clean, missed: 1 });
    });

    test('a change that says something else than the history is missed', () => {
        const found = findings(history => { history.seen[0] = { ...message(2), event: 'message.deleted' }; });
        assert.deepEqual(found, { ...clean, missed: 1 });
    });
});
