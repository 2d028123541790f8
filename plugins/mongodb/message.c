#include "message.h"

#include "batch.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int64_t message_sum(struct carillon_str body)
{
    return (int64_t)XXH3_64bits(body.ptr ? body.ptr : "", body.len);
}

size_t message_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

/* ---- reading ---- */

/* How many documents an array holds. */
static size_t count_of(const bson_t *doc, const char *key, bson_iter_t *list)
{
    bson_iter_t iter;
    size_t n = 0;
    if (!bson_iter_init_find(&iter, doc, key) || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, list))
        return 0;
    for (bson_iter_t step = *list; bson_iter_next(&step);)
        n++;
    return n;
}

size_t message_read_mentions(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_str **list)
{
    bson_iter_t iter;
    size_t room = count_of(doc, "mentions", &iter), n = 0;
    *list = room ? doc_alloc(thread, room * sizeof(**list)) : NULL;
    while (*list && bson_iter_next(&iter)) {
        uint32_t len;
        if (!BSON_ITER_HOLDS_UTF8(&iter))
            continue;
        const char *id = bson_iter_utf8(&iter, &len);
        (*list)[n++] = doc_copy(thread, (struct carillon_str){ id, len });
    }
    return n;
}

static bool open_document(const bson_iter_t *iter, bson_t *doc)
{
    const uint8_t *data;
    uint32_t len;
    if (!BSON_ITER_HOLDS_DOCUMENT(iter))
        return false;
    bson_iter_document(iter, &len, &data);
    return bson_init_static(doc, data, len);
}

static void read_reaction(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_reaction *reaction)
{
    bson_iter_t list;
    bson_t user;
    size_t n = count_of(doc, "users", &list);
    reaction->emoji = doc_get_str(thread, doc, "emoji");
    reaction->count = (uint64_t)doc_get_int(doc, "count");
    reaction->users = doc_alloc(thread, n * sizeof(*reaction->users));
    while (reaction->users && bson_iter_next(&list)) {
        if (open_document(&list, &user))
            reaction->users[reaction->user_count++] = (struct carillon_user){ doc_get_str(thread, &user, "id"),
                                                                              doc_get_str(thread, &user, "name") };
    }
}

static void read_reactions(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_message *message)
{
    bson_iter_t list;
    bson_t reaction;
    size_t n = count_of(doc, "reactions", &list);
    message->reactions = n ? doc_alloc(thread, n * sizeof(*message->reactions)) : NULL;
    while (message->reactions && bson_iter_next(&list)) {
        if (open_document(&list, &reaction))
            read_reaction(thread, &reaction, &message->reactions[message->reaction_count++]);
    }
}

struct carillon_message *message_read(struct carillon_storage_thread *thread, const bson_t *doc)
{
    struct carillon_message *message = doc_alloc(thread, sizeof(*message));
    if (!message)
        return NULL;
    *message = (struct carillon_message){ .pos = (uint64_t)doc_get_int(doc, "pos"),
                                          .id = doc_get_str(thread, doc, "id"),
                                          .conversation = doc_get_str(thread, doc, "conversation"),
                                          .author = doc_get_user(thread, doc, "author"),
                                          .client_id = doc_get_str(thread, doc, "client_id"),
                                          .text = doc_get_str(thread, doc, "body"),
                                          .data = doc_get_str(thread, doc, "data"),
                                          .created_ms = doc_get_time(doc, "created"),
                                          .edited_ms = doc_get_time(doc, "edited"),
                                          .deleted_ms = doc_get_time(doc, "deleted"),
                                          .deleted_by = doc_get_str(thread, doc, "deleted_by"),
                                          .reply_to = doc_get_str(thread, doc, "reply_to") };
    if (!message->text.ptr) /* another program replaced it by something else */
        message->text = doc_copy(thread, CARILLON_STR(""));
    message->mention_count = message_read_mentions(thread, doc, &message->mentions);
    read_reactions(thread, doc, message);
    return message;
}

static void take_preview(struct carillon_storage_thread *thread, const bson_t *answered,
                         struct carillon_message *message)
{
    struct carillon_str text = doc_peek_str(answered, "body");
    message->reply_author = doc_get_user(thread, answered, "author");
    message->reply_text = doc_copy(
        thread,
        (struct carillon_str){ text.ptr ? text.ptr : "", message_cut(text.ptr, text.len, CARILLON_REPLY_TEXT_MAX) });
}

