#include "client_id.h"
#include "member.h"
#include "operations.h"

static bson_t *user_filter(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "id", thread->request->in.user.id);
    return filter;
}

static bool is_name_taken(struct carillon_storage_thread *thread, struct carillon_str sort_name)
{
    bson_t *filter = query_app(thread), other;
    doc_str(filter, "sort_name", sort_name);
    bson_append_document_begin(filter, "id", -1, &other);
    doc_str(&other, "$ne", thread->request->in.user.id);
    bson_append_document_end(filter, &other);
    return query_any(thread, COLLECTION_USERS, filter);
}

/* claimed: two daemons that give one name away at the same moment meet at its unique index. */
static void register_user(struct carillon_storage_thread *thread, struct carillon_str sort_name)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_t *fields = bson_new(), *update = bson_new();
    doc_str(fields, "name", in->user.name);
    doc_str(fields, "sort_name", sort_name);
    if (in->unique_name)
        doc_str(fields, "claimed", sort_name);
    doc_operator(update, "$set", fields);
    if (!in->unique_name) {
        bson_t *gone = BCON_NEW("claimed", BCON_INT32(1));
        doc_operator(update, "$unset", gone);
    }
    query_upsert(thread, COLLECTION_USERS, user_filter(thread), update);
}

static void rename_member(struct carillon_storage_thread *thread, struct carillon_str name,
                          struct carillon_str sort_name)
{
    bson_t *filter = query_app(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, "user.id", thread->request->in.user.id);
    doc_str(fields, "user.name", name);
    doc_str(fields, "sort_name", sort_name);
    doc_operator(update, "$set", fields);
    query_update_all(thread, COLLECTION_MEMBERS, filter, update);
}

enum carillon_result put_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_user *user = &request->in.user;
    if (!user->id.len || !user->name.len)
        return CARILLON_INVALID;
    struct carillon_str sort_name = member_fold_name(thread, user->name);
    if (request->in.unique_name && is_name_taken(thread, sort_name))
        return CARILLON_EXISTS;
    register_user(thread, sort_name);
    rename_member(thread, user->name, sort_name);
    return CARILLON_OK;
}

enum carillon_result get_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!request->in.user.id.len)
        return CARILLON_NOT_FOUND;
    bson_t *doc = query_one(thread, COLLECTION_USERS, user_filter(thread), NULL);
    struct carillon_user *user = doc ? doc_alloc(thread, sizeof(*user)) : NULL;
    if (user)
        *user = (struct carillon_user){ doc_get_str(thread, doc, "id"), doc_get_str(thread, doc, "name") };
    bson_destroy(doc);
    request->out.user = user;
    return user ? CARILLON_OK : CARILLON_NOT_FOUND;
}

enum carillon_result list_users(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_t *filter = query_app(thread), above;
    if (!query_limit_ok(in->limit)) {
        bson_destroy(filter);
        return CARILLON_INVALID;
    }
    bson_append_document_begin(filter, "id", -1, &above);
    doc_str(&above, "$gt", in->cursor.ptr ? in->cursor : CARILLON_STR(""));
    bson_append_document_end(filter, &above);
    out->users = doc_alloc(thread, (in->limit + 1) * sizeof(*out->users));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_USERS, filter, doc_sorted("id", 1, in->limit + 1));
    for (const bson_t *doc; out->users && (doc = query_next(thread, &cursor));)
        out->users[out->count++] = (struct carillon_user){ doc_get_str(thread, doc, "id"),
                                                           doc_get_str(thread, doc, "name") };
    query_end(cursor);
    out->more = out->count > in->limit;
    if (out->users && out->more)
        out->cursor = out->users[--out->count - 1].id;
    return CARILLON_OK;
}

/* ---- forgetting: where a name stands beside the id ---- */

/* X(collection, "field with {id, name}") */
#define SIGNATURES(X)                                                                                                  \
    X(MESSAGES, "author")                                                                                              \
    X(CHANGES, "actor")                                                                                                \
    X(CHANGES, "member")                                                                                               \
    X(CONVERSATIONS, "creator")

static void forget_signature(struct carillon_storage_thread *thread, enum collection in, const char *id_path,
                             const char *name_path)
{
    bson_t *filter = query_app(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, id_path, thread->request->in.user.id);
    doc_str(fields, name_path, CARILLON_STR(""));
    doc_operator(update, "$set", fields);
    query_update_all(thread, in, filter, update);
}

enum carillon_result forget_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!request->in.user.id.len)
        return CARILLON_OK;
    query_delete(thread, COLLECTION_USERS, user_filter(thread));
    bson_t *filter = query_app(thread);
    doc_str(filter, "creator.id", request->in.user.id);
    query_delete(thread, COLLECTION_INVITATIONS, filter);
    client_ids_forget_user(thread);
    filter = query_app(thread);
    doc_str(filter, "author.id", request->in.user.id);
    query_delete(thread, COLLECTION_HELD, filter);
    filter = query_app(thread);
    doc_str(filter, "user", request->in.user.id);
    query_delete(thread, COLLECTION_MUTES, filter);
    filter = query_app(thread);
    doc_str(filter, "user.id", request->in.user.id);
    query_delete(thread, COLLECTION_ERASURES, filter);
#define X(collection, field) forget_signature(thread, COLLECTION_##collection, field ".id", field ".name");
    SIGNATURES(X)
#undef X
    rename_member(thread, CARILLON_STR(""), CARILLON_STR(""));
    return CARILLON_OK;
}
