/* All SQL of the plugin, by concern. X(NAME, "SQL"); the schema is in schema.c. Parameters are ?1, ?2, ... */
#ifndef SQLITE_STATEMENTS_H
#define SQLITE_STATEMENTS_H

/* A conversation as one user (?1: account key, 0 for nobody; ?2: user id) sees it; columns as conversation_view.c reads. */
#define SQL_CONVERSATION_VIEW                                                                                          \
    "SELECT c.key, c.name, c.epoch, c.title, ca.id, cs.name, c.visibility, c.created_ms, c.last_pos, c.first_pos,"     \
    "  c.member_count, c.last_message, c.activity, mb.role, coalesce(rm.pos, 0),"                                      \
    "  iif(?1 IS NULL, 0, c.message_count"                                                                             \
    "    - coalesce((SELECT m.ordinal - 1 FROM messages m WHERE m.conversation = c.key AND m.pos > coalesce(rm.pos, "  \
    "0)"                                                                                                               \
    "                ORDER BY m.pos LIMIT 1), c.message_count)"                                                        \
    "    - (SELECT count(*) FROM messages m WHERE m.conversation = c.key AND m.pos > coalesce(rm.pos, 0)"              \
    "         AND m.deleted_ms IS NOT NULL)"                                                                           \
    "    - (SELECT count(*) FROM authored o WHERE o.author = ?1 AND o.conversation = c.key"                            \
    "         AND o.pos > coalesce(rm.pos, 0))"                                                                        \
    "    - iif(c.last_pos = c.folded_pos, 0, (SELECT count(*) FROM messages m WHERE m.conversation = c.key"            \
    "         AND m.pos > max(c.folded_pos, coalesce(rm.pos, 0)) AND m.author = ?1 AND m.deleted_ms IS NULL))),"       \
    "  iif(?1 IS NULL, 0, (SELECT count(*) FROM mentions n WHERE n.conversation = c.key AND n.user_id = ?2"            \
    "         AND n.pos > coalesce(rm.pos, 0) AND n.own = 0))"

#define SQL_CONVERSATION_VIEW_JOINS                                                                                    \
    " LEFT JOIN signatures cs ON cs.key = c.creator LEFT JOIN accounts ca ON ca.key = cs.account"                      \
    " LEFT JOIN members mb ON mb.conversation = c.key AND mb.account = ?1"                                             \
    " LEFT JOIN read_marks rm ON rm.conversation = c.key AND rm.account = ?1 "

/* A message; columns as message_view.c reads. */
#define SQL_MESSAGE_VIEW                                                                                               \
    "SELECT m.key, m.pos, m.id, c.name, a.id, s.name, m.client_id, m.text, m.data, m.created_ms, m.edited_ms,"         \
    "  m.deleted_ms, d.id, m.reply_to, ra.id, rs.name, substr(r.text, 1, 160) "

#define SQL_MESSAGE_VIEW_JOINS                                                                                         \
    " JOIN conversations c ON c.key = m.conversation"                                                                  \
    " LEFT JOIN accounts a ON a.key = m.author LEFT JOIN signatures s ON s.key = m.signature"                          \
    " LEFT JOIN accounts d ON d.key = m.deleted_by"                                                                    \
    " LEFT JOIN messages r ON r.conversation = m.conversation AND r.id = m.reply_to"                                   \
    " LEFT JOIN accounts ra ON ra.key = r.author LEFT JOIN signatures rs ON rs.key = r.signature "

/* The search index keeps no copy of the texts (content=''), so a deletion must name the text that was indexed. */
#define SQL_SEARCH_INDEX "fts5(scope, text, content='', columnsize=0, tokenize=\"unicode61 remove_diacritics 2\")"

/*
 * What it is made of, to be followed by WHERE. scope holds one word for the app and one for the conversation: a search
 * looks at nobody else's postings.
 */
#define SQL_SEARCH_TEXTS                                                                                               \
    " SELECT m.key, 'a' || hex(c.app) || ' c' || c.key, m.text FROM messages m"                                        \
    " CROSS JOIN conversations c ON c.key = m.conversation"

/* Whether the user (?5: account key) may find a message: all (?3), in public ones (?4), and where he is a member. */
#define SQL_SEARCH_VISIBLE                                                                                             \
    "(?3 OR (?4 AND c.visibility = 0)"                                                                                 \
    "   OR EXISTS(SELECT 1 FROM members b WHERE b.conversation = c.key AND b.account = ?5))"

/* What is held; columns as held.c reads. */
#define SQL_HELD                                                                                                       \
    "SELECT key, channel, queue, id, author_id, author_name, reason, type, client_id, digest, name, text, data,"       \
    "  reply_to, mentions, created_ms, expires_ms FROM held "

/* The type of the change that a message's row stands for: CARILLON_EVENT_MESSAGE_NEW. */
#define SQL_MESSAGE_NEW "0"

