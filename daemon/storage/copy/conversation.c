#include "storage/copy/conversation.h"

#include "base/log.h"
#include "base/str.h"
#include "loop/timer.h"
#include "storage/copy/lists.h"

enum { TOLD_EVERY_MS = 2000 };

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

/* ---- changes ---- */

static void repeat_message(const struct copy *copy, struct carillon_storage_input *in,
                           const struct carillon_change *change)
{
    const struct carillon_message *message = change->message;
    (void)copy;
    in->id = message->id;
    in->pos = message->pos;
    in->text = message->text;
    in->data = message->data;
    in->reply_to = message->reply_to;
    in->mentions = message->mentions;
    in->mention_count = message->mention_count;
    if (change->type == CARILLON_EVENT_MESSAGE_DELETED)
        in->member.id = message->deleted_by;
    if (change->type != CARILLON_EVENT_MESSAGE_NEW)
        return;
    in->client_id = message->client_id;
    in->now_ms = message->created_ms; /* another program may have told one of its own */
}

/* The change again: what the operations of its type read. The strings are the change's, which outlives the request. */
static struct carillon_storage_request *repeat(const struct copy *copy, const struct carillon_conversation *of,
                                               const struct carillon_change *change)
{
    struct carillon_storage_request *request = copy_ask(CARILLON_STORAGE_IMPORT, copy, of->name);
    bool creation = change->type == CARILLON_EVENT_CONVERSATION_CREATED;
    struct carillon_storage_input *in = &request->in;
    in->type = change->type;
    in->user = change->actor;
    in->now_ms = creation ? of->created_ms : change->at_ms;
    in->member = change->member;
    in->role = change->role;
    in->visibility = change->visibility;
    in->emoji = change->emoji;
    in->remove = change->type == CARILLON_EVENT_REACTION_REMOVED;
    in->data = change->data;
    in->name = creation ? of->epoch : change->name;
    in->text = change->name;
    if (change->message)
        repeat_message(copy, in, change);
    return request;
}

struct progress {
    const struct carillon_conversation *of;
};

static enum carillon_result repeat_page(struct copy *copy, const struct list *list,
                                        const struct carillon_storage_output *page, void *arg)
{
    struct carillon_storage_request *writes[COPY_PAGE];
    const struct progress *progress = arg;
    (void)list;
    for (size_t i = 0; i < page->count; i++) {
        writes[i] = repeat(copy, progress->of, &page->changes[i]);
        copy->messages += page->changes[i].type == CARILLON_EVENT_MESSAGE_NEW;
    }
    enum carillon_result result = copy_write_all(&copy->to, writes, page->count);
    copy->changes += page->count;
    if (page->count)
        tell(copy, progress->of, page->changes[page->count - 1].pos);
    return result;
}

/* ---- the beginning ---- */

/* Where retention has dropped its beginning, it begins after that. */
static enum carillon_result begin_late(const struct copy *copy, struct side *to, const struct carillon_conversation *of)
{
    struct carillon_storage_request *request = copy_ask(CARILLON_STORAGE_IMPORT, copy, of->name);
    request->in.type = CARILLON_EVENT_CONVERSATION_CREATED;
    request->in.quiet = true;
    request->in.pos = of->first_pos - 1;
    request->in.name = of->epoch;
    request->in.text = of->title;
    request->in.user = of->creator;
    request->in.visibility = of->visibility;
    request->in.now_ms = of->created_ms;
    return copy_write(to, request);
}

/* Does what is kept of it begin with its creation, which makes it? */
static bool begins_with_creation(struct copy *copy, const struct carillon_conversation *of)
{
    struct carillon_storage_request *page = copy_ask(CARILLON_STORAGE_CHANGES, copy, of->name);
    page->in.after = of->first_pos - 1;
    page->in.limit = 1;
    bool created = copy_read(&copy->from, page) == CARILLON_OK && page->out.count &&
                   page->out.changes[0].type == CARILLON_EVENT_CONVERSATION_CREATED;
    copy_drop(page);
    return created;
}

static enum carillon_result begin(struct copy *copy, const struct carillon_conversation *of)
{
    return begins_with_creation(copy, of) ? CARILLON_OK : begin_late(copy, &copy->to, of);
}

/* ---- all of it ---- */

static enum carillon_result copy_changes(struct copy *copy, const struct carillon_conversation *of, uint64_t after)
{
    struct progress progress = { of };
    struct place place = { of->name, after + 1 };
    return after < of->last_pos
               ? list_walk(copy, &copy->from, &copy_lists[COPY_CHANGES], place, false, repeat_page, &progress)
               : CARILLON_OK;
}

static enum carillon_result compare(struct copy *copy, const struct carillon_conversation *of)
{
    struct carillon_storage_request *request;
    const struct carillon_conversation *made = copy_look(&copy->to, copy, of->name, &request);
    bool same = made && made->last_pos == of->last_pos && made->first_pos == of->first_pos &&
                made->member_count == of->member_count;
    if (!same)
        log_error("copy", "%s: changes %llu to %llu of %llu to %llu are there, and %llu members of %llu", of->name.ptr,
                  made ? (unsigned long long)made->first_pos : 0, made ? (unsigned long long)made->last_pos : 0,
                  (unsigned long long)of->first_pos, (unsigned long long)of->last_pos,
                  made ? (unsigned long long)made->member_count : 0, (unsigned long long)of->member_count);
    copy_drop(request);
    return same ? CARILLON_OK : CARILLON_CONFLICT;
}

static enum carillon_result copy_lists_of(struct copy *copy, const struct carillon_conversation *of)
{
    const struct place place = { of->name, of->first_pos };
    enum carillon_result result = CARILLON_OK;
    for (int i = 0; i < COPY_LIST_COUNT && result == CARILLON_OK; i++)
        if (copy_list_is_of_conversation((enum copy_list)i))
            result = list_copy(copy, &copy_lists[i], place);
    if (result == CARILLON_OK)
        result = compare(copy, of);
    for (int i = 0; i < COPY_LIST_COUNT && result == CARILLON_OK; i++)
        if (copy_list_is_of_conversation((enum copy_list)i))
            result = list_compare(copy, &copy_lists[i], place);
    return result;
}

enum carillon_result conversation_copy(struct copy *copy, struct carillon_str name)
{
    struct carillon_storage_request *source, *target;
    const struct carillon_conversation *of = copy_look(&copy->from, copy, name, &source);
    const struct carillon_conversation *there = copy_look(&copy->to, copy, name, &target);
    enum carillon_result result = of ? CARILLON_OK : CARILLON_UNAVAILABLE;
    if (of && there && !str_equal(there->epoch, of->epoch)) {
        log_error("copy", "%s: the target has another conversation of this name", name.ptr);
        result = CARILLON_EXISTS;
    }
    if (result == CARILLON_OK && !there)
        result = begin(copy, of);
    if (result == CARILLON_OK)
        result = copy_changes(copy, of, there ? there->last_pos : of->first_pos - 1);
    if (result == CARILLON_OK)
        result = copy_lists_of(copy, of);
    copy->conversations++;
    copy_drop(source);
    copy_drop(target);
    return result;
}
