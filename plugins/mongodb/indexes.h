/*
 * All indexes, one table: X(collection, "name", "keys as JSON", "options as JSON"). Unique ones over fields that other
 * programs may leave out are partial: a plain unique index takes a missing field as null, and refuses the second such
 * document.
 */
#ifndef MONGODB_INDEXES_H
#define MONGODB_INDEXES_H

#define INDEXES(X)                                                                                                     \
    X(CONVERSATIONS, "name", "{\"app\": 1, \"name\": 1}", "{\"unique\": true}")                                        \
    X(CONVERSATIONS, "activity", "{\"app\": 1, \"activity\": -1}", "{}")                                               \
    X(CONVERSATIONS, "creator", "{\"app\": 1, \"creator.id\": 1}", "{}")                                               \
    X(MESSAGES, "pos", "{\"app\": 1, \"conversation\": 1, \"pos\": 1}",                                                \
      "{\"unique\": true, \"partialFilterExpression\": {\"pos\": {\"$exists\": true}}}")                               \
    X(MESSAGES, "id", "{\"app\": 1, \"conversation\": 1, \"id\": 1}",                                                  \
      "{\"unique\": true, \"partialFilterExpression\": {\"id\": {\"$exists\": true}}}")                                \
    X(MESSAGES, "author", "{\"app\": 1, \"author.id\": 1, \"conversation\": 1, \"pos\": 1}", "{}")                     \
    X(MESSAGES, "deleted", "{\"app\": 1, \"conversation\": 1, \"pos\": 1, \"author.id\": 1}",                          \
      "{\"partialFilterExpression\": {\"deleted\": {\"$exists\": true}}}")                                             \
    X(MESSAGES, "mentions", "{\"app\": 1, \"mentions\": 1, \"conversation\": 1, \"pos\": 1}",                          \
      "{\"partialFilterExpression\": {\"mentions\": {\"$exists\": true}}}")                                            \
    X(MESSAGES, "words", "{\"app\": 1, \"words\": 1, \"order\": -1}",                                                  \
      "{\"partialFilterExpression\": {\"words\": {\"$exists\": true}}}")                                               \
    X(MESSAGES, "expires", "{\"expires\": 1}", "{\"expireAfterSeconds\": 0, \"sparse\": true}")                        \
    X(CHANGES, "pos", "{\"app\": 1, \"conversation\": 1, \"pos\": 1}", "{\"unique\": true}")                           \
    X(CHANGES, "actor", "{\"app\": 1, \"actor.id\": 1}",                                                               \
      "{\"partialFilterExpression\": {\"actor.id\": {\"$exists\": true}}}")                                            \
    X(CHANGES, "member", "{\"app\": 1, \"member.id\": 1}",                                                             \
      "{\"partialFilterExpression\": {\"member.id\": {\"$exists\": true}}}")                                           \
    X(CHANGES, "client_id", "{\"app\": 1, \"author\": 1, \"conversation\": 1, \"client_id\": 1}",                      \
      "{\"unique\": true, \"partialFilterExpression\": {\"client_id\": {\"$exists\": true}}}")                         \
    X(CLIENT_IDS, "conversation", "{\"app\": 1, \"conversation\": 1, \"client_id\": 1}", "{}")                         \
    X(CLIENT_IDS, "client_id", "{\"app\": 1, \"author\": 1, \"conversation\": 1, \"client_id\": 1}",                   \
      "{\"unique\": true, \"partialFilterExpression\": {\"client_id\": {\"$exists\": true}}}")                         \
    X(MEMBERS, "user", "{\"app\": 1, \"conversation\": 1, \"user.id\": 1}",                                            \
      "{\"unique\": true, \"partialFilterExpression\": {\"user.id\": {\"$exists\": true}}}")                           \
    X(MEMBERS, "conversations", "{\"app\": 1, \"user.id\": 1}", "{}")                                                  \
    X(MEMBERS, "sort_name", "{\"app\": 1, \"conversation\": 1, \"sort_name\": 1, \"user.id\": 1}", "{}")               \
    X(MEMBERS, "role", "{\"app\": 1, \"conversation\": 1, \"role\": 1}", "{}")                                         \
    X(READ_MARKS, "user", "{\"app\": 1, \"conversation\": 1, \"user\": 1}", "{\"unique\": true}")                      \
    X(READ_MARKS, "conversations", "{\"app\": 1, \"user\": 1}", "{}")                                                  \
    X(REACTIONS, "message", "{\"app\": 1, \"conversation\": 1, \"message\": 1, \"emoji\": 1, \"user.id\": 1}",         \
      "{\"unique\": true}")                                                                                            \
    X(REACTIONS, "user", "{\"app\": 1, \"conversation\": 1, \"user.id\": 1, \"pos\": 1}", "{}")                        \
    X(USERS, "id", "{\"app\": 1, \"id\": 1}", "{\"unique\": true}")                                                    \
    X(USERS, "sort_name", "{\"app\": 1, \"sort_name\": 1}", "{}")                                                      \
    X(USERS, "claimed", "{\"app\": 1, \"claimed\": 1}",                                                                \
      "{\"unique\": true, \"partialFilterExpression\": {\"claimed\": {\"$exists\": true}}}")                           \
    X(INVITATIONS, "code", "{\"app\": 1, \"code\": 1}", "{\"unique\": true}")                                          \
    X(INVITATIONS, "conversation", "{\"app\": 1, \"conversation\": 1, \"_id\": -1}", "{}")                             \
    X(INVITATIONS, "creator", "{\"app\": 1, \"creator.id\": 1}", "{}")                                                 \
    /* An expired one is answered with GONE for 30 days, instead of NOT_FOUND. */                                      \
    X(INVITATIONS, "expires", "{\"expires\": 1}", "{\"expireAfterSeconds\": 2592000}")                                 \
    X(REVOCATIONS, "user", "{\"app\": 1, \"user\": 1}",                                                                \
      "{\"unique\": true, \"partialFilterExpression\": {\"user\": {\"$exists\": true}}}")                              \
    X(REVOCATIONS, "token", "{\"app\": 1, \"token\": 1}",                                                              \
      "{\"unique\": true, \"partialFilterExpression\": {\"token\": {\"$exists\": true}}}")                             \
    X(REVOCATIONS, "until", "{\"until\": 1}", "{\"expireAfterSeconds\": 60}")                                          \
    X(HELD, "id", "{\"app\": 1, \"conversation\": 1, \"id\": 1}", "{\"unique\": true}")                                \
    X(HELD, "client_id", "{\"app\": 1, \"author.id\": 1, \"conversation\": 1, \"client_id\": 1}",                      \
      "{\"unique\": true, \"partialFilterExpression\": {\"client_id\": {\"$exists\": true}}}")                         \
    X(HELD, "conversation", "{\"app\": 1, \"conversation\": 1, \"_id\": 1}", "{}")                                     \
    X(HELD, "queue", "{\"app\": 1, \"conversation\": 1, \"queue\": 1, \"_id\": 1}", "{}")                              \
    X(HELD, "author", "{\"app\": 1, \"author.id\": 1}", "{}")                                                          \
    X(HELD, "expires", "{\"expires\": 1}", "{\"expireAfterSeconds\": 0}")                                              \
    X(ERASURES, "user", "{\"app\": 1, \"user.id\": 1}", "{\"unique\": true}")                                          \
    X(MUTES, "user", "{\"app\": 1, \"user\": 1, \"channel\": 1}", "{\"unique\": true}")                                \
    X(MUTES, "until", "{\"until\": 1}", "{\"expireAfterSeconds\": 0}")

#endif
