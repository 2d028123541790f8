// What clients were promised and what they saw, held against what the daemon has in the end. Pure: no sockets, no files.
//
// An operation is what a publisher was told was done: { publisher, number, pos, key }. A watcher is one client that comes
// back after each crash: { name, from, seen }, `from` the pos at which it began, `seen` the changes in the order in which
// they came over all of its connections. `final` holds all changes of the conversation, read in the end. Changes are
// events of the common JSON form.

// What a change is, whoever tells it: compared between watchers, acknowledgements and the end. Without the text, since a
// change that is read again shows its message as it is by then.
export function keyOf(change) {
    const { event, data } = change;
    if (event.startsWith('message.')) return [event, data.message.id, data.message.client_id ?? ''].join(' ');
    if (event.startsWith('reaction.')) return [event, data.message_id, data.emoji, data.by.id].join(' ');
    return event;
}

export class Ledger {
    #operations = [];
    #watchers = [];
    #texts = new Map(); // message id → the texts that it may have in the end

    // Told as done by the daemon. `number` counts a publisher's operations in the order in which it began them, one
    // after the other; `change` is what must be at that pos.
    acknowledge(publisher, number, pos, key) {
        this.#operations.push({ publisher, number, pos, key });
    }

    // A message's text was sent (it may be stored, or not), or was acknowledged (then no earlier one may come back).
    wroteText(id, text) {
        this.#texts.set(id, [...(this.#texts.get(id) ?? []), text]);
    }

    acknowledgeText(id, text) {
        this.#texts.set(id, [text]);
    }

    // A client's changes are pushed to what is returned, as they come.
    watch(name, from) {
        const seen = [];
        this.#watchers.push({ name, from, seen });
        return seen;
    }

    get acknowledged() {
        return this.#operations.length;
    }

    get watched() {
        return this.#watchers.reduce((sum, watcher) => sum + watcher.seen.length, 0);
    }

    // Lists of sentences, all empty when every promise was kept.
    check(final) {
        const findings = { lost: [], duplicates: [], inversions: [], missed: [] };
        const at = new Map(final.map(change => [change.pos, keyOf(change)]));
        this.#checkFinal(final, findings);
        this.#checkAcknowledged(at, findings);
        this.#checkTexts(final, findings);
        for (const watcher of this.#watchers) checkWatcher(watcher, final, at, findings);
        return findings;
    }

    #checkFinal(final, { duplicates, inversions }) {
        const posOf = new Map();
        final.forEach((change, i) => {
            const before = final[i - 1]?.pos ?? 0;
            if (change.pos === before) duplicates.push(`pos ${change.pos} is there twice`);
            else if (change.pos !== before + 1) inversions.push(`pos ${change.pos} follows pos ${before}`);
            const { message } = change.data;
            if (change.event !== 'message.new' || !message.client_id) return;
            const id = `${message.author.id} ${message.client_id}`;
            if (posOf.has(id)) duplicates.push(`${id} was stored at pos ${posOf.get(id)} and again at ${change.pos}`);
            posOf.set(id, change.pos);
        });
    }

    #checkAcknowledged(at, { lost, duplicates, inversions }) {
        const last = new Map();
        const claimed = new Map();
        for (const operation of this.#operations) {
            const { publisher, number, pos, key } = operation;
            const name = `${publisher}'s operation ${number}`;
            if (at.get(pos) !== key) lost.push(`${name}, acknowledged at pos ${pos}: ${key}; there is ${at.get(pos)}`);
            if (claimed.has(pos)) duplicates.push(`pos ${pos} was given to ${claimed.get(pos)} and to ${name}`);
            claimed.set(pos, name);
            const before = last.get(publisher);
            if (before && before.number < number && before.pos >= pos) {
                inversions.push(`${name} is at pos ${pos}, its operation ${before.number} at pos ${before.pos}`);
            }
            last.set(publisher, operation);
        }
    }

    #checkTexts(final, { lost }) {
        const texts = new Map();
        for (const { data } of final) if (data.message) texts.set(data.message.id, data.message.text);
        for (const [id, allowed] of this.#texts) {
            if (!allowed.includes(texts.get(id))) lost.push(`message ${id} has "${texts.get(id)}", not "${allowed}"`);
        }
    }
}

function checkWatcher({ name, from, seen }, final, at, { duplicates, inversions, missed }) {
    const got = new Set();
    let last = from;
    for (const change of seen) {
        if (change.type === 'reset') {
            missed.push(`${name} was reset after pos ${last}: ${change.reason}`);
            continue;
        }
        if (got.has(change.pos)) duplicates.push(`${name} got pos ${change.pos} twice`);
        else if (change.pos <= last) inversions.push(`${name} got pos ${change.pos} after pos ${last}`);
        if (at.get(change.pos) !== keyOf(change)) {
            missed.push(`${name} got ${keyOf(change)} at pos ${change.pos}; there is ${at.get(change.pos)}`);
        }
        got.add(change.pos);
        last = Math.max(last, change.pos);
    }
    for (const { pos } of final) if (pos > from && !got.has(pos)) missed.push(`${name} never got pos ${pos}`);
}
