#include "channel/home.h"
#include "base/json_writer.h"
#include "base/str.h"

/* What the home knows of one user's role. Only of those who acted or looked: the storage knows the rest. */
struct member {
    UT_hash_handle hh;
    enum carillon_role role;
    bool known, asked, failed;
    struct task *waiting, **waiting_last;
    struct channel *channel;
    char id[];
};

enum { MEMBERS_KEPT = 4096 };

static struct member *member_find(struct channel *channel, struct carillon_str user)
{
    struct member *member = NULL;
    HASH_FIND(hh, channel->members, user.ptr, user.len, member);
    return member;
}

static void member_free(struct channel *channel, struct member *member)
{
    HASH_DEL(channel->members, member);
    free(member);
}

/* Too many: those that nothing waits for are forgotten, and asked for again when they come. */
static void members_trim(struct channel *channel)
{
    struct member *member, *next;
    if (HASH_COUNT(channel->members) < MEMBERS_KEPT)
        return;
    HASH_ITER (hh, channel->members, member, next) {
        if (!member->asked)
            member_free(channel, member);
    }
}

static struct member *member_get(struct channel *channel, struct carillon_str user)
{
    struct member *member = member_find(channel, user);
    if (member)
        return member;
    members_trim(channel);
    member = calloc(1, sizeof *member + user.len + 1);
    if (!member)
        abort(); /* must hold: who may do what is not guessed */
    memcpy(member->id, user.ptr, user.len);
    member->channel = channel;
    member->waiting_last = &member->waiting;
    HASH_ADD_KEYPTR(hh, channel->members, member->id, user.len, member);
    return member;
}

static void member_loaded(struct carillon_storage_request *request, void *arg)
{
    struct member *member = arg;
    struct task *task = member->waiting, *next;
    bool answered = request->result == CARILLON_OK;
    if (answered && !member->known) /* else a change told a newer role meanwhile */
        member->role = request->out.conversation->role;
    member->known = true;
    member->failed = !answered; /* told to those that wait, and to nobody else */
    member->asked = false;
    member->waiting = NULL;
    member->waiting_last = &member->waiting;
    storage_request_free(request);
    for (; task; task = next) {
        next = task->next;
        task->run(task);
    }
    if (!answered)
        member->known = member->failed = false;
}

static void member_load(struct member *member)
{
    struct channel *channel = member->channel;
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CONVERSATION_GET,
                                                                   channel->app->name);
    if (!request)
        abort();
    member->asked = true;
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.user.id = storage_request_str(request, (struct carillon_str){ member->id, strlen(member->id) });
    storage_submit(request, member_loaded, member);
}

/* ACCESS_WAIT: the task runs again when the role is known; ACCESS_DENIED: the storage gave no answer. */
static enum access role_look_up(struct channel *channel, struct carillon_str user, struct task *task,
                                enum carillon_role *role, enum error_code *why)
{
    *role = CARILLON_ROLE_NONE;
    if (!user.len) /* nobody in particular is a member of nothing */
        return ACCESS_OK;
    struct member *member = member_get(channel, user);
    if (!member->known) {
        task->next = NULL;
        *member->waiting_last = task;
        member->waiting_last = &task->next;
        if (!member->asked)
            member_load(member);
        return ACCESS_WAIT;
    }
    *role = member->role;
    *why = member->failed ? ERROR_STORAGE_UNAVAILABLE : *why;
    return member->failed ? ACCESS_DENIED : ACCESS_OK;
}

/* The same of who asks; a token may make a moderator. */
static enum access role_own(struct channel *channel, const struct identity *identity, struct task *task,
                            enum carillon_role *role, enum error_code *why)
{
    enum access access = role_look_up(channel, identity->user.id, task, role, why);
    if (access == ACCESS_OK && *role < CARILLON_ROLE_MODERATOR &&
        identity_check(identity, IDENTITY_MODERATE, channel->name) == IDENTITY_ALLOWED)
        *role = CARILLON_ROLE_MODERATOR;
    return access;
}

void access_note_role(struct channel *channel, struct carillon_str user, enum carillon_role role)
{
    struct member *member = member_get(channel, user);
    member->role = role;
    member->known = true;
}

bool access_is_moderator(struct channel *channel, const struct identity *identity)
{
    const struct member *member = member_find(channel, identity->user.id);
    if (member && member->known && member->role >= CARILLON_ROLE_MODERATOR)
        return true;
    return identity_check(identity, IDENTITY_MODERATE, channel->name) == IDENTITY_ALLOWED;
}

