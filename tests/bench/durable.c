// packages: sqlite3 jansson
#include "bench.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { FSYNCS = 200, FSYNC_MIN_US = 100, ROUNDS = 5 };

int64_t durable_span_ns(void)
{
    return (options.quick ? 2 : 5) * INT64_C(1000000000);
}

/* Microseconds of an fsync after a small write, where the daemon has its database. */
static double measure_fsync(const char *folder)
{
    char path[128], page[4096] = "";
    double took[FSYNCS];
    snprintf(path, sizeof path, "%s/fsync", folder);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    for (int i = 0; i < FSYNCS; i++) {
        int64_t begun = now_ns();
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fsync(fd))
            die("%s cannot be written", path);
        took[i] = (double)(now_ns() - begun) / 1e3;
    }
    close(fd);
    unlink(path);
    return median(took, FSYNCS);
}

/* What a program does that has no group commit: one transaction a message, with the daemon's own pragmas. */
struct alone {
    sqlite3 *db;
    sqlite3_stmt *insert;
};

static void alone_open(struct alone *alone, const char *folder)
{
    char path[128];
    snprintf(path, sizeof path, "%s/one.db", folder);
    if (sqlite3_open(path, &alone->db) != SQLITE_OK ||
        sqlite3_exec(alone->db,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE messages(pos INTEGER PRIMARY KEY, author TEXT, body TEXT) STRICT",
                     NULL, NULL, NULL) ||
        sqlite3_prepare_v2(alone->db, "INSERT INTO messages(author, body) VALUES('bench', ?)", -1, &alone->insert,
                           NULL))
        die("%s: %s", path, sqlite3_errmsg(alone->db));
}

static double alone_rate(struct alone *alone, int64_t span_ns)
{
    char body[DATA_BYTES];
    unsigned long count = 0;
    memset(body, 'x', sizeof body);
    int64_t begun = now_ns();
    while (now_ns() - begun < span_ns) {
        sqlite3_bind_text(alone->insert, 1, body, sizeof body, SQLITE_STATIC);
        if (sqlite3_step(alone->insert) != SQLITE_DONE)
            die("one by one: %s", sqlite3_errmsg(alone->db));
        sqlite3_reset(alone->insert);
        count++;
    }
    return (double)count / ((double)(now_ns() - begun) / 1e9);
}

static void alone_close(struct alone *alone)
{
    sqlite3_finalize(alone->insert);
    sqlite3_close(alone->db);
}

static void publish(struct client *client, unsigned number)
{
    char data[DATA_BYTES + 1], text[512];
    memset(data, 'x', DATA_BYTES);
    data[DATA_BYTES] = '\0';
    snprintf(text, sizeof text,
             "{\"type\":\"publish\",\"id\":%u,\"channel\":\"durable\",\"client_id\":\"%u\",\"text\":\"%s\"}", number,
             number, data);
    client_send(client, text);
}

/* One answer to a publish; other frames are passed over. */
static bool answered(struct client *client)
{
    char frame[1024];
    client_receive(client, frame, sizeof frame);
    if (strncmp(frame, "{\"type\":\"error\"", 15) == 0)
        die("a publish was refused: %s", frame);
    return strncmp(frame, "{\"type\":\"published\"", 19) == 0;
}

double durable_together(const struct server *server, struct crowd *crowd, int64_t span_ns, double *cpu_us)
{
    static unsigned number; /* client ids are not used twice */
    int64_t cpu = server_cpu_ns(server), begun = now_ns(), ended = begun;
    unsigned long count = 0, waiting = crowd->count;
    for (size_t i = 0; i < crowd->count; i++)
        publish(crowd->clients[i], number++);
    while (waiting) {
        struct epoll_event events[PUBLISHERS];
        int n = epoll_wait(crowd->epoll, events, PUBLISHERS, 1000);
        for (int i = 0; i < n; i++) {
            if (!answered(events[i].data.ptr))
                continue;
            bool more = now_ns() - begun < span_ns;
            count += more;
            waiting -= !more;
            if (more)
                publish(events[i].data.ptr, number++);
        }
        if (waiting == crowd->count)
            ended = now_ns();
    }
    *cpu_us = (double)(server_cpu_ns(server) - cpu) / 1e3 / (double)(count + crowd->count);
    return (double)count / ((double)(ended - begun) / 1e9);
}

void measure_durable(void)
{
    static struct crowd crowd;
    struct server server = { .unpinned = true }; /* the storage has threads of its own */
    server_start_daemon(&server, NULL);
    free(server_request(&server, "POST", "/api/v1/conversations",
                        "{\"channel\":\"durable\",\"title\":\"D\",\"visibility\":\"public\"}"));
    crowd_open(&crowd);
    crowd_connect(&crowd, &server, PUBLISHERS, NULL);
    double fsync_us = measure_fsync(server.state_dir);
    double cpu[ROUNDS], one[ROUNDS], group[ROUNDS], ratio[ROUNDS];
    struct alone alone;
    alone_open(&alone, server.state_dir);
    for (int i = 0; i < ROUNDS; i++) { /* in turn: what a disk takes changes from second to second */
        one[i] = alone_rate(&alone, durable_span_ns() / ROUNDS);
        group[i] = durable_together(&server, &crowd, durable_span_ns() / ROUNDS, &cpu[i]);
        ratio[i] = group[i] / one[i];
    }
    alone_close(&alone);
    result_add("durable.fsync_us", fsync_us, "us", NULL);
    result_add("durable.one_by_one_per_s", median(one, ROUNDS), "1/s", NULL);
    result_add("durable.sqlite_per_s", median(group, ROUNDS), "1/s", NULL);
    result_add("durable.sqlite.cpu_us", median(cpu, ROUNDS), "us/publish", NULL);
    if (fsync_us >= FSYNC_MIN_US)
        result_add("durable.sqlite.ratio", median(ratio, ROUNDS), "x", ">= 5");
    else
        result_add("durable.sqlite.unmeasurable", fsync_us, "us (an fsync here is too quick to tell)", NULL);
    crowd_close(&crowd);
    server_stop(&server);
}
