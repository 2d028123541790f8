#include "schema.h"

#include "store.h"

#include <stdio.h>

/*
 * Version 1: everything but the search.
 *
 * accounts       one row a user id that ever occurred; name is NULL unless the user is registered (USER_PUT)
 * signatures     a user under one of its names: "the name as it was when it was written" is a reference to here, so that
 *                forgetting a person is one UPDATE
 * conversations  last_message: the newest one not deleted. message_count: messages ever, the ordinal of the newest.
 *                activity: a number that grows with every append in the database; orders the conversation list
 * messages       ordinal: the how manieth of its conversation, without gaps, so that unread is counted by subtraction of
 *                ordinals minus what was deleted and what is one's own: no scan over what is unread
 * changes        message: pos of the message it is about. name: an event's name, a title, or the id of a message that
 *                retention dropped while a later change about it stayed
 * client_ids     outlive their messages
 * Times are ms. author, account and deleted_by are accounts; actor, member and creator are signatures.
 */
static const char version_1[] =
    "CREATE TABLE accounts(key INTEGER PRIMARY KEY, app TEXT NOT NULL, id TEXT NOT NULL, name TEXT, sort_name TEXT,"
    "  UNIQUE(app, id)) STRICT;"
    "CREATE INDEX accounts_by_name ON accounts(app, sort_name) WHERE sort_name IS NOT NULL;"

    "CREATE TABLE signatures(key INTEGER PRIMARY KEY, account INTEGER NOT NULL, name TEXT NOT NULL) STRICT;"
    "CREATE INDEX signatures_by_account ON signatures(account, name);"

    "CREATE TABLE conversations(key INTEGER PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, epoch TEXT NOT NULL,"
    "  title TEXT NOT NULL, creator INTEGER, visibility INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    "  last_pos INTEGER NOT NULL, first_pos INTEGER NOT NULL, member_count INTEGER NOT NULL,"
    "  message_count INTEGER NOT NULL, last_message INTEGER, activity INTEGER NOT NULL, UNIQUE(app, name)) STRICT;"
    "CREATE INDEX conversations_by_activity ON conversations(app, visibility, activity);"

    "CREATE TABLE messages(key INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, pos INTEGER NOT NULL,"
    "  ordinal INTEGER NOT NULL, id TEXT NOT NULL, author INTEGER, signature INTEGER, client_id TEXT,"
    "  text TEXT NOT NULL, data TEXT, created_ms INTEGER NOT NULL, edited_ms INTEGER, deleted_ms INTEGER,"
    "  deleted_by INTEGER, reply_to TEXT, UNIQUE(conversation, pos), UNIQUE(conversation, id)) STRICT;"
    "CREATE INDEX messages_by_author ON messages(author, conversation, pos) WHERE deleted_ms IS NULL;"
    "CREATE INDEX messages_deleted ON messages(conversation, pos) WHERE deleted_ms IS NOT NULL;"

    "CREATE TABLE mentions(message INTEGER NOT NULL, place INTEGER NOT NULL, user_id TEXT NOT NULL,"
    "  conversation INTEGER NOT NULL, pos INTEGER NOT NULL, own INTEGER NOT NULL,"
    "  PRIMARY KEY(message, place)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX mentions_by_user ON mentions(conversation, user_id, pos) WHERE own = 0;"

    "CREATE TABLE reactions(message INTEGER NOT NULL, emoji TEXT NOT NULL, pos INTEGER NOT NULL,"
    "  account INTEGER NOT NULL, signature INTEGER NOT NULL, PRIMARY KEY(message, emoji, pos)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX reactions_by_account ON reactions(account, message, emoji);"
    "CREATE TABLE reaction_counts(message INTEGER NOT NULL, emoji TEXT NOT NULL, first_pos INTEGER NOT NULL,"
    "  count INTEGER NOT NULL, PRIMARY KEY(message, emoji)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE changes(conversation INTEGER NOT NULL, pos INTEGER NOT NULL, type INTEGER NOT NULL, actor INTEGER,"
    "  at_ms INTEGER NOT NULL, message INTEGER, emoji TEXT, member INTEGER, role INTEGER, name TEXT, data TEXT,"
    "  PRIMARY KEY(conversation, pos)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX changes_by_message ON changes(conversation, message) WHERE message IS NOT NULL AND message <> pos;"

    "CREATE TABLE client_ids(author INTEGER NOT NULL, conversation INTEGER NOT NULL, client_id TEXT NOT NULL,"
    "  digest BLOB NOT NULL, pos INTEGER NOT NULL, message_id TEXT NOT NULL, type INTEGER NOT NULL,"
    "  at_ms INTEGER NOT NULL, PRIMARY KEY(author, conversation, client_id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX client_ids_by_age ON client_ids(at_ms);"

    "CREATE TABLE members(conversation INTEGER NOT NULL, account INTEGER NOT NULL, signature INTEGER NOT NULL,"
    "  sort_name TEXT NOT NULL, role INTEGER NOT NULL, joined_ms INTEGER NOT NULL,"
    "  PRIMARY KEY(conversation, account)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX members_by_account ON members(account);"
    "CREATE INDEX members_by_name ON members(conversation, sort_name, account);"
    "CREATE INDEX members_owners ON members(conversation) WHERE role = 3;"

    "CREATE TABLE read_marks(conversation INTEGER NOT NULL, account INTEGER NOT NULL, pos INTEGER NOT NULL,"
    "  PRIMARY KEY(conversation, account)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE invitations(key INTEGER PRIMARY KEY, app TEXT NOT NULL, code TEXT NOT NULL,"
    "  conversation INTEGER NOT NULL, creator INTEGER, role INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL, uses INTEGER NOT NULL, max_uses INTEGER NOT NULL, UNIQUE(app, code)) STRICT;"
    "CREATE INDEX invitations_by_conversation ON invitations(conversation);"
    "CREATE INDEX invitations_by_creator ON invitations(creator);"

    "CREATE TABLE revocations(key INTEGER PRIMARY KEY, app TEXT NOT NULL, user_id TEXT, token TEXT,"
    "  at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX revocations_of_users ON revocations(app, user_id) WHERE user_id IS NOT NULL;"
    "CREATE UNIQUE INDEX revocations_of_tokens ON revocations(app, token) WHERE token IS NOT NULL;"
    "CREATE INDEX revocations_by_age ON revocations(until_ms);";

