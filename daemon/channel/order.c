#include "channel/home.h"

#include "base/log.h"
#include "session/registry.h"

enum { CATCH_UP_PAGE = 500, CATCH_UP_AGAIN_SECONDS = 1 };

static void order_pump(struct channel *channel);

static void action_list_add(struct action_list *list, struct action *action)
{
    action->next = NULL;
    if (list->last)
        list->last->next = action;
    else
        list->first = action;
    list->last = action;
    list->count++;
}

static struct action *action_list_take(struct action_list *list)
{
    struct action *action = list->first;
    if (!action)
        return NULL;
    list->first = action->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    return action;
}

/* The storage does not answer: nobody is kept waiting for it. The next action asks it again. */
static void order_refuse_pending(struct channel *channel)
{
    for (struct action *action; (action = action_list_take(&channel->pending));)
        action_complete(action, ERROR_STORAGE_UNAVAILABLE);
}

/* ---- reading what others wrote, or what was written without an answer ---- */

static void catch_up_read(struct carillon_storage_request *request, void *arg)
{
    struct channel *channel = arg;
    channel->catching_up = false;
    if (request->result == CARILLON_OK) {
        for (size_t i = 0; i < request->out.count; i++)
            if (request->out.changes[i].pos == channel->last_pos + 1)
                distribute_change(channel, &request->out.changes[i], NULL);
        channel->behind = request->out.more;
    } else if (request->result == CARILLON_GONE) {
        /* Retention took them before they were delivered: the positions go on, subscribers have to read again. */
        sessions_evict(channel->app, channel->name, (struct carillon_str){ 0 }, ERROR_GONE);
        ring_clear(&channel->ring);
        channel->last_pos = channel->catch_up_to;
        channel->behind = false;
    } else {
        log_warning("channel", "%s: changes after %llu could not be read", channel->name.ptr,
                    (unsigned long long)channel->last_pos);
    }
    bool failed = request->result < 0 && request->result != CARILLON_GONE;
    if (request->result == CARILLON_OK && !request->out.count)
        channel->known_pos = channel->last_pos; /* somebody was wrong about it */
    storage_request_free(request);
    if (failed) {
        order_refuse_pending(channel);
        wheel_set(&channel->again, CATCH_UP_AGAIN_SECONDS); /* nobody may ever act here again, but somebody reads */
    } else {
        order_pump(channel);
    }
}

void order_catch_up(struct channel *channel)
{
    channel->behind = true;
    if (channel->catching_up)
        return;
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CHANGES, channel->app->name);
    if (!request)
        return;
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.after = channel->last_pos;
    request->in.limit = CATCH_UP_PAGE;
    channel->catching_up = true;
    storage_submit(request, catch_up_read, channel);
}

/* ---- what came in a turn goes to the storage together; its writing thread makes a batch of what waits there ---- */

/* Delivered in pos order. One that is ahead of its turn waits for the catch-up, which brings it along with what lies
   between: somebody else wrote there. */
static void order_deliver(struct channel *channel, const struct carillon_change *change, const struct action *action)
{
    if (change->pos == channel->last_pos + 1 && !channel->behind) {
        distribute_change(channel, change, action);
    } else if (change->pos > channel->last_pos) {
        channel->behind = true;
        channel->catch_up_to = change->pos;
    }
}

static void order_apply(struct channel *channel, struct action *action)
{
    const struct carillon_storage_output *out = &action->request->out;
    if (action->kind == ACTION_CREATE) {
        channel_set_stored(channel, out->conversation);
        channel->last_pos = out->change->pos - 1;
    }
    if (out->change) {
        action->pos = out->change->pos;
        order_deliver(channel, out->change, action);
    }
    for (size_t i = 0; action->kind == ACTION_ERASE && i < out->count; i++)
        order_deliver(channel, &out->changes[i], action);
    action->epoch = action_str(action, (struct carillon_str){ channel->epoch, strlen(channel->epoch) });
}

