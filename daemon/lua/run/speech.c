#include "lua/run/speech.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "message/event_name.h"
#include "session/seen.h"

#include <jansson.h>

enum { ID_MAX = 64 };

static bool id_fits(struct carillon_str id)
{
    return !id.ptr || (id.len > 0 && id.len <= ID_MAX && utf8_is_valid(id.ptr, id.len));
}

static bool json_fits(struct carillon_str json)
{
    if (!json.ptr)
        return true;
    json_t *value = json_loadb(json.ptr, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_decref(value);
    return value != NULL;
}

static enum error_code speech_check(const struct speech *speech)
{
    size_t most = app_channel_options(speech->app, speech->channel)->message_max;
    if (speech->text.len > most || speech->data.len > most)
        return ERROR_TOO_LARGE;
    bool named = speech->event.ptr ? event_name_valid(speech->event) && !speech->text.ptr : speech->text.len > 0;
    bool good = named && id_fits(speech->client_id) && id_fits(speech->reply_to) && json_fits(speech->data) &&
                user_id_valid(speech->user.id) && user_name_valid(speech->user.name) &&
                utf8_is_valid(speech->text.ptr, speech->text.len);
    for (size_t i = 0; good && i < speech->mention_count; i++)
        good = user_id_valid(speech->mentions[i]);
    return good ? ERROR_NONE : ERROR_INVALID_REQUEST;
}

static bool speech_fill(struct action *action, const struct speech *speech)
{
    struct carillon_storage_input *in = &action->request->in;
    in->type = speech->event.ptr ? CARILLON_EVENT_EVENT : CARILLON_EVENT_MESSAGE_NEW;
    in->name = action_str(action, speech->event);
    in->text = action_str(action, speech->text);
    in->data = action_str(action, speech->data);
    in->reply_to = action_str(action, speech->reply_to);
    in->client_id = action_str(action, speech->client_id);
    in->mentions = arena_alloc(action->request->arena, speech->mention_count * sizeof *in->mentions + 1);
    for (size_t i = 0; in->mentions && i < speech->mention_count; i++)
        in->mentions[in->mention_count++] = action_str(action, speech->mentions[i]);
    return in->mentions != NULL;
}

struct action *speech_make(const struct speech *speech, enum error_code *error)
{
    *error = speech_check(speech);
    if (*error != ERROR_NONE)
        return NULL;
    struct identity *identity = identity_new_server(speech->app, speech->user);
    struct action *action = identity ? action_new(ACTION_PUBLISH, identity, speech->channel) : NULL;
    identity_unref(identity);
    if (action && speech_fill(action, speech)) {
        user_note(speech->app, speech->user);
        return action;
    }
    if (action)
        action_free(action);
    *error = ERROR_BUSY;
    return NULL;
}
