#include "storage/copy.h"

#include "base/arena.h"
#include "base/log.h"
#include "loop/timer.h"
#include "plugin/plugin.h"
#include "session/app.h"
#include <carillon/storage.h>

#include <stdlib.h>
#include <string.h>

enum { ANSWER_BOUND = 64 << 20, PAGE = 200, TOLD_EVERY_MS = 2000 };

/* One of the two storages: opened, with a thread's context of each kind. */
struct side {
    const struct carillon_storage_ops *ops;
    struct carillon_storage *store;
    struct carillon_storage_thread *writer, *reader;
};

struct copy {
    struct side from, to;
    const struct app *app;
    uint64_t conversations, changes, messages;
    int64_t told_ms;
};

/* ---- requests, without the executor ---- */

static struct carillon_storage_request *ask(enum carillon_storage_op op, const struct copy *copy,
                                            struct carillon_str conversation)
{
    struct carillon_storage_request *request = calloc(1, sizeof *request);
    if (!request || !(request->arena = arena_new(ANSWER_BOUND)))
        abort();
    request->op = op;
    request->app = copy->app->name;
    request->in.conversation = conversation;
    request->in.limit = PAGE;
    request->in.now_ms = loop_wall_ms();
    return request;
}

static void request_drop(struct carillon_storage_request *request)
{
    if (request)
        arena_free(request->arena);
    free(request);
}

static enum carillon_result request_read(struct side *side, struct carillon_storage_request *request)
{
    side->ops->read(side->reader, request);
    if (request->result < 0 && request->result != CARILLON_NOT_FOUND)
        log_error("copy", "%s: %s cannot be read: %s", side->ops->name,
                  request->in.conversation.ptr ? request->in.conversation.ptr : "a list",
                  request->out.detail.ptr ? request->out.detail.ptr : "refused");
    return request->result;
}

static enum carillon_result requests_write(struct side *side, struct carillon_storage_request **requests, size_t n)
{
    enum carillon_result result = n ? side->ops->write(side->writer, requests, n) : CARILLON_OK;
    for (size_t i = 0; result >= 0 && i < n; i++)
        if (requests[i]->result < 0 && requests[i]->result != CARILLON_EXISTS)
            result = requests[i]->result;
    if (result < 0)
        log_error("copy", "%s: a write was refused: result %d", side->ops->name, (int)result);
    return result < 0 ? result : CARILLON_OK;
}

static enum carillon_result request_write(struct side *side, struct carillon_storage_request *request)
{
    enum carillon_result result = requests_write(side, &request, 1);
    request_drop(request);
    return result;
}

static struct carillon_conversation *look(struct side *side, const struct copy *copy, struct carillon_str name,
                                          struct carillon_storage_request **request)
{
    *request = ask(CARILLON_STORAGE_CONVERSATION_GET, copy, name);
    return request_read(side, *request) == CARILLON_OK ? (*request)->out.conversation : NULL;
}

/* ---- one conversation ---- */

/* With what it stands for, unless that was forgotten. */
static void repeat_client_id(struct copy *copy, struct carillon_storage_request *request,
                             const struct carillon_message *message)
{
    struct carillon_storage_request *first = ask(CARILLON_STORAGE_CLIENT_ID_GET, copy, request->in.conversation);
    first->in.user = message->author;
    first->in.client_id = request->in.client_id = message->client_id;
    if (request_read(&copy->from, first) == CARILLON_OK)
        memcpy(request->in.submitted, first->out.submitted, sizeof first->out.submitted);
    request_drop(first);
}

