#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What scripts cost a message, and how long one that does its worst holds up the others. Daemons that differ in their
 * scripts alone are measured in turn, and the medians of the differences told. Two of them do not differ at all: what lies
 * between those cannot be measured.
 */
enum { ROUNDS_MAX = 9, WORDS = 5000, TEXT_BYTES = 200, AT_ONCE = 100, STALLS = 60 };

enum world { BARE, AGAIN, NONE, PASS, LIST, WORLDS };

/* NULL: no scripts at all. */
static const char *const scripts[WORLDS] = {
    [NONE] = "local words = set.load('words.txt')\n" /* it has work at every reload, and no hook */
             "admin.command('words', 'how many there are', function() return tostring(#words) end)",
    [PASS] = "hook.on('message.publish', { id = 'pass' }, function(msg) end)",
    [LIST] = "local words = set.load('words.txt')\n"
             "hook.on('message.publish', { id = 'list' }, function(msg)\n"
             "    if match.any(words, msg.data) then return drop('rude') end\n"
             "end)",
};

static const char hostile[] = "hook.on('message.publish', { id = 'hostile', channels = { 'hostile' } }, function(msg)\n"
                              "    local text = ('a'):rep(800)\n"
                              "    while true do pcall(string.find, text, '.-.-.-b') end\n"
                              "end)";

struct scripted {
    struct server server;
    struct crowd crowd;
    char folder[64];
};

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file))
        die("%s cannot be written", path);
}

/* Letters only, so that none is in the text of the benchmark, which begins like many of them. */
static void write_words(const char *folder)
{
    static char text[WORDS * 16];
    size_t len = 0;
    for (unsigned i = 0; i < WORDS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "lorem%c%c%c%s\n", 'a' + i % 26, 'a' + i / 26 % 26,
                                'a' + i / 676, i % 2 ? "um" : "");
    write_file(folder, "words.txt", text);
}

static void scripted_start(struct scripted *scripted, const char *script)
{
    char directory[128];
    const char *settings[] = { directory, "lua.scripts={\"bench.lua\"}", "lua.faults=1000000", "log.level=\"error\"",
                               NULL };
    snprintf(scripted->folder, sizeof scripted->folder, "/tmp/carillon-scripts-XXXXXX");
    if (!mkdtemp(scripted->folder))
        die("no folder for scripts");
    snprintf(directory, sizeof directory, "lua.directory=\"%s\"", scripted->folder);
    write_words(scripted->folder);
    write_file(scripted->folder, "bench.lua", script ? script : "");
    server_start_daemon(&scripted->server, script ? settings : NULL);
    crowd_open(&scripted->crowd);
}

static void scripted_stop(struct scripted *scripted)
{
    char path[128];
    crowd_close(&scripted->crowd);
    server_stop(&scripted->server);
    snprintf(path, sizeof path, "%s/words.txt", scripted->folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/bench.lua", scripted->folder);
    unlink(path);
    rmdir(scripted->folder);
}

static void publish(struct client *client, const char *channel, unsigned number)
{
    char text[512], data[TEXT_BYTES + 1];
    static const char words[] = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor ";
    for (size_t i = 0; i < TEXT_BYTES; i++)
        data[i] = words[i % (sizeof words - 1)];
    data[TEXT_BYTES] = '\0';
    snprintf(text, sizeof text, "{\"type\":\"publish\",\"id\":%u,\"channel\":\"%s\",\"event\":\"e\",\"data\":\"%s\"}",
             number, channel, data);
    client_send(client, text);
}

static void expect_answer(struct client *client, const char *wanted)
{
    char frame[1024];
    do
        client_receive(client, frame, sizeof frame);
    while (strncmp(frame, "{\"type\":\"event\"", 15) == 0);
    if (strncmp(frame, wanted, strlen(wanted)) != 0)
        die("a publish was answered with %s", frame);
}

/* Processor time a message, in microseconds. */
static double cost(struct scripted *scripted, unsigned messages)
{
    struct client *client = scripted->crowd.clients[0];
    int64_t cpu = server_cpu_ns(&scripted->server);
    for (unsigned sent = 0; sent < messages; sent += AT_ONCE) {
        for (unsigned i = 0; i < AT_ONCE; i++)
            publish(client, "quiet", i);
        for (unsigned i = 0; i < AT_ONCE; i++)
            expect_answer(client, "{\"type\":\"published\"");
    }
    return (double)(server_cpu_ns(&scripted->server) - cpu) / 1e3 / messages;
}

static void measure_costs(void)
{
    static struct scripted worlds[WORLDS];
    double costs[WORLDS][ROUNDS_MAX], more[WORLDS][ROUNDS_MAX];
    unsigned rounds = options.quick ? 3 : ROUNDS_MAX, messages = options.small ? 1000 : 20000;
    for (int i = 0; i < WORLDS; i++) {
        scripted_start(&worlds[i], scripts[i]);
        crowd_connect(&worlds[i].crowd, &worlds[i].server, 1, NULL);
        cost(&worlds[i], AT_ONCE);
    }
    for (unsigned round = 0; round < rounds; round++) {
        for (int i = 0; i < WORLDS; i++) {
            int world = round % 2 ? WORLDS - 1 - i : i; /* none is always the first on a machine that changes */
            costs[world][round] = cost(&worlds[world], messages);
        }
        for (int i = 0; i < WORLDS; i++)
            more[i][round] = costs[i][round] - costs[BARE][round];
    }
    for (int i = 0; i < WORLDS; i++)
        scripted_stop(&worlds[i]);
    for (unsigned round = 0; round < rounds; round++)
        more[AGAIN][round] = fabs(more[AGAIN][round]);
    result_add("lua.publish_us", median(costs[BARE], rounds), "us/message", NULL);
    result_add("lua.noise_us", quantile(more[AGAIN], rounds, 0.9), "us/message", NULL);
    result_add("lua.none_us", median(more[NONE], rounds), "us/message", "<= lua.noise_us");
    result_add("lua.pass_us", median(more[PASS], rounds), "us/message", "<= 1");
    result_add("lua.words_us", median(more[LIST], rounds), "us/message", "<= 10");
}

/* The longest that somebody else's message took while a script did its worst, less what it takes in peace. */
static void measure_stall(void)
{
    static struct scripted scripted;
    double calm[STALLS], longest = 0;
    scripted_start(&scripted, hostile);
    crowd_connect(&scripted.crowd, &scripted.server, 2, NULL);
    struct client *author = scripted.crowd.clients[0], *other = scripted.crowd.clients[1];
    for (unsigned i = 0; i < 2 * STALLS; i++) {
        int64_t begun = now_ns();
        if (i >= STALLS)
            publish(author, "hostile", i);
        publish(other, "quiet", i);
        expect_answer(other, "{\"type\":\"published\"");
        double took = (double)(now_ns() - begun) / 1e6;
        if (i < STALLS)
            calm[i] = took;
        else
            longest = took > longest ? took : longest;
        if (i >= STALLS)
            expect_answer(author, "{\"type\":\"published\"");
    }
    scripted_stop(&scripted);
    result_add("lua.stall_ms", longest - median(calm, STALLS), "ms", "<= 20");
}

void measure_lua(void)
{
    measure_costs();
    measure_stall();
}
