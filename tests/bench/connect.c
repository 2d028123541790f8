#include "bench.h"

enum { BATCH = 500, FEW = 1000, MANY = 15000 };

/* Upgrade, sign-in and subscription: microseconds of the server's CPU for each. */
static double connect_batch(struct server *server, struct crowd *crowd)
{
    int64_t cpu = server_cpu_ns(server);
    crowd_connect(crowd, server, BATCH, "bench");
    return (double)(server_cpu_ns(server) - cpu) / 1e3 / BATCH;
}

void measure_connect(void)
{
    static struct crowd crowd;
    struct server server = { 0 };
    size_t many = options.small ? 2000 : MANY;
    server_start_daemon(&server, (const char *const[]){ "limits.connections=20000", NULL });
    crowd_open(&crowd);
    crowd_connect(&crowd, &server, FEW - BATCH, "bench");
    double few = connect_batch(&server, &crowd);
    crowd_connect(&crowd, &server, many - BATCH - crowd.count, "bench");
    double all = connect_batch(&server, &crowd);
    result_add("connect.cpu_us", few, "us", NULL);
    result_add(options.small ? "connect.ratio_2000" : "connect.ratio_15000", all / few, "x", "<= 1.3");
    crowd_close(&crowd);
    server_stop(&server);
}
