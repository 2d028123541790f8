#include "doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- writing ---- */

void doc_str(bson_t *doc, const char *key, struct carillon_str value)
{
    if (value.ptr)
        bson_append_utf8(doc, key, -1, value.ptr, (int)value.len);
}

void doc_int(bson_t *doc, const char *key, int64_t value)
{
    bson_append_int64(doc, key, -1, value);
}

void doc_time(bson_t *doc, const char *key, int64_t ms)
{
    if (ms)
        bson_append_date_time(doc, key, -1, ms);
}

void doc_user(bson_t *doc, const char *key, struct carillon_user user)
{
    bson_t child;
    if (!user.id.len)
        return;
    bson_append_document_begin(doc, key, -1, &child);
    doc_str(&child, "id", user.id);
    doc_str(&child, "name", user.name.ptr ? user.name : CARILLON_STR(""));
    bson_append_document_end(doc, &child);
}

void doc_strs(bson_t *doc, const char *key, const struct carillon_str *values, size_t n)
{
    bson_t list;
    char room[16];
    const char *index;
    bson_append_array_begin(doc, key, -1, &list);
    for (size_t i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t)i, &index, room, sizeof(room));
        doc_str(&list, index, values[i]);
    }
    bson_append_array_end(doc, &list);
}

void doc_compare(bson_t *doc, const char *key, const char *operator, int64_t value)
{
    bson_t child;
    bson_append_document_begin(doc, key, -1, &child);
    doc_int(&child, operator, value);
    bson_append_document_end(doc, &child);
}

void doc_exists(bson_t *doc, const char *key, bool exists)
{
    bson_t child;
    bson_append_document_begin(doc, key, -1, &child);
    bson_append_bool(&child, "$exists", -1, exists);
    bson_append_document_end(doc, &child);
}

void doc_in_strs(bson_t *doc, const char *key, const struct carillon_str *values, size_t n)
{
    bson_t child;
    bson_append_document_begin(doc, key, -1, &child);
    doc_strs(&child, "$in", values, n);
    bson_append_document_end(doc, &child);
}

void doc_in_ints(bson_t *doc, const char *key, const int64_t *values, size_t n)
{
    bson_t child, list;
    char room[16];
    const char *index;
    bson_append_document_begin(doc, key, -1, &child);
    bson_append_array_begin(&child, "$in", -1, &list);
    for (size_t i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t)i, &index, room, sizeof(room));
        doc_int(&list, index, values[i]);
    }
    bson_append_array_end(&child, &list);
    bson_append_document_end(doc, &child);
}

void doc_operator(bson_t *doc, const char *op, bson_t *fields)
{
    bson_append_document(doc, op, -1, fields);
    bson_destroy(fields);
}

bson_t *doc_sorted(const char *key, int order, int64_t limit)
{
    bson_t *opts = bson_new(), sort;
    bson_append_document_begin(opts, "sort", -1, &sort);
    bson_append_int32(&sort, key, -1, order);
    bson_append_document_end(opts, &sort);
    if (limit)
        doc_int(opts, "limit", limit);
    return opts;
}

/* ---- reading ---- */

static bool find(const bson_t *doc, const char *path, bson_iter_t *found)
{
    bson_iter_t iter;
    return bson_iter_init(&iter, doc) && bson_iter_find_descendant(&iter, path, found);
}

int64_t doc_get_int(const bson_t *doc, const char *path)
{
    bson_iter_t found;
    return find(doc, path, &found) && BSON_ITER_HOLDS_NUMBER(&found) ? bson_iter_as_int64(&found) : 0;
}

int64_t doc_get_time(const bson_t *doc, const char *path)
{
    bson_iter_t found;
    return find(doc, path, &found) && BSON_ITER_HOLDS_DATE_TIME(&found) ? bson_iter_date_time(&found) : 0;
}

bool doc_has(const bson_t *doc, const char *path)
{
    bson_iter_t found;
    return find(doc, path, &found);
}

