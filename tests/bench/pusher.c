#include "bench.h"

#include <stdio.h>
#include <string.h>

/*
 * A fan-out to Pusher clients, from one of them and from the app's server, beside the same over plain WebSocket and beside
 * the floor, all in turn. One daemon holds both crowds. What it allocates is counted in another, and a third fills with
 * idle connections.
 */
enum { SUBSCRIBERS = 1000, ROUNDS = 7, BURST = 8, IDLE = 9000, IDLE_FIRST = 1000, COUNTED = 50, WARM = 10 };

#define CHANNEL "private-bench"

struct world {
    struct server daemon, floor;
    struct crowd crowd, plain, bare, publishers;
    struct pusher_client publisher; /* subscribes, too: who does not may not send */
    struct pusher_server server;
    struct client *plain_publisher;
};

/* ---- ways to send ---- */

static const char *data(void)
{
    static char bytes[DATA_BYTES + 1];
    memset(bytes, 'x', DATA_BYTES);
    return bytes;
}

static void send_client_events(struct world *world, unsigned burst)
{
    char text[512];
    snprintf(text, sizeof text, "{\"event\":\"client-b\",\"channel\":\"" CHANNEL "\",\"data\":\"%s\"}", data());
    client_send_times(world->publisher.client, text, burst);
}

static void trigger(struct world *world, unsigned burst)
{
    char text[512];
    (void)burst;
    snprintf(text, sizeof text, "{\"name\":\"b\",\"channel\":\"" CHANNEL "\",\"data\":\"%s\"}", data());
    pusher_post(&world->server, "/apps/1/events", text);
}

static void trigger_batch(struct world *world, unsigned burst)
{
    char text[4096];
    size_t len = (size_t)snprintf(text, sizeof text, "{\"batch\":[");
    for (unsigned i = 0; i < burst; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "%s{\"name\":\"b\",\"channel\":\"" CHANNEL "\",\"data\":\"%s\"}", i ? "," : "", data());
    snprintf(text + len, sizeof text - len, "]}");
    pusher_post(&world->server, "/apps/1/batch_events", text);
}

/* The targets: half of what another server took where a bare send costs 5.1 us, 10.8, 12.1 and 7.7 us a delivery. */
static const struct way {
    const char *name, *sign, *target;
    void (*send)(struct world *world, unsigned burst);
    unsigned burst;
    bool answered; /* it is a request */
} ways[] = {
    { "client_event", "{\"event\":\"client-b\"", "<= 1.06", send_client_events, 1, false },
    { "api", "{\"event\":\"b\"", "<= 1.19", trigger, 1, true },
    { "burst8", "{\"event\":\"client-b\"", "<= 0.75", send_client_events, BURST, false },
    { "batch8", "{\"event\":\"b\"", "<= 0.75", trigger_batch, BURST, true },
};
enum { WAYS = sizeof ways / sizeof ways[0], API = 1 };

static void send_times(struct world *world, const struct way *way, unsigned times)
{
    world->crowd.sign = way->sign;
    for (unsigned i = 0; i < times; i++) {
        uint64_t frames = world->crowd.frames + (uint64_t)world->crowd.count * way->burst;
        way->send(world, way->burst);
        crowd_wait_frames(&world->crowd, frames); /* reads while the daemon sends, as it does beside the floor */
        if (way->answered)
            pusher_answered(&world->server);
        client_forget(world->publisher.client);
    }
}

/*
 * Microseconds of the daemon's CPU a delivery. Whoever runs first after another crowd's turn finds cold caches, so each
 * run is warmed.
 */
static double run_way(struct world *world, const struct way *way, unsigned times)
{
    send_times(world, way, WARM);
    int64_t cpu = server_cpu_ns(&world->daemon);
    send_times(world, way, times);
    cpu = server_cpu_ns(&world->daemon) - cpu;
    return (double)cpu / 1e3 / ((double)times * way->burst * (double)world->crowd.count);
}

/* ---- a world of them ---- */

static void world_open(struct world *world)
{
    server_start_daemon(&world->daemon, (const char *const[]){ PUSHER_SETTINGS, NULL });
    crowd_open(&world->crowd);
    crowd_open(&world->publishers);
    pusher_crowd(&world->crowd, &world->daemon, SUBSCRIBERS, CHANNEL);
    world->publisher = pusher_connect(&world->publishers, &world->daemon);
    pusher_ask(&world->publisher, CHANNEL, NULL);
    pusher_await(&world->publisher, "pusher_internal:subscription_succeeded");
    pusher_server_open(&world->server, &world->daemon);
}