bool access_is_waiting(const struct channel *channel)
{
    for (const struct member *member = channel->members; member; member = member->hh.next)
        if (member->asked)
            return true;
    return false;
}

void access_free(struct channel *channel)
{
    struct member *member, *next;
    HASH_ITER (hh, channel->members, member, next)
        member_free(channel, member);
}

void access_end(struct channel *channel)
{
    struct member *member, *next;
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_str(&data, "channel", channel->name);
    json_object_end(&data);
    HASH_ITER (hh, channel->members, member, next) {
        if (member->known && member->role > CARILLON_ROLE_NONE)
            personal_tell(channel->app, (struct carillon_str){ member->id, strlen(member->id) }, "conversation.removed",
                          NULL, json_writer_str(&data));
        member->known = false;
        if (!member->asked)
            member_free(channel, member);
    }
    json_writer_free(&data);
}

/* What is no conversation: the token's word counts, else the options'; names with a prefix need the token's word. */
static enum access unstored_allowed(enum identity_answer answer, enum app_who who, const struct channel *channel)
{
    if (answer != IDENTITY_SILENT)
        return answer == IDENTITY_ALLOWED ? ACCESS_OK : ACCESS_DENIED;
    enum channel_kind kind = channel_kind(channel->name);
    if (kind == CHANNEL_PRIVATE || kind == CHANNEL_PRESENCE)
        return ACCESS_DENIED;
    return who >= APP_WHO_MEMBERS ? ACCESS_OK : ACCESS_DENIED;
}

enum access access_see(struct channel *channel, const struct identity *identity, struct task *task,
                       enum error_code *why)
{
    enum identity_answer answer = identity_check(identity, IDENTITY_SUBSCRIBE, channel->name);
    enum carillon_role role;
    *why = ERROR_FORBIDDEN;
    if (channel_kind(channel->name) == CHANNEL_RESERVED)
        return ACCESS_OK; /* a session only ever asks for its own */
    if (channel->state == CHANNEL_UNSTORED)
        return unstored_allowed(answer, channel->options->subscribe, channel);
    if (answer != IDENTITY_SILENT)
        return answer == IDENTITY_ALLOWED ? ACCESS_OK : ACCESS_DENIED;
    if (channel->visibility == CARILLON_VISIBILITY_PUBLIC && channel->options->subscribe == APP_WHO_EVERYBODY)
        return ACCESS_OK;
    enum access access = role_own(channel, identity, task, &role, why);
    if (access != ACCESS_OK)
        return access;
    *why = ERROR_NOT_A_MEMBER;
    return role >= CARILLON_ROLE_MEMBER ? ACCESS_OK : ACCESS_DENIED;
}

static void join_done(struct action *action)
{
    action_free(action);
}

/* Who writes into a public conversation is a member from then on; the join goes ahead of what they do. */
static void join_first(struct channel *channel, const struct action *action)
{
    struct action *join = action_new(ACTION_MEMBER, action->identity, channel->name);
    if (!join)
        return;
    join->request->in.user = join->request->in.member = join->identity->user;
    join->request->in.role = CARILLON_ROLE_MEMBER;
    join->request->in.now_ms = loop_wall_ms();
    join->done = join_done;
    access_note_role(channel, action->identity->user.id, CARILLON_ROLE_MEMBER);
    order_enqueue(channel, join);
}

static bool is_self(const struct action *action)
{
    return str_equal(action->request->in.member.id, action->identity->user.id);
}

/* Roles change by those who hold at least that role; people join public conversations and leave by themselves. */
static bool may_change_member(const struct channel *channel, const struct action *action, enum carillon_role own,
                              enum carillon_role theirs)
{
    const struct carillon_storage_input *in = &action->request->in;
    if (is_self(action) && in->remove)
        return own != CARILLON_ROLE_NONE;
    if (is_self(action) && in->role == CARILLON_ROLE_MEMBER && channel->visibility == CARILLON_VISIBILITY_PUBLIC)
        return own <= CARILLON_ROLE_MEMBER;
    if (own < CARILLON_ROLE_MODERATOR)
        return false;
    if (own == CARILLON_ROLE_OWNER)
        return true;
    return theirs < CARILLON_ROLE_OWNER && in->role <= CARILLON_ROLE_MODERATOR;
}