/* Version 2: full-text search. */
static const char version_2[] = "CREATE VIRTUAL TABLE search USING " SQL_SEARCH_INDEX ";"
                                "INSERT INTO search(rowid, scope, text)" SQL_SEARCH_TEXTS
                                " WHERE m.deleted_ms IS NULL AND m.text <> '' ORDER BY m.key;";

/* Version 3: segments of the search index are merged by eight, not four: an append then rewrites about half as much. */
static const char version_3[] = "INSERT INTO search(search, rank) VALUES('automerge', 8);";

/*
 * Version 4: what waits for a moderator, and who that is. channel need not be a conversation. mentions:
 * user ids, each with a NUL behind it.
 */
static const char version_4[] =
    "CREATE TABLE held(key INTEGER PRIMARY KEY, app TEXT NOT NULL, channel TEXT NOT NULL, queue TEXT NOT NULL,"
    "  id TEXT NOT NULL, author_id TEXT NOT NULL, author_name TEXT NOT NULL, reason TEXT, type INTEGER NOT NULL,"
    "  client_id TEXT, digest BLOB NOT NULL, name TEXT, text TEXT, data TEXT, reply_to TEXT, mentions BLOB,"
    "  created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, UNIQUE(app, channel, id)) STRICT;"
    "CREATE UNIQUE INDEX held_by_client_id ON held(app, author_id, channel, client_id) WHERE client_id IS NOT NULL;"
    "CREATE INDEX held_by_queue ON held(app, channel, queue, key);"
    "CREATE INDEX held_by_channel ON held(app, channel, key);"
    "CREATE INDEX held_by_author ON held(app, author_id);"
    "CREATE INDEX held_by_age ON held(expires_ms);"
    "CREATE INDEX members_moderators ON members(conversation, sort_name, account) WHERE role >= 2;";

/* Version 5: who may not write for a while; who is being erased. */
static const char version_5[] =
    "CREATE TABLE erasures(key INTEGER PRIMARY KEY, app TEXT NOT NULL, user_id TEXT NOT NULL, user_name TEXT NOT NULL,"
    "  at_ms INTEGER NOT NULL, UNIQUE(app, user_id)) STRICT;"
    "CREATE TABLE mutes(key INTEGER PRIMARY KEY, app TEXT NOT NULL, user_id TEXT NOT NULL, channel TEXT NOT NULL,"
    "  text TEXT, until_ms INTEGER NOT NULL, UNIQUE(app, user_id, channel)) STRICT;"
    "CREATE INDEX mutes_by_age ON mutes(until_ms);";

/*
 * Version 6: an append writes where the last one did. What is ordered by author would make it touch a page an author, so it
 * is put in order later, many rows at once (fold.h).
 *
 * authored           who wrote which message, of those not deleted, up to the conversation's folded_pos
 * client_ids_fresh   client ids in the order they came; a newer row of the same id counts
 */
