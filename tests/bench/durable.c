// packages: sqlite3 jansson
#include "bench.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { PUBLISHERS = 64, FSYNCS = 200, FSYNC_MIN_US = 100 };

static int64_t span_ns(void)
{
    return (options.quick ? 1 : 3) * INT64_C(1000000000);
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
static double one_by_one(const char *folder)
{
    char path[128];
    sqlite3 *db;
    sqlite3_stmt *insert;
    unsigned long count = 0;
    snprintf(path, sizeof path, "%s/one.db", folder);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE messages(pos INTEGER PRIMARY KEY, author TEXT, body TEXT) STRICT",
                     NULL, NULL, NULL) ||
        sqlite3_prepare_v2(db, "INSERT INTO messages(author, body) VALUES('bench', ?)", -1, &insert, NULL))
        die("%s: %s", path, sqlite3_errmsg(db));
    char body[DATA_BYTES];
    memset(body, 'x', sizeof body);
    int64_t begun = now_ns();
    while (now_ns() - begun < span_ns()) {
        sqlite3_bind_text(insert, 1, body, sizeof body, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE)
            die("%s: %s", path, sqlite3_errmsg(db));
        sqlite3_reset(insert);
        count++;
    }
    double rate = (double)count / ((double)(now_ns() - begun) / 1e9);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return rate;
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

/* Each publisher sends its next when the one before is acknowledged. */
static double together(const struct server *server, struct crowd *crowd, double *cpu_us)
{
    int64_t cpu = server_cpu_ns(server);
    unsigned number = 0;
    unsigned long count = 0;
    for (size_t i = 0; i < crowd->count; i++)
        publish(crowd->clients[i], number++);
    int64_t begun = now_ns();
    while (now_ns() - begun < span_ns()) {
        struct epoll_event events[PUBLISHERS];
        int n = epoll_wait(crowd->epoll, events, PUBLISHERS, 1000);
        for (int i = 0; i < n; i++) {
            struct client *client = events[i].data.ptr;
            char frame[1024];
            client_receive(client, frame, sizeof frame);
            if (strncmp(frame, "{\"type\":\"error\"", 15) == 0)
                die("a publish was refused: %s", frame);
            if (strncmp(frame, "{\"type\":\"published\"", 19) != 0)
                continue;
            count++;
            publish(client, number++);
        }
    }
    *cpu_us = (double)(server_cpu_ns(server) - cpu) / 1e3 / (double)count;
    return (double)count / ((double)(now_ns() - begun) / 1e9);
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
    double cpu_us, alone = one_by_one(server.state_dir), group = together(&server, &crowd, &cpu_us);
    result_add("durable.fsync_us", fsync_us, "us", NULL);
    result_add("durable.one_by_one_per_s", alone, "1/s", NULL);
    result_add("durable.sqlite_per_s", group, "1/s", NULL);
    result_add("durable.sqlite.cpu_us", cpu_us, "us/publish", NULL);
    if (fsync_us >= FSYNC_MIN_US)
        result_add("durable.sqlite.ratio", group / alone, "x", ">= 5");
    else
        result_add("durable.sqlite.unmeasurable", fsync_us, "us (an fsync here is too quick to tell)", NULL);
    crowd_close(&crowd);
    server_stop(&server);
}
