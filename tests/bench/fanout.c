#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SUBSCRIBERS = 1000, MANY = 10000, ROUNDS = 7, BURST = 8 };

static void publish(struct client *publisher, unsigned times)
{
    char data[DATA_BYTES + 1], text[512];
    memset(data, 'x', DATA_BYTES);
    data[DATA_BYTES] = '\0';
    snprintf(text, sizeof text, "{\"type\":\"publish\",\"channel\":\"bench\",\"event\":\"b\",\"data\":\"%s\"}", data);
    client_send_times(publisher, text, times); /* as a busy client sends them */
}

/* Microseconds of the server's CPU a delivery; latencies in microseconds, if asked for. */
double run_daemon(struct server *server, struct crowd *crowd, struct client *publisher, unsigned burst, unsigned times,
                  double *latencies)
{
    int64_t cpu = server_cpu_ns(server);
    for (unsigned i = 0; i < times; i++) {
        int64_t begun = now_ns();
        uint64_t frames = crowd->frames + (uint64_t)crowd->count * burst;
        publish(publisher, burst);
        crowd_wait_frames(crowd, frames);
        if (latencies)
            latencies[i] = (double)(now_ns() - begun) / 1e3;
        client_forget(publisher);
    }
    cpu = server_cpu_ns(server) - cpu;
    return (double)cpu / 1e3 / ((double)times * burst * (double)crowd->count);
}

double run_floor(struct server *server, struct crowd *crowd, uint32_t bytes, unsigned burst, unsigned times)
{
    int64_t cpu = server_cpu_ns(server);
    struct order order = { .bytes = bytes * burst };
    for (unsigned i = 0; i < times; i++) {
        uint64_t all = crowd->bytes + (uint64_t)order.bytes * crowd->count;
        if (write(server->control, &order, sizeof order) != sizeof order)
            die("the floor is gone");
        crowd_wait_bytes(crowd, all);
    }
    cpu = server_cpu_ns(server) - cpu;
    return (double)cpu / 1e3 / ((double)times * burst * (double)crowd->count);
}

struct fanout {
    struct server daemon, larger, floor;
    struct crowd crowd, many, bare, publishers;
    unsigned times;
};

static void compare(struct fanout *fanout, const char *name, unsigned burst, const char *target)
{
    double daemon[ROUNDS], floor[ROUNDS], ratio[ROUNDS], latencies[ROUNDS * 1000];
    char label[64];
    unsigned times = fanout->times / burst;
    for (int i = 0; i < ROUNDS; i++) { /* in turn, so that both see the same machine */
        daemon[i] = run_daemon(&fanout->daemon, &fanout->crowd, fanout->publishers.clients[0], burst, times,
                               latencies + (size_t)i * times);
        floor[i] = run_floor(&fanout->floor, &fanout->bare, (uint32_t)fanout->crowd.frame_bytes, burst, times);
        ratio[i] = daemon[i] / floor[i];
    }
    snprintf(label, sizeof label, "fanout.%s.ratio", name);
    result_add(label, median(ratio, ROUNDS), "x", target);
    snprintf(label, sizeof label, "fanout.%s.cpu_us", name);
    result_add(label, median(daemon, ROUNDS), "us/delivery", NULL);
    snprintf(label, sizeof label, "fanout.%s.floor_us", name);
    result_add(label, median(floor, ROUNDS), "us/delivery", NULL);
    snprintf(label, sizeof label, "fanout.%s.p50_us", name);
    double p50 = quantile(latencies, ROUNDS * times, 0.5);
    result_add(label, p50, "us", NULL);
    snprintf(label, sizeof label, "fanout.%s.p99_us", name);
    result_add(label, quantile(latencies, ROUNDS * times, 0.99), "us", NULL);
    snprintf(label, sizeof label, "fanout.%s.deliveries_per_s", name);
    result_add(label, (double)fanout->crowd.count * burst / p50 * 1e6, "1/s", NULL);
}