static enum access write_allowed(struct channel *channel, struct action *action, enum carillon_role role,
                                 enum error_code *why)
{
    enum identity_answer answer = identity_check(action->identity, IDENTITY_PUBLISH, channel->name);
    if (answer == IDENTITY_DENIED || (answer == IDENTITY_SILENT && channel->options->publish <= APP_WHO_SERVER)) {
        *why = ERROR_FORBIDDEN;
        return ACCESS_DENIED;
    }
    if (role >= CARILLON_ROLE_MEMBER)
        return ACCESS_OK;
    if (channel->visibility == CARILLON_VISIBILITY_INVITED && answer != IDENTITY_ALLOWED)
        return ACCESS_DENIED;
    if (channel->visibility == CARILLON_VISIBILITY_PUBLIC)
        join_first(channel, action);
    return ACCESS_OK;
}

/* By kind, the role being known; *why is not_a_member so far. */
static enum access stored_allowed(struct channel *channel, struct action *action, enum carillon_role role,
                                  enum carillon_role theirs, enum error_code *why)
{
    bool visible = role >= CARILLON_ROLE_MEMBER || channel->visibility == CARILLON_VISIBILITY_PUBLIC;
    bool ok = false;
    switch (action->kind) {
    case ACTION_PUBLISH:
    case ACTION_REACT:
        return write_allowed(channel, action, role, why);
    case ACTION_EDIT: /* and being the author, which order.c finds out */
    case ACTION_DELETE:
    case ACTION_READ:
    case ACTION_TYPING:
        return visible ? ACCESS_OK : ACCESS_DENIED;
    case ACTION_UPDATE:
    case ACTION_RELEASE:
    case ACTION_DISCARD:
        *why = ERROR_FORBIDDEN;
        ok = role >= CARILLON_ROLE_MODERATOR;
        break;
    case ACTION_MEMBER:
        *why = visible ? ERROR_FORBIDDEN : ERROR_NOT_A_MEMBER;
        ok = may_change_member(channel, action, role, theirs);
        break;
    case ACTION_ACCEPT:
        ok = true;
        break;
    case ACTION_ERASE:
        *why = ERROR_FORBIDDEN;
        ok = is_self(action);
        break;
    case ACTION_CREATE:
    case ACTION_STEP:
    case ACTION_KIND_COUNT:
        break;
    }
    return ok ? ACCESS_OK : ACCESS_DENIED;
}

/* Stored or not: only those who subscribe get here, so the channel's options or the token say yes. */
static enum access client_event_allowed(const struct channel *channel, const struct action *action)
{
    enum identity_answer answer = identity_check(action->identity, IDENTITY_CLIENT_EVENT, channel->name);
    bool silent_ok = answer == IDENTITY_SILENT && channel->options->client_events;
    return answer == IDENTITY_ALLOWED || silent_ok ? ACCESS_OK : ACCESS_DENIED;
}

static enum access unstored_act(struct channel *channel, struct action *action, enum error_code *why)
{
    *why = ERROR_FORBIDDEN;
    if (action->kind == ACTION_RELEASE || action->kind == ACTION_DISCARD)
        return identity_check(action->identity, IDENTITY_MODERATE, channel->name) == IDENTITY_ALLOWED ? ACCESS_OK
                                                                                                      : ACCESS_DENIED;
    return unstored_allowed(identity_check(action->identity, IDENTITY_PUBLISH, channel->name),
                            channel->options->publish, channel);
}

enum access access_act(struct channel *channel, struct action *action, enum error_code *why)
{
    enum carillon_role role = CARILLON_ROLE_NONE, theirs = CARILLON_ROLE_NONE;
    if (action->kind == ACTION_CREATE) {
        *why = ERROR_FORBIDDEN;
        return action->identity->may_create ? ACCESS_OK : ACCESS_DENIED;
    }
    if (action->identity->server)
        return ACCESS_OK;
    *why = ERROR_FORBIDDEN;
    if (action->kind == ACTION_PUBLISH && action->client_event)
        return client_event_allowed(channel, action);
    if (channel->state == CHANNEL_UNSTORED)
        return unstored_act(channel, action, why);
    enum access access = role_own(channel, action->identity, &action->task, &role, why);
    if (access == ACCESS_OK && action->kind == ACTION_MEMBER && !is_self(action))
        access = role_look_up(channel, action->request->in.member.id, &action->task, &theirs, why);
    if (access != ACCESS_OK)
        return access;
    *why = ERROR_NOT_A_MEMBER;
    return stored_allowed(channel, action, role, theirs, why);
}