/* The change again: what the operations of its type read. The strings are the change's, which outlives the request. */
static struct carillon_storage_request *repeat(struct copy *copy, const struct carillon_conversation *of,
                                               const struct carillon_change *change)
{
    struct carillon_storage_request *request = ask(CARILLON_STORAGE_IMPORT, copy, of->name);
    const struct carillon_message *message = change->message;
    struct carillon_storage_input *in = &request->in;
    in->type = change->type;
    in->user = change->actor;
    in->now_ms = change->at_ms;
    in->member = change->member;
    in->role = change->role;
    in->visibility = change->visibility;
    in->emoji = change->emoji;
    in->remove = change->type == CARILLON_EVENT_REACTION_REMOVED;
    in->data = change->data;
    in->name = change->type == CARILLON_EVENT_CONVERSATION_CREATED ? of->epoch : change->name;
    in->text = change->name;
    if (message) {
        in->id = message->id;
        in->pos = message->pos;
        in->text = message->text;
        in->data = message->data;
        in->reply_to = message->reply_to;
        in->mentions = message->mentions;
        in->mention_count = message->mention_count;
        if (change->type == CARILLON_EVENT_MESSAGE_NEW && message->client_id.len)
            repeat_client_id(copy, request, message);
    }
    return request;
}

static void tell(struct copy *copy, const struct carillon_conversation *of, uint64_t pos)
{
    int64_t now = loop_monotonic_ms();
    if (now - copy->told_ms < TOLD_EVERY_MS)
        return;
    copy->told_ms = now;
    log_notice("copy", "%llu conversations and %llu changes are copied; %s is at %llu of %llu",
               (unsigned long long)copy->conversations, (unsigned long long)copy->changes, of->name.ptr,
               (unsigned long long)pos, (unsigned long long)of->last_pos);
}

static enum carillon_result copy_changes(struct copy *copy, const struct carillon_conversation *of, uint64_t after)
{
    enum carillon_result result = CARILLON_OK;
    for (bool more = after < of->last_pos; more && result == CARILLON_OK;) {
        struct carillon_storage_request *page = ask(CARILLON_STORAGE_CHANGES, copy, of->name);
        struct carillon_storage_request *writes[PAGE];
        page->in.after = after;
        result = request_read(&copy->from, page);
        size_t n = result == CARILLON_OK ? page->out.count : 0;
        for (size_t i = 0; i < n; i++) {
            writes[i] = repeat(copy, of, &page->out.changes[i]);
            copy->messages += page->out.changes[i].type == CARILLON_EVENT_MESSAGE_NEW;
            after = page->out.changes[i].pos;
        }
        if (n)
            result = requests_write(&copy->to, writes, n);
        for (size_t i = 0; i < n; i++)
            request_drop(writes[i]);
        copy->changes += n;
        more = page->out.more;
        tell(copy, of, after);
        request_drop(page);
    }
    return result;
}

/* Memberships whose change retention has dropped, or that came with the creation; and read marks. */
static enum carillon_result copy_member(struct copy *copy, struct carillon_str conversation,
                                        const struct carillon_member *member)
{
    struct carillon_storage_request *request = ask(CARILLON_STORAGE_IMPORT, copy, conversation);
    request->in.type = CARILLON_EVENT_MEMBER_JOINED;
    request->in.quiet = true;
    request->in.member = member->user;
    request->in.role = member->role;
    request->in.now_ms = member->joined_ms;
    enum carillon_result result = request_write(&copy->to, request);
    if (result != CARILLON_OK || !member->read_pos)
        return result;
    request = ask(CARILLON_STORAGE_READ_MARK, copy, conversation);
    request->in.user = member->user;
    request->in.pos = member->read_pos;
    return request_write(&copy->to, request);
}

static enum carillon_result copy_members(struct copy *copy, struct carillon_str conversation)
{
    struct carillon_storage_request *page = NULL;
    enum carillon_result result = CARILLON_OK;
    for (bool more = true; more && result == CARILLON_OK;) {
        struct carillon_storage_request *before = page;
        page = ask(CARILLON_STORAGE_MEMBER_LIST, copy, conversation);
        page->in.cursor = before ? before->out.cursor : (struct carillon_str){ 0 };
        result = request_read(&copy->from, page);
        for (size_t i = 0; result == CARILLON_OK && i < page->out.count; i++)
            result = copy_member(copy, conversation, &page->out.members[i]);
        more = page->out.more;
        request_drop(before);
    }
    request_drop(page);
    return result;
}

