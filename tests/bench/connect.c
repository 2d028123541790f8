#include "bench.h"

enum { BATCH = 500, FEW = 1000, MANY = 15000, ROUNDS = 5 };

/*
 * Upgrade, sign-in and subscription of the last BATCH of `held` connections: microseconds of the server's CPU for each, the
 * median of some rounds.
 */
static double connect_at(struct server *server, struct crowd *crowd, size_t held)
{
    double took[ROUNDS];
    crowd_connect(crowd, server, held - BATCH - crowd->count, "bench");
    for (int i = 0; i < ROUNDS; i++) {
        server_settle(server);
        int64_t cpu = server_cpu_ns(server);
        crowd_connect(crowd, server, BATCH, "bench");
        took[i] = (double)(server_cpu_ns(server) - cpu) / 1e3 / BATCH;
        crowd_drop(crowd, BATCH);
    }
    return median(took, ROUNDS);
}

void measure_connect(void)
{
    static struct crowd crowd;
    struct server server = { 0 };
    server_start_daemon(&server, (const char *const[]){ "limits.connections=20000", NULL });
    crowd_open(&crowd);
    double few = connect_at(&server, &crowd, FEW);
    double all = connect_at(&server, &crowd, options.small ? 2000 : MANY);
    result_add("connect.cpu_us", few, "us", NULL);
    result_add(options.small ? "connect.ratio_2000" : "connect.ratio_15000", all / few, "x", "<= 1.3");
    crowd_close(&crowd);
    server_stop(&server);
}
