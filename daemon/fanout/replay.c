#include "fanout/replay.h"
#include "session/limits.h"
#include "session/session.h"

#include <stdlib.h>

enum { FULL_ENOUGH = 64 * 1024, FIRST_ROOM = 16 };

struct replay {
    struct shared_event **events; /* from `next` on they wait */
    uint32_t next, count, room;
};

static enum carillon_result replay_push(struct replay *replay, struct shared_event *event)
{
    if (replay->count - replay->next >= REPLAY_MAX)
        return CARILLON_LIMIT;
    if (replay->count == replay->room) {
        uint32_t room = replay->room ? replay->room * 2 : FIRST_ROOM;
        struct shared_event **events = realloc(replay->events, room * sizeof(*events));
        if (!events)
            return CARILLON_NO_MEMORY;
        replay->events = events;
        replay->room = room;
    }
    replay->events[replay->count++] = shared_event_ref(event);
    return CARILLON_OK;
}

static void replay_destroy(struct replay *replay)
{
    while (replay->next < replay->count)
        shared_event_unref(replay->events[replay->next++]);
    free(replay->events);
    free(replay);
}

enum carillon_result replay_start(struct subscription *subscription, struct shared_event *const *events, size_t n)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        enum carillon_result result = replay_push(replay, events[i]);
        if (result != CARILLON_OK) {
            replay_destroy(replay);
            return result;
        }
    }
    subscription->replay = replay;
    return CARILLON_OK;
}

enum carillon_result replay_append(struct subscription *subscription, struct shared_event *event)
{
    return replay_push(subscription->replay, event);
}

/* A replay leaves the other half of a small queue to live events. */
static size_t full_enough(void)
{
    size_t half = session_limits()->queue / 2;
    return half < FULL_ENOUGH ? half : FULL_ENOUGH;
}

void replay_continue(struct subscription *subscription)
{
    struct replay *replay = subscription->replay;
    struct conn *conn = subscription->session->conn;
    subscription->replay = NULL; /* so that delivery goes to the queue */
    while (replay->next < replay->count) {
        if (conn_count_queued(conn) > full_enough()) {
            subscription->replay = replay;
            conn_set_low_water(conn, full_enough() / 4);
            return;
        }
        struct shared_event *event = replay->events[replay->next++];
        topic_deliver_to(subscription, event);
        shared_event_unref(event);
    }
    replay_destroy(replay);
}

void replay_free(struct subscription *subscription)
{
    if (subscription->replay)
        replay_destroy(subscription->replay);
    subscription->replay = NULL;
}
