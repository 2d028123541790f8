#include "channel/home.h"

#include "base/hash.h"
#include "message/json.h"

/* ---- an application's own event on a channel that is not stored ---- */

static void observe_event(const struct channel *channel, const struct carillon_event *event,
                          const struct action *action)
{
    bool presence = channel_kind(channel->name) == CHANNEL_PRESENCE;
    observe(&(struct carillon_happening){
        .kind = action->client_event ? CARILLON_HAPPENING_CLIENT_EVENT : CARILLON_HAPPENING_EVENT,
        .app = channel->app->name,
        .channel = channel->name,
        .user = action->client_event && presence ? event->actor.id : (struct carillon_str){ 0 },
        .event = event->name,
        .data = event->data,
        .session = event->origin,
        .foreign = action->foreign });
}

void passing_event(struct channel *channel, struct action *action)
{
    const struct carillon_storage_input *in = &action->request->in;
    bool has_ring = channel->state == CHANNEL_UNSTORED && channel->options->ring_events > 0;
    struct carillon_event what = {
        .type = CARILLON_EVENT_EVENT,
        .app = channel->app->name,
        .channel = channel->name,
        .at_ms = in->now_ms,
        .name = in->name,
        .data = in->data.ptr ? in->data : CARILLON_STR("null"),
        .actor = action->identity->server ? in->user : action->identity->user,
        .origin = action->client_event ? action->session : action->exclude,
    };
    if (has_ring) {
        what.epoch = (struct carillon_str){ channel->epoch, strlen(channel->epoch) };
        what.pos = channel->last_pos + 1;
    }
    struct shared_event *event = shared_event_new(&what, (struct carillon_str){ 0 });
    if (!event) {
        action_complete(action, ERROR_BUSY);
        return;
    }
    if (has_ring) {
        channel->last_pos++;
        action->pos = what.pos;
        action->epoch = action_str(action, what.epoch);
    }
    observe_event(channel, &event->pub, action);
    if (!action->client_event)
        cached_keep(channel, event);
    distribute(channel, event);
    action_complete(action, ERROR_NONE);
}

/* ---- typing ---- */

void passing_typing(struct channel *channel, struct action *action)
{
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_user(&data, "user", &action->identity->user);
    json_write_bool(&data, "active", action->active);
    json_object_end(&data);
    distribute_passing(channel->app, channel->name, channel->name, event_type_name(CARILLON_EVENT_TYPING),
                       &action->identity->user, json_writer_str(&data));
    json_writer_free(&data);
    action_complete(action, ERROR_NONE);
}

/* ---- read marks: kept by the storage, but no change of the conversation ---- */

static void tell_read(struct channel *channel, const struct action *action)
{
    const struct carillon_conversation *conversation = action->request->out.conversation;
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_user(&data, "user", &action->identity->user);
    json_write_uint(&data, "pos", conversation->read_pos);
    json_object_end(&data);
    distribute_passing(channel->app, channel->name, channel->name, event_type_name(CARILLON_EVENT_READ),
                       &action->identity->user, json_writer_str(&data));
    json_writer_free(&data);
}

/* The person's other devices learn the new counts. */
static void tell_own_devices(struct channel *channel, const struct action *action)
{
    const struct carillon_conversation *conversation = action->request->out.conversation;
    char topic[PERSONAL_NAME_SIZE];
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_read_mark(&data, conversation);
    json_object_end(&data);
    distribute_passing(channel->app, channel_name_personal(topic, action->identity->user.id), CARILLON_STR("#user"),
                       event_type_name(CARILLON_EVENT_READ), &action->identity->user, json_writer_str(&data));
    json_writer_free(&data);
}

static void read_done(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    channel->holds--;
    if (request->result == CARILLON_OK) {
        tell_read(channel, action);
        tell_own_devices(channel, action);
    }
    action_complete(action, error_from_result(request->result));
}

void passing_read(struct channel *channel, struct action *action)
{
    channel->holds++;
    storage_submit(action->request, read_done, action);
}
