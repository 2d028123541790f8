#include "adoption.h"

#include "member.h"

/* A member is what nothing else is said of. */
static enum carillon_role role_of(const bson_t *doc)
{
    enum carillon_role role = doc_role_of(doc_peek_str(doc, "role"));
    return role == CARILLON_ROLE_NONE ? CARILLON_ROLE_MEMBER : role;
}

static bool is_member_otherwise(struct carillon_storage_thread *thread, const struct adoption *adoption,
                                struct carillon_str user)
{
    bson_t *filter = query_scope(thread);
    doc_str(filter, "user.id", user);
    return adoption_has_another(thread, COLLECTION_MEMBERS, adoption, filter);
}

static void make_change(struct carillon_storage_thread *thread, struct adoption *adoption,
                        enum carillon_event_type type, struct carillon_user member, enum carillon_role role)
{
    adoption->change = (struct change){ .type = type,
                                        .actor = member,
                                        .member = member,
                                        .role = role,
                                        .key = type == CARILLON_EVENT_MEMBER_JOINED ? adoption->key : NULL };
    change_add(thread, adoption->conversation, &adoption->change);
}

static void join(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    struct carillon_user user;
    enum carillon_role role = role_of(adoption->doc);
    if (!adoption_user(adoption->doc, "user", &user)) {
        adoption_refuse(adoption, "its user is no user id");
        return;
    }
    if (is_member_otherwise(thread, adoption, user.id)) {
        adoption_refuse(adoption, "they are a member already");
        return;
    }
    bson_t *fields = bson_new();
    doc_str(fields, "app", adoption->request.app);
    doc_user(fields, "user", user);
    member_append_name(fields, user.name);
    doc_str(fields, "role", doc_role_word(role));
    doc_str(fields, "known_role", doc_role_word(role));
    if (!doc_get_time(adoption->doc, "joined"))
        doc_time(fields, "joined", adoption->request.in.now_ms);
    adoption_set(thread, COLLECTION_MEMBERS, adoption, fields);
    adoption->conversation->member_count++;
    make_change(thread, adoption, CARILLON_EVENT_MEMBER_JOINED, user, role);
}

static void change_role(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    struct carillon_user user = { doc_peek_str(adoption->doc, "user.id"), doc_peek_str(adoption->doc, "user.name") };
    enum carillon_role role = role_of(adoption->doc);
    if (role == doc_role_of(doc_peek_str(adoption->doc, "known_role")))
        return;
    bson_t *fields = bson_new();
    doc_str(fields, "role", doc_role_word(role)); /* also where it was no role */
    doc_str(fields, "known_role", doc_role_word(role));
    adoption_set(thread, COLLECTION_MEMBERS, adoption, fields);
    make_change(thread, adoption, CARILLON_EVENT_MEMBER_ROLE, user, role);
}

/* The change with which the document that is gone came; newer ones of that person may say that they left. */
static bool has_left_since(struct carillon_storage_thread *thread, const struct adoption *adoption)
{
    static const struct carillon_str types[] = { CARILLON_STR("member.joined"), CARILLON_STR("member.left") };
    bson_t *filter = query_scope(thread);
    doc_str(filter, "member.id", doc_peek_str(adoption->past, "member.id"));
    doc_compare(filter, "pos", "$gt", doc_get_int(adoption->past, "pos"));
    doc_in_strs(filter, "type", types, 2);
    return query_any(thread, COLLECTION_CHANGES, filter);
}

static void leave(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    const bson_t *past = adoption->past;
    struct carillon_user user = { doc_peek_str(past, "member.id"), doc_peek_str(past, "member.name") };
    if (member_role(thread, user.id) || has_left_since(thread, adoption))
        return;
    adoption->conversation->member_count--;
    make_change(thread, adoption, CARILLON_EVENT_MEMBER_LEFT, user, CARILLON_ROLE_NONE);
}

/* A deletion tells its key only, which the change has that the membership came with: one that retention has left. */
void adopt_member(struct carillon_storage_thread *thread, void *arg)
{
    struct adoption *adoption = arg;
    adoption->doc = query_one(thread, COLLECTION_MEMBERS, adoption_by_key(adoption->key), NULL);
    if (!adoption->doc)
        adoption->past = query_one(thread, COLLECTION_CHANGES, adoption_by_key(adoption->key), NULL);
    const bson_t *from = adoption->doc ? adoption->doc : adoption->past;
    if (!from || !adoption_find_place(thread, adoption, from))
        return;
    if (!adoption->doc && doc_has(from, "member"))
        leave(thread, adoption);
    else if (adoption->doc && !doc_has(from, "sort_name"))
        join(thread, adoption);
    else if (adoption->doc)
        change_role(thread, adoption);
}
