#include "api/access.h"
#include "api/input.h"
#include "message/json.h"

/*
 * The history: a page before a pos, after one, around one, or the newest. `around` is two pages: what is up to the pos,
 * and what is after it.
 */
struct bounds {
    uint64_t before, after, around;
    bool from_after;
    uint32_t limit;
};

struct history {
    struct bounds bounds;
    const struct carillon_conversation *conversation;
    struct carillon_storage_request *up_to, *beyond; /* either may be NULL */
};

static void write_page(struct call *call, const struct carillon_storage_request *page)
{
    for (size_t i = 0; page && i < page->out.count; i++)
        json_write_message(&call->out, NULL, page->out.messages[i]);
}

/* A page tells whether more follows in its own direction; of the other one the bound tells: it was a place within. */
static bool more_before(const struct history *history)
{
    if (history->up_to)
        return history->up_to->out.more;
    return history->bounds.after >= history->conversation->first_pos;
}

static bool more_after(const struct history *history)
{
    if (history->beyond)
        return history->beyond->out.more;
    return history->bounds.before && history->bounds.before <= history->conversation->last_pos;
}

static void reply(struct call *call)
{
    const struct history *history = call->state;
    json_object_begin(&call->out, NULL);
    json_array_begin(&call->out, "items");
    write_page(call, history->up_to);
    write_page(call, history->beyond);
    json_array_end(&call->out);
    json_write_str(&call->out, "epoch", history->conversation->epoch);
    json_write_uint(&call->out, "last_pos", history->conversation->last_pos);
    json_write_uint(&call->out, "first_pos", history->conversation->first_pos);
    json_write_bool(&call->out, "more_before", more_before(history));
    json_write_bool(&call->out, "more_after", more_after(history));
    json_object_end(&call->out);
    call_reply(call, 200);
}

static void beyond_read(struct call *call, struct carillon_storage_request *request)
{
    (void)request;
    reply(call);
}

static void ask_beyond(struct call *call, uint64_t after, uint32_t limit)
{
    struct history *history = call->state;
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_HISTORY);
    if (!request)
        return;
    history->beyond = request;
    request->in.conversation = call->captures[0];
    request->in.after = after;
    request->in.from_start = true;
    request->in.limit = limit;
    call_ask(call, request, beyond_read);
}

static void up_to_read(struct call *call, struct carillon_storage_request *request)
{
    const struct history *history = call->state;
    (void)request;
    if (history->bounds.around)
        ask_beyond(call, history->bounds.around, history->bounds.limit / 2 ? history->bounds.limit / 2 : 1);
    else
        reply(call);
}

static void ask_up_to(struct call *call, uint64_t before, uint32_t limit)
{
    struct history *history = call->state;
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_HISTORY);
    if (!request)
        return;
    history->up_to = request;
    request->in.conversation = call->captures[0];
    request->in.before = before;
    request->in.limit = limit;
    call_ask(call, request, up_to_read);
}

static void read_history(struct call *call, const struct carillon_conversation *conversation)
{
    struct history *history = call->state;
    const struct bounds *bounds = &history->bounds;
    history->conversation = conversation;
    if (bounds->from_after)
        ask_beyond(call, bounds->after, bounds->limit);
    else if (bounds->around)
        ask_up_to(call, bounds->around + 1, (bounds->limit + 1) / 2);
    else
        ask_up_to(call, bounds->before, bounds->limit);
}

void messages_list(struct call *call)
{
    struct history *history = call_alloc(call, sizeof *history);
    if (!history) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    struct bounds *bounds = &history->bounds;
    struct carillon_str channel = path_channel(call);
    uint64_t after = query_uint(call, "after", UINT64_MAX, INT64_MAX);
    bounds->from_after = after != UINT64_MAX;
    bounds->after = bounds->from_after ? after : 0;
    bounds->before = query_uint(call, "before", 0, INT64_MAX);
    bounds->around = query_uint(call, "around", 0, INT64_MAX - 1);
    bounds->limit = query_limit(call);
    if (bounds->from_after + (bounds->before != 0) + (bounds->around != 0) > 1)
        input_wrong(call, "before", "only one of before, after and around is possible");
    if (!input_end(call))
        return;
    call->state = history;
    call_with_conversation(call, channel, read_history);
}
