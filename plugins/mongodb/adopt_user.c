#include "adoption.h"

#include "member.h"

enum { NAME_MAX_BYTES = 80 };

/* { sort_name } of the name that the document has. */
static bson_t *sort_name_of(const bson_t *doc)
{
    bson_t *fields = bson_new();
    member_append_name(fields, doc_peek_str(doc, "name"));
    return fields;
}

bool adopt_is_known_user(const bson_t *doc)
{
    bson_t *sorted = sort_name_of(doc);
    bool known = doc_has(doc, "app") && str_same(doc_peek_str(sorted, "sort_name"), doc_peek_str(doc, "sort_name"));
    bson_destroy(sorted);
    return known;
}

static bool is_taken(struct carillon_storage_thread *thread, const struct adoption *adoption,
                     struct carillon_str sort_name)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "claimed", sort_name);
    return adoption_has_another(thread, COLLECTION_USERS, adoption, filter);
}

static bool is_registered_otherwise(struct carillon_storage_thread *thread, const struct adoption *adoption)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "id", doc_peek_str(adoption->doc, "id"));
    return adoption_has_another(thread, COLLECTION_USERS, adoption, filter);
}

static void rename_members(struct carillon_storage_thread *thread, struct carillon_user user)
{
    bson_t *filter = query_app(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, "user.id", user.id);
    doc_str(fields, "user.name", user.name);
    member_append_name(fields, user.name);
    doc_operator(update, "$set", fields);
    query_update_all(thread, COLLECTION_MEMBERS, filter, update);
}

/* As USER_PUT: the members of that name have the new one. Messages keep the name that they were written under. */
void adopt_user(struct carillon_storage_thread *thread, void *arg)
{
    struct adoption *adoption = arg;
    adoption->doc = query_one(thread, COLLECTION_USERS, adoption_by_key(adoption->key), NULL);
    if (!adoption->doc)
        return;
    struct carillon_user user = { doc_peek_str(adoption->doc, "id"), doc_peek_str(adoption->doc, "name") };
    bson_t *sorted = sort_name_of(adoption->doc);
    struct carillon_str sort_name = doc_peek_str(sorted, "sort_name");
    adoption->request = (struct carillon_storage_request){ .app = adoption_app(thread, adoption->doc) };
    thread->request = &adoption->request;
    if (!user.id.len || !user.name.len || !adoption_is_text(user.name, NAME_MAX_BYTES)) {
        adoption_refuse(adoption, "a user has an id and a name");
    } else if (is_registered_otherwise(thread, adoption)) {
        adoption_refuse(adoption, "this user is registered already");
    } else if (is_taken(thread, adoption, sort_name)) {
        adoption_refuse(adoption, "somebody else has this name");
    } else if (!thread->failure) {
        bson_t *fields = bson_copy(sorted);
        doc_str(fields, "app", adoption->request.app);
        if (doc_has(adoption->doc, "claimed"))
            doc_str(fields, "claimed", sort_name);
        adoption_set(thread, COLLECTION_USERS, adoption, fields);
        rename_members(thread, user);
    }
    bson_destroy(sorted);
}