static void world_close(struct world *world)
{
    crowd_close(&world->publishers);
    crowd_close(&world->crowd);
    pusher_server_close(&world->server);
    server_stop(&world->daemon);
}

static void report(const char *name, const char *what, double *values, const char *unit, const char *target)
{
    char label[64];
    snprintf(label, sizeof label, "pusher.%s.%s", name, what);
    result_add(label, median(values, ROUNDS), unit, target);
}

static void measure_ways(struct world *world, unsigned times)
{
    static double cpu[WAYS][ROUNDS], ratio[WAYS][ROUNDS];
    double floor[ROUNDS], plain[ROUNDS], beside[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {      /* in turn, so that all see the same machine */
        for (size_t k = 0; k < WAYS; k++) { /* in turn the first one, which pays for what the floor pushed out */
            size_t w = ((size_t)i + k) % WAYS;
            cpu[w][i] = run_way(world, &ways[w], times / ways[w].burst);
        }
        run_daemon(&world->daemon, &world->plain, world->plain_publisher, 1, WARM, NULL);
        plain[i] = run_daemon(&world->daemon, &world->plain, world->plain_publisher, 1, times, NULL);
        run_floor(&world->floor, &world->bare, (uint32_t)world->crowd.frame_bytes, 1, WARM);
        floor[i] = run_floor(&world->floor, &world->bare, (uint32_t)world->crowd.frame_bytes, 1, times);
        for (size_t w = 0; w < WAYS; w++)
            ratio[w][i] = cpu[w][i] / floor[i];
        beside[i] = cpu[API][i] / plain[i];
    }
    report("fanout", "ratio", beside, "x", "<= 1.1");
    report("fanout", "websocket_us", plain, "us/delivery", NULL);
    report("fanout", "floor_us", floor, "us/delivery", NULL);
    for (size_t w = 0; w < WAYS; w++) {
        report(ways[w].name, "ratio", ratio[w], "x", ways[w].target);
        report(ways[w].name, "cpu_us", cpu[w], "us/delivery", NULL);
    }
}

static void measure_costs(void)
{
    static struct world world;
    unsigned times = options.quick ? 40 : 200;
    world_open(&world);
    server_start_floor(&world.floor);
    crowd_open(&world.plain);
    crowd_open(&world.bare);
    crowd_connect(&world.plain, &world.daemon, SUBSCRIBERS, "bench");
    crowd_connect(&world.publishers, &world.daemon, 1, NULL);
    world.plain_publisher = world.publishers.clients[1];
    crowd_connect(&world.bare, &world.floor, SUBSCRIBERS, NULL);
    measure_ways(&world, times);
    crowd_close(&world.plain);
    crowd_close(&world.bare);
    server_stop(&world.floor);
    world_close(&world);
}

static void measure_allocations(void)
{
    static struct world world = { .daemon.counted = true };
    world_open(&world);
    for (size_t w = 0; w < WAYS; w++) {
        char label[64];
        send_times(&world, &ways[w], COUNTED / ways[w].burst); /* until what is kept for later is there */
        uint64_t before = server_allocations(&world.daemon);
        send_times(&world, &ways[w], COUNTED);
        uint64_t made = server_allocations(&world.daemon) - before;
        snprintf(label, sizeof label, "pusher.%s.deliveries_an_allocation", ways[w].name);
        result_add(label, (double)COUNTED * ways[w].burst * (double)world.crowd.count / (double)made, "x", ">= 20");
    }
    world_close(&world);
}

static void measure_idle(void)
{
    static struct crowd crowd;
    struct server daemon = { 0 };
    size_t n = options.small ? 1000 : IDLE;
    server_start_daemon(&daemon, (const char *const[]){ PUSHER_SETTINGS, NULL });
    crowd_open(&crowd);
    pusher_crowd(&crowd, &daemon, IDLE_FIRST, CHANNEL);
    int64_t resident = server_resident_bytes(&daemon);
    pusher_crowd(&crowd, &daemon, n, CHANNEL);
    result_add("pusher.idle.rss_bytes", (double)(server_resident_bytes(&daemon) - resident) / (double)n, "bytes",
               "<= 3072");
    crowd_close(&crowd);
    server_stop(&daemon);
}

void measure_pusher(void)
{
    measure_costs();
    measure_allocations();
    measure_idle();
}
