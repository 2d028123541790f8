#include "api/access.h"
#include "api/input.h"
#include "api/list.h"
#include "channel/channel.h"
#include "message/json.h"
#include "session/seen.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 80 };

/* ---- the list ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct carillon_str *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

struct member_page {
    struct call *call;
    struct carillon_storage_request *request;
};

static void present_told(void *arg, const struct carillon_user *users, size_t n)
{
    struct member_page *page = arg;
    struct call *call = page->call;
    const struct carillon_storage_output *out = &page->request->out;
    struct carillon_str *online = calloc(n + 1, sizeof *online);
    if (!online) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    for (size_t i = 0; i < n; i++)
        online[i] = users[i].id;
    qsort(online, n, sizeof *online, compare_ids);
    list_begin(call);
    for (size_t i = 0; i < out->count; i++) {
        const struct carillon_member *member = &out->members[i];
        json_object_begin(&call->out, NULL);
        json_write_user(&call->out, "user", &member->user);
        json_write_text(&call->out, "role", role_name(member->role));
        json_write_int(&call->out, "joined_at", member->joined_ms);
        json_write_uint(&call->out, "read_pos", member->read_pos);
        json_write_bool(&call->out, "online", bsearch(&member->user.id, online, n, sizeof *online, compare_ids));
        json_object_end(&call->out);
    }
    free(online);
    list_reply(call, page->request);
}

static void page_read(struct call *call, struct carillon_storage_request *request)
{
    struct member_page *page = call_alloc(call, sizeof *page);
    if (!page) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    *page = (struct member_page){ call, request };
    channel_query_presence(call_app(call), call->captures[0], present_told, page);
}

static void list_page(struct call *call, const struct carillon_conversation *conversation)
{
    (void)conversation;
    struct carillon_storage_request *request = call->state;
    call_ask(call, request, page_read);
}

void members_list(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    struct carillon_storage_request *request = list_request(call, CARILLON_STORAGE_MEMBER_LIST);
    if (!request)
        return;
    request->in.conversation = channel;
    call->state = request;
    call_with_conversation(call, channel, list_page);
}

/* ---- changing ---- */

struct membership {
    struct carillon_user user;
    enum carillon_role role; /* NONE: it ends */
};

/* The change that everybody sees tells the name, so it is looked up where the caller did not give it. */
static void member_set(struct call *call, struct action *action)
{
    const struct membership *membership = call->state;
    (void)action;
    if (membership->role == CARILLON_ROLE_NONE) {
        call_reply_empty(call);
        return;
    }
    json_object_begin(&call->out, NULL);
    json_write_user(&call->out, "user", &membership->user);
    json_write_text(&call->out, "role", role_name(membership->role));
    json_object_end(&call->out);
    call_reply(call, 200);
}

static void set_member(struct call *call)
{
    const struct membership *membership = call->state;
    struct action *action = call_action(call, ACTION_MEMBER, call->captures[0]);
    if (!action)
        return;
    action->request->in.member.id = action_str(action, membership->user.id);
    action->request->in.member.name = action_str(action, membership->user.name);
    action->request->in.role = membership->role;
    action->request->in.remove = membership->role == CARILLON_ROLE_NONE;
    call_act(call, action, member_set);
}

static void user_read(struct call *call, struct carillon_storage_request *request)
{
    struct membership *membership = call->state;
    if (request->result == CARILLON_NOT_FOUND) {
        call_fail_with(call, ERROR_NOT_FOUND, "There is no user with this id.");
    } else if (request->result < 0) {
        call_fail_result(call, request->result);
    } else {
        membership->user.name = call_str(call, request->out.user->name);
        set_member(call);
    }
}

static void ask_user(struct call *call)
{
    const struct membership *membership = call->state;
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_USER_GET);
    if (!request)
        return;
    request->in.user = membership->user;
    call_ask_raw(call, request, user_read);
}

static enum carillon_role input_role(struct call *call, enum carillon_role def)
{
    bool given = input_has(call, "role");
    struct carillon_str word = input_str(call, "role", def == CARILLON_ROLE_NONE ? REQUIRED : OPTIONAL, 1, 16);
    enum carillon_role role = word.ptr ? role_from_name(word) : def;
    if (given && word.ptr && role == CARILLON_ROLE_NONE)
        input_wrong(call, "role", "this must be member, moderator or owner");
    return role;
}

static void begin_membership(struct call *call, struct membership *membership)
{
    call->state = membership;
    if (!membership->user.name.ptr) {
        ask_user(call);
        return;
    }
    user_note(call_app(call), membership->user);
    set_member(call);
}

static void end_membership(struct call *call, struct carillon_str user)
{
    struct membership *membership = call_alloc(call, sizeof *membership);
    if (!membership) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    membership->user.id = user;
    if (input_end(call))
        begin_membership(call, membership);
}

/* Names are the users' own business; a server may introduce one that was never here. */
void members_put(struct call *call)
{
    struct membership *membership = call_alloc(call, sizeof *membership);
    if (!membership) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    path_channel(call);
    membership->user.id = path_user(call, 1);
    membership->role = input_role(call, CARILLON_ROLE_NONE);
    if (call->identity->server)
        membership->user.name = input_line(call, "name", OPTIONAL, NAME_MAX_BYTES);
    if (!input_end(call))
        return;
    begin_membership(call, membership);
}

void members_remove(struct call *call)
{
    path_channel(call);
    end_membership(call, path_user(call, 1));
}

/* ---- the same by a server, seen from the user ---- */

void users_join(struct call *call)
{
    struct membership *membership = call_alloc(call, sizeof *membership);
    if (!membership) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    membership->user.id = path_user(call, 0);
    membership->role = input_role(call, CARILLON_ROLE_MEMBER);
    membership->user.name = input_line(call, "name", OPTIONAL, NAME_MAX_BYTES);
    call->captures[0] = input_channel(call, "channel", REQUIRED);
    if (!input_end(call))
        return;
    begin_membership(call, membership);
}

void users_leave(struct call *call)
{
    struct carillon_str user = path_user(call, 0);
    call->captures[0] = input_channel(call, "channel", REQUIRED);
    end_membership(call, user);
}
