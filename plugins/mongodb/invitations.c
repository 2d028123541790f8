#include "change.h"
#include "member.h"
#include "operations.h"

static bson_t *coded(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "code", thread->request->in.id);
    return filter;
}

static void read_invitation(struct carillon_storage_thread *thread, const bson_t *doc,
                            struct carillon_invitation *invitation)
{
    *invitation = (struct carillon_invitation){ .code = doc_get_str(thread, doc, "code"),
                                                .conversation = doc_get_str(thread, doc, "conversation"),
                                                .creator = doc_get_user(thread, doc, "creator"),
                                                .role = doc_role_of(doc_peek_str(doc, "role")),
                                                .created_ms = doc_get_time(doc, "created"),
                                                .expires_ms = doc_get_time(doc, "expires"),
                                                .uses = (uint32_t)doc_get_int(doc, "uses"),
                                                .max_uses = (uint32_t)doc_get_int(doc, "max_uses") };
}

static void attach_title(struct carillon_storage_thread *thread, struct carillon_invitation *invitations, size_t n)
{
    if (!n || thread->failure)
        return;
    bson_t *filter = query_app(thread);
    doc_str(filter, "name", invitations[0].conversation);
    bson_t *doc = query_one(thread, COLLECTION_CONVERSATIONS, filter, NULL);
    struct carillon_str title = doc ? doc_get_str(thread, doc, "title") : (struct carillon_str){ 0 };
    for (size_t i = 0; i < n; i++)
        invitations[i].title = title;
    bson_destroy(doc);
}

/* The one with the code in.id; sets out.invitations too. NULL: none. */
static struct carillon_invitation *find_invitation(struct carillon_storage_thread *thread)
{
    struct carillon_storage_output *out = &thread->request->out;
    if (!thread->request->in.id.len)
        return NULL;
    bson_t *doc = query_one(thread, COLLECTION_INVITATIONS, coded(thread), NULL);
    out->invitations = doc ? doc_alloc(thread, sizeof(*out->invitations)) : NULL;
    out->count = out->invitations ? 1 : 0;
    if (out->invitations)
        read_invitation(thread, doc, out->invitations);
    bson_destroy(doc);
    attach_title(thread, out->invitations, out->count);
    return out->invitations;
}

static struct carillon_invitation *find_of_conversation(struct carillon_storage_thread *thread)
{
    struct carillon_invitation *found = find_invitation(thread);
    return found && str_same(found->conversation, thread->request->in.conversation) ? found : NULL;
}

enum carillon_result create_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->id.len || (in->role != CARILLON_ROLE_MEMBER && in->role != CARILLON_ROLE_MODERATOR))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request))
        return CARILLON_NOT_FOUND;
    if (find_invitation(thread))
        return CARILLON_EXISTS;
    bson_t *doc = query_scope(thread);
    doc_str(doc, "code", in->id);
    doc_user(doc, "creator", in->user);
    doc_str(doc, "role", doc_role_word(in->role));
    doc_time(doc, "created", in->now_ms);
    doc_time(doc, "expires", in->expires_ms);
    doc_int(doc, "uses", in->uses);
    doc_int(doc, "max_uses", in->max_uses);
    query_insert(thread, COLLECTION_INVITATIONS, doc);
    find_invitation(thread);
    return CARILLON_OK;
}

enum carillon_result revoke_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!conversation_find(thread, request) || !find_of_conversation(thread))
        return CARILLON_NOT_FOUND;
    query_delete(thread, COLLECTION_INVITATIONS, coded(thread));
    return CARILLON_OK;
}

static bool is_over(const struct carillon_invitation *invitation, int64_t now_ms)
{
    return (invitation->expires_ms && invitation->expires_ms <= now_ms) ||
           (invitation->max_uses && invitation->uses >= invitation->max_uses);
}

static void join(struct carillon_storage_thread *thread, struct conversation *conversation,
                 struct carillon_invitation *invitation)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_value_t key = member_new_key();
    struct change change = { .type = CARILLON_EVENT_MEMBER_JOINED,
                             .actor = in->user,
                             .member = in->user,
                             .role = invitation->role,
                             .key = &key };
    member_add(thread, conversation, in->user, invitation->role, &key);
    change_add(thread, conversation, &change);
    bson_t *fields = bson_new(), *update = bson_new();
    doc_int(fields, "uses", 1);
    doc_operator(update, "$inc", fields);
    query_update(thread, COLLECTION_INVITATIONS, coded(thread), update);
    invitation->uses++;
    change_answer(thread, &change);
}

enum carillon_result accept_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len)
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    struct carillon_invitation *found = conversation ? find_of_conversation(thread) : NULL;
    if (!found)
        return CARILLON_NOT_FOUND;
    /* Members first: who clicks a single-use link again is where it leads. */
    if (!member_role(thread, in->user.id)) {
        if (is_over(found, in->now_ms))
            return CARILLON_GONE;
        join(thread, conversation, found);
    }
    conversation_answer(thread, false);
    return CARILLON_OK;
}

enum carillon_result get_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    (void)request;
    return find_invitation(thread) ? CARILLON_OK : CARILLON_NOT_FOUND;
}

enum carillon_result list_invitations(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_oid_t below;
    bool begun;
    if (!query_limit_ok(in->limit) || !query_cursor_oid(in->cursor, &below, &begun))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request))
        return CARILLON_NOT_FOUND;
    bson_t *filter = query_scope(thread), bound;
    if (begun) {
        bson_append_document_begin(filter, "_id", -1, &bound);
        bson_append_oid(&bound, "$lt", -1, &below);
        bson_append_document_end(filter, &bound);
    }
    out->invitations = doc_alloc(thread, in->limit * sizeof(*out->invitations));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_INVITATIONS, filter, doc_sorted("_id", -1, in->limit + 1));
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_iter_t iter;
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_oid_cursor(thread, &below);
            query_end(cursor);
            break;
        }
        read_invitation(thread, doc, &out->invitations[out->count++]);
        if (bson_iter_init_find(&iter, doc, "_id") && BSON_ITER_HOLDS_OID(&iter))
            bson_oid_copy(bson_iter_oid(&iter), &below);
    }
    attach_title(thread, out->invitations, out->count);
    return CARILLON_OK;
}
