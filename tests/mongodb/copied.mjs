// What a copy is held against: every column of SQLite's schema and every field of MongoDB's collections, with how it is
// compared or why it is not. One that is not named here fails the test, until somebody has thought of how it is copied.
//
// SQLite: table → { from, where, columns }: column → an SQL expression over the row t that says the same in another file
// (keys of rows are other ones there), or { not: why }. A table with `not` is not copied at all.
const account = key => `(SELECT a.app || '/' || a.id FROM accounts a WHERE a.key = ${key})`;
const signature = key => `(SELECT a.app || '/' || a.id || '/' || s.name FROM signatures s JOIN accounts a ON a.key = s.account WHERE s.key = ${key})`;
const conversation = key => `(SELECT c.app || '/' || c.name FROM conversations c WHERE c.key = ${key})`;
const message = key => `(SELECT m.conversation || '/' || m.pos FROM messages m WHERE m.key = ${key})`;
const place = among => `(SELECT count(*) FROM ${among})`;
const same = (...names) => Object.fromEntries(names.map(name => [name, `t.${name}`]));
const key = { not: 'a number of the file’s own' };

const remembered = `author, conversation, client_id, digest, pos, message_id, type, at_ms`;

export const TABLES = {
    accounts: {
        where: 't.name IS NOT NULL', // all others are ids that occur elsewhere
        columns: { key, ...same('app', 'id', 'name', 'sort_name') },
    },
    signatures: { not: 'compared where a row refers to one' },
    conversations: {
        columns: {
            key,
            ...same('app', 'name', 'epoch', 'title', 'visibility', 'created_ms', 'last_pos', 'first_pos', 'member_count'),
            creator: signature('t.creator'),
            message_count: `t.message_count - coalesce((SELECT min(m.ordinal) FROM messages m WHERE m.conversation = t.key), t.message_count + 1)`,
            last_message: `(SELECT m.pos FROM messages m WHERE m.key = t.last_message)`,
            activity: place('conversations o WHERE o.activity < t.activity'),
            folded_pos: { not: 'how far other tables are in order' },
        },
    },
    messages: {
        columns: {
            key,
            conversation: conversation('t.conversation'),
            ...same('pos', 'id', 'client_id', 'text', 'data', 'created_ms', 'edited_ms', 'deleted_ms', 'reply_to'),
            ordinal: `t.ordinal - (SELECT min(m.ordinal) FROM messages m WHERE m.conversation = t.conversation)`,
            author: account('t.author'),
            signature: signature('t.signature'),
            deleted_by: account('t.deleted_by'),
            digest: { not: 'belongs to the client id: client_ids' },
        },
    },
    mentions: {
        columns: { message: message('t.message'), conversation: conversation('t.conversation'), ...same('place', 'user_id', 'pos', 'own') },
    },
    reactions: {
        columns: { message: message('t.message'), account: account('t.account'), signature: signature('t.signature'), ...same('emoji', 'pos') },
    },
    reaction_counts: { columns: { message: message('t.message'), ...same('emoji', 'first_pos', 'count') } },
    changes: {
        columns: {
            conversation: conversation('t.conversation'),
            ...same('pos', 'type', 'at_ms', 'message', 'emoji', 'role', 'name', 'data'),
            actor: signature('t.actor'),
            member: signature('t.member'),
        },
    },
    client_ids: { // wherever they are in this moment
        from: `(SELECT ${remembered} FROM client_ids UNION SELECT ${remembered} FROM client_ids_fresh
                UNION SELECT m.author, m.conversation, m.client_id, m.digest, m.pos, m.id, 0, m.created_ms FROM messages m
                JOIN conversations c ON c.key = m.conversation WHERE m.pos > c.folded_pos AND m.digest IS NOT NULL AND m.client_id IS NOT NULL)`,
        columns: {
            author: account('t.author'),
            conversation: conversation('t.conversation'),
            ...same('client_id', 'pos', 'type', 'at_ms'),
            digest: 'hex(t.digest)',
            message_id: `iif(t.type = 0, t.message_id, '')`, // nobody is told an event's
        },
    },
    client_ids_fresh: { not: 'is looked at with client_ids' },
    members: {
        columns: {
            conversation: conversation('t.conversation'),
            account: account('t.account'),
            signature: signature('t.signature'),
            ...same('sort_name', 'role', 'joined_ms'),
        },
    },
    read_marks: { columns: { conversation: conversation('t.conversation'), account: account('t.account'), pos: 't.pos' } },
    invitations: {
        columns: {
            key: place('invitations o WHERE o.conversation = t.conversation AND o.key < t.key'), // their order
            conversation: conversation('t.conversation'),
            creator: signature('t.creator'),
            ...same('app', 'code', 'role', 'created_ms', 'expires_ms', 'uses', 'max_uses'),
        },
    },
    revocations: { columns: { key, ...same('app', 'user_id', 'token', 'at_ms', 'until_ms') } },
    held: {
        columns: {
            key: place('held o WHERE o.key < t.key'),
            ...same('app', 'channel', 'queue', 'id', 'author_id', 'author_name', 'reason', 'type', 'client_id', 'name', 'text',
                'data', 'reply_to', 'created_ms', 'expires_ms'),
            digest: 'hex(t.digest)',
            mentions: 'hex(t.mentions)',
        },
    },
    erasures: {
        columns: { key, ...same('app', 'user_id', 'user_name'), at_ms: { not: 'when it was asked for: in no list, it only tells an operator' } },
    },
    mutes: { columns: { key, ...same('app', 'user_id', 'channel', 'text', 'until_ms') } },
    authored: { not: 'an order of messages' },
    search: { not: 'the search index of messages' },
    search_data: { not: 'of search' },
    search_idx: { not: 'of search' },
    search_config: { not: 'of search' },
    search_done: { not: 'of search' },
};

