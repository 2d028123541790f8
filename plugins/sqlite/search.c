#include "account.h"
#include "keys.h"
#include "message.h"
#include "operations.h"
#include "query.h"
#include "search_fresh.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Appends word by word, each in quotes with quotes doubled, so that nothing in it is an operator. */
static char *write_words(char *out, struct carillon_str text)
{
    size_t i = 0;
    while (i < text.len) {
        while (i < text.len && is_space(text.ptr[i]))
            i++;
        if (i == text.len)
            break;
        *out++ = ' ';
        *out++ = '"';
        for (; i < text.len && !is_space(text.ptr[i]); i++) {
            if (text.ptr[i] == '"')
                *out++ = '"';
            *out++ = text.ptr[i];
        }
        *out++ = '"';
    }
    return out;
}

/* Where to look: one of the two words that SEARCH_ADD writes into scope. */
static struct carillon_str build_scope(struct carillon_storage_thread *thread, struct carillon_str app,
                                       int64_t conversation)
{
    static const char digits[] = "0123456789ABCDEF";
    if (conversation)
        return query_format(thread, "c%" PRId64, conversation);
    char *scope = query_alloc(thread, app.len * 2 + 2);
    if (!scope)
        return (struct carillon_str){ 0 };
    char *end = scope;
    *end++ = 'a';
    for (size_t i = 0; i < app.len; i++) {
        *end++ = digits[(unsigned char)app.ptr[i] >> 4];
        *end++ = digits[(unsigned char)app.ptr[i] & 15];
    }
    return (struct carillon_str){ scope, (size_t)(end - scope) };
}

/*
 * `scope : "a6D" AND text : ( "one" "two" "thr" * )`. Words without a letter or digit say nothing: FTS5 leaves them
 * out. Absent: no words at all.
 */
static struct carillon_str build_match(struct carillon_storage_thread *thread, struct carillon_str scope,
                                       struct carillon_str text)
{
    size_t size = scope.len + text.len * 4 + 64;
    char *match = scope.ptr ? query_alloc(thread, size) : NULL;
    if (!match)
        return (struct carillon_str){ 0 };
    char *words = match + snprintf(match, size, "scope : \"%s\" AND text : (", scope.ptr);
    char *end = write_words(words, text);
    if (end == words)
        return (struct carillon_str){ 0 };
    end += snprintf(end, size - (size_t)(end - match), " * )");
    return (struct carillon_str){ match, (size_t)(end - match) };
}

static void load_page(struct carillon_storage_thread *thread, struct keys *keys)
{
    struct carillon_storage_output *out = &thread->request->out;
    sqlite3_stmt *rows = QUERY(thread, MESSAGE_VIEW_LIST, TEXT(keys_json(keys)));
    out->messages = message_load(thread, rows, keys->count, &out->count);
}

/* Takes what there is room for; false: there is more. */
static bool take_page(struct carillon_storage_thread *thread, struct keys *keys, sqlite3_stmt *row, int64_t *last)
{
    while (query_row(thread, row)) {
        if (keys->count == keys->max) {
            query_end(row);
            return false;
        }
        *last = sqlite3_column_int64(row, 0);
        keys_add(keys, *last);
    }
    return true;
}

enum carillon_result search_messages(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation = { 0 };
    int64_t below = INT64_MAX, last = 0;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &below))
        return CARILLON_INVALID;
    if (in->conversation.ptr && !conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    struct carillon_str match = build_match(thread, build_scope(thread, request->app, conversation.key), in->text);
    if (!match.ptr)
        return CARILLON_OK;
    int64_t account = account_find(thread, request->app, in->user.id);
    bool all = in->any || conversation.key; /* whether the user may see a named one is the daemon's business */
    struct keys keys = keys_new(thread, in->limit), fresh = search_fresh(thread, conversation.key, match, below);
#define WHO INT(below), INT(all), INT(in->public_too), INT(account), INT(in->limit + 1)
    bool whole = take_page(thread, &keys, QUERY(thread, SEARCH_FRESH_PAGE, TEXT(keys_json(&fresh)), WHO), &last) &&
                 take_page(thread, &keys, QUERY(thread, SEARCH_PAGE, TEXT(match), WHO), &last);
#undef WHO
    if (keys.count)
        load_page(thread, &keys);
    request->out.more = !whole;
    if (request->out.more)
        request->out.cursor = query_format(thread, "%" PRId64, last);
    return CARILLON_OK;
}
