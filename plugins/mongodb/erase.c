#include "batch.h"
#include "change.h"
#include "member.h"
#include "message.h"
#include "operations.h"
#include "reaction.h"

/* One request's work: the changes it makes, up to the limit. */
struct erasure {
    struct conversation *conversation;
    uint32_t left;
    struct carillon_change *changes;
    size_t count;
};

/* Something to erase: a message, or a reaction on it. */
struct trace {
    int64_t message;
    struct carillon_str id, emoji;
};

static void note_change(struct carillon_storage_thread *thread, struct erasure *erasure, struct change *change)
{
    struct carillon_change *answer = change_answer(thread, change);
    if (answer)
        erasure->changes[erasure->count++] = *answer;
}

static size_t collect(struct carillon_storage_thread *thread, mongoc_cursor_t *cursor, const char *pos_key, size_t max,
                      struct trace *traces)
{
    size_t n = 0;
    for (const bson_t *doc; traces && n < max && (doc = query_next(thread, &cursor)); n++)
        traces[n] = (struct trace){ doc_get_int(doc, pos_key), doc_get_str(thread, doc, "id"),
                                    doc_get_str(thread, doc, "emoji") };
    query_end(cursor);
    return n;
}

/* True: all are gone. */
static bool erase_messages(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    struct carillon_user user = thread->request->in.user;
    struct trace *traces = doc_alloc(thread, (erasure->left + 1) * sizeof(*traces));
    bson_t *filter = query_scope(thread);
    doc_str(filter, "author.id", user.id);
    doc_exists(filter, "pos", true);
    doc_exists(filter, "deleted", false);
    size_t n = collect(thread, query_find(thread, COLLECTION_MESSAGES, filter, doc_sorted("pos", 1, erasure->left + 1)),
                       "pos", erasure->left + 1, traces);
    bool all = n <= erasure->left;
    for (size_t i = 0; i < n && erasure->left && !thread->failure; i++, erasure->left--) {
        struct change change = {
            .type = CARILLON_EVENT_MESSAGE_DELETED, .actor = user, .message = traces[i].message, .id = traces[i].id
        };
        change_add(thread, erasure->conversation, &change);
        message_make_tombstone(thread, erasure->conversation, change.message, user.id, change.pos);
        note_change(thread, erasure, &change);
    }
    return all;
}

static bool erase_reactions(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    struct carillon_user user = thread->request->in.user;
    struct trace *traces = doc_alloc(thread, (erasure->left + 1) * sizeof(*traces));
    bson_t *filter = query_scope(thread);
    doc_str(filter, "user.id", user.id);
    size_t n = collect(thread,
                       query_find(thread, COLLECTION_REACTIONS, filter, doc_sorted("pos", 1, erasure->left + 1)),
                       "message", erasure->left + 1, traces);
    bool all = n <= erasure->left;
    for (size_t i = 0; i < n && erasure->left && !thread->failure; i++, erasure->left--) {
        struct carillon_message *message = message_load_at(thread, traces[i].message);
        struct change change = { .type = CARILLON_EVENT_REACTION_REMOVED,
                                 .actor = user,
                                 .message = traces[i].message,
                                 .id = message ? message->id : (struct carillon_str){ 0 },
                                 .emoji = traces[i].emoji };
        change_add(thread, erasure->conversation, &change);
        reaction_remove(thread, user.id, change.message, change.emoji, change.pos);
        note_change(thread, erasure, &change);
    }
    return all;
}

static void promote_heir(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    struct change change = { .type = CARILLON_EVENT_MEMBER_ROLE,
                             .actor = thread->request->in.user,
                             .member = member_heir(thread),
                             .role = CARILLON_ROLE_OWNER };
    if (!change.member.id.len)
        return;
    member_set_role(thread, change.member.id, change.role);
    change_add(thread, erasure->conversation, &change);
    note_change(thread, erasure, &change);
}

/* No LIMIT here: a person may go, also as the last owner. */
static void erase_membership(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    struct carillon_user user = thread->request->in.user;
    bson_t *filter = query_scope(thread);
    doc_str(filter, "user", user.id);
    query_delete(thread, COLLECTION_READ_MARKS, filter);
    enum carillon_role role = member_role(thread, user.id);
    if (!role)
        return;
    bool last_owner = member_is_last_owner(thread, role);
    struct change change = { .type = CARILLON_EVENT_MEMBER_LEFT, .actor = user, .member = user };
    member_remove(thread, erasure->conversation, user.id);
    change_add(thread, erasure->conversation, &change);
    note_change(thread, erasure, &change);
    if (last_owner)
        promote_heir(thread, erasure);
}

enum carillon_result erase_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct erasure erasure = { .left = request->in.limit };
    if (!query_limit_ok(request->in.limit) || !request->in.user.id.len)
        return CARILLON_INVALID;
    erasure.conversation = conversation_find(thread, request);
    if (!erasure.conversation)
        return CARILLON_NOT_FOUND;
    erasure.changes = doc_alloc(thread, (request->in.limit + 2) * sizeof(*erasure.changes));
    if (!erasure.changes)
        return CARILLON_NO_MEMORY;
    batch_flush(thread);
    if (erase_messages(thread, &erasure) && erase_reactions(thread, &erasure))
        erase_membership(thread, &erasure);
    else
        request->out.more = true;
    request->out.change = NULL;
    request->out.changes = erasure.changes;
    request->out.count = erasure.count;
    return CARILLON_OK;
}
