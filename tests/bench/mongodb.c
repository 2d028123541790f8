// packages: libmongoc-1.0
#include "bench.h"

#include <mongoc/mongoc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTENERS = 100, STOP_ROUNDS = 5 };

/* What a program does that has no group commit: one insert a message, majority and journal. */
static double one_by_one(mongoc_client_t *client)
{
    bson_error_t error;
    bson_t *opts = BCON_NEW("writeConcern", "{", "w", BCON_UTF8("majority"), "j", BCON_BOOL(true), "}");
    mongoc_collection_t *collection = mongoc_client_get_collection(client, "bench", "one");
    char body[DATA_BYTES + 1];
    unsigned long count = 0;
    memset(body, 'x', DATA_BYTES);
    body[DATA_BYTES] = '\0';
    int64_t begun = now_ns();
    while (now_ns() - begun < durable_span_ns()) {
        bson_t *doc = BCON_NEW("pos", BCON_INT64((int64_t)count), "author", BCON_UTF8("bench"), "body",
                               BCON_UTF8(body));
        if (!mongoc_collection_insert_one(collection, doc, opts, NULL, &error))
            die("an insert failed: %s", error.message);
        bson_destroy(doc);
        count++;
    }
    double rate = (double)count / ((double)(now_ns() - begun) / 1e9);
    mongoc_collection_destroy(collection);
    bson_destroy(opts);
    return rate;
}

/* The server's process, asked of itself. */
static pid_t server_process(mongoc_client_t *client)
{
    bson_t reply, *command = BCON_NEW("serverStatus", BCON_INT32(1));
    bson_error_t error;
    bson_iter_t iter;
    if (!mongoc_client_command_simple(client, "admin", command, NULL, &reply, &error) ||
        !bson_iter_init_find(&iter, &reply, "pid"))
        die("mongod does not tell its process: %s", error.message);
    pid_t pid = (pid_t)bson_iter_as_int64(&iter);
    bson_destroy(&reply);
    bson_destroy(command);
    return pid;
}

/* Publishes that wait for the server that is stopped, so that all threads of the storage have something to wait for. */
static void publish_in_vain(struct crowd *publishers, int round)
{
    for (size_t i = 0; i < publishers->count; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"type\":\"publish\",\"channel\":\"durable\",\"client_id\":\"vain %d %zu\",\"text\":\"in vain\"}",
                 round, i);
        client_send(publishers->clients[i], text);
    }
}

/* What is not stored, while the server runs and while it is stopped, in turns. */
static void measure_stopped(const struct server *server, struct crowd *publishers, pid_t mongod)
{
    static struct crowd listeners, speaker;
    double ratios[STOP_ROUNDS];
    unsigned times = options.quick ? 100 : 1000;
    crowd_open(&listeners);
    crowd_open(&speaker);
    crowd_connect(&listeners, server, LISTENERS, "bench");
    crowd_connect(&speaker, server, 1, NULL);
    for (int i = 0; i < STOP_ROUNDS; i++) {
        double running = fanout_p99(&listeners, speaker.clients[0], LISTENERS, times);
        kill(mongod, SIGSTOP);
        publish_in_vain(publishers, i);
        ratios[i] = fanout_p99(&listeners, speaker.clients[0], LISTENERS, times) / running;
        kill(mongod, SIGCONT);
    }
    result_add("ephemeral.stopped.ratio", median(ratios, STOP_ROUNDS), "x", "<= 1.2");
    crowd_close(&speaker);
    crowd_close(&listeners);
}

void measure_mongodb(void)
{
    static struct crowd crowd;
    static char uri[1024];
    static const char *const settings[] = { "plugins={\"websocket\",\"mongodb\"}", "storage=\"mongodb\"", uri, NULL };
    struct server server = { .unpinned = true };
    if (!options.mongodb)
        return;
    snprintf(uri, sizeof uri, "mongodb.uri=\"%s\"", options.mongodb);
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(options.mongodb);
    if (!client)
        die("%s is no connection string", options.mongodb);
    server_start_daemon(&server, settings);
    free(server_request(&server, "POST", "/api/v1/conversations",
                        "{\"channel\":\"durable\",\"title\":\"D\",\"visibility\":\"public\"}"));
    crowd_open(&crowd);
    crowd_connect(&crowd, &server, PUBLISHERS, NULL);
    struct server mongod = { .pid = server_process(client) };
    double cpu_us, alone = one_by_one(client);
    int64_t mongod_ns = server_cpu_ns(&mongod), begun = now_ns();
    double group = durable_together(&server, &crowd, durable_span_ns(), &cpu_us);
    double published = group * (double)(now_ns() - begun) / 1e9;
    mongod_ns = server_cpu_ns(&mongod) - mongod_ns;
    result_add("durable.mongodb.one_by_one_per_s", alone, "1/s", NULL);
    result_add("durable.mongodb_per_s", group, "1/s", NULL);
    result_add("durable.mongodb.cpu_us", cpu_us, "us/publish", NULL);
    result_add("durable.mongodb.mongod_cpu_us", (double)mongod_ns / 1e3 / published, "us/publish", NULL);
    result_add("durable.mongodb.ratio", group / alone, "x", ">= 5");
    measure_stopped(&server, &crowd, mongod.pid);
    crowd_close(&crowd);
    server_stop(&server);
    mongoc_client_destroy(client);
}
