#include "change.h"
#include "message.h"
#include "operations.h"

#include <stdlib.h>

/* Retention dropped the message; who replays learns that there is nothing to see. */
static struct carillon_message *describe_dropped(struct carillon_storage_thread *thread, const bson_t *doc, int64_t pos)
{
    struct carillon_message *message = doc_alloc(thread, sizeof(*message));
    if (message)
        *message = (struct carillon_message){ .pos = (uint64_t)pos,
                                              .id = doc_get_str(thread, doc, "id"),
                                              .conversation = doc_get_str(thread, doc, "conversation"),
                                              .author.id = doc_get_str(thread, doc, "author"),
                                              .text = doc_copy(thread, CARILLON_STR("")),
                                              .created_ms = doc_get_time(doc, "at"),
                                              .deleted_ms = doc_get_time(doc, "at") };
    return message;
}

static int compare_pos(const void *key, const void *element)
{
    int64_t pos = *(const int64_t *)key;
    int64_t other = (int64_t)(*(struct carillon_message *const *)element)->pos;
    return pos < other ? -1 : pos > other;
}

static void read_change(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_change *change)
{
    *change = (struct carillon_change){ .pos = (uint64_t)doc_get_int(doc, "pos"),
                                        .type = doc_type_of(doc_peek_str(doc, "type")),
                                        .actor = doc_get_user(thread, doc, "actor"),
                                        .at_ms = doc_get_time(doc, "at"),
                                        .emoji = doc_get_str(thread, doc, "emoji"),
                                        .member = doc_get_user(thread, doc, "member"),
                                        .role = doc_role_of(doc_peek_str(doc, "role")),
                                        .name = doc_get_str(thread, doc, "name"),
                                        .data = doc_get_str(thread, doc, "data") };
    if (change_has_visibility(change->type))
        change->visibility = doc_visibility_of(doc_peek_str(doc, "visibility"));
}

/* The messages that a page of changes is about, as they are now; sorted by pos. */
static size_t load_messages(struct carillon_storage_thread *thread, const int64_t *about, size_t n,
                            struct carillon_message ***messages)
{
    *messages = NULL;
    if (!n || thread->failure)
        return 0;
    bson_t *filter = query_scope(thread);
    doc_in_ints(filter, "pos", about, n);
    return message_load(thread, query_find(thread, COLLECTION_MESSAGES, filter, doc_sorted("pos", 1, 0)), n, messages);
}

/* Reads a page's documents: each about one message or none. */
static bool load_changes(struct carillon_storage_thread *thread, mongoc_cursor_t *cursor, size_t max)
{
    struct carillon_storage_output *out = &thread->request->out;
    struct carillon_change *changes = doc_alloc(thread, max * sizeof(*changes));
    int64_t *about = doc_alloc(thread, max * sizeof(*about)), *positions = doc_alloc(thread, max * sizeof(*positions));
    struct carillon_message **dropped = doc_alloc(thread, max * sizeof(*dropped)), **messages;
    size_t n = 0, message_count = 0;
    if (!dropped) {
        query_end(cursor);
        return false;
    }
    for (const bson_t *doc; n < max && (doc = query_next(thread, &cursor)); n++) {
        read_change(thread, doc, &changes[n]);
        about[n] = doc_get_int(doc, "message");
        if (about[n]) {
            positions[message_count++] = about[n];
            dropped[n] = describe_dropped(thread, doc, about[n]);
        }
    }
    out->more = n == max && query_next(thread, &cursor);
    query_end(cursor);
    message_count = load_messages(thread, positions, message_count, &messages);
    for (size_t i = 0; i < n && !thread->failure; i++) {
        if (!about[i])
            continue;
        struct carillon_message **found = message_count ? bsearch(&about[i], messages, message_count, sizeof(*messages),
                                                                  compare_pos)
                                                        : NULL;
        changes[i].message = found ? *found : dropped[i];
        if (changes[i].type == CARILLON_EVENT_MESSAGE_NEW)
            changes[i].actor = changes[i].message->author;
    }
    out->changes = changes;
    out->count = n;
    return true;
}

/* Positions are contiguous, so a page that begins where it should needs no look at the conversation. */
enum carillon_result read_changes(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    if (!query_limit_ok(in->limit) || in->after > INT64_MAX)
        return CARILLON_INVALID;
    if (!in->conversation.ptr)
        return CARILLON_NOT_FOUND;
    bson_t *filter = query_scope(thread);
    doc_compare(filter, "pos", "$gt", (int64_t)in->after);
    load_changes(thread, query_find(thread, COLLECTION_CHANGES, filter, doc_sorted("pos", 1, in->limit + 1)),
                 in->limit);
    if (out->count && out->changes[0].pos == in->after + 1)
        return CARILLON_OK;
    const struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    return (int64_t)in->after + 1 < conversation->first_pos ? CARILLON_GONE : CARILLON_OK;
}
