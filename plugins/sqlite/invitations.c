#include "change.h"
#include "member.h"
#include "operations.h"
#include "query.h"

#include <inttypes.h>

/* As INVITATION_FIND and INVITATIONS_PAGE list them. */
enum column {
    COLUMN_KEY,
    COLUMN_CODE,
    COLUMN_CONVERSATION,
    COLUMN_TITLE,
    COLUMN_CREATOR_ID,
    COLUMN_CREATOR_NAME,
    COLUMN_ROLE,
    COLUMN_CREATED,
    COLUMN_EXPIRES,
    COLUMN_USES,
    COLUMN_MAX_USES,
    COLUMN_CONVERSATION_KEY
};

/* How long an expired one is still answered with GONE instead of NOT_FOUND. */
static const int64_t expired_kept_ms = INT64_C(30) * 86400000;

static void read_row(struct carillon_storage_thread *thread, sqlite3_stmt *row, struct carillon_invitation *invitation)
{
    *invitation = (struct carillon_invitation){ .code = query_str(thread, row, COLUMN_CODE),
                                                .conversation = query_str(thread, row, COLUMN_CONVERSATION),
                                                .title = query_str(thread, row, COLUMN_TITLE),
                                                .creator = account_read(thread, row, COLUMN_CREATOR_ID,
                                                                        COLUMN_CREATOR_NAME),
                                                .role = (enum carillon_role)sqlite3_column_int(row, COLUMN_ROLE),
                                                .created_ms = sqlite3_column_int64(row, COLUMN_CREATED),
                                                .expires_ms = sqlite3_column_int64(row, COLUMN_EXPIRES),
                                                .uses = (uint32_t)sqlite3_column_int64(row, COLUMN_USES),
                                                .max_uses = (uint32_t)sqlite3_column_int64(row, COLUMN_MAX_USES) };
}

struct found {
    int64_t key, conversation;
    struct carillon_invitation *invitation;
};

/* The one with the code in.id; sets out.invitations too. */
static bool find_invitation(struct carillon_storage_thread *thread, struct found *found)
{
    struct carillon_storage_request *request = thread->request;
    sqlite3_stmt *row = QUERY(thread, INVITATION_FIND, TEXT(request->app), TEXT(request->in.id));
    if (!query_row(thread, row))
        return false;
    found->key = sqlite3_column_int64(row, COLUMN_KEY);
    found->conversation = sqlite3_column_int64(row, COLUMN_CONVERSATION_KEY);
    found->invitation = query_alloc(thread, sizeof(*found->invitation));
    if (found->invitation)
        read_row(thread, row, found->invitation);
    query_end(row);
    request->out.invitations = found->invitation;
    request->out.count = found->invitation ? 1 : 0;
    return found->invitation != NULL;
}

enum carillon_result create_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    struct found found;
    if (!in->id.len || (in->role != CARILLON_ROLE_MEMBER && in->role != CARILLON_ROLE_MODERATOR))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    if (find_invitation(thread, &found))
        return CARILLON_EXISTS;
    struct actor creator = account_intern(thread, request->app, in->user);
    RUN(thread, INVITATIONS_PRUNE, INT(conversation.key), INT(in->now_ms - expired_kept_ms));
    RUN(thread, INVITATION_ADD, TEXT(request->app), TEXT(in->id), INT(conversation.key), KEY(creator.signature),
        INT(in->role), INT(in->now_ms), INT(in->expires_ms), INT(in->uses), INT(in->max_uses));
    find_invitation(thread, &found);
    return CARILLON_OK;
}

enum carillon_result revoke_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    struct found found;
    if (!conversation_find(thread, request, &conversation) || !find_invitation(thread, &found) ||
        found.conversation != conversation.key)
        return CARILLON_NOT_FOUND;
    RUN(thread, INVITATION_REMOVE, INT(found.key));
    return CARILLON_OK;
}

static bool is_over(const struct carillon_invitation *invitation, int64_t now_ms)
{
    return (invitation->expires_ms && invitation->expires_ms <= now_ms) ||
           (invitation->max_uses && invitation->uses >= invitation->max_uses);
}

static void join(struct carillon_storage_thread *thread, struct conversation *conversation, struct found *found)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct actor actor = account_intern(thread, thread->request->app, in->user);
    struct change_row row = {
        .type = CARILLON_EVENT_MEMBER_JOINED, .actor = actor, .member = actor, .role = found->invitation->role
    };
    member_add(thread, conversation, actor, in->user.name, row.role);
    int64_t pos = change_add(thread, conversation, &row);
    conversation_store(thread, conversation);
    RUN(thread, INVITATION_USE, INT(found->key));
    found->invitation->uses++;
    change_answer(thread, pos, &row, 0);
}

enum carillon_result accept_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    struct found found;
    if (!in->user.id.len)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation) || !find_invitation(thread, &found) ||
        found.conversation != conversation.key)
        return CARILLON_NOT_FOUND;
    /* Members first: who clicks a single-use link again is where it leads. */
    if (!member_role(thread, &conversation, account_find(thread, request->app, in->user.id))) {
        if (is_over(found.invitation, in->now_ms))
            return CARILLON_GONE;
        join(thread, &conversation, &found);
    }
    conversation_answer(thread, conversation.key, false);
    return CARILLON_OK;
}

enum carillon_result get_invitation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct found found;
    (void)request;
    return find_invitation(thread, &found) ? CARILLON_OK : CARILLON_NOT_FOUND;
}

enum carillon_result list_invitations(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct conversation conversation;
    int64_t below = INT64_MAX;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &below))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    out->invitations = query_alloc(thread, in->limit * sizeof(*out->invitations));
    sqlite3_stmt *row = QUERY(thread, INVITATIONS_PAGE, INT(conversation.key), INT(below), INT(in->limit + 1));
    while (query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, below);
            query_end(row);
            break;
        }
        below = sqlite3_column_int64(row, COLUMN_KEY);
        read_row(thread, row, &out->invitations[out->count++]);
    }
    return CARILLON_OK;
}