struct carillon_str doc_peek_str(const bson_t *doc, const char *path)
{
    bson_iter_t found;
    uint32_t len;
    if (!find(doc, path, &found) || !BSON_ITER_HOLDS_UTF8(&found))
        return (struct carillon_str){ 0 };
    const char *text = bson_iter_utf8(&found, &len);
    return (struct carillon_str){ text, len };
}

struct carillon_str doc_get_str(struct carillon_storage_thread *thread, const bson_t *doc, const char *path)
{
    return doc_copy(thread, doc_peek_str(doc, path));
}

struct carillon_user doc_get_user(struct carillon_storage_thread *thread, const bson_t *doc, const char *key)
{
    char path[64];
    struct carillon_user user;
    snprintf(path, sizeof(path), "%s.id", key);
    user.id = doc_get_str(thread, doc, path);
    snprintf(path, sizeof(path), "%s.name", key);
    user.name = doc_get_str(thread, doc, path);
    return user;
}

/* ---- words ---- */

static struct carillon_str word(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static const char *const type_words[CARILLON_EVENT_COUNT] = {
#define X(name, text, durable) text,
    CARILLON_EVENTS(X)
#undef X
};

struct carillon_str doc_type_word(enum carillon_event_type type)
{
    return word(type_words[type]);
}

enum carillon_event_type doc_type_of(struct carillon_str text)
{
    for (int i = 0; i < CARILLON_EVENT_COUNT; i++) {
        if (str_same(text, word(type_words[i])))
            return (enum carillon_event_type)i;
    }
    return CARILLON_EVENT_MESSAGE_NEW;
}

static const struct {
    enum carillon_role role;
    const char *word;
} roles[] = {
#define X(name, text, rank) { CARILLON_ROLE_##name, text },
    CARILLON_ROLES(X)
#undef X
};

struct carillon_str doc_role_word(enum carillon_role role)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
        if (roles[i].role == role)
            return word(roles[i].word);
    }
    return word(roles[0].word);
}

enum carillon_role doc_role_of(struct carillon_str text)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
        if (str_same(text, word(roles[i].word)))
            return roles[i].role;
    }
    return CARILLON_ROLE_NONE;
}

struct carillon_str doc_visibility_word(enum carillon_visibility visibility)
{
    return visibility == CARILLON_VISIBILITY_INVITED ? CARILLON_STR("invited") : CARILLON_STR("public");
}

/* What is not clearly public is not shown to everybody. */
enum carillon_visibility doc_visibility_of(struct carillon_str text)
{
    return str_same(text, CARILLON_STR("public")) ? CARILLON_VISIBILITY_PUBLIC : CARILLON_VISIBILITY_INVITED;
}

/* ---- the arena ---- */

void *doc_alloc(struct carillon_storage_thread *thread, size_t size)
{
    if (thread->failure)
        return NULL;
    void *memory = mongodb_host->arena_alloc(thread->request->arena, size ? size : 1);
    if (!memory) {
        thread->failure = FAILURE_NO_MEMORY;
        snprintf(thread->detail, sizeof(thread->detail), "the answer is too large");
    }
    return memory;
}

struct carillon_str doc_copy(struct carillon_storage_thread *thread, struct carillon_str text)
{
    char *copy = text.ptr ? doc_alloc(thread, text.len + 1) : NULL;
    if (!copy)
        return (struct carillon_str){ 0 };
    memcpy(copy, text.ptr, text.len);
    return (struct carillon_str){ copy, text.len };
}

struct carillon_user doc_copy_user(struct carillon_storage_thread *thread, struct carillon_user user)
{
    return (struct carillon_user){ doc_copy(thread, user.id), doc_copy(thread, user.name) };
}

struct carillon_str doc_format(struct carillon_storage_thread *thread, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return doc_copy(thread, (struct carillon_str){ text, (size_t)len });
}