static enum carillon_result copy_invitation(struct copy *copy, const struct carillon_invitation *invitation)
{
    struct carillon_storage_request *request = ask(CARILLON_STORAGE_INVITATION_CREATE, copy, invitation->conversation);
    request->in.id = invitation->code;
    request->in.user = invitation->creator;
    request->in.role = invitation->role;
    request->in.now_ms = invitation->created_ms;
    request->in.expires_ms = invitation->expires_ms;
    request->in.max_uses = invitation->max_uses;
    request->in.uses = invitation->uses;
    return request_write(&copy->to, request);
}

static enum carillon_result copy_invitations(struct copy *copy, struct carillon_str conversation)
{
    struct carillon_storage_request *page = NULL;
    enum carillon_result result = CARILLON_OK;
    for (bool more = true; more && result == CARILLON_OK;) {
        struct carillon_storage_request *before = page;
        page = ask(CARILLON_STORAGE_INVITATION_LIST, copy, conversation);
        page->in.cursor = before ? before->out.cursor : (struct carillon_str){ 0 };
        result = request_read(&copy->from, page);
        for (size_t i = 0; result == CARILLON_OK && i < page->out.count; i++)
            result = copy_invitation(copy, &page->out.invitations[i]);
        more = page->out.more;
        request_drop(before);
    }
    request_drop(page);
    return result;
}

/* Where retention has dropped its beginning, it begins after that. */
static enum carillon_result begin_late(struct copy *copy, const struct carillon_conversation *of)
{
    struct carillon_storage_request *request = ask(CARILLON_STORAGE_IMPORT, copy, of->name);
    request->in.type = CARILLON_EVENT_CONVERSATION_CREATED;
    request->in.quiet = true;
    request->in.pos = of->first_pos - 1;
    request->in.name = of->epoch;
    request->in.text = of->title;
    request->in.user = of->creator;
    request->in.visibility = of->visibility;
    request->in.now_ms = of->created_ms;
    return request_write(&copy->to, request);
}

static size_t count_messages(struct side *side, const struct copy *copy, struct carillon_str name)
{
    size_t n = 0;
    uint64_t after = 0;
    for (bool more = true; more;) {
        struct carillon_storage_request *page = ask(CARILLON_STORAGE_HISTORY, copy, name);
        page->in.after = after;
        page->in.from_start = true;
        more = request_read(side, page) == CARILLON_OK && page->out.more;
        n += page->out.count;
        after = page->out.count ? page->out.messages[page->out.count - 1]->pos : after;
        request_drop(page);
    }
    return n;
}

static enum carillon_result check(struct copy *copy, const struct carillon_conversation *of)
{
    struct carillon_storage_request *request;
    const struct carillon_conversation *made = look(&copy->to, copy, of->name, &request);
    size_t had = count_messages(&copy->from, copy, of->name), has = count_messages(&copy->to, copy, of->name);
    bool same = made && made->last_pos == of->last_pos && made->first_pos == of->first_pos &&
                made->member_count == of->member_count && had == has;
    if (!same)
        log_error("copy", "%s: the counts differ: %llu changes of %llu, %llu members of %llu, %zu messages of %zu",
                  of->name.ptr, made ? (unsigned long long)made->last_pos : 0, (unsigned long long)of->last_pos,
                  made ? (unsigned long long)made->member_count : 0, (unsigned long long)of->member_count, has, had);
    request_drop(request);
    return same ? CARILLON_OK : CARILLON_CONFLICT;
}

static enum carillon_result copy_conversation(struct copy *copy, struct carillon_str name)
{
    struct carillon_storage_request *source, *target;
    const struct carillon_conversation *of = look(&copy->from, copy, name, &source);
    const struct carillon_conversation *there = look(&copy->to, copy, name, &target);
    enum carillon_result result = of ? CARILLON_OK : CARILLON_UNAVAILABLE;
    if (of && there && strcmp(there->epoch.ptr, of->epoch.ptr) != 0) {
        log_error("copy", "%s: the target has another conversation of this name", name.ptr);
        result = CARILLON_EXISTS;
    }
    if (result == CARILLON_OK && !there && of->first_pos > 1)
        result = begin_late(copy, of);
    if (result == CARILLON_OK)
        result = copy_changes(copy, of, there ? there->last_pos : of->first_pos - 1);
    if (result == CARILLON_OK)
        result = copy_members(copy, name);
    if (result == CARILLON_OK)
        result = copy_invitations(copy, name);
    if (result == CARILLON_OK)
        result = check(copy, of);
    copy->conversations++;
    request_drop(source);
    request_drop(target);
    return result;
}

