#include "change.h"
#include "member.h"
#include "operations.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* NULL: not UTF-8, the name stands for itself. The caller frees it. */
static char *fold(struct carillon_str name, size_t *len)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len, &folded,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                          UTF8PROC_IGNORE);
    *len = n < 0 ? 0 : (size_t)n;
    return n < 0 ? NULL : (char *)folded;
}

struct carillon_str member_fold_name(struct carillon_storage_thread *thread, struct carillon_str name)
{
    size_t len;
    char *folded = fold(name, &len);
    struct carillon_str copy = doc_copy(thread, folded     ? (struct carillon_str){ folded, len }
                                                : name.ptr ? name
                                                           : CARILLON_STR(""));
    free(folded);
    return copy;
}

void member_append_name(bson_t *fields, struct carillon_str name)
{
    size_t len;
    char *folded = name.ptr ? fold(name, &len) : NULL;
    doc_str(fields, "sort_name", folded ? (struct carillon_str){ folded, len } : name.ptr ? name : CARILLON_STR(""));
    free(folded);
}

static bson_t *member_filter(struct carillon_storage_thread *thread, struct carillon_str user)
{
    bson_t *filter = query_scope(thread);
    doc_str(filter, "user.id", user);
    return filter;
}

bson_value_t member_new_key(void)
{
    bson_value_t key = { .value_type = BSON_TYPE_OID };
    bson_oid_init(&key.value.v_oid, NULL);
    return key;
}

void member_add(struct carillon_storage_thread *thread, struct conversation *conversation, struct carillon_user user,
                enum carillon_role role, const bson_value_t *key)
{
    bson_t *doc = query_scope(thread);
    if (key)
        bson_append_value(doc, "_id", -1, key);
    doc_user(doc, "user", user);
    member_append_name(doc, user.name);
    doc_str(doc, "role", doc_role_word(role));
    doc_str(doc, "known_role", doc_role_word(role));
    doc_time(doc, "joined", thread->request->in.now_ms);
    query_insert(thread, COLLECTION_MEMBERS, doc);
    conversation->member_count++;
    conversation->dirty = true;
}

void member_remove(struct carillon_storage_thread *thread, struct conversation *conversation, struct carillon_str user)
{
    query_delete(thread, COLLECTION_MEMBERS, member_filter(thread, user));
    conversation->member_count--;
    conversation->dirty = true;
}

enum carillon_role member_role(struct carillon_storage_thread *thread, struct carillon_str user)
{
    bson_t *doc = user.len ? query_one(thread, COLLECTION_MEMBERS, member_filter(thread, user), NULL) : NULL;
    enum carillon_role role = doc ? doc_role_of(doc_peek_str(doc, "role")) : CARILLON_ROLE_NONE;
    bson_destroy(doc);
    return role;
}

bool member_is_last_owner(struct carillon_storage_thread *thread, enum carillon_role role)
{
    if (role != CARILLON_ROLE_OWNER)
        return false;
    bson_t *filter = query_scope(thread);
    doc_str(filter, "role", doc_role_word(role));
    return query_count(thread, COLLECTION_MEMBERS, filter, 2) == 1;
}

static struct carillon_user first_with_role(struct carillon_storage_thread *thread, enum carillon_role role)
{
    bson_t *filter = query_scope(thread);
    doc_str(filter, "role", doc_role_word(role));
    bson_t *opts = BCON_NEW("sort", "{", "joined", BCON_INT32(1), "_id", BCON_INT32(1), "}");
    bson_t *doc = query_one(thread, COLLECTION_MEMBERS, filter, opts);
    struct carillon_user user = doc ? doc_get_user(thread, doc, "user") : (struct carillon_user){ 0 };
    bson_destroy(doc);
    return user;
}

struct carillon_user member_heir(struct carillon_storage_thread *thread)
{
    struct carillon_user heir = first_with_role(thread, CARILLON_ROLE_MODERATOR);
    return heir.id.len ? heir : first_with_role(thread, CARILLON_ROLE_MEMBER);
}

static bool is_role(enum carillon_role role)
{
    return role == CARILLON_ROLE_MEMBER || role == CARILLON_ROLE_MODERATOR || role == CARILLON_ROLE_OWNER;
}

void member_set_role(struct carillon_storage_thread *thread, struct carillon_str user, enum carillon_role role)
{
    bson_t *fields = bson_new(), *update = bson_new();
    doc_str(fields, "role", doc_role_word(role));
    doc_str(fields, "known_role", doc_role_word(role)); /* another one there is of another program */
    doc_operator(update, "$set", fields);
    query_update(thread, COLLECTION_MEMBERS, member_filter(thread, user), update);
}

void member_correct(struct carillon_storage_thread *thread, struct carillon_user user, enum carillon_role role)
{
    bson_t *fields = bson_new(), *update = bson_new();
    doc_user(fields, "user", user);
    member_append_name(fields, user.name);
    doc_str(fields, "role", doc_role_word(role));
    doc_str(fields, "known_role", doc_role_word(role));
    doc_time(fields, "joined", thread->request->in.now_ms);
    doc_operator(update, "$set", fields);
    query_update(thread, COLLECTION_MEMBERS, member_filter(thread, user.id), update);
}

