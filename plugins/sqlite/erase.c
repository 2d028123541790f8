#include "account.h"
#include "change.h"
#include "fold.h"
#include "keys.h"
#include "member.h"
#include "operations.h"
#include "query.h"
#include "reaction.h"
#include "tombstone.h"

/* One request's work: the changes it makes, up to the limit. */
struct erasure {
    struct conversation conversation;
    struct actor actor;
    uint32_t left;
    struct carillon_change *changes;
    size_t count;
};

static struct carillon_change *note_change(struct carillon_storage_thread *thread, struct erasure *erasure,
                                           const struct change_row *row, int64_t message)
{
    int64_t pos = change_add(thread, &erasure->conversation, row);
    struct carillon_change *change = change_answer(thread, pos, row, message);
    if (!change)
        return NULL;
    erasure->changes[erasure->count] = *change;
    return &erasure->changes[erasure->count++];
}

/* True: all are gone. */
static bool erase_messages(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    struct message_row *rows = query_alloc(thread, (erasure->left + 1) * sizeof(*rows));
    size_t n = 0;
    fold_now(thread);
    sqlite3_stmt *row = QUERY(thread, MESSAGES_OF_AUTHOR, INT(erasure->actor.account), INT(erasure->conversation.key),
                              INT(erasure->left + 1));
    while (rows && query_row(thread, row))
        rows[n++] = (struct message_row){ .key = sqlite3_column_int64(row, 0),
                                          .pos = sqlite3_column_int64(row, 1),
                                          .author = erasure->actor.account };
    bool all = n <= erasure->left;
    for (size_t i = 0; i < n && erasure->left; i++, erasure->left--) {
        struct change_row change = { .type = CARILLON_EVENT_MESSAGE_DELETED,
                                     .actor = erasure->actor,
                                     .message = rows[i].pos };
        tombstone_make(thread, &erasure->conversation, &rows[i], erasure->actor.account);
        note_change(thread, erasure, &change, rows[i].key);
    }
    return all;
}

struct reaction_row {
    int64_t pos, key;
    struct carillon_str emoji;
};

static bool erase_reactions(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    struct reaction_row *rows = query_alloc(thread, (erasure->left + 1) * sizeof(*rows));
    size_t n = 0;
    sqlite3_stmt *row = QUERY(thread, REACTIONS_OF_AUTHOR, INT(erasure->actor.account), INT(erasure->conversation.key),
                              INT(erasure->left + 1));
    while (rows && query_row(thread, row))
        rows[n++] = (struct reaction_row){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                                           query_str(thread, row, 2) };
    bool all = n <= erasure->left;
    for (size_t i = 0; i < n && erasure->left; i++, erasure->left--) {
        struct change_row change = { .type = CARILLON_EVENT_REACTION_REMOVED,
                                     .actor = erasure->actor,
                                     .message = rows[i].pos,
                                     .emoji = rows[i].emoji };
        reaction_remove(thread, erasure->actor.account, rows[i].key, rows[i].emoji);
        note_change(thread, erasure, &change, rows[i].key);
    }
    return all;
}

/* Who comes after the last owner: the moderator, else the member, who joined first. */
static void promote_heir(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    sqlite3_stmt *row = QUERY(thread, MEMBER_HEIR, INT(erasure->conversation.key));
    if (!query_row(thread, row))
        return;
    struct actor heir = { .account = sqlite3_column_int64(row, 0), .signature = sqlite3_column_int64(row, 1) };
    struct carillon_user user = account_read(thread, row, 2, 3);
    query_end(row);
    struct change_row change = {
        .type = CARILLON_EVENT_MEMBER_ROLE, .actor = erasure->actor, .member = heir, .role = CARILLON_ROLE_OWNER
    };
    RUN(thread, MEMBER_ROLE, INT(erasure->conversation.key), INT(heir.account), INT(CARILLON_ROLE_OWNER));
    struct carillon_change *noted = note_change(thread, erasure, &change, 0);
    if (noted)
        noted->member = user;
}

/* No LIMIT here: a person may go, also as the last owner. */
static void erase_membership(struct carillon_storage_thread *thread, struct erasure *erasure)
{
    RUN(thread, READ_MARK_REMOVE, INT(erasure->conversation.key), INT(erasure->actor.account));
    enum carillon_role role = member_role(thread, &erasure->conversation, erasure->actor.account);
    if (role == CARILLON_ROLE_NONE)
        return;
    struct change_row change = { .type = CARILLON_EVENT_MEMBER_LEFT,
                                 .actor = erasure->actor,
                                 .member = erasure->actor };
    member_remove(thread, &erasure->conversation, erasure->actor.account);
    note_change(thread, erasure, &change, 0);
    if (role == CARILLON_ROLE_OWNER && !FETCH(thread, MEMBER_OWNERS, 0, INT(erasure->conversation.key)))
        promote_heir(thread, erasure);
}

enum carillon_result erase_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct erasure erasure = { .left = request->in.limit };
    if (!query_limit_ok(request->in.limit) || !request->in.user.id.len)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &erasure.conversation))
        return CARILLON_NOT_FOUND;
    if (!account_find(thread, request->app, request->in.user.id))
        return CARILLON_OK;
    erasure.actor = account_intern(thread, request->app, request->in.user);
    erasure.changes = query_alloc(thread, (request->in.limit + 2) * sizeof(*erasure.changes));
    if (!erasure.changes)
        return CARILLON_NO_MEMORY;
    if (erase_messages(thread, &erasure) && erase_reactions(thread, &erasure))
        erase_membership(thread, &erasure);
    else
        request->out.more = true;
    if (erasure.count)
        conversation_store(thread, &erasure.conversation);
    request->out.change = NULL;
    request->out.changes = erasure.changes;
    request->out.count = erasure.count;
    return CARILLON_OK;
}

enum carillon_result forget_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    int64_t account = account_find(thread, request->app, request->in.user.id);
    RUN(thread, ERASURE_END, TEXT(request->app), TEXT(request->in.user.id));
    RUN(thread, HELD_FORGET, TEXT(request->app), TEXT(request->in.user.id));
    RUN(thread, MUTES_FORGET, TEXT(request->app), TEXT(request->in.user.id));
    if (!account)
        return CARILLON_OK;
    RUN(thread, INVITATIONS_FORGET, INT(account));
    fold_now(thread);
    RUN(thread, CLIENT_IDS_FORGET, INT(account));
    RUN(thread, SIGNATURES_FORGET, INT(account));
    actors_forget(thread);
    RUN(thread, MEMBERS_FORGET, INT(account));
    RUN(thread, ACCOUNT_FORGET, INT(account));
    return CARILLON_OK;
}
