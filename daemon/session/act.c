#include "session/session.h"

#include "channel/channel.h"
#include "message/event_name.h"
#include "message/json.h"
#include "pipeline.h"
#include "session/limits.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENT_ID_MAX = 64, MESSAGE_ID_MAX = 64, MENTIONS_MAX = 50, USER_ID_MAX = 128 };

/* The session that asked, if it is still there to be told. */
static struct session *session_to_tell(const struct action *action)
{
    struct session *session = session_get(action->session, NULL);
    return session && !session->closing ? session : NULL;
}

/* What an action needs besides its own fields: who, from where, and the cookie for the answer. */
static struct action *session_action(struct session *session, enum action_kind kind, struct carillon_str channel,
                                     uint64_t cookie)
{
    struct action *action = action_new(kind, session->identity, channel);
    if (!action)
        return NULL;
    action->session = session->handle;
    action->address = action_str(action, conn_address(session->conn));
    action->cookie = cookie;
    return action;
}

static enum carillon_result session_begin(carillon_handle handle, struct session **session)
{
    enum carillon_result why = CARILLON_OK;
    *session = session_get(handle, &why);
    if (*session && !(*session)->identity)
        return CARILLON_UNAUTHORIZED;
    return why;
}

/* ---- publish ---- */

static void published_tell(struct session *session, const struct action *action)
{
    const struct carillon_storage_request *request = action->request;
    const struct carillon_change *change = request->out.change;
    struct json_writer json = { 0 };
    struct carillon_published shown = {
        .pos = action->pos,
        .epoch = action->epoch,
        .channel = request->in.conversation,
        .duplicate = action->duplicate,
        .held = action->held,
    };
    if (change && change->message) {
        json_write_message(&json, NULL, change->message);
        shown.id = change->message->id;
        shown.message = json_writer_str(&json);
    }
    session->ops->published(session->handle, session->state, action->cookie, &shown, NULL);
    json_writer_free(&json);
}

static void publish_done(struct action *action)
{
    struct session *session = session_to_tell(action);
    struct carillon_published refused = { .channel = action->request->in.conversation };
    if (session && action->error == ERROR_NONE)
        published_tell(session, action);
    else if (session)
        session->ops->published(session->handle, session->state, action->cookie, &refused, &action->failure);
    action_free(action);
}

static bool fits(struct carillon_str optional, size_t max)
{
    return !optional.ptr || (optional.len > 0 && optional.len <= max);
}

/* What the HTTP API checks of a body, for transports, which know nothing of limits. */
static enum error_code publish_check(const struct carillon_publish *publish, size_t message_max)
{
    if (publish->text.len > message_max || publish->data.len > message_max)
        return ERROR_TOO_LARGE;
    bool named = publish->event.ptr ? event_name_valid(publish->event) : publish->text.len > 0;
    bool good = named && fits(publish->client_id, CLIENT_ID_MAX) && fits(publish->reply_to, MESSAGE_ID_MAX) &&
                publish->mention_count <= MENTIONS_MAX;
    for (size_t i = 0; good && i < publish->mention_count; i++)
        good = publish->mentions[i].len > 0 && publish->mentions[i].len <= USER_ID_MAX;
    return good ? ERROR_NONE : ERROR_INVALID_REQUEST;
}

static bool publish_fill(struct action *action, const struct carillon_publish *publish)
{
    struct carillon_storage_input *in = &action->request->in;
    in->type = publish->event.ptr ? CARILLON_EVENT_EVENT : CARILLON_EVENT_MESSAGE_NEW;
    in->name = action_str(action, publish->event);
    in->client_id = action_str(action, publish->client_id);
    in->text = action_str(action, publish->text);
    in->data = action_str(action, publish->data);
    in->reply_to = action_str(action, publish->reply_to);
    action->client_event = publish->client_event;
    in->mentions = arena_alloc(action->request->arena, publish->mention_count * sizeof *in->mentions);
    if (!in->mentions)
        return false;
    for (; in->mention_count < publish->mention_count; in->mention_count++)
        in->mentions[in->mention_count] = action_str(action, publish->mentions[in->mention_count]);
    return true;
}

/* Among the subscribers of a channel somebody is who they were counted in as. */
static void action_speak_as(struct action *action, const struct identity *identity)
{
    identity_unref(action->identity);
    action->identity = identity_ref(identity);
}

