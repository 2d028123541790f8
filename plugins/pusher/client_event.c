#include "client.h"

#include <string.h>

/* So many in each second of the clock. */
static bool is_too_fast(struct client *client)
{
    int64_t second = pusher.host->monotonic_ms() / 1000;
    if (second != client->event_second) {
        client->event_second = second;
        client->event_count = 0;
    }
    return ++client->event_count > (uint64_t)client->app->limits.client_events;
}

static const char *judge(const struct client *client, const struct frame_in *frame, const struct channel_name *name)
{
    if (!name->valid)
        return "Invalid channel name";
    if (!name->authorise)
        return "Client events are for private and presence channels only";
    if (name->encrypted)
        return "Client events are not for encrypted channels";
    if (frame->event.len > (size_t)client->app->limits.event_name)
        return "The event's name is too long";
    return frame->data.len > (size_t)client->app->limits.event_data ? "The event's data is too large" : NULL;
}

void client_send_event(struct client *client, const struct frame_in *frame)
{
    struct channel_name name = channel_name_parse(frame->channel);
    const char *problem = judge(client, frame, &name);
    if (problem) {
        client_tell_error(client, 0, "%s", problem);
        return;
    }
    if (is_too_fast(client)) {
        client_tell_error(client, PUSHER_CODE_CLIENT_EVENT_RATE, "%s",
                          pusher_code_message(PUSHER_CODE_CLIENT_EVENT_RATE));
        return;
    }
    const struct carillon_publish publish = {
        .channel = frame->channel, .event = frame->event, .data = frame->data, .client_event = true
    };
    enum carillon_result result = pusher.host->session_publish(client->session, &publish, 0);
    if (result != CARILLON_OK)
        client_tell_error(client, 0, "%s", pusher.host->failure_of(result).detail.ptr);
}