/* Client ids that are not folded yet (fold.h): of messages in their own rows, of events in a table. */
#define SQL_FRESH                                                                                                      \
    "SELECT m.author AS author, m.conversation AS conversation, m.client_id AS client_id, m.digest AS digest,"         \
    "  m.pos AS pos, m.id AS message_id, " SQL_MESSAGE_NEW " AS type, m.created_ms AS at_ms"                           \
    " FROM conversations c CROSS JOIN messages m ON m.conversation = c.key AND m.pos > c.folded_pos"                   \
    " WHERE c.last_pos > c.folded_pos AND m.digest IS NOT NULL AND m.client_id IS NOT NULL"                            \
    " UNION ALL SELECT author, conversation, client_id, digest, pos, message_id, type, at_ms FROM client_ids_fresh"

#define STATEMENTS_TRANSACTION(X)                                                                                      \
    X(BEGIN_WRITE, "BEGIN IMMEDIATE")                                                                                  \
    X(BEGIN_READ, "BEGIN")                                                                                             \
    X(COMMIT, "COMMIT")                                                                                                \
    X(END_READ, "ROLLBACK")                                                                                            \
    X(PING, "SELECT count(*) FROM sqlite_schema")

#define STATEMENTS_ACCOUNT(X)                                                                                          \
    X(ACCOUNT_FIND, "SELECT key FROM accounts WHERE app = ?1 AND id = ?2")                                             \
    X(ACCOUNT_ADD, "INSERT INTO accounts(app, id) VALUES(?1, ?2)")                                                     \
    X(ACTOR_FIND, "SELECT a.key, s.key FROM accounts a LEFT JOIN signatures s ON s.account = a.key AND s.name = ?3"    \
                  " WHERE a.app = ?1 AND a.id = ?2")                                                                   \
    X(SIGNATURE_ADD, "INSERT INTO signatures(account, name) VALUES(?1, ?2)")                                           \
    X(ACCOUNT_NAME_TAKEN, "SELECT 1 FROM accounts WHERE app = ?1 AND sort_name = ?2 AND key <> ?3")                    \
    X(ACCOUNT_REGISTER, "UPDATE accounts SET name = ?2, sort_name = ?3 WHERE key = ?1")                                \
    X(ACCOUNT_GET, "SELECT id, name FROM accounts WHERE app = ?1 AND id = ?2 AND name IS NOT NULL")                    \
    X(ACCOUNT_PAGE,                                                                                                    \
      "SELECT id, name FROM accounts WHERE app = ?1 AND id > ?2 AND name IS NOT NULL ORDER BY id LIMIT ?3")            \
    X(MEMBERS_RENAME, "UPDATE members SET signature = ?2, sort_name = ?3 WHERE account = ?1")

#define STATEMENTS_CONVERSATION(X)                                                                                     \
    X(CONVERSATION_FIND,                                                                                               \
      "SELECT key, last_pos, first_pos, member_count, message_count, last_message, visibility FROM conversations"      \
      " WHERE app = ?1 AND name = ?2")                                                                                 \
    X(CONVERSATION_ADD,                                                                                                \
      "INSERT INTO conversations(app, name, epoch, title, creator, visibility, created_ms, last_pos, first_pos,"       \
      "  member_count, message_count, activity) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 1, 0, 0, ?8)")                   \
    X(CONVERSATION_STORE,                                                                                              \
      "UPDATE conversations SET last_pos = ?2, first_pos = ?3, member_count = ?4, message_count = ?5,"                 \
      "  last_message = ?6 WHERE key = ?1")                                                                            \
    X(CONVERSATION_BUMP, "UPDATE conversations SET activity = ?2 WHERE key = ?1")                                      \
    X(CONVERSATION_CHANGE, "UPDATE conversations SET title = ?2, visibility = ?3 WHERE key = ?1")                      \
    X(CONVERSATION_TITLE, "SELECT title FROM conversations WHERE key = ?1")                                            \
    X(ACTIVITY_LAST, "SELECT max(activity) FROM conversations")                                                        \
    X(CONVERSATION_VIEW_ONE,                                                                                           \
      SQL_CONVERSATION_VIEW " FROM conversations c" SQL_CONVERSATION_VIEW_JOINS "WHERE c.key = ?3")                    \
    X(CONVERSATION_VIEW_LIST, SQL_CONVERSATION_VIEW                                                                    \
      " FROM json_each(?3) j CROSS JOIN conversations c ON c.key = j.value" SQL_CONVERSATION_VIEW_JOINS                \
      "ORDER BY j.key")                                                                                                \
    X(CONVERSATIONS_OF_MEMBER,                                                                                         \
      "SELECT c.key, c.activity FROM members m CROSS JOIN conversations c ON c.key = m.conversation"                   \
      " WHERE m.account = ?1 AND c.activity < ?2 ORDER BY c.activity DESC LIMIT ?3")                                   \
    X(CONVERSATIONS_SEEN,                                                                                              \
      "SELECT key, activity FROM ("                                                                                    \
      "  SELECT * FROM (SELECT key, activity FROM conversations WHERE app = ?4 AND visibility = 0 AND activity < ?2"   \
      "    ORDER BY activity DESC LIMIT ?3)"                                                                           \
      "  UNION ALL SELECT c.key, c.activity FROM members m CROSS JOIN conversations c ON c.key = m.conversation"       \
      "    WHERE m.account = ?1 AND c.visibility = 1 AND c.activity < ?2)"                                             \
      " ORDER BY activity DESC LIMIT ?3")                                                                              \
    X(CONVERSATIONS_ANY,                                                                                               \
      "SELECT key, activity FROM ("                                                                                    \
      "  SELECT * FROM (SELECT key, activity FROM conversations WHERE app = ?4 AND visibility = 0 AND activity < ?2"   \
      "    ORDER BY activity DESC LIMIT ?3)"                                                                           \
      "  UNION ALL"                                                                                                    \
      "  SELECT * FROM (SELECT key, activity FROM conversations WHERE app = ?4 AND visibility = 1 AND activity < ?2"   \
      "    ORDER BY activity DESC LIMIT ?3))"                                                                          \
      " ORDER BY activity DESC LIMIT ?3")

