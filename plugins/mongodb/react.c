#include "batch.h"
#include "change.h"
#include "message.h"
#include "member.h"
#include "operations.h"
#include "reaction.h"

/* { app, conversation, message, emoji } */
static bson_t *reactions_like(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji)
{
    bson_t *filter = query_scope(thread);
    doc_int(filter, "message", message);
    doc_str(filter, "emoji", emoji);
    return filter;
}

static bson_t *reaction_of(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji,
                           struct carillon_str user)
{
    bson_t *filter = reactions_like(thread, message, emoji);
    doc_str(filter, "user.id", user);
    return filter;
}

bool reaction_is_there(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji,
                       struct carillon_str user)
{
    return query_any(thread, COLLECTION_REACTIONS, reaction_of(thread, message, emoji, user));
}

int64_t reaction_count(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji)
{
    return query_count(thread, COLLECTION_REACTIONS, reactions_like(thread, message, emoji), INT64_MAX);
}

static size_t sum_up(const bson_t *message, struct carillon_str emoji, int64_t *shown)
{
    bson_iter_t iter, list;
    size_t kinds = 0;
    *shown = 0;
    if (!bson_iter_init_find(&iter, message, "reactions") || !BSON_ITER_HOLDS_ARRAY(&iter) ||
        !bson_iter_recurse(&iter, &list))
        return 0;
    for (; bson_iter_next(&list); kinds++) {
        const uint8_t *data;
        uint32_t len;
        bson_t one;
        if (!BSON_ITER_HOLDS_DOCUMENT(&list))
            continue;
        bson_iter_document(&list, &len, &data);
        if (bson_init_static(&one, data, len) && str_same(doc_peek_str(&one, "emoji"), emoji))
            *shown = doc_get_int(&one, "count");
    }
    return kinds;
}

int64_t reaction_shown(const bson_t *message, struct carillon_str emoji)
{
    int64_t shown;
    sum_up(message, emoji, &shown);
    return shown;
}

size_t reaction_kinds(const bson_t *message)
{
    int64_t shown;
    return sum_up(message, CARILLON_STR(""), &shown);
}

/* The message's summary, one emoji of it: what an update of the array selects. */
static bson_t *summary_of(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji)
{
    bson_t *filter = message_at(thread, message);
    doc_str(filter, "reactions.emoji", emoji);
    return filter;
}

static void append_users(struct carillon_storage_thread *thread, bson_t *fields, const char *path, int64_t message,
                         struct carillon_str emoji)
{
    bson_t list;
    char room[16];
    const char *index;
    uint32_t n = 0;
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_REACTIONS, reactions_like(thread, message, emoji),
                                         doc_sorted("pos", 1, REACTION_USERS_LISTED));
    bson_append_array_begin(fields, path, -1, &list);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_uint32_to_string(n++, &index, room, sizeof(room));
        doc_user(&list, index, (struct carillon_user){ doc_peek_str(doc, "user.id"), doc_peek_str(doc, "user.name") });
    }
    bson_append_array_end(fields, &list);
}

/* Writes one emoji's count and first users anew; takes it out when nobody is left. */
static void summarise(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji,
                      int64_t revision)
{
    int64_t count = reaction_count(thread, message, emoji);
    bson_t *fields = bson_new(), *update = bson_new();
    doc_int(fields, "revision", revision);
    if (!count) {
        bson_t *gone = bson_new(), like;
        bson_append_document_begin(gone, "reactions", -1, &like);
        doc_str(&like, "emoji", emoji);
        bson_append_document_end(gone, &like);
        doc_operator(update, "$set", fields);
        doc_operator(update, "$pull", gone);
        query_update(thread, COLLECTION_MESSAGES, message_at(thread, message), update);
        return;
    }
    doc_int(fields, "reactions.$.count", count);
    append_users(thread, fields, "reactions.$.users", message, emoji);
    doc_operator(update, "$set", fields);
    query_update(thread, COLLECTION_MESSAGES, summary_of(thread, message, emoji), update);
}

void reaction_remove(struct carillon_storage_thread *thread, struct carillon_str user, int64_t message,
                     struct carillon_str emoji, int64_t revision)
{
    query_delete(thread, COLLECTION_REACTIONS, reaction_of(thread, message, emoji, user));
    summarise(thread, message, emoji, revision);
}

void reaction_show(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji, bool first,
                   int64_t revision)
{
    if (first) {
        bson_t *update = bson_new(), *list = bson_new(), *fields = bson_new(), summary, users;
        bson_append_document_begin(list, "reactions", -1, &summary);
        doc_str(&summary, "emoji", emoji);
        doc_int(&summary, "count", 0);
        bson_append_array_begin(&summary, "users", -1, &users);
        bson_append_array_end(&summary, &users);
        bson_append_document_end(list, &summary);
        doc_int(fields, "revision", revision);
        doc_operator(update, "$set", fields);
        doc_operator(update, "$push", list);
        query_update(thread, COLLECTION_MESSAGES, message_at(thread, message), update);
    }
    summarise(thread, message, emoji, revision);
}

static void reaction_add(struct carillon_storage_thread *thread, const struct change *change, bool first)
{
    bson_t *doc = reactions_like(thread, change->message, change->emoji);
    bson_append_value(doc, "_id", -1, change->key);
    doc_user(doc, "user", change->actor);
    doc_int(doc, "pos", change->pos);
    query_insert(thread, COLLECTION_REACTIONS, doc);
    reaction_show(thread, change->message, change->emoji, first, change->pos);
}

enum carillon_result react_to_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct message_row message;
    if (!in->emoji.len || !in->user.id.len)
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation || !message_find(thread, in->id, &message))
        return CARILLON_NOT_FOUND;
    if (message.deleted)
        return CARILLON_GONE;
    bool there = reaction_is_there(thread, message.pos, in->emoji, in->user.id);
    if (there != in->remove || thread->failure)
        return CARILLON_OK;
    struct carillon_message *now = message_load_at(thread, message.pos);
    bool first = !in->remove;
    for (size_t i = 0; now && i < now->reaction_count; i++)
        first = first && !str_same(now->reactions[i].emoji, in->emoji);
    if (first && now && now->reaction_count >= REACTION_KINDS_MAX)
        return CARILLON_LIMIT;
    bson_value_t key = member_new_key();
    struct change change = { .type = in->remove ? CARILLON_EVENT_REACTION_REMOVED : CARILLON_EVENT_REACTION_ADDED,
                             .actor = in->user,
                             .message = message.pos,
                             .id = message.id,
                             .key = in->remove ? NULL : &key,
                             .emoji = in->emoji };
    change_add(thread, conversation, &change);
    if (in->remove)
        reaction_remove(thread, in->user.id, message.pos, in->emoji, change.pos);
    else
        reaction_add(thread, &change, first);
    change_answer(thread, &change);
    return CARILLON_OK;
}