/* What retention has dropped is an empty preview. */
void message_attach_previews(struct carillon_storage_thread *thread, struct carillon_message **messages, size_t n)
{
    struct carillon_str *ids = calloc(n * 2 + 1, sizeof(*ids)), *conversations = ids ? ids + n : NULL;
    size_t count = 0;
    for (size_t i = 0; ids && i < n; i++) {
        if (!messages[i]->reply_to.ptr)
            continue;
        messages[i]->reply_text = doc_copy(thread, CARILLON_STR(""));
        ids[count] = messages[i]->reply_to;
        conversations[count++] = messages[i]->conversation;
    }
    if (count) {
        bson_t *filter = query_app(thread);
        doc_in_strs(filter, "conversation", conversations, count);
        doc_in_strs(filter, "id", ids, count);
        bson_t *opts = BCON_NEW("projection", "{", "conversation", BCON_INT32(1), "id", BCON_INT32(1), "author",
                                BCON_INT32(1), "body", BCON_INT32(1), "}");
        mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MESSAGES, filter, opts);
        for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
            struct carillon_str id = doc_peek_str(doc, "id"), conversation = doc_peek_str(doc, "conversation");
            for (size_t i = 0; i < n; i++) {
                if (str_same(messages[i]->reply_to, id) && str_same(messages[i]->conversation, conversation))
                    take_preview(thread, doc, messages[i]);
            }
        }
    }
    free(ids);
}

size_t message_load(struct carillon_storage_thread *thread, mongoc_cursor_t *cursor, size_t max,
                    struct carillon_message ***list)
{
    size_t count = 0;
    struct carillon_message **messages = NULL;
    for (const bson_t *doc; count < max && (doc = query_next(thread, &cursor));) {
        if (!messages)
            messages = doc_alloc(thread, max * sizeof(*messages));
        struct carillon_message *message = messages ? message_read(thread, doc) : NULL;
        if (!message)
            break;
        messages[count++] = message;
    }
    query_end(cursor);
    if (count && !thread->failure)
        message_attach_previews(thread, messages, count);
    if (thread->failure)
        count = 0;
    *list = count ? messages : NULL;
    return count;
}

bson_t *message_at(struct carillon_storage_thread *thread, int64_t pos)
{
    bson_t *filter = query_scope(thread);
    doc_int(filter, "pos", pos);
    return filter;
}

struct carillon_message *message_load_at(struct carillon_storage_thread *thread, int64_t pos)
{
    struct carillon_message **list;
    batch_flush(thread);
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MESSAGES, message_at(thread, pos), NULL);
    return message_load(thread, cursor, 1, &list) ? list[0] : NULL;
}

bool message_find(struct carillon_storage_thread *thread, struct carillon_str id, struct message_row *row)
{
    if (!id.ptr)
        return false;
    batch_flush(thread);
    bson_t *filter = query_scope(thread);
    doc_str(filter, "id", id);
    bson_t *opts = BCON_NEW("projection", "{", "pos", BCON_INT32(1), "author", BCON_INT32(1), "deleted", BCON_INT32(1),
                            "}");
    bson_t *doc = query_one(thread, COLLECTION_MESSAGES, filter, opts);
    if (!doc)
        return false;
    *row = (struct message_row){ .pos = doc_get_int(doc, "pos"),
                                 .id = id,
                                 .author = doc_get_str(thread, doc, "author.id"),
                                 .deleted = doc_has(doc, "deleted") };
    bson_destroy(doc);
    return true;
}

/* ---- writing ---- */

size_t message_unique_mentions(struct carillon_storage_thread *thread, struct carillon_str **list)
{
    const struct carillon_storage_input *in = &thread->request->in;
    size_t n = 0;
    *list = in->mention_count ? doc_alloc(thread, in->mention_count * sizeof(**list)) : NULL;
    for (size_t i = 0; *list && i < in->mention_count; i++) {
        size_t k = 0;
        while (k < n && !str_same((*list)[k], in->mentions[i]))
            k++;
        if (k == n && in->mentions[i].len)
            (*list)[n++] = in->mentions[i];
    }
    return n;
}

static int64_t newest_before(struct carillon_storage_thread *thread, int64_t pos)
{
    bson_t *filter = query_scope(thread);
    doc_compare(filter, "pos", "$lt", pos);
    doc_exists(filter, "deleted", false);
    bson_t *doc = query_one(thread, COLLECTION_MESSAGES, filter, doc_sorted("pos", -1, 1));
    int64_t newest = doc ? doc_get_int(doc, "pos") : 0;
    bson_destroy(doc);
    return newest;
}

void message_make_tombstone(struct carillon_storage_thread *thread, struct conversation *conversation, int64_t pos,
                            struct carillon_str deleted_by, int64_t revision)
{
    bson_t *fields = bson_new();
    doc_str(fields, "body", CARILLON_STR(""));
    doc_int(fields, "sum", message_sum(CARILLON_STR("")));
    doc_int(fields, "revision", revision);
    doc_time(fields, "deleted", thread->request->in.now_ms);
    doc_str(fields, "deleted_by", deleted_by);
    bson_t *update = BCON_NEW("$unset", "{", "data", BCON_INT32(1), "client_id", BCON_INT32(1), "mentions",
                              BCON_INT32(1), "reactions", BCON_INT32(1), "words", BCON_INT32(1), "expires",
                              BCON_INT32(1), "}");
    doc_operator(update, "$set", fields);
    query_update(thread, COLLECTION_MESSAGES, message_at(thread, pos), update);
    bson_t *filter = query_scope(thread);
    doc_int(filter, "message", pos);
    query_delete(thread, COLLECTION_REACTIONS, filter);
    if (conversation->last_message == pos) {
        conversation->last_message = newest_before(thread, pos);
        conversation->dirty = true;
    }
}
