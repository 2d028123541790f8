#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUBSCRIBERS = 1000, STALLED = 10, ROUNDS = 5, FILL = 600 };

double fanout_p99(struct crowd *crowd, struct client *publisher, size_t readers, unsigned times)
{
    char data[DATA_BYTES + 1], text[512];
    double *took = calloc(times, sizeof *took);
    memset(data, 'x', DATA_BYTES);
    data[DATA_BYTES] = '\0';
    snprintf(text, sizeof text, "{\"type\":\"publish\",\"channel\":\"bench\",\"event\":\"b\",\"data\":\"%s\"}", data);
    for (unsigned i = 0; i < times; i++) {
        int64_t begun = now_ns();
        uint64_t frames = crowd->frames + readers;
        client_send(publisher, text);
        crowd_wait_frames(crowd, frames);
        took[i] = (double)(now_ns() - begun) / 1e3;
    }
    double value = quantile(took, times, 0.99);
    free(took);
    return value;
}

void measure_stalled(void)
{
    static struct crowd all, some, publishers;
    struct server daemon = { 0 }, other = { 0 };
    double ratios[ROUNDS];
    unsigned times = options.quick ? 100 : 400;
    server_start_daemon(&daemon, NULL);
    server_start_daemon(&other, NULL);
    crowd_open(&all);
    crowd_open(&some);
    crowd_open(&publishers);
    crowd_connect(&all, &daemon, SUBSCRIBERS, "bench");
    crowd_connect(&some, &other, SUBSCRIBERS, "bench");
    crowd_connect(&publishers, &daemon, 1, NULL);
    crowd_connect(&publishers, &other, 1, NULL);
    crowd_stall(&some, STALLED);
    fanout_p99(&some, publishers.clients[1], SUBSCRIBERS - STALLED, FILL); /* until their sockets are full */
    for (int i = 0; i < ROUNDS; i++) {
        double without = fanout_p99(&all, publishers.clients[0], SUBSCRIBERS, times);
        double with = fanout_p99(&some, publishers.clients[1], SUBSCRIBERS - STALLED, times);
        ratios[i] = with / without;
    }
    result_add("stalled.p99.ratio", median(ratios, ROUNDS), "x", "<= 1.2");
    crowd_close(&publishers);
    crowd_close(&some);
    crowd_close(&all);
    server_stop(&other);
    server_stop(&daemon);
}