enum carillon_result set_member(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->member.id.len || (!in->remove && !is_role(in->role)))
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    enum carillon_role old = member_role(thread, in->member.id);
    enum carillon_role role = in->remove ? CARILLON_ROLE_NONE : in->role;
    if (in->remove && old == CARILLON_ROLE_NONE)
        return CARILLON_NOT_FOUND;
    if (role != old && member_is_last_owner(thread, old))
        return CARILLON_LIMIT;
    if (role != old) {
        bson_value_t key = member_new_key();
        struct change change = { .actor = in->user, .member = in->member, .role = role };
        if (in->remove) {
            change.type = CARILLON_EVENT_MEMBER_LEFT;
            member_remove(thread, conversation, in->member.id);
        } else if (old == CARILLON_ROLE_NONE) {
            change.type = CARILLON_EVENT_MEMBER_JOINED;
            change.key = &key;
            member_add(thread, conversation, in->member, role, &key);
        } else {
            change.type = CARILLON_EVENT_MEMBER_ROLE;
            member_set_role(thread, in->member.id, role);
        }
        change_add(thread, conversation, &change);
        change_answer(thread, &change);
    }
    conversation_answer(thread, false);
    return CARILLON_OK;
}

/* A cursor is "<length of the user's id> <id><folded name>". */
static bool read_cursor(struct carillon_str cursor, struct carillon_str *user, struct carillon_str *name)
{
    int64_t len = 0;
    if (!cursor.ptr)
        return true;
    const char *space = memchr(cursor.ptr, ' ', cursor.len);
    if (!space)
        return false;
    size_t rest = cursor.len - (size_t)(space + 1 - cursor.ptr);
    char number[24] = "";
    if ((size_t)(space - cursor.ptr) >= sizeof(number))
        return false;
    memcpy(number, cursor.ptr, (size_t)(space - cursor.ptr));
    if (!query_cursor_number((struct carillon_str){ number, (size_t)(space - cursor.ptr) }, &len) || (size_t)len > rest)
        return false;
    *user = (struct carillon_str){ space + 1, (size_t)len };
    *name = (struct carillon_str){ space + 1 + len, rest - (size_t)len };
    return true;
}

static struct carillon_str write_cursor(struct carillon_storage_thread *thread, struct carillon_str user,
                                        struct carillon_str name)
{
    struct carillon_str number = doc_format(thread, "%zu ", user.len);
    char *cursor = number.ptr ? doc_alloc(thread, number.len + user.len + name.len + 1) : NULL;
    if (!cursor)
        return (struct carillon_str){ 0 };
    memcpy(cursor, number.ptr, number.len);
    memcpy(cursor + number.len, user.ptr, user.len);
    memcpy(cursor + number.len + user.len, name.ptr, name.len);
    return (struct carillon_str){ cursor, number.len + user.len + name.len };
}

/* Those after (name, user) in the order of the list. */
static bson_t *members_after(struct carillon_storage_thread *thread, struct carillon_str name, struct carillon_str user)
{
    bson_t *filter = query_scope(thread), either, branch, bound;
    bson_append_array_begin(filter, "$or", -1, &either);
    bson_append_document_begin(&either, "0", -1, &branch);
    bson_append_document_begin(&branch, "sort_name", -1, &bound);
    doc_str(&bound, "$gt", name);
    bson_append_document_end(&branch, &bound);
    bson_append_document_end(&either, &branch);
    bson_append_document_begin(&either, "1", -1, &branch);
    doc_str(&branch, "sort_name", name);
    bson_append_document_begin(&branch, "user.id", -1, &bound);
    doc_str(&bound, "$gt", user);
    bson_append_document_end(&branch, &bound);
    bson_append_document_end(&either, &branch);
    bson_append_array_end(filter, &either);
    return filter;
}

/* This role or a higher one. */
static void filter_roles(bson_t *filter, enum carillon_role least)
{
    struct carillon_str words[] = { doc_role_word(CARILLON_ROLE_OWNER), doc_role_word(CARILLON_ROLE_MODERATOR) };
    if (least >= CARILLON_ROLE_MODERATOR)
        doc_in_strs(filter, "role", words, least == CARILLON_ROLE_OWNER ? 1 : 2);
}

static void attach_read_marks(struct carillon_storage_thread *thread, struct carillon_member *members, size_t n)
{
    struct carillon_str *users = calloc(n + 1, sizeof(*users));
    if (!users || !n) {
        free(users);
        return;
    }
    for (size_t i = 0; i < n; i++)
        users[i] = members[i].user.id;
    bson_t *filter = query_scope(thread);
    doc_in_strs(filter, "user", users, n);
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_READ_MARKS, filter, NULL);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        for (size_t i = 0; i < n; i++) {
            if (str_same(users[i], doc_peek_str(doc, "user")))
                members[i].read_pos = (uint64_t)doc_get_int(doc, "pos");
        }
    }
    free(users);
}

enum carillon_result list_members(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct carillon_str user = CARILLON_STR(""), name = CARILLON_STR("");
    if (!query_limit_ok(in->limit) || !read_cursor(in->cursor, &user, &name))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request))
        return CARILLON_NOT_FOUND;
    bson_t *filter = members_after(thread, name, user);
    filter_roles(filter, in->role);
    out->members = doc_alloc(thread, in->limit * sizeof(*out->members));
    bson_t *opts = BCON_NEW("sort", "{", "sort_name", BCON_INT32(1), "user.id", BCON_INT32(1), "}", "limit",
                            BCON_INT64(in->limit + 1));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MEMBERS, filter, opts);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = write_cursor(thread, user, name);
            query_end(cursor);
            break;
        }
        struct carillon_member *member = &out->members[out->count++];
        *member = (struct carillon_member){ .user = doc_get_user(thread, doc, "user"),
                                            .role = doc_role_of(doc_peek_str(doc, "role")),
                                            .joined_ms = doc_get_time(doc, "joined") };
        user = member->user.id;
        name = doc_get_str(thread, doc, "sort_name");
    }
    attach_read_marks(thread, out->members, out->count);
    return CARILLON_OK;
}
