#include "query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const texts[] = {
#define X(name, sql) [STATEMENT_##name] = sql,
    STATEMENTS(X)
#undef X
};

void query_fail(struct carillon_storage_thread *thread, int code, const char *detail)
{
    if (thread->error)
        return;
    thread->error = code;
    snprintf(thread->detail, sizeof(thread->detail), "sqlite: %s (%d)", detail, code);
}

void query_clear_error(struct carillon_storage_thread *thread)
{
    thread->error = SQLITE_OK;
    thread->detail[0] = '\0';
}

enum carillon_result query_result_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
        return CARILLON_OK;
    case SQLITE_NOMEM:
        return CARILLON_NO_MEMORY;
    case SQLITE_TOOBIG:
        return CARILLON_TOO_LARGE;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_INTERRUPT:
        return CARILLON_UNAVAILABLE;
    default:
        return CARILLON_INTERNAL;
    }
}

static int bind(sqlite3_stmt *statement, int place, const struct query_arg *arg)
{
    switch (arg->type) {
    case QUERY_INT:
        return sqlite3_bind_int64(statement, place, arg->number);
    case QUERY_TEXT:
        return sqlite3_bind_text64(statement, place, arg->bytes, (sqlite3_uint64)arg->number, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case QUERY_BLOB:
        return sqlite3_bind_blob64(statement, place, arg->bytes, (sqlite3_uint64)arg->number, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(statement, place);
    }
}

sqlite3_stmt *query_start(struct carillon_storage_thread *thread, enum statement id, const struct query_arg *args,
                          size_t n)
{
    if (thread->error)
        return NULL;
    int rc = SQLITE_OK;
    if (!thread->statements[id])
        rc = sqlite3_prepare_v3(thread->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT, &thread->statements[id], NULL);
    sqlite3_stmt *statement = thread->statements[id];
    if (rc == SQLITE_OK)
        sqlite3_reset(statement);
    for (size_t i = 0; i < n && rc == SQLITE_OK; i++)
        rc = bind(statement, (int)i + 1, &args[i]);
    if (rc != SQLITE_OK) {
        query_fail(thread, sqlite3_extended_errcode(thread->db), sqlite3_errmsg(thread->db));
        return NULL;
    }
    return statement;
}

bool query_row(struct carillon_storage_thread *thread, sqlite3_stmt *statement)
{
    if (!statement)
        return false;
    if (!thread->error) {
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
            return true;
        if (rc != SQLITE_DONE)
            query_fail(thread, sqlite3_extended_errcode(thread->db), sqlite3_errmsg(thread->db));
    }
    sqlite3_reset(statement);
    return false;
}

void query_end(sqlite3_stmt *statement)
{
    sqlite3_reset(statement); /* NULL is fine */
}

void query_run(struct carillon_storage_thread *thread, enum statement id, const struct query_arg *args, size_t n)
{
    sqlite3_stmt *statement = query_start(thread, id, args, n);
    while (query_row(thread, statement))
        ;
}

int64_t query_insert(struct carillon_storage_thread *thread, enum statement id, const struct query_arg *args, size_t n)
{
    query_run(thread, id, args, n);
    return thread->error ? 0 : sqlite3_last_insert_rowid(thread->db);
}

int64_t query_fetch(struct carillon_storage_thread *thread, enum statement id, int64_t otherwise,
                    const struct query_arg *args, size_t n)
{
    sqlite3_stmt *row = query_start(thread, id, args, n);
    if (!query_row(thread, row))
        return otherwise;
    int64_t value = sqlite3_column_type(row, 0) == SQLITE_NULL ? otherwise : sqlite3_column_int64(row, 0);
    query_end(row);
    return value;
}

int query_changed(struct carillon_storage_thread *thread)
{
    return thread->error ? 0 : sqlite3_changes(thread->db);
}

void *query_alloc(struct carillon_storage_thread *thread, size_t size)
{
    void *memory = sqlite_host->arena_alloc(thread->request->arena, size ? size : 1);
    if (!memory)
        query_fail(thread, SQLITE_NOMEM, "the answer does not fit into the request's memory");
    return memory;
}

struct carillon_str query_copy(struct carillon_storage_thread *thread, struct carillon_str str)
{
    char *copy = str.ptr ? query_alloc(thread, str.len + 1) : NULL;
    if (!copy)
        return (struct carillon_str){ 0 };
    memcpy(copy, str.ptr, str.len);
    copy[str.len] = '\0';
    return (struct carillon_str){ copy, str.len };
}

struct carillon_str query_format(struct carillon_storage_thread *thread, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return query_copy(thread, (struct carillon_str){ text, len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1 });
}

struct carillon_str query_str(struct carillon_storage_thread *thread, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    if (!text) {
        if (sqlite3_column_type(row, column) != SQLITE_NULL)
            query_fail(thread, SQLITE_NOMEM, "out of memory");
        return (struct carillon_str){ 0 };
    }
    return query_copy(thread, (struct carillon_str){ text, (size_t)sqlite3_column_bytes(row, column) });
}

bool query_cursor(struct carillon_str cursor, int64_t *number)
{
    if (!cursor.ptr)
        return true;
    if (cursor.len == 0 || cursor.len > 18)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < cursor.len; i++) {
        if (cursor.ptr[i] < '0' || cursor.ptr[i] > '9')
            return false;
        value = value * 10 + (cursor.ptr[i] - '0');
    }
    *number = value;
    return true;
}