// MongoDB: collection → { field: true (compared), or why not }, or why the collection is not copied.
const own = 'an id of the database’s own';
const fields = (...names) => Object.fromEntries(names.map(name => [name, true]));

export const COLLECTIONS = {
    conversations: {
        _id: own,
        ...fields('app', 'name', 'epoch', 'title', 'creator', 'visibility', 'created', 'last_pos', 'first_pos', 'member_count', 'last_message', 'sum'),
        message_count: 'counts messages from where retention has left off',
        activity: 'a number that only the order counts of, which the copy compares',
        news: 'what the daemons tell each other of a batch',
    },
    messages: {
        _id: own,
        ...fields('app', 'conversation', 'pos', 'id', 'author', 'body', 'data', 'client_id', 'reply_to', 'mentions', 'created', 'edited',
            'deleted', 'deleted_by', 'reactions', 'words', 'sum'),
        ordinal: 'counts messages from where retention has left off',
        order: 'orders a search, made as the message is',
        revision: 'tells the change stream whose edit it was',
        expires: 'another program’s, which SQLite has not: such a message stays',
    },
    changes: {
        _id: own,
        ...fields('app', 'conversation', 'pos', 'type', 'author', 'actor', 'at', 'message', 'id', 'emoji', 'member', 'role', 'visibility', 'name',
            'data', 'client_id', 'digest'),
        ordinal: 'counts messages from where retention has left off',
    },
    client_ids: { _id: own, ...fields('app', 'conversation', 'author', 'client_id', 'digest', 'pos', 'id', 'type', 'at') },
    members: { _id: own, ...fields('app', 'conversation', 'user', 'sort_name', 'role', 'known_role', 'joined') },
    read_marks: { _id: own, ...fields('app', 'conversation', 'user', 'pos') },
    reactions: { _id: own, ...fields('app', 'conversation', 'message', 'emoji', 'user', 'pos') },
    users: { _id: own, ...fields('app', 'id', 'name', 'sort_name'), claimed: 'guards a name while it is given away; afterwards sort_name does' },
    invitations: { _id: own, ...fields('app', 'conversation', 'code', 'creator', 'role', 'created', 'expires', 'uses', 'max_uses') },
    revocations: { _id: own, ...fields('app', 'user', 'token', 'at', 'until') },
    held: {
        _id: own,
        ...fields('app', 'conversation', 'id', 'queue', 'author', 'type', 'client_id', 'digest', 'name', 'body', 'data', 'reply_to', 'reason',
            'mentions', 'created', 'expires'),
    },
    erasures: { _id: own, ...fields('app', 'user'), at: 'when it was asked for: in no list, it only tells an operator' },
    mutes: { _id: own, ...fields('app', 'user', 'channel', 'text', 'until') },
    carillon: 'the database’s own state: schema, change stream, sessions, turns',
};