static enum error_code order_error(const struct action *action)
{
    switch (action->request->result) {
    case CARILLON_CONFLICT:
        return ERROR_CLIENT_ID_CONFLICT;
    case CARILLON_LIMIT:
        return action->kind == ACTION_MEMBER ? ERROR_LAST_OWNER : ERROR_LIMIT_REACHED;
    default:
        return error_from_result(action->request->result);
    }
}

static void order_finish(struct channel *channel, struct action *action)
{
    const struct carillon_storage_request *request = action->request;
    enum error_code error = ERROR_NONE;
    if (request->result == CARILLON_DUPLICATE) {
        action->duplicate = true;
        action->pos = request->out.change->pos;
        action->epoch = action_str(action, (struct carillon_str){ channel->epoch, strlen(channel->epoch) });
    } else if (request->result == CARILLON_OK) {
        order_apply(channel, action);
    } else {
        error = order_error(action);
    }
    action_complete(action, error);
}

static void order_done(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    channel->in_flight--;
    channel->behind |= request->result == CARILLON_UNKNOWN;
    channel->no_answer |= request->result == CARILLON_UNKNOWN || request->result == CARILLON_UNAVAILABLE;
    action_list_add(&channel->finished, action);
    turn_end(&channel->order_turn);
}

/*
 * What follows is sent while what was sent before is still under way: one thread of the storage writes a conversation's
 * requests in the order they came, so it never waits for this worker's turn. Only where positions may lie between,
 * which somebody else gave or an answer did not tell, what is under way ends first, and they are read.
 */
static void order_pump(struct channel *channel)
{
    struct carillon_storage_request *requests[IN_FLIGHT_MAX];
    void *actions[IN_FLIGHT_MAX];
    uint32_t n = 0;
    if (channel->catching_up)
        return;
    if (!channel->in_flight && channel->known_pos > channel->last_pos) {
        channel->behind = true;
        channel->catch_up_to = channel->known_pos > channel->catch_up_to ? channel->known_pos : channel->catch_up_to;
    }
    if (channel->behind) {
        if (!channel->in_flight)
            order_catch_up(channel);
        return;
    }
    for (struct action *action;
         channel->in_flight + n < IN_FLIGHT_MAX && (action = action_list_take(&channel->pending)); n++) {
        actions[n] = action;
        requests[n] = action->request;
    }
    channel->in_flight += n;
    storage_submit_all(requests, actions, n, order_done);
}

/* First what has come since, so that the storage works while this is delivered. What others wrote is read only when it is
   known how far this went: most often it is just that. */
void order_turn_ended(struct turn_item *item)
{
    struct channel *channel = (struct channel *)((char *)item - offsetof(struct channel, order_turn));
    if (channel->no_answer && !channel->in_flight) { /* what waited for the batch has waited for as long as it may */
        order_refuse_pending(channel);
        channel->no_answer = false;
    }
    if (channel->known_pos <= channel->last_pos)
        order_pump(channel);
    for (struct action *action; (action = action_list_take(&channel->finished));)
        order_finish(channel, action);
    order_pump(channel);
}

void order_know(struct channel *channel, uint64_t pos)
{
    if (pos <= channel->last_pos || pos <= channel->known_pos)
        return;
    channel->known_pos = pos;
    if (!channel->finished.count) /* else at the end of this turn */
        order_pump(channel);
}

/* Whatever is under way has later positions, or leaves alone what was delivered. */
void order_told(struct channel *channel, const struct carillon_change *change)
{
    if (change->pos == channel->last_pos + 1)
        distribute_change(channel, change, NULL);
    else
        order_know(channel, change->pos);
}

void order_again(struct wheel_item *item)
{
    order_pump((struct channel *)((char *)item - offsetof(struct channel, again)));
}

void order_enqueue(struct channel *channel, struct action *action)
{
    if (channel->pending.count >= PENDING_MAX) {
        action_complete(action, ERROR_BUSY);
        return;
    }
    action_list_add(&channel->pending, action);
    turn_end(&channel->order_turn);
}