/* ---- an app ---- */

/* Pages are kept until all are read: the list's order is that of the last activity, and the oldest are copied first. */
static enum carillon_result copy_older_first(struct copy *copy, struct carillon_str cursor)
{
    struct carillon_storage_request *page = ask(CARILLON_STORAGE_CONVERSATION_LIST, copy, (struct carillon_str){ 0 });
    page->in.any = true;
    page->in.cursor = cursor;
    enum carillon_result result = request_read(&copy->from, page);
    if (result == CARILLON_OK && page->out.more)
        result = copy_older_first(copy, page->out.cursor);
    for (size_t i = page->out.count; result == CARILLON_OK && i-- > 0;)
        result = copy_conversation(copy, page->out.conversations[i].name);
    request_drop(page);
    return result;
}

/* ---- lists of the app: each item as a write of its own ---- */

static struct carillon_storage_request *revocation_again(struct copy *copy, const struct carillon_storage_output *page,
                                                         size_t i)
{
    const struct carillon_revocation *revocation = &page->revocations[i];
    struct carillon_storage_request *write = ask(CARILLON_STORAGE_REVOCATION_PUT, copy, (struct carillon_str){ 0 });
    write->in.user.id = revocation->user;
    write->in.id = revocation->token;
    write->in.now_ms = revocation->at_ms;
    write->in.expires_ms = revocation->until_ms;
    return write;
}

static struct carillon_storage_request *mute_again(struct copy *copy, const struct carillon_storage_output *page,
                                                   size_t i)
{
    const struct carillon_mute *mute = &page->mutes[i];
    struct carillon_storage_request *write = ask(CARILLON_STORAGE_MUTE_PUT, copy, mute->channel);
    write->in.user.id = mute->user;
    write->in.text = mute->text;
    write->in.expires_ms = mute->until_ms;
    return write;
}

static struct carillon_storage_request *erasure_again(struct copy *copy, const struct carillon_storage_output *page,
                                                      size_t i)
{
    struct carillon_storage_request *write = ask(CARILLON_STORAGE_ERASURE_PUT, copy, (struct carillon_str){ 0 });
    write->in.user = page->users[i];
    return write;
}

/* What waits for a moderator; what is there already came with a copy that was cut off. */
static struct carillon_storage_request *held_again(struct copy *copy, const struct carillon_storage_output *page,
                                                   size_t i)
{
    const struct carillon_held *held = &page->held[i];
    struct carillon_storage_request *there = ask(CARILLON_STORAGE_HELD_GET, copy, held->conversation);
    there->in.id = held->id;
    enum carillon_result result = request_read(&copy->to, there);
    request_drop(there);
    if (result == CARILLON_OK)
        return NULL;
    struct carillon_storage_request *request = ask(CARILLON_STORAGE_HELD_PUT, copy, held->conversation);
    struct carillon_storage_input *in = &request->in;
    in->id = held->id;
    in->user = held->author;
    in->type = held->type;
    in->client_id = held->client_id;
    memcpy(in->submitted, held->submitted, sizeof in->submitted);
    in->name = held->name;
    in->text = held->text;
    in->data = held->data;
    in->reply_to = held->reply_to;
    in->mentions = held->mentions;
    in->mention_count = held->mention_count;
    in->queue = held->queue;
    in->reason = held->reason;
    in->now_ms = held->created_ms;
    in->expires_ms = held->expires_ms;
    in->limit = UINT32_MAX;
    return request;
}

static struct carillon_storage_request *user_again(struct copy *copy, const struct carillon_storage_output *page,
                                                   size_t i)
{
    struct carillon_storage_request *write = ask(CARILLON_STORAGE_USER_PUT, copy, (struct carillon_str){ 0 });
    write->in.user = page->users[i];
    return write;
}

