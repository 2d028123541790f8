#include "bench.h"

enum { BATCH = 500, FEW = 1000, MANY = 15000, ROUNDS = 7 };

/* A daemon that holds so many connections but for the last BATCH. */
struct hall {
    struct server server;
    struct crowd crowd;
};

static void hall_open(struct hall *hall, size_t held)
{
    server_start_daemon(&hall->server, (const char *const[]){ "limits.connections=20000", NULL });
    crowd_open(&hall->crowd);
    crowd_connect(&hall->crowd, &hall->server, held - BATCH, "bench");
}

static void hall_close(struct hall *hall)
{
    crowd_close(&hall->crowd);
    server_stop(&hall->server);
}

/* Upgrade, sign-in and subscription of BATCH more, who leave again: microseconds of the server's CPU for each. */
static double connect_batch(struct hall *hall)
{
    server_settle(&hall->server);
    int64_t cpu = server_cpu_ns(&hall->server);
    crowd_connect(&hall->crowd, &hall->server, BATCH, "bench");
    double took = (double)(server_cpu_ns(&hall->server) - cpu) / 1e3 / BATCH;
    crowd_drop(&hall->crowd, BATCH);
    return took;
}

void measure_connect(void)
{
    static struct hall few, many;
    double cpu[ROUNDS], ratio[ROUNDS];
    hall_open(&few, FEW);
    hall_open(&many, options.small ? 2000 : MANY);
    for (int i = 0; i < ROUNDS; i++) { /* in turn: a shared machine changes from second to second */
        cpu[i] = connect_batch(&few);
        ratio[i] = connect_batch(&many) / cpu[i];
    }
    result_add("connect.cpu_us", median(cpu, ROUNDS), "us", NULL);
    result_add(options.small ? "connect.ratio_2000" : "connect.ratio_15000", median(ratio, ROUNDS), "x", "<= 1.3");
    hall_close(&few);
    hall_close(&many);
}
