#include "batch.h"
#include "conversation.h"
#include "counts.h"
#include "member.h"
#include "message.h"
#include "operations.h"

#include <inttypes.h>
#include <stdlib.h>

/* What is read of one besides what is shown. */
struct seen {
    int64_t message_count, last_message, activity;
    int64_t first_ordinal, own, deleted, mentions; /* of the messages above the read mark */
};

static void read_conversation(struct carillon_storage_thread *thread, const bson_t *doc,
                              struct carillon_conversation *out, struct seen *seen)
{
    *out = (struct carillon_conversation){ .name = doc_get_str(thread, doc, "name"),
                                           .epoch = doc_get_str(thread, doc, "epoch"),
                                           .title = doc_get_str(thread, doc, "title"),
                                           .creator = doc_get_user(thread, doc, "creator"),
                                           .visibility = doc_visibility_of(doc_peek_str(doc, "visibility")),
                                           .created_ms = doc_get_time(doc, "created"),
                                           .last_pos = (uint64_t)doc_get_int(doc, "last_pos"),
                                           .first_pos = (uint64_t)doc_get_int(doc, "first_pos"),
                                           .member_count = (uint64_t)doc_get_int(doc, "member_count") };
    *seen = (struct seen){ .message_count = doc_get_int(doc, "message_count"),
                           .last_message = doc_get_int(doc, "last_message"),
                           .activity = doc_get_int(doc, "activity") };
}

static struct carillon_conversation *named(struct carillon_conversation *list, size_t n, struct carillon_str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_same(list[i].name, name))
            return &list[i];
    }
    return NULL;
}

static bson_t *of_user(struct carillon_storage_thread *thread, const char *key, const struct carillon_str *names,
                       size_t n)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, key, thread->request->in.user.id);
    doc_in_strs(filter, "conversation", names, n);
    return filter;
}

/* Roles and read marks of in.user. */
static void attach_user(struct carillon_storage_thread *thread, struct carillon_conversation *list, size_t n)
{
    struct carillon_str *names = doc_alloc(thread, n * sizeof(*names));
    for (size_t i = 0; names && i < n; i++)
        names[i] = list[i].name;
    if (!names)
        return;
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MEMBERS, of_user(thread, "user.id", names, n), NULL);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        struct carillon_conversation *one = named(list, n, doc_peek_str(doc, "conversation"));
        if (one)
            one->role = doc_role_of(doc_peek_str(doc, "role"));
    }
    cursor = query_find(thread, COLLECTION_READ_MARKS, of_user(thread, "user", names, n), NULL);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        struct carillon_conversation *one = named(list, n, doc_peek_str(doc, "conversation"));
        if (one)
            one->read_pos = (uint64_t)doc_get_int(doc, "pos");
    }
}

/* { app, conversation, pos: above the read mark } */
static bson_t *above(struct carillon_storage_thread *thread, const struct carillon_conversation *conversation)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "conversation", conversation->name);
    doc_compare(filter, "pos", "$gt", (int64_t)conversation->read_pos);
    return filter;
}

static void append_not(bson_t *filter, const char *key, struct carillon_str value)
{
    bson_t child;
    bson_append_document_begin(filter, key, -1, &child);
    doc_str(&child, "$ne", value);
    bson_append_document_end(filter, &child);
}

/*
 * Unread are those above the mark, by ordinals, without one's own and the deleted ones of others: no scan over what is
 * unread.
 */
static void count_unread(struct carillon_storage_thread *thread, struct carillon_conversation *list, struct seen *seen,
                         size_t n)
{
    struct carillon_str user = thread->request->in.user.id;
    struct counts *counts = counts_new();
    for (size_t i = 0; counts && i < n; i++) {
        if (list[i].read_pos >= list[i].last_pos)
            continue;
        counts_add_first(counts, above(thread, &list[i]), "ordinal", &seen[i].first_ordinal);
        bson_t *filter = above(thread, &list[i]);
        doc_str(filter, "author.id", user);
        counts_add(counts, filter, &seen[i].own);
        filter = above(thread, &list[i]);
        doc_exists(filter, "deleted", true);
        append_not(filter, "author.id", user);
        counts_add(counts, filter, &seen[i].deleted);
        filter = above(thread, &list[i]);
        doc_str(filter, "mentions", user);
        append_not(filter, "author.id", user);
        counts_add(counts, filter, &seen[i].mentions);
    }
    counts_run(thread, counts);
    for (size_t i = 0; i < n; i++) {
        int64_t all = seen[i].first_ordinal ? seen[i].message_count + 1 - seen[i].first_ordinal : 0;
        int64_t unread = all - seen[i].own - seen[i].deleted;
        list[i].unread = unread > 0 ? (uint64_t)unread : 0;
        list[i].mentions = (uint64_t)seen[i].mentions;
    }
}