/* NULL: nothing is to be written. */
typedef struct carillon_storage_request *again_fn(struct copy *copy, const struct carillon_storage_output *page,
                                                  size_t i);

static enum carillon_result copy_list(struct copy *copy, enum carillon_storage_op list, again_fn *again)
{
    struct carillon_storage_request *page = NULL, *write;
    enum carillon_result result = CARILLON_OK;
    for (bool more = true; more && result == CARILLON_OK;) {
        struct carillon_storage_request *before = page;
        page = ask(list, copy, (struct carillon_str){ 0 });
        page->in.cursor = before ? before->out.cursor : (struct carillon_str){ 0 };
        result = request_read(&copy->from, page);
        for (size_t i = 0; result == CARILLON_OK && i < page->out.count; i++)
            if ((write = again(copy, &page->out, i)))
                result = request_write(&copy->to, write);
        more = page->out.more;
        request_drop(before);
    }
    request_drop(page);
    return result;
}

static enum carillon_result copy_app(struct copy *copy)
{
    static const struct {
        enum carillon_storage_op list;
        again_fn *again;
    } lists[] = {
        { CARILLON_STORAGE_USER_LIST, user_again },
        { CARILLON_STORAGE_HELD_LIST, held_again },
        { CARILLON_STORAGE_REVOCATION_LIST, revocation_again },
        { CARILLON_STORAGE_MUTE_LIST, mute_again },
        { CARILLON_STORAGE_ERASURE_LIST, erasure_again },
    };
    enum carillon_result result = copy_older_first(copy, (struct carillon_str){ 0 });
    for (size_t i = 0; result == CARILLON_OK && i < sizeof lists / sizeof *lists; i++)
        result = copy_list(copy, lists[i].list, lists[i].again);
    return result;
}

/* ---- the two storages ---- */

/* A daemon waits for a server that is not there; who copies wants to know. */
static enum carillon_result side_answers(struct side *side)
{
    struct copy nobody = { .app = app_at(0) };
    struct carillon_storage_request *request = ask(CARILLON_STORAGE_PING, &nobody, (struct carillon_str){ 0 });
    enum carillon_result result = request_read(side, request);
    request_drop(request);
    return result;
}

static enum carillon_result side_open(struct side *side, const char *name)
{
    char error[256] = "";
    side->ops = plugins_find_storage((struct carillon_str){ name, strlen(name) });
    if (!side->ops) {
        log_error("copy", "no plugin provides the storage \"%s\"; list it in `plugins`", name);
        return CARILLON_NOT_FOUND;
    }
    enum carillon_result result = side->ops->open(&side->store, error, sizeof error);
    if (result == CARILLON_OK)
        result = side->ops->thread_open(side->store, true, &side->writer);
    if (result == CARILLON_OK)
        result = side->ops->thread_open(side->store, false, &side->reader);
    if (result != CARILLON_OK)
        log_error("copy", "%s", *error ? error : "a storage gave no connection");
    return result == CARILLON_OK ? side_answers(side) : result;
}

static void side_close(struct side *side)
{
    if (side->writer)
        side->ops->thread_close(side->writer);
    if (side->reader)
        side->ops->thread_close(side->reader);
    if (side->store)
        side->ops->close(side->store);
}

enum carillon_result storage_copy(const char *from, const char *to)
{
    struct copy copy = { 0 };
    enum carillon_result result = strcmp(from, to) ? side_open(&copy.from, from) : CARILLON_INVALID;
    if (result == CARILLON_OK)
        result = side_open(&copy.to, to);
    for (size_t i = 0; result == CARILLON_OK && i < apps_count(); i++) {
        copy.app = app_at(i);
        result = copy_app(&copy);
    }
    side_close(&copy.to);
    side_close(&copy.from);
    if (result == CARILLON_OK)
        log_notice("copy", "%s has all of %s: %llu conversations; %llu changes, %llu of them messages, came now", to,
                   from, (unsigned long long)copy.conversations, (unsigned long long)copy.changes,
                   (unsigned long long)copy.messages);
    else
        log_error("copy", "the copy is not complete; it goes on where it was when it is run again");
    return result;
}