/* How much more a bare send() costs among ten times the sockets: of the daemon's ratio, what is the kernel's. */
static void compare_bare(struct fanout *fanout, size_t many)
{
    double ratio[ROUNDS];
    uint32_t bytes = (uint32_t)fanout->crowd.frame_bytes;
    server_start_floor(&fanout->larger);
    crowd_open(&fanout->many);
    crowd_connect(&fanout->many, &fanout->larger, many, NULL);
    run_floor(&fanout->larger, &fanout->many, bytes, 1, 2); /* warm */
    for (int i = 0; i < ROUNDS; i++) {
        double few = run_floor(&fanout->floor, &fanout->bare, bytes, 1, fanout->times);
        ratio[i] = run_floor(&fanout->larger, &fanout->many, bytes, 1, fanout->times / 10 + 1) / few;
    }
    result_add(options.small ? "fanout.2000.floor_ratio" : "fanout.10000.floor_ratio", median(ratio, ROUNDS), "x",
               NULL);
    crowd_close(&fanout->many);
    server_stop(&fanout->larger);
}

/* Two daemons of the same build, one with ten times the subscribers, in turn. */
static void compare_many(struct fanout *fanout)
{
    double ratio[ROUNDS];
    unsigned times = fanout->times / 10 + 1;
    size_t many = options.small ? MANY / 5 : MANY;
    server_start_daemon(&fanout->larger, NULL);
    crowd_open(&fanout->many);
    crowd_connect(&fanout->publishers, &fanout->larger, 1, NULL);
    struct client *few_publisher = fanout->publishers.clients[0], *many_publisher = fanout->publishers.clients[1];
    crowd_connect(&fanout->many, &fanout->larger, SUBSCRIBERS, "bench");
    run_daemon(&fanout->larger, &fanout->many, many_publisher, 1, 20, NULL); /* warm */
    int64_t resident = server_resident_bytes(&fanout->larger);
    crowd_connect(&fanout->many, &fanout->larger, many - SUBSCRIBERS, "bench");
    result_add("idle.rss_bytes",
               (double)(server_resident_bytes(&fanout->larger) - resident) / (double)(many - SUBSCRIBERS), "bytes",
               "<= 3072");
    for (int i = 0; i < ROUNDS; i++) {
        double few = run_daemon(&fanout->daemon, &fanout->crowd, few_publisher, 1, fanout->times, NULL);
        ratio[i] = run_daemon(&fanout->larger, &fanout->many, many_publisher, 1, times, NULL) / few;
    }
    result_add(options.small ? "fanout.2000.ratio" : "fanout.10000.ratio", median(ratio, ROUNDS), "x", "<= 1.15");
    crowd_close(&fanout->many);
    server_stop(&fanout->larger);
    compare_bare(fanout, many);
}

void measure_fanout(void)
{
    static struct fanout fanout;
    fanout.times = options.quick ? 40 : 200;
    server_start_daemon(&fanout.daemon, NULL);
    server_start_floor(&fanout.floor);
    crowd_open(&fanout.crowd);
    crowd_open(&fanout.bare);
    crowd_open(&fanout.publishers);
    crowd_connect(&fanout.crowd, &fanout.daemon, SUBSCRIBERS, "bench");
    crowd_connect(&fanout.bare, &fanout.floor, SUBSCRIBERS, NULL);
    crowd_connect(&fanout.publishers, &fanout.daemon, 1, NULL);
    run_daemon(&fanout.daemon, &fanout.crowd, fanout.publishers.clients[0], 1, 20, NULL); /* warm */
    run_floor(&fanout.floor, &fanout.bare, (uint32_t)fanout.crowd.frame_bytes, 1, 20);
    compare(&fanout, "single", 1, "<= 1.4");
    compare(&fanout, "burst8", BURST, "<= 1.5");
    compare_many(&fanout);
    crowd_close(&fanout.publishers);
    crowd_close(&fanout.bare);
    crowd_close(&fanout.crowd);
    server_stop(&fanout.floor);
    server_stop(&fanout.daemon);
}
