#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * What a join costs the server in a large presence channel and in a small one, apart from what it sends. The measured
 * joins are of somebody who is there already with another connection, so that nothing is sent but the list of members to
 * that connection; the floor's send of as many bytes is subtracted. Before each, one member leaves and comes back, so that
 * no list is what it was at the last.
 */
enum { FEW = 100, MANY = 10000, TOGETHER = 100, ROUNDS = 60, SEND_BUFFER = 65536, ACKS_US = 250000 };

#define SUCCEEDED "pusher_internal:subscription_succeeded"

struct room {
    const char *channel, *label;
    size_t members;
    uint64_t bytes; /* of the last list */
    double daemon[ROUNDS], floor[ROUNDS];
};

struct presence {
    struct server daemon, floor;
    struct crowd crowd, probes, bare;
    struct pusher_client members[MANY], probe;
};

static const char *name_of(size_t i)
{
    static char name[32];
    snprintf(name, sizeof name, "member-%05zu", i);
    return name;
}

/* Those that come together are told of each other, and to all who were there before. */
static void fill(struct presence *presence, struct room *room)
{
    struct crowd *crowd = &presence->crowd;
    for (size_t there = 0; there < room->members;) {
        size_t more = room->members - there < TOGETHER ? room->members - there : TOGETHER;
        uint64_t told = crowd->frames + more * there + more * (more - 1) / 2;
        for (size_t i = 0; i < more; i++)
            pusher_ask(&presence->members[there + i], room->channel, name_of(there + i));
        crowd_wait_frames(crowd, told);
        there += more;
    }
}

/* When the server has nothing more to do. */
static int64_t settled_cpu_ns(const struct server *server)
{
    int64_t before, after = server_cpu_ns(server);
    do {
        before = after;
        usleep(2000);
        after = server_cpu_ns(server);
    } while (after != before);
    return after;
}

static void change_list(struct presence *presence, const struct room *room, unsigned round)
{
    size_t who = (size_t)round * 37 % room->members;
    uint64_t told = presence->crowd.frames + 2 * (room->members - 1);
    pusher_leave(&presence->members[who], room->channel);
    pusher_ask(&presence->members[who], room->channel, name_of(who));
    crowd_wait_frames(&presence->crowd, told);
    usleep(ACKS_US); /* the kernel acknowledges all that late, in the time of whoever runs then: no cost of a join */
}

static double join(struct presence *presence, struct room *room)
{
    int64_t cpu = settled_cpu_ns(&presence->daemon);
    pusher_ask(&presence->probe, room->channel, name_of(0));
    room->bytes = pusher_await(&presence->probe, SUCCEEDED);
    cpu = settled_cpu_ns(&presence->daemon) - cpu;
    pusher_leave(&presence->probe, room->channel);
    pusher_settle(&presence->probe);
    return (double)cpu / 1e3;
}

/* As many bytes to one socket in one send(), which waits as often as the daemon's writes do: for the same kernel buffer. */
static double send_bare(struct presence *presence, const struct room *room)
{
    struct order order = { .bytes = (uint32_t)room->bytes, .send_buffer = SEND_BUFFER };
    uint64_t all = presence->bare.bytes + order.bytes;
    int64_t cpu = settled_cpu_ns(&presence->floor);
    if (write(presence->floor.control, &order, sizeof order) != sizeof order)
        die("the floor is gone");
    crowd_wait_bytes(&presence->bare, all);
    return (double)(settled_cpu_ns(&presence->floor) - cpu) / 1e3;
}

static double report(struct room *room, unsigned rounds)
{
    char label[64];
    double own[ROUNDS];
    for (unsigned i = 0; i < rounds; i++)
        own[i] = room->daemon[i] - room->floor[i];
    snprintf(label, sizeof label, "presence.join_%s.cpu_us", room->label);
    result_add(label, median(room->daemon, rounds), "us", NULL);
    snprintf(label, sizeof label, "presence.join_%s.floor_us", room->label);
    result_add(label, median(room->floor, rounds), "us", NULL);
    return median(own, rounds);
}

static void compare(struct presence *presence, struct room *few, struct room *many)
{
    unsigned rounds = options.quick ? ROUNDS / 4 : ROUNDS;
    for (unsigned i = 0; i < rounds; i++) {
        struct room *rooms[] = { few, many };
        for (size_t k = 0; k < 2; k++) {
            change_list(presence, rooms[k], i);
            rooms[k]->daemon[i] = join(presence, rooms[k]);
            rooms[k]->floor[i] = send_bare(presence, rooms[k]);
        }
    }
    double small = report(few, rounds), large = report(many, rounds);
    result_add(options.small ? "presence.join_1000.ratio" : "presence.join_10000.ratio", large / small, "x", "<= 2");
}

void measure_presence(void)
{
    static struct presence presence;
    static struct room few = { .channel = "presence-few", .label = "100", .members = FEW };
    static struct room many = { .channel = "presence-many", .label = "10000", .members = MANY };
    if (options.small) {
        many.members = MANY / 10;
        many.label = "1000";
    }
    server_start_daemon(&presence.daemon, (const char *const[]){ PUSHER_SETTINGS, "limits.connections=20000", NULL });
    server_start_floor(&presence.floor);
    crowd_open(&presence.crowd);
    crowd_open(&presence.probes);
    crowd_open(&presence.bare);
    presence.crowd.sign = "{\"event\":\"pusher_internal:member_";
    for (size_t i = 0; i < many.members; i++)
        presence.members[i] = pusher_connect(&presence.crowd, &presence.daemon);
    presence.probe = pusher_connect(&presence.probes, &presence.daemon);
    crowd_connect(&presence.bare, &presence.floor, 1, NULL);
    fill(&presence, &few);
    fill(&presence, &many);
    compare(&presence, &few, &many);
    crowd_close(&presence.bare);
    crowd_close(&presence.probes);
    crowd_close(&presence.crowd);
    server_stop(&presence.floor);
    server_stop(&presence.daemon);
}