#define STATEMENTS_CHANGE(X)                                                                                           \
    X(CHANGE_ADD,                                                                                                      \
      "INSERT INTO changes(conversation, pos, type, actor, at_ms, message, emoji, member, role, name, data)"           \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                                                         \
    X(CHANGES_AFTER,                                                                                                   \
      "SELECT h.pos, h.type, a.id, s.name, h.at_ms, h.message, h.emoji, ma.id, ms.name, h.role, h.name, h.data FROM"   \
      " (SELECT pos, type, actor, at_ms, message, emoji, member, role, name, data FROM changes"                        \
      "    WHERE conversation = ?1 AND pos > ?2 AND pos <= ?3"                                                         \
      "  UNION ALL SELECT pos, " SQL_MESSAGE_NEW                                                                       \
      ", signature, created_ms, pos, NULL, NULL, 0, NULL, NULL FROM messages"                                          \
      "    WHERE conversation = ?1 AND pos > ?2 AND pos <= ?3) h"                                                      \
      " LEFT JOIN signatures s ON s.key = h.actor LEFT JOIN accounts a ON a.key = s.account"                           \
      " LEFT JOIN signatures ms ON ms.key = h.member LEFT JOIN accounts ma ON ma.key = ms.account ORDER BY h.pos")     \
    X(MESSAGES_OF_CHANGES, SQL_MESSAGE_VIEW                                                                            \
      "FROM (SELECT message FROM changes WHERE conversation = ?1 AND pos > ?2 AND pos <= ?3 AND message IS NOT NULL"   \
      "      UNION SELECT pos FROM messages WHERE conversation = ?1 AND pos > ?2 AND pos <= ?3) h"                     \
      " CROSS JOIN messages m ON m.conversation = ?1 AND m.pos = h.message" SQL_MESSAGE_VIEW_JOINS "ORDER BY m.pos")   \
    X(CLIENT_ID_FIND,                                                                                                  \
      "SELECT digest, pos, message_id, type, at_ms FROM client_ids WHERE author = ?1 AND conversation = ?2"            \
      " AND client_id = ?3 AND at_ms >= ?4")                                                                           \
    X(CLIENT_ID_PRUNE,                                                                                                 \
      "DELETE FROM client_ids WHERE (author, conversation, client_id) IN"                                              \
      " (SELECT author, conversation, client_id FROM client_ids WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)")            \
    X(CLIENT_ID_PUT,                                                                                                   \
      "INSERT INTO client_ids(author, conversation, client_id, digest, pos, message_id, type, at_ms)"                  \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET digest = excluded.digest, pos = "             \
      "excluded.pos,"                                                                                                  \
      "  message_id = excluded.message_id, type = excluded.type, at_ms = excluded.at_ms WHERE excluded.pos >= pos")    \
    X(CLIENT_IDS_PAGE, /* in the order of the key: a page of those in it, and the fresh ones beyond the cursor */      \
      "SELECT i.author, i.conversation, i.client_id, i.digest, i.pos, i.message_id, i.type, i.at_ms, a.id, c.name "    \
      "FROM"                                                                                                           \
      " (SELECT * FROM (SELECT author, conversation, client_id, digest, pos, message_id, type, at_ms FROM client_ids"  \
      "   WHERE (author, conversation, client_id) > (?2, ?3, ?4) AND at_ms >= ?5 AND EXISTS"                           \
      "    (SELECT 1 FROM accounts o WHERE o.key = author AND o.app = ?1) ORDER BY author, conversation, client_id "   \
      "LIMIT ?6)"                                                                                                      \
      "  UNION ALL SELECT * FROM (" SQL_FRESH ")"                                                                      \
      "   WHERE (author, conversation, client_id) > (?2, ?3, ?4) AND at_ms >= ?5) i"                                   \
      " CROSS JOIN accounts a ON a.key = i.author AND a.app = ?1 CROSS JOIN conversations c ON c.key = i.conversation" \
      " ORDER BY i.author, i.conversation, i.client_id LIMIT ?6")                                                      \
    X(FRESH_ALL, "SELECT author, conversation, client_id FROM (" SQL_FRESH ")")                                        \
    X(FRESH_FIND, /* walks through at most fold_rows */                                                                \
      "SELECT digest, pos, message_id, type, at_ms FROM (" SQL_FRESH ") WHERE author = ?1 AND conversation = ?2"       \
      " AND client_id = ?3 AND at_ms >= ?4 ORDER BY at_ms DESC, pos DESC LIMIT 1")                                     \
    X(FRESH_ADD, "INSERT INTO client_ids_fresh(author, conversation, client_id, digest, pos, message_id, type, at_ms)" \
                 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                                                            \
    X(FRESH_KEEP, /* of a message that goes before it was folded */                                                    \
      "INSERT INTO client_ids(author, conversation, client_id, digest, pos, message_id, type, at_ms)"                  \
      " SELECT m.author, m.conversation, m.client_id, m.digest, m.pos, m.id, " SQL_MESSAGE_NEW ", m.created_ms"        \
      "  FROM messages m CROSS JOIN conversations c ON c.key = m.conversation AND m.pos > c.folded_pos"                \
      "  WHERE m.key = ?1 AND m.digest IS NOT NULL AND m.client_id IS NOT NULL"                                        \
      " ON CONFLICT DO UPDATE SET digest = excluded.digest, pos = excluded.pos, message_id = excluded.message_id,"     \
      "  type = excluded.type, at_ms = excluded.at_ms WHERE excluded.at_ms >= at_ms")

#define STATEMENTS_FOLD(X)                                                                                             \
    X(FOLD_AUTHORED,                                                                                                   \
      "INSERT INTO authored(author, conversation, pos, message) SELECT m.author, m.conversation, m.pos, m.key"         \
      " FROM conversations c CROSS JOIN messages m ON m.conversation = c.key AND m.pos > c.folded_pos"                 \
      " WHERE c.last_pos > c.folded_pos AND m.author IS NOT NULL AND m.deleted_ms IS NULL ORDER BY 1, 2, 3")           \
    X(FOLD_CONVERSATIONS, "UPDATE conversations SET folded_pos = last_pos WHERE last_pos > folded_pos")                \
    X(FOLD_CLIENT_IDS, /* a later one of the same id counts */                                                         \
      "INSERT OR REPLACE INTO client_ids(author, conversation, client_id, digest, pos, message_id, type, at_ms)"       \
      " SELECT * FROM (" SQL_FRESH ") ORDER BY author, conversation, client_id, at_ms, pos")                           \
    X(FOLD_END, "DELETE FROM client_ids_fresh")

#define STATEMENTS_MESSAGE(X)                                                                                          \
    X(MESSAGE_FIND, "SELECT key, pos, author, deleted_ms FROM messages WHERE conversation = ?1 AND id = ?2")           \
    X(MESSAGE_ADD,                                                                                                     \
      "INSERT INTO messages(conversation, pos, ordinal, id, author, signature, client_id, digest, text, data,"         \
      "  created_ms, reply_to) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"                              \
      " ON CONFLICT(conversation, id) DO NOTHING")                                                                     \
    X(MESSAGE_EDIT, "UPDATE messages SET text = ?2, data = coalesce(?3, data), edited_ms = ?4 WHERE key = ?1")         \
    X(MESSAGE_TOMBSTONE,                                                                                               \
      "UPDATE messages SET text = '', data = NULL, client_id = NULL, deleted_ms = ?2, deleted_by = ?3 WHERE key = ?1") \
    X(MESSAGE_TEXT, "SELECT text FROM messages WHERE key = ?1")                                                        \
    X(MESSAGE_LAST_LIVE, "SELECT key FROM messages WHERE conversation = ?1 AND pos < ?2 AND deleted_ms IS NULL ORDER " \
                         "BY pos DESC LIMIT 1")                                                                        \
    X(MESSAGE_VIEW_ONE, SQL_MESSAGE_VIEW "FROM messages m" SQL_MESSAGE_VIEW_JOINS "WHERE m.key = ?1")                  \
    X(MESSAGE_VIEW_LIST, SQL_MESSAGE_VIEW                                                                              \
      "FROM json_each(?1) j CROSS JOIN messages m ON m.key = j.value" SQL_MESSAGE_VIEW_JOINS "ORDER BY j.key")         \
    X(MESSAGE_AT,                                                                                                      \
      SQL_MESSAGE_VIEW "FROM messages m" SQL_MESSAGE_VIEW_JOINS "WHERE m.conversation = ?1 AND m.pos = ?2")            \
    X(HISTORY_BEFORE, SQL_MESSAGE_VIEW "FROM messages m" SQL_MESSAGE_VIEW_JOINS                                        \
                                       "WHERE m.conversation = ?1 AND m.pos < ?2 ORDER BY m.pos DESC LIMIT ?3")        \
    X(HISTORY_AFTER, SQL_MESSAGE_VIEW "FROM messages m" SQL_MESSAGE_VIEW_JOINS                                         \
                                      "WHERE m.conversation = ?1 AND m.pos > ?2 ORDER BY m.pos LIMIT ?3")              \
    X(MENTION_ADD,                                                                                                     \
      "INSERT INTO mentions(message, place, user_id, conversation, pos, own) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")          \
    X(MENTIONS_REMOVE, "DELETE FROM mentions WHERE message = ?1")                                                      \
    X(MENTIONS_OF, "SELECT j.key, n.user_id FROM json_each(?1) j CROSS JOIN mentions n ON n.message = j.value"         \
                   " ORDER BY j.key, n.place")                                                                         \
    X(REACTIONS_OF, /* at most 50 users each: up to the pos of the 50th */                                             \
      "SELECT j.key, t.emoji, t.count, a.id, s.name FROM json_each(?1) j"                                              \
      " CROSS JOIN reaction_counts t ON t.message = j.value"                                                           \
      " CROSS JOIN reactions r ON r.message = t.message AND r.emoji = t.emoji AND r.pos <= coalesce("                  \
      "   (SELECT l.pos FROM reactions l WHERE l.message = t.message AND l.emoji = t.emoji ORDER BY l.pos"             \
      "    LIMIT 1 OFFSET 49), 9223372036854775807)"                                                                   \
      " JOIN accounts a ON a.key = r.account JOIN signatures s ON s.key = r.signature"                                 \
      " ORDER BY j.key, t.first_pos, t.emoji, r.pos")                                                                  \
    X(SEARCH_ADD, "INSERT INTO search(rowid, scope, text) VALUES(?1, 'a' || hex(?2) || ' c' || ?3, ?4)")               \
    X(SEARCH_REMOVE,                                                                                                   \
      "INSERT INTO search(search, rowid, scope, text) VALUES('delete', ?1, 'a' || hex(?2) || ' c' || ?3, ?4)")         \
    X(SEARCH_MERGE, "INSERT INTO search(search, rank) VALUES('merge', ?1)")                                            \
    X(SEARCH_DONE, "SELECT key FROM search_done WHERE one = 1")                                                        \
    X(SEARCH_DONE_SET, "UPDATE search_done SET key = max(key, coalesce((SELECT max(key) FROM messages), 0))"           \
                       " WHERE one = 1")                                                                               \
    X(SEARCH_INDEX_AFTER, "INSERT INTO search(rowid, scope, text)" SQL_SEARCH_TEXTS                                    \
                          " WHERE m.key > ?1 AND m.deleted_ms IS NULL AND m.text <> '' ORDER BY m.key")                \
    X(SEARCH_FRESH_ANY,                                                                                                \
      "SELECT 1 FROM messages WHERE key > (SELECT key FROM search_done WHERE one = 1) AND key < ?1 LIMIT 1")           \
    X(SEARCH_FRESH,                                                                                                    \
      SQL_SEARCH_TEXTS " WHERE m.key > (SELECT key FROM search_done WHERE one = 1) AND m.key < ?3 AND c.app = ?1"      \
                       " AND ?2 IN (0, c.key) AND m.deleted_ms IS NULL AND m.text <> ''")                              \
    X(SEARCH_FRESH_PAGE, "SELECT m.key FROM json_each(?1) j CROSS JOIN messages m ON m.key = j.value"                  \
                         " CROSS JOIN conversations c ON c.key = m.conversation"                                       \
                         " WHERE m.key < ?2 AND " SQL_SEARCH_VISIBLE " ORDER BY j.key LIMIT ?6")                       \
    X(SEARCH_PAGE,                                                                                                     \
      "SELECT f.rowid FROM search f CROSS JOIN messages m ON m.key = f.rowid"                                          \
      " CROSS JOIN conversations c ON c.key = m.conversation"                                                          \
      " WHERE f.search MATCH ?1 AND f.rowid < ?2 AND " SQL_SEARCH_VISIBLE " ORDER BY f.rowid DESC LIMIT ?6")

#define STATEMENTS_REACTION(X)                                                                                         \
    X(REACTION_FIND, "SELECT pos FROM reactions WHERE account = ?1 AND message = ?2 AND emoji = ?3")                   \
    X(REACTION_EMOJI, "SELECT count FROM reaction_counts WHERE message = ?1 AND emoji = ?2")                           \
    X(REACTION_EMOJI_COUNT, "SELECT count(*) FROM reaction_counts WHERE message = ?1")                                 \
    X(REACTION_ADD, "INSERT INTO reactions(message, emoji, pos, account, signature) VALUES(?1, ?2, ?3, ?4, ?5)")       \
    X(REACTION_COUNT_UP, "INSERT INTO reaction_counts(message, emoji, first_pos, count) VALUES(?1, ?2, ?3, 1)"         \
                         " ON CONFLICT DO UPDATE SET count = count + 1")                                               \
    X(REACTION_REMOVE, "DELETE FROM reactions WHERE account = ?1 AND message = ?2 AND emoji = ?3")                     \
    X(REACTION_COUNT_DOWN, "UPDATE reaction_counts SET count = count - 1 WHERE message = ?1 AND emoji = ?2")           \
    X(REACTION_COUNT_CLEAN, "DELETE FROM reaction_counts WHERE message = ?1 AND emoji = ?2 AND count = 0")             \
    X(REACTIONS_REMOVE, "DELETE FROM reactions WHERE message = ?1")                                                    \
    X(REACTION_COUNTS_REMOVE, "DELETE FROM reaction_counts WHERE message = ?1")

#define STATEMENTS_MEMBER(X)                                                                                           \
    X(MEMBER_FIND, "SELECT role FROM members WHERE conversation = ?1 AND account = ?2")                                \
    X(MEMBER_ADD, "INSERT INTO members(conversation, account, signature, sort_name, role, joined_ms)"                  \
                  " VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                                   \
    X(MEMBER_ROLE, "UPDATE members SET role = ?3 WHERE conversation = ?1 AND account = ?2")                            \
    X(MEMBER_REMOVE, "DELETE FROM members WHERE conversation = ?1 AND account = ?2")                                   \
    X(MEMBER_OWNERS, "SELECT count(*) FROM members WHERE conversation = ?1 AND role = 3")                              \
    X(MEMBER_HEIR, "SELECT m.account, m.signature, a.id, s.name FROM members m JOIN accounts a ON a.key = m.account"   \
                   " JOIN signatures s ON s.key = m.signature WHERE m.conversation = ?1"                               \
                   " ORDER BY m.role DESC, m.joined_ms, m.account LIMIT 1")                                            \
    X(MEMBERS_PAGE, "SELECT m.account, m.sort_name, a.id, s.name, m.role, m.joined_ms, r.pos FROM members m"           \
                    " JOIN accounts a ON a.key = m.account JOIN signatures s ON s.key = m.signature"                   \
                    " LEFT JOIN read_marks r ON r.conversation = m.conversation AND r.account = m.account"             \
                    " WHERE m.conversation = ?1 AND (m.sort_name, m.account) > (?2, ?3)"                               \
                    " ORDER BY m.sort_name, m.account LIMIT ?4")                                                       \
    X(MODERATORS_PAGE, "SELECT m.account, m.sort_name, a.id, s.name, m.role, m.joined_ms, r.pos FROM members m"        \
                       " JOIN accounts a ON a.key = m.account JOIN signatures s ON s.key = m.signature"                \
                       " LEFT JOIN read_marks r ON r.conversation = m.conversation AND r.account = m.account"          \
                       " WHERE m.conversation = ?1 AND m.role >= 2 AND (m.sort_name, m.account) > (?2, ?3)"            \
                       "   AND m.role >= ?5 ORDER BY m.sort_name, m.account LIMIT ?4")                                 \
    X(READ_MARK_SET, "INSERT INTO read_marks(conversation, account, pos) VALUES(?1, ?2, ?3)"                           \
                     " ON CONFLICT DO UPDATE SET pos = excluded.pos WHERE excluded.pos > pos")                         \
    X(READ_MARKS_PAGE, "SELECT r.account, a.id, r.pos FROM read_marks r JOIN accounts a ON a.key = r.account"          \
                       " WHERE r.conversation = ?1 AND r.account > ?2 ORDER BY r.account LIMIT ?3")                    \
    X(READ_MARK_REMOVE, "DELETE FROM read_marks WHERE conversation = ?1 AND account = ?2")                             \
    X(INVITATION_FIND,                                                                                                 \
      "SELECT i.key, i.code, c.name, c.title, a.id, s.name, i.role, i.created_ms, i.expires_ms, i.uses, i.max_uses,"   \
      "  i.conversation FROM invitations i JOIN conversations c ON c.key = i.conversation"                             \
      " LEFT JOIN signatures s ON s.key = i.creator LEFT JOIN accounts a ON a.key = s.account"                         \
      " WHERE i.app = ?1 AND i.code = ?2")                                                                             \
    X(INVITATIONS_PAGE,                                                                                                \
      "SELECT i.key, i.code, c.name, c.title, a.id, s.name, i.role, i.created_ms, i.expires_ms, i.uses, i.max_uses,"   \
      "  i.conversation FROM invitations i JOIN conversations c ON c.key = i.conversation"                             \
      " LEFT JOIN signatures s ON s.key = i.creator LEFT JOIN accounts a ON a.key = s.account"                         \
      " WHERE i.conversation = ?1 AND i.key < ?2 ORDER BY i.key DESC LIMIT ?3")                                        \
    X(INVITATION_ADD,                                                                                                  \
      "INSERT INTO invitations(app, code, conversation, creator, role, created_ms, expires_ms, uses, max_uses)"        \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                                                                   \
    X(INVITATION_USE, "UPDATE invitations SET uses = uses + 1 WHERE key = ?1")                                         \
    X(INVITATION_REMOVE, "DELETE FROM invitations WHERE key = ?1")                                                     \
    X(INVITATIONS_PRUNE, "DELETE FROM invitations WHERE conversation = ?1 AND expires_ms > 0 AND expires_ms < ?2")

#define STATEMENTS_PERSON(X)                                                                                           \
    X(AUTHORED_REMOVE, "DELETE FROM authored WHERE author = ?1 AND conversation = ?2 AND pos = ?3")                    \
    X(MESSAGES_OF_AUTHOR,                                                                                              \
      "SELECT message, pos FROM authored WHERE author = ?1 AND conversation = ?2 ORDER BY pos LIMIT ?3")               \
    X(REACTIONS_OF_AUTHOR, "SELECT m.pos, m.key, r.emoji FROM reactions r CROSS JOIN messages m ON m.key = r.message"  \
                           " WHERE r.account = ?1 AND m.conversation = ?2 LIMIT ?3")                                   \
    X(EXPORT_PAGE,                                                                                                     \
      "SELECT message FROM authored WHERE author = ?1 AND message > ?2 UNION ALL"                                      \
      " SELECT m.key FROM conversations c CROSS JOIN messages m ON m.conversation = c.key AND m.pos > c.folded_pos"    \
      "  WHERE c.last_pos > c.folded_pos AND m.author = ?1 AND m.deleted_ms IS NULL AND m.key > ?2"                    \
      " ORDER BY 1 LIMIT ?3")                                                                                          \
    X(EXPORT_CONVERSATIONS, "SELECT conversation FROM members WHERE account = ?1 ORDER BY conversation")               \
    X(ACCOUNT_FORGET, "UPDATE accounts SET name = NULL, sort_name = NULL WHERE key = ?1")                              \
    X(SIGNATURES_FORGET, "UPDATE signatures SET name = '' WHERE account = ?1")                                         \
    X(CLIENT_IDS_FORGET, "DELETE FROM client_ids WHERE author = ?1")                                                   \
    X(INVITATIONS_FORGET, "DELETE FROM invitations WHERE creator IN (SELECT key FROM signatures WHERE account = ?1)")  \
    X(MEMBERS_FORGET, "UPDATE members SET sort_name = '' WHERE account = ?1")                                          \
    X(RETENTION_BY_AGE, /* the first change that is young enough */                                                    \
      "SELECT min(pos) FROM ("                                                                                         \
      "  SELECT min(pos) AS pos FROM changes WHERE conversation = ?1 AND pos >= ?2 AND pos < ?3 AND at_ms >= ?4"       \
      "  UNION ALL"                                                                                                    \
      "  SELECT min(pos) FROM messages WHERE conversation = ?1 AND pos >= ?2 AND pos < ?3 AND created_ms >= ?4)")      \
    X(RETENTION_BY_COUNT, /* the oldest message to keep */                                                             \
      "SELECT pos FROM messages WHERE conversation = ?1 ORDER BY pos DESC LIMIT 1 OFFSET ?2")                          \
    X(RETENTION_MESSAGES,                                                                                              \
      "SELECT key, pos, author FROM messages WHERE conversation = ?1 AND pos < ?2 ORDER BY pos LIMIT ?3")              \
    X(RETENTION_KEEP_ID, /* for the later changes about a message that goes */                                         \
      "UPDATE changes SET name = (SELECT id FROM messages WHERE key = ?1)"                                             \
      " WHERE conversation = ?2 AND message = ?3 AND message <> pos AND message IS NOT NULL")                          \
    X(MESSAGE_REMOVE, "DELETE FROM messages WHERE key = ?1")                                                           \
    X(CHANGES_REMOVE, "DELETE FROM changes WHERE conversation = ?1 AND pos < ?2")                                      \
    X(REVOCATION_OF_USER,                                                                                              \
      "INSERT INTO revocations(app, user_id, at_ms, until_ms) VALUES(?1, ?2, ?3, ?4)"                                  \
      " ON CONFLICT(app, user_id) WHERE user_id IS NOT NULL"                                                           \
      " DO UPDATE SET at_ms = max(at_ms, excluded.at_ms), until_ms = max(until_ms, excluded.until_ms)")                \
    X(REVOCATION_OF_TOKEN,                                                                                             \
      "INSERT INTO revocations(app, token, at_ms, until_ms) VALUES(?1, ?2, ?3, ?4)"                                    \
      " ON CONFLICT(app, token) WHERE token IS NOT NULL"                                                               \
      " DO UPDATE SET at_ms = max(at_ms, excluded.at_ms), until_ms = max(until_ms, excluded.until_ms)")                \
    X(REVOCATIONS_PRUNE, "DELETE FROM revocations WHERE until_ms < ?1")                                                \
    X(REVOCATIONS_PAGE,                                                                                                \
      "SELECT key, user_id, token, at_ms, until_ms FROM revocations WHERE app = ?1 AND until_ms >= ?2 AND key > ?3"    \
      " ORDER BY key LIMIT ?4")

#define STATEMENTS_ERASURES(X)                                                                                         \
    X(ERASURE_PUT,                                                                                                     \
      "INSERT INTO erasures(app, user_id, user_name, at_ms) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")            \
    X(ERASURE_END, "DELETE FROM erasures WHERE app = ?1 AND user_id = ?2")                                             \
    X(ERASURES_PAGE, "SELECT key, user_id, user_name FROM erasures WHERE +app = ?1 AND key > ?2 ORDER BY key LIMIT "   \
                     "?3")

#define STATEMENTS_MUTES(X)                                                                                            \
    X(MUTES_PRUNE, "DELETE FROM mutes WHERE until_ms <= ?1")                                                           \
    X(MUTE_PUT,                                                                                                        \
      "INSERT INTO mutes(app, user_id, channel, text, until_ms) VALUES(?1, ?2, ?3, ?4, ?5)"                            \
      " ON CONFLICT(app, user_id, channel) DO UPDATE SET text = excluded.text, until_ms = excluded.until_ms")          \
    X(MUTES_FORGET, "DELETE FROM mutes WHERE app = ?1 AND user_id = ?2")                                               \
    X(MUTES_PAGE,                                                                                                      \
      "SELECT key, user_id, channel, text, until_ms FROM mutes WHERE +app = ?1 AND until_ms > ?2 AND key > ?3"         \
      " ORDER BY key LIMIT ?4")

#define STATEMENTS_HELD(X)                                                                                             \
    X(HELD_PRUNE, "DELETE FROM held WHERE expires_ms <= ?1")                                                           \
    X(HELD_COUNT, "SELECT count(*) FROM held WHERE app = ?1 AND channel = ?2 AND queue = ?3")                          \
    X(HELD_ADD,                                                                                                        \
      "INSERT INTO held(app, channel, queue, id, author_id, author_name, reason, type, client_id, digest, name, text," \
      "  data, reply_to, mentions, created_ms, expires_ms)"                                                            \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)")                           \
    X(HELD_OF_CLIENT_ID,                                                                                               \
      SQL_HELD "WHERE app = ?1 AND author_id = ?2 AND channel = ?3 AND client_id = ?4 AND expires_ms > ?5")            \
    X(HELD_FIND, SQL_HELD "WHERE app = ?1 AND channel = ?2 AND id = ?3 AND expires_ms > ?4")                           \
    X(HELD_REMOVE, "DELETE FROM held WHERE app = ?1 AND channel = ?2 AND id = ?3")                                     \
    X(HELD_PAGE_OF_APP, SQL_HELD "WHERE +app = ?1 AND key > ?2 AND expires_ms > ?3 ORDER BY key LIMIT ?4")             \
    X(HELD_PAGE, SQL_HELD "WHERE app = ?1 AND channel = ?2 AND key > ?3 AND expires_ms > ?4 ORDER BY key LIMIT ?5")    \
    X(HELD_PAGE_OF_QUEUE, SQL_HELD                                                                                     \
      "WHERE app = ?1 AND channel = ?2 AND queue = ?6 AND key > ?3 AND expires_ms > ?4 ORDER BY key LIMIT ?5")         \
    X(HELD_FORGET, "DELETE FROM held WHERE app = ?1 AND author_id = ?2")

#define STATEMENTS(X)                                                                                                  \
    STATEMENTS_TRANSACTION(X)                                                                                          \
    STATEMENTS_ACCOUNT(X)                                                                                              \
    STATEMENTS_CONVERSATION(X)                                                                                         \
    STATEMENTS_CHANGE(X)                                                                                               \
    STATEMENTS_FOLD(X)                                                                                                 \
    STATEMENTS_MESSAGE(X)                                                                                              \
    STATEMENTS_REACTION(X)                                                                                             \
    STATEMENTS_MEMBER(X)                                                                                               \
    STATEMENTS_PERSON(X)                                                                                               \
    STATEMENTS_ERASURES(X)                                                                                             \
    STATEMENTS_MUTES(X)                                                                                                \
    STATEMENTS_HELD(X)

enum statement {
#define X(name, sql) STATEMENT_##name,
    STATEMENTS(X)
#undef X
        STATEMENT_COUNT
};

#endif
