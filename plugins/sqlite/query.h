/*
 * Prepared statements of one thread, with one sticky error: after the first failure nothing is run any more, loops over
 * rows end, and thread->error tells. So an operation reads straight on and whoever called it looks at the error once.
 *
 * Bound strings are not copied: they must live until the statement's last row.
 */
#ifndef SQLITE_QUERY_H
#define SQLITE_QUERY_H

#include "store.h"

#include <string.h>

struct query_arg {
    enum { QUERY_INT, QUERY_TEXT, QUERY_BLOB, QUERY_NULL } type;
    int64_t number; /* or the length in bytes */
    const void *bytes;
};

#define INT(value) ((struct query_arg){ QUERY_INT, (int64_t)(value), NULL })
#define TEXT(string) query_arg_text(string) /* an absent one is NULL */
#define BLOB(pointer, size) ((struct query_arg){ QUERY_BLOB, (int64_t)(size), (pointer) })
#define NOTHING ((struct query_arg){ QUERY_NULL, 0, NULL })
#define KEY(key) query_arg_key(key) /* of a row, or NULL for 0 */

static inline struct query_arg query_arg_text(struct carillon_str str)
{
    return (struct query_arg){ str.ptr ? QUERY_TEXT : QUERY_NULL, (int64_t)str.len, str.ptr };
}

static inline struct query_arg query_arg_key(int64_t key)
{
    return (struct query_arg){ key ? QUERY_INT : QUERY_NULL, key, NULL };
}

#define QUERY_ARGS(...)                                                                                                \
    (const struct query_arg[]){ __VA_ARGS__ },                                                                         \
        sizeof((const struct query_arg[]){ __VA_ARGS__ }) / sizeof(struct query_arg)

/* Ready for query_row; NULL after a failure. */
#define QUERY(thread, name, ...) query_start(thread, STATEMENT_##name, QUERY_ARGS(__VA_ARGS__))
/* The same without arguments. */
#define QUERY0(thread, name) query_start(thread, STATEMENT_##name, NULL, 0)
/* Runs it for its effect. */
#define RUN(thread, name, ...) query_run(thread, STATEMENT_##name, QUERY_ARGS(__VA_ARGS__))
/* The same without arguments. */
#define RUN0(thread, name) query_run(thread, STATEMENT_##name, NULL, 0)
#define FETCH0(thread, name, otherwise) query_fetch(thread, STATEMENT_##name, otherwise, NULL, 0)
/* Runs an INSERT; the row's key, or 0 when there is a failure. RETURNING would be a trigger to SQLite: with a savepoint
   for each statement, at which FTS5 writes what it has gathered so far as a segment of its own. */
#define INSERT(thread, name, ...) query_insert(thread, STATEMENT_##name, QUERY_ARGS(__VA_ARGS__))
/* The first column of its first row, or `otherwise` where there is no row or it is NULL. */
#define FETCH(thread, name, otherwise, ...) query_fetch(thread, STATEMENT_##name, otherwise, QUERY_ARGS(__VA_ARGS__))

sqlite3_stmt *query_start(struct carillon_storage_thread *thread, enum statement id, const struct query_arg *args,
                          size_t n);
/* The next row: true. After the last one, or a failure, the statement is reset. */
bool query_row(struct carillon_storage_thread *thread, sqlite3_stmt *statement);
/* For a loop that ends before the last row. */
void query_end(sqlite3_stmt *statement);
void query_run(struct carillon_storage_thread *thread, enum statement id, const struct query_arg *args, size_t n);
int64_t query_insert(struct carillon_storage_thread *thread, enum statement id, const struct query_arg *args, size_t n);
int64_t query_fetch(struct carillon_storage_thread *thread, enum statement id, int64_t otherwise,
                    const struct query_arg *args, size_t n);

/* Rows changed by the last statement that changed any. */
int query_changed(struct carillon_storage_thread *thread);
void query_fail(struct carillon_storage_thread *thread, int code, const char *detail);
void query_clear_error(struct carillon_storage_thread *thread);
enum carillon_result query_result_of(int code);

/* From the request's arena; NULL makes thread->error. */
void *query_alloc(struct carillon_storage_thread *thread, size_t size);
struct carillon_str query_copy(struct carillon_storage_thread *thread, struct carillon_str str);
struct carillon_str query_format(struct carillon_storage_thread *thread, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct carillon_str query_str(struct carillon_storage_thread *thread, sqlite3_stmt *row, int column);

/* Bounds of the contract for a list's limit. */
static inline bool query_limit_ok(uint32_t limit)
{
    return limit >= 1 && limit <= 1000;
}
/* A list's cursor that is a number; absent leaves *number. false: not one of ours. */
bool query_cursor(struct carillon_str cursor, int64_t *number);

static inline bool query_same(struct carillon_str a, struct carillon_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#endif
