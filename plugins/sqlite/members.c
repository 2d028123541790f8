#include "change.h"
#include "member.h"
#include "operations.h"
#include "query.h"

#include <inttypes.h>
#include <stdlib.h>

void member_add(struct carillon_storage_thread *thread, struct conversation *conversation, struct actor actor,
                struct carillon_str name, enum carillon_role role)
{
    struct carillon_str sort_name = account_fold_name(thread, name);
    RUN(thread, MEMBER_ADD, INT(conversation->key), INT(actor.account), INT(actor.signature), TEXT(sort_name),
        INT(role), INT(thread->request->in.now_ms));
    conversation->member_count++;
}

void member_remove(struct carillon_storage_thread *thread, struct conversation *conversation, int64_t account)
{
    RUN(thread, MEMBER_REMOVE, INT(conversation->key), INT(account));
    conversation->member_count--;
}

enum carillon_role member_role(struct carillon_storage_thread *thread, const struct conversation *conversation,
                               int64_t account)
{
    return account ? (enum carillon_role)FETCH(thread, MEMBER_FIND, 0, INT(conversation->key), INT(account))
                   : CARILLON_ROLE_NONE;
}

static bool is_last_owner(struct carillon_storage_thread *thread, const struct conversation *conversation,
                          enum carillon_role role)
{
    return role == CARILLON_ROLE_OWNER && FETCH(thread, MEMBER_OWNERS, 0, INT(conversation->key)) == 1;
}

static bool is_role(enum carillon_role role)
{
    return role == CARILLON_ROLE_MEMBER || role == CARILLON_ROLE_MODERATOR || role == CARILLON_ROLE_OWNER;
}

enum carillon_result set_member(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!in->member.id.len || (!in->remove && !is_role(in->role)))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    enum carillon_role old = member_role(thread, &conversation, account_find(thread, request->app, in->member.id));
    enum carillon_role role = in->remove ? CARILLON_ROLE_NONE : in->role;
    if (in->remove && old == CARILLON_ROLE_NONE)
        return CARILLON_NOT_FOUND;
    if (role != old && is_last_owner(thread, &conversation, old))
        return CARILLON_LIMIT;
    if (role != old) {
        struct actor member = account_intern(thread, request->app, in->member);
        struct change_row row = { .actor = account_intern(thread, request->app, in->user),
                                  .member = member,
                                  .role = role };
        if (in->remove) {
            row.type = CARILLON_EVENT_MEMBER_LEFT;
            member_remove(thread, &conversation, member.account);
        } else if (old == CARILLON_ROLE_NONE) {
            row.type = CARILLON_EVENT_MEMBER_JOINED;
            member_add(thread, &conversation, member, in->member.name, role);
        } else {
            row.type = CARILLON_EVENT_MEMBER_ROLE;
            RUN(thread, MEMBER_ROLE, INT(conversation.key), INT(member.account), INT(role));
        }
        int64_t pos = change_add(thread, &conversation, &row);
        conversation_store(thread, &conversation);
        change_answer(thread, pos, &row, 0);
    }
    conversation_answer(thread, conversation.key, false);
    return CARILLON_OK;
}

/* A cursor is "<account> <folded name>". */
static bool read_cursor(struct carillon_str cursor, int64_t *account, struct carillon_str *name)
{
    if (!cursor.ptr)
        return true;
    const char *space = memchr(cursor.ptr, ' ', cursor.len);
    if (!space || !query_cursor((struct carillon_str){ cursor.ptr, (size_t)(space - cursor.ptr) }, account))
        return false;
    *name = (struct carillon_str){ space + 1, cursor.len - (size_t)(space + 1 - cursor.ptr) };
    return true;
}

static struct carillon_str write_cursor(struct carillon_storage_thread *thread, int64_t account,
                                        struct carillon_str name)
{
    struct carillon_str number = query_format(thread, "%" PRId64 " ", account);
    char *cursor = number.ptr ? query_alloc(thread, number.len + name.len + 1) : NULL;
    if (!cursor)
        return (struct carillon_str){ 0 };
    memcpy(cursor, number.ptr, number.len);
    memcpy(cursor + number.len, name.ptr, name.len);
    return (struct carillon_str){ cursor, number.len + name.len };
}

enum carillon_result list_members(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct conversation conversation;
    int64_t account = 0;
    struct carillon_str name = CARILLON_STR("");
    if (!query_limit_ok(in->limit) || !read_cursor(in->cursor, &account, &name))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    out->members = query_alloc(thread, in->limit * sizeof(*out->members));
    sqlite3_stmt *row = in->role >= CARILLON_ROLE_MODERATOR
                            ? QUERY(thread, MODERATORS_PAGE, INT(conversation.key), TEXT(name), INT(account),
                                    INT(in->limit + 1), INT(in->role))
                            : QUERY(thread, MEMBERS_PAGE, INT(conversation.key), TEXT(name), INT(account),
                                    INT(in->limit + 1));
    while (query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = write_cursor(thread, account, name);
            query_end(row);
            break;
        }
        account = sqlite3_column_int64(row, 0);
        name = query_str(thread, row, 1);
        out->members[out->count++] = (struct carillon_member){ .user = account_read(thread, row, 2, 3),
                                                               .role = (enum carillon_role)sqlite3_column_int(row, 4),
                                                               .joined_ms = sqlite3_column_int64(row, 5),
                                                               .read_pos = (uint64_t)sqlite3_column_int64(row, 6) };
    }
    return CARILLON_OK;
}
