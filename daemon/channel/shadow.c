#include "base/arena.h"
#include "base/utf8.h"
#include "channel/home.h"
#include "message/json.h"

/* As if it had been stored, but without a pos. NULL when memory is short. */
struct carillon_change *change_without_pos(struct action *action)
{
    const struct carillon_storage_input *in = &action->request->in;
    struct carillon_change *change = arena_alloc(action->request->arena, sizeof *change);
    struct carillon_message *message = arena_alloc(action->request->arena, sizeof *message);
    if (!change || !message)
        return NULL;
    *message = (struct carillon_message){ .id = in->id,
                                          .conversation = in->conversation,
                                          .author = in->user,
                                          .client_id = in->client_id,
                                          .text = in->text,
                                          .data = in->data,
                                          .created_ms = in->now_ms,
                                          .mentions = in->mentions,
                                          .mention_count = in->mention_count };
    *change = (struct carillon_change){ .type = in->type,
                                        .actor = in->user,
                                        .at_ms = in->now_ms,
                                        .message = in->type == CARILLON_EVENT_MESSAGE_NEW ? message : NULL,
                                        .name = in->name,
                                        .data = in->data };
    return change;
}

/* Only the author's sessions get it, wherever they are; nothing keeps it. */
static bool tell_author(struct channel *channel, const struct carillon_change *change, carillon_handle origin)
{
    struct json_writer data = { 0 };
    json_write_change_data(&data, NULL, change);
    struct carillon_event what = {
        .type = change->type,
        .app = channel->app->name,
        .channel = channel->name,
        .at_ms = change->at_ms,
        .name = change->name,
        .data = json_writer_str(&data),
        .actor = change->actor,
        .origin = origin,
    };
    if (change->message)
        what.name = (struct carillon_str){ event_type_name(change->type), strlen(event_type_name(change->type)) };
    struct shared_event *event = shared_event_new(&what, (struct carillon_str){ 0 });
    json_writer_free(&data);
    if (!event)
        return false;
    event->author_only = true;
    distribute(channel, event);
    return true;
}

static void shadow_end(struct channel *channel, struct action *action, struct carillon_change *change)
{
    bool told = change && tell_author(channel, change, action->client_event ? action->session : 0);
    if (told)
        action->request->out.change = change;
    action_complete(action, told ? ERROR_NONE : ERROR_BUSY);
}

/* With what it answers, as the storage would show it. */
static void answered_read(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    channel->holds--;
    if (request->result == CARILLON_OK) {
        struct carillon_change *change = change_without_pos(action);
        const struct carillon_message *answered = request->out.messages[0];
        struct carillon_str text = answered->text;
        text.len = utf8_cut(text.ptr, text.len, CARILLON_REPLY_TEXT_MAX);
        if (change) {
            change->message->reply_to = action_str(action, answered->id);
            change->message->reply_author.id = action_str(action, answered->author.id);
            change->message->reply_author.name = action_str(action, answered->author.name);
            change->message->reply_text = action_str(action, text);
        }
        shadow_end(channel, action, change);
    } else {
        action_complete(action, request->result == CARILLON_NOT_FOUND ? error_from_result(CARILLON_INVALID)
                                                                      : error_from_result(request->result));
    }
    storage_request_free(request);
}

void shadow_tell(struct channel *channel, struct action *action)
{
    struct carillon_str answers = action->request->in.reply_to;
    if (!answers.ptr || action->request->in.type != CARILLON_EVENT_MESSAGE_NEW) {
        shadow_end(channel, action, change_without_pos(action));
        return;
    }
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_MESSAGE_GET, channel->app->name);
    if (!request) {
        action_complete(action, ERROR_BUSY);
        return;
    }
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.id = storage_request_str(request, answers);
    channel->holds++;
    storage_submit(request, answered_read, action);
}
