/*
 * Commands to the server, each within the thread's session: a writer's transaction or a reader's snapshot. After a
 * failure, which stays in thread->failure until query_clear, nothing more is sent and every function answers "nothing".
 * Documents given as arguments are destroyed; filters begin with query_app or query_scope.
 */
#ifndef MONGODB_QUERY_H
#define MONGODB_QUERY_H

#include "doc.h"

/* { app } and { app, conversation } of the request. */
bson_t *query_app(struct carillon_storage_thread *thread);
bson_t *query_scope(struct carillon_storage_thread *thread);

/* opts may be NULL. */
mongoc_cursor_t *query_find(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *opts);
mongoc_cursor_t *query_aggregate(struct carillon_storage_thread *thread, enum collection in, bson_t *pipeline);
/* The next one, valid until the next call; NULL: no more, and the cursor is gone. */
const bson_t *query_next(struct carillon_storage_thread *thread, mongoc_cursor_t **cursor);
void query_end(mongoc_cursor_t *cursor);
/* The first one; the caller destroys it. NULL: none. */
bson_t *query_one(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *opts);
bool query_any(struct carillon_storage_thread *thread, enum collection in, bson_t *filter);
int64_t query_count(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, int64_t at_most);

void query_insert(struct carillon_storage_thread *thread, enum collection in, bson_t *doc);
void query_insert_many(struct carillon_storage_thread *thread, enum collection in, bson_t **docs, size_t n);
/* How many matched. */
int64_t query_update(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *update);
void query_update_all(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *update);
void query_upsert(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *update);
void query_delete(struct carillon_storage_thread *thread, enum collection in, bson_t *filter);

/* Keeps the first failure; reply may be NULL. */
void query_fail(struct carillon_storage_thread *thread, const bson_error_t *error, const bson_t *reply);
void query_clear(struct carillon_storage_thread *thread);
enum carillon_result query_result(enum failure failure);

/* Options for a command: { sessionId, and for reads outside transactions maxTimeMS }. Stack room is the caller's. */
void query_session_opts(struct carillon_storage_thread *thread, bson_t *opts);

/* Lists: limit is 1 to 1000. */
bool query_limit_ok(uint32_t limit);
/* A number of digits only; true and unchanged when the cursor is absent. */
bool query_cursor_number(struct carillon_str cursor, int64_t *number);
/* The same of an ObjectId; *set tells whether there was one. */
bool query_cursor_oid(struct carillon_str cursor, bson_oid_t *oid, bool *set);
struct carillon_str query_oid_cursor(struct carillon_storage_thread *thread, const bson_oid_t *oid);

#endif
