#include "client.h"

/* One timer a worker that looks at all of its clients: a ping is late by at most a quarter of its time. */
enum { LOOKS = 4, LOOK_MIN_MS = 250, LOOK_MAX_MS = 10000 };

static _Thread_local struct {
    struct client *clients;
    carillon_handle timer;
} worker;

static void start_timer(void);

struct times {
    int64_t now_ms, activity_ms, pong_ms, inactive_ms;
};

static struct times times_now(void)
{
    const struct carillon_host *host = pusher.host;
    return (struct times){ .now_ms = host->monotonic_ms(),
                           .activity_ms = host->option_int(pusher.self, "activity_timeout"),
                           .pong_ms = host->option_int(pusher.self, "pong_timeout"),
                           .inactive_ms = host->option_int(pusher.self, "inactive_timeout") };
}

static void ping(struct client *client)
{
    struct text frame = { 0 };
    client->pinged = true;
    frame_put_ping(&frame);
    client_send(client, &frame);
}

static void look_at(struct client *client, const struct times *times)
{
    int64_t silent_ms = times->now_ms - client->heard_ms;
    if (client->closing)
        return;
    if (times->now_ms - client->spoke_ms >= times->inactive_ms)
        client_close(client, PUSHER_CODE_INACTIVE);
    else if (client->pinged && silent_ms >= times->activity_ms + times->pong_ms)
        client_close(client, PUSHER_CODE_NO_PONG);
    else if (!client->pinged && silent_ms >= times->activity_ms)
        ping(client);
}

static void look(void *arg)
{
    (void)arg;
    const struct times times = times_now();
    for (struct client *client = worker.clients, *next; client; client = next) {
        next = client->next;
        look_at(client, &times);
    }
    start_timer();
}

static void start_timer(void)
{
    const struct times times = times_now();
    int64_t shortest = times.activity_ms < times.pong_ms ? times.activity_ms : times.pong_ms;
    shortest = (shortest < times.inactive_ms ? shortest : times.inactive_ms) / LOOKS;
    int64_t after = shortest < LOOK_MIN_MS ? LOOK_MIN_MS : shortest > LOOK_MAX_MS ? LOOK_MAX_MS : shortest;
    if (pusher.host->timer_start(pusher.self, after, look, NULL, &worker.timer) != CARILLON_OK)
        pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "no timer: silent clients are not asked");
}

void activity_add(struct client *client)
{
    client->heard_ms = client->spoke_ms = pusher.host->monotonic_ms();
    client->next = worker.clients;
    client->link = &worker.clients;
    if (client->next)
        client->next->link = &client->next;
    else
        start_timer();
    worker.clients = client;
}

void activity_remove(struct client *client)
{
    if (!client->link)
        return;
    *client->link = client->next;
    if (client->next)
        client->next->link = client->link;
    client->link = NULL;
    if (!worker.clients)
        pusher.host->timer_stop(worker.timer);
}

void activity_note(struct client *client, bool only_ping)
{
    client->heard_ms = pusher.host->monotonic_ms();
    client->pinged = false;
    if (!only_ping)
        client->spoke_ms = client->heard_ms;
}