static const char version_6[] =
    "CREATE TABLE authored(author INTEGER NOT NULL, conversation INTEGER NOT NULL, pos INTEGER NOT NULL,"
    "  message INTEGER NOT NULL, PRIMARY KEY(author, conversation, pos)) STRICT, WITHOUT ROWID;"
    "INSERT INTO authored(author, conversation, pos, message) SELECT author, conversation, pos, key FROM messages"
    "  WHERE author IS NOT NULL AND deleted_ms IS NULL ORDER BY author, conversation, pos;"
    "DROP INDEX messages_by_author;"
    "ALTER TABLE conversations ADD COLUMN folded_pos INTEGER NOT NULL DEFAULT 0;"
    "UPDATE conversations SET folded_pos = last_pos;"
    "CREATE INDEX conversations_to_fold ON conversations(key) WHERE last_pos > folded_pos;"
    "CREATE TABLE client_ids_fresh(key INTEGER PRIMARY KEY, author INTEGER NOT NULL, conversation INTEGER NOT NULL,"
    "  client_id TEXT NOT NULL, digest BLOB NOT NULL, pos INTEGER NOT NULL, message_id TEXT NOT NULL,"
    "  type INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;";

/* Version 7: messages beyond this key are not in the search index yet (search_index.h). */
static const char version_7[] =
    "CREATE TABLE search_done(one INTEGER PRIMARY KEY CHECK(one = 1), key INTEGER NOT NULL) STRICT;"
    "INSERT INTO search_done SELECT 1, coalesce(max(key), 0) FROM messages;";

/*
 * Version 8: a message's row stands for its change and for its client id, so an append writes one row, not three.
 *
 * changes            all but message.new
 * messages.digest    of what was submitted with the client id; counts until it is folded into client_ids
 * client_ids_fresh   of events only
 */
_Static_assert(CARILLON_EVENT_MESSAGE_NEW == 0, "SQL_MESSAGE_NEW");
static const char version_8[] =
    "INSERT OR REPLACE INTO client_ids(author, conversation, client_id, digest, pos, message_id, type, at_ms)"
    "  SELECT author, conversation, client_id, digest, pos, message_id, type, at_ms FROM client_ids_fresh ORDER BY key;"
    "DELETE FROM client_ids_fresh;"
    "ALTER TABLE messages ADD COLUMN digest BLOB;"
    "DELETE FROM changes WHERE type = " SQL_MESSAGE_NEW " AND EXISTS(SELECT 1 FROM messages m"
    "  WHERE m.conversation = changes.conversation AND m.pos = changes.pos);";

static const char *const steps[] = { version_1, version_2, version_3, version_4,
                                     version_5, version_6, version_7, version_8 };

int schema_version(void)
{
    return (int)(sizeof(steps) / sizeof(*steps));
}

static int read_number(sqlite3 *db, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return rc;
}

static int run_step(sqlite3 *db, int version)
{
    char pragmas[96];
    snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             SCHEMA_APPLICATION_ID, version);
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, steps[version - 1], NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
    return rc;
}

static enum carillon_result refuse(sqlite3 *db, const char *path, const char *doing, char *error, size_t error_size)
{
    snprintf(error, error_size, "%s: %s: %s", path, doing, sqlite3_errmsg(db));
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return CARILLON_UNAVAILABLE;
}

enum carillon_result schema_migrate(sqlite3 *db, const char *path, char *error, size_t error_size)
{
    int64_t application = 0, version = 0, objects = 0;
    if (read_number(db, "PRAGMA application_id", &application) || read_number(db, "PRAGMA user_version", &version) ||
        read_number(db, "SELECT count(*) FROM sqlite_schema", &objects))
        return refuse(db, path, "the database cannot be read; restore it from a backup", error, error_size);
    bool empty = objects == 0 && application == 0 && version == 0;
    if (!empty && application != SCHEMA_APPLICATION_ID) {
        snprintf(error, error_size, "%s belongs to another program; set sqlite.path to another file", path);
        return CARILLON_UNSUPPORTED;
    }
    if (version > schema_version()) {
        snprintf(error, error_size, "%s has schema %lld, this is only able to read up to %d; use a newer carillond",
                 path, (long long)version, schema_version());
        return CARILLON_UNSUPPORTED;
    }
    for (int next = (int)version + 1; next <= schema_version(); next++) {
        if (run_step(db, next) != SQLITE_OK)
            return refuse(db, path, "its schema cannot be brought up to date", error, error_size);
        if (!empty)
            store_log(NOTICE, "%s: schema is now version %d", path, next);
    }
    return CARILLON_OK;
}