static void attach_last_messages(struct carillon_storage_thread *thread, struct carillon_conversation *list,
                                 const struct seen *seen, size_t n)
{
    bson_t *filter = query_app(thread), either, branch;
    struct carillon_message **messages;
    char room[16];
    const char *index;
    uint32_t wanted = 0;
    bson_append_array_begin(filter, "$or", -1, &either);
    for (size_t i = 0; i < n; i++) {
        if (!seen[i].last_message)
            continue;
        bson_uint32_to_string(wanted++, &index, room, sizeof(room));
        bson_append_document_begin(&either, index, -1, &branch);
        doc_str(&branch, "conversation", list[i].name);
        doc_int(&branch, "pos", seen[i].last_message);
        bson_append_document_end(&either, &branch);
    }
    bson_append_array_end(filter, &either);
    if (!wanted) {
        bson_destroy(filter);
        return;
    }
    size_t count = message_load(thread, query_find(thread, COLLECTION_MESSAGES, filter, NULL), wanted, &messages);
    for (size_t i = 0; i < count; i++) {
        struct carillon_conversation *one = named(list, n, messages[i]->conversation);
        if (one)
            one->last_message = messages[i];
    }
}

/* All that is shown of these besides their own documents. */
static void attach_all(struct carillon_storage_thread *thread, struct carillon_conversation *list, struct seen *seen,
                       size_t n, bool with_last_message)
{
    if (thread->request->in.user.id.len) {
        attach_user(thread, list, n);
        count_unread(thread, list, seen, n);
    }
    if (with_last_message)
        attach_last_messages(thread, list, seen, n);
}

void conversation_answer(struct carillon_storage_thread *thread, bool with_last_message)
{
    struct seen seen;
    batch_flush(thread);
    bson_t *filter = query_app(thread);
    doc_str(filter, "name", thread->request->in.conversation);
    bson_t *doc = query_one(thread, COLLECTION_CONVERSATIONS, filter, NULL);
    struct carillon_conversation *conversation = doc ? doc_alloc(thread, sizeof(*conversation)) : NULL;
    if (conversation) {
        read_conversation(thread, doc, conversation, &seen);
        attach_all(thread, conversation, &seen, 1, with_last_message);
        thread->request->out.conversation = conversation;
    }
    bson_destroy(doc);
}

size_t conversation_load(struct carillon_storage_thread *thread, bson_t *filter, size_t max,
                         struct carillon_conversation **out, int64_t *last_activity)
{
    struct carillon_conversation *list = doc_alloc(thread, max * sizeof(*list));
    struct seen *seen = doc_alloc(thread, max * sizeof(*seen));
    size_t n = 0;
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_CONVERSATIONS, filter,
                                         doc_sorted("activity", -1, (int64_t)max));
    for (const bson_t *doc; list && seen && n < max && (doc = query_next(thread, &cursor)); n++)
        read_conversation(thread, doc, &list[n], &seen[n]);
    query_end(cursor);
    if (n)
        attach_all(thread, list, seen, n, true);
    if (n && last_activity)
        *last_activity = seen[n - 1].activity;
    *out = n ? list : NULL;
    return n;
}

enum carillon_result get_conversation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!request->in.conversation.ptr)
        return CARILLON_NOT_FOUND;
    conversation_answer(thread, true);
    return request->out.conversation ? CARILLON_OK : CARILLON_NOT_FOUND;
}

void conversation_append_memberships(struct carillon_storage_thread *thread, bson_t *filter)
{
    bson_t *members = query_app(thread), child, list;
    char room[16];
    const char *index;
    uint32_t n = 0;
    doc_str(members, "user.id", thread->request->in.user.id.ptr ? thread->request->in.user.id : CARILLON_STR(""));
    bson_t *opts = BCON_NEW("projection", "{", "conversation", BCON_INT32(1), "}");
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MEMBERS, members, opts);
    bson_append_document_begin(filter, "name", -1, &child);
    bson_append_array_begin(&child, "$in", -1, &list);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_uint32_to_string(n++, &index, room, sizeof(room));
        doc_str(&list, index, doc_peek_str(doc, "conversation"));
    }
    bson_append_array_end(&child, &list);
    bson_append_document_end(filter, &child);
}

static bson_t *listed(struct carillon_storage_thread *thread, int64_t below)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_t *filter = query_app(thread);
    doc_compare(filter, "activity", "$lt", below);
    if (in->any)
        return filter;
    if (!in->public_too) {
        conversation_append_memberships(thread, filter);
        return filter;
    }
    bson_t either, branch;
    bson_append_array_begin(filter, "$or", -1, &either);
    bson_append_document_begin(&either, "0", -1, &branch);
    doc_str(&branch, "visibility", CARILLON_STR("public"));
    bson_append_document_end(&either, &branch);
    bson_append_document_begin(&either, "1", -1, &branch);
    conversation_append_memberships(thread, &branch);
    bson_append_document_end(&either, &branch);
    bson_append_array_end(filter, &either);
    return filter;
}

enum carillon_result list_conversations(struct carillon_storage_thread *thread,
                                        struct carillon_storage_request *request)
{
    struct carillon_storage_output *out = &request->out;
    int64_t below = INT64_MAX, last = 0;
    if (!query_limit_ok(request->in.limit) || !query_cursor_number(request->in.cursor, &below))
        return CARILLON_INVALID;
    out->count = conversation_load(thread, listed(thread, below), request->in.limit, &out->conversations, &last);
    if (out->count == request->in.limit) {
        bson_t *filter = listed(thread, last);
        out->more = query_any(thread, COLLECTION_CONVERSATIONS, filter);
    }
    if (out->more)
        out->cursor = doc_format(thread, "%" PRId64, last);
    return CARILLON_OK;
}