enum carillon_result session_publish(carillon_handle handle, const struct carillon_publish *publish, uint64_t cookie)
{
    const struct session_limits *limits = session_limits();
    struct session *session;
    enum carillon_result result = session_begin(handle, &session);
    if (result != CARILLON_OK)
        return result;
    struct action *action = session_action(session, ACTION_PUBLISH, publish->channel, cookie);
    if (!action)
        return CARILLON_NO_MEMORY;
    const struct subscription *subscription = session_find_subscription(session, publish->channel);
    if (publish->client_event && subscription)
        action_speak_as(action, subscription->identity);
    const struct channel_options *options = app_channel_options(session->app, publish->channel);
    enum error_code wrong;
    if (publish->client_event && !subscription)
        pipeline_refuse(action, publish_done, ERROR_NOT_SUBSCRIBED);
    else if (!rate_take(&session->publishes, limits->publish_burst, limits->publish_rate))
        pipeline_refuse(action, publish_done, ERROR_RATE_LIMITED);
    else if ((wrong = publish_check(publish, options->message_max)) != ERROR_NONE)
        pipeline_refuse(action, publish_done, wrong);
    else if (!publish_fill(action, publish))
        pipeline_refuse(action, publish_done, ERROR_BUSY);
    else
        pipeline_submit(action, publish_done, NULL);
    return CARILLON_OK;
}

/* ---- typing: nobody waits for an answer ---- */

enum carillon_result session_typing(carillon_handle handle, struct carillon_str channel, bool active)
{
    const struct session_limits *limits = session_limits();
    struct session *session;
    enum carillon_result result = session_begin(handle, &session);
    if (result != CARILLON_OK)
        return result;
    if (!session_find_subscription(session, channel))
        return CARILLON_NOT_FOUND;
    if (!rate_take(&session->passings, limits->passing_burst, limits->passing_rate))
        return CARILLON_LIMIT;
    struct action *action = session_action(session, ACTION_TYPING, channel, 0);
    if (!action)
        return CARILLON_NO_MEMORY;
    action->active = active;
    pipeline_submit(action, action_free, NULL);
    return CARILLON_OK;
}

/* ---- read marks ---- */

static void read_done(struct action *action)
{
    struct session *session = session_to_tell(action);
    struct json_writer json = { 0 };
    if (session && action->error == ERROR_NONE) {
        json_object_begin(&json, NULL);
        json_write_read_mark(&json, action->request->out.conversation);
        json_object_end(&json);
        session->ops->answered(session->handle, session->state, action->cookie, json_writer_str(&json), NULL);
    } else if (session) {
        session->ops->answered(session->handle, session->state, action->cookie, (struct carillon_str){ 0 },
                               &action->failure);
    }
    json_writer_free(&json);
    action_free(action);
}

enum carillon_result session_mark_read(carillon_handle handle, struct carillon_str channel, uint64_t pos,
                                       uint64_t cookie)
{
    const struct session_limits *limits = session_limits();
    struct session *session;
    enum carillon_result result = session_begin(handle, &session);
    if (result != CARILLON_OK)
        return result;
    struct action *action = session_action(session, ACTION_READ, channel, cookie);
    if (!action)
        return CARILLON_NO_MEMORY;
    action->request->in.pos = pos;
    if (rate_take(&session->passings, limits->passing_burst, limits->passing_rate))
        pipeline_submit(action, read_done, NULL);
    else
        pipeline_refuse(action, read_done, ERROR_RATE_LIMITED);
    return CARILLON_OK;
}

/* ---- presence ---- */

struct presence_question {
    carillon_handle session;
    uint64_t cookie;
    size_t channel_len;
    char channel[];
};

static void presence_answer(void *arg, const struct carillon_user *users, size_t n)
{
    struct presence_question *question = arg;
    struct session *session = session_get(question->session, NULL);
    struct json_writer json = { 0 };
    json_object_begin(&json, NULL);
    json_write_str(&json, "channel", (struct carillon_str){ question->channel, question->channel_len });
    json_array_begin(&json, "users");
    for (size_t i = 0; i < n; i++)
        json_write_user(&json, NULL, &users[i]);
    json_array_end(&json);
    json_object_end(&json);
    if (session && !session->closing)
        session->ops->answered(session->handle, session->state, question->cookie, json_writer_str(&json), NULL);
    json_writer_free(&json);
    free(question);
}

enum carillon_result session_presence(carillon_handle handle, struct carillon_str channel, uint64_t cookie)
{
    struct session *session;
    enum carillon_result result = session_begin(handle, &session);
    if (result != CARILLON_OK)
        return result;
    if (!session_find_subscription(session, channel)) /* who may see the channel may see who is there */
        return CARILLON_FORBIDDEN;
    struct presence_question *question = calloc(1, sizeof *question + channel.len + 1);
    if (!question)
        return CARILLON_NO_MEMORY;
    question->session = handle;
    question->cookie = cookie;
    question->channel_len = channel.len;
    memcpy(question->channel, channel.ptr, channel.len);
    channel_query_presence(session->app, channel, presence_answer, question);
    return CARILLON_OK;
}
