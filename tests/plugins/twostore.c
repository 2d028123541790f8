/*
 * A storage that another daemon writes to as well, without its being started: SQLite's plugin but for what the text of a
 * message begins with. "robot" is the other daemon's.
 *
 *   !other N     robot's N messages were stored just before it, and nobody tells of them
 *   !gone N      the same, and retention dropped all but the last before anybody read them
 *   !told N      after it robot's N messages are stored; that is told before the answer to this one's batch
 *   !given N     as !other N, and each is told with its change before the own message is stored
 *   !missed N    as !other N, and then as !given 1
 *   !wrong       a place is told that the conversation does not have
 *   !unread N    as !other 1, and the next N times the changes cannot be read
 *
 * Each reading of changes is named in the log.
 */
#include "innerstore.h"

#include <stdatomic.h>
#include <stdlib.h>

static enum carillon_result (*inner_write)(struct carillon_storage_thread *thread,
                                           struct carillon_storage_request **requests, size_t n);
static void (*inner_read)(struct carillon_storage_thread *thread, struct carillon_storage_request *request);
static atomic_int unreadable;

/* What follows the command in the text; -1: it is another. */
static long command(const struct carillon_storage_request *request, const char *name)
{
    const struct carillon_storage_input *in = &request->in;
    size_t len = strlen(name);
    if (request->op != CARILLON_STORAGE_APPEND || !in->text.ptr || strncmp(in->text.ptr, name, len) != 0)
        return -1;
    return strtol(in->text.ptr + len, NULL, 10);
}

static struct carillon_str text_in(struct carillon_arena *arena, const char *begin, long number)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%s%ld", begin, number);
    char *copy = real_host->arena_alloc(arena, (size_t)len + 1);
    memcpy(copy, text, (size_t)len + 1);
    return (struct carillon_str){ copy, (size_t)len };
}

/* Robot's n messages, each a batch of its own; the place of the last. given: with its change to the daemon. */
static uint64_t write_others(struct carillon_storage_thread *thread, const struct carillon_storage_request *beside,
                             long n, bool given)
{
    static long number;
    uint64_t pos = 0;
    for (long i = 0; i < n; i++) {
        struct carillon_storage_request other = { .op = CARILLON_STORAGE_APPEND,
                                                  .app = beside->app,
                                                  .arena = beside->arena,
                                                  .in = { .conversation = beside->in.conversation,
                                                          .user = { CARILLON_STR("robot"), CARILLON_STR("robot") },
                                                          .now_ms = beside->in.now_ms,
                                                          .type = CARILLON_EVENT_MESSAGE_NEW } };
        struct carillon_storage_request *batch[] = { &other };
        number++;
        other.in.id = text_in(beside->arena, "robot-", number);
        other.in.text = text_in(beside->arena, "of robot ", i + 1);
        if (inner_write(thread, batch, 1) == CARILLON_OK && other.out.change)
            pos = other.out.change->pos;
        if (given && other.out.change)
            real_host->storage_told(own_self, other.app, other.in.conversation, other.out.change);
    }
    return pos;
}

static uint64_t write_other(struct carillon_storage_thread *thread, const struct carillon_storage_request *beside,
                            long n)
{
    return write_others(thread, beside, n, false);
}

static void drop_all_but_one(struct carillon_storage_thread *thread, const struct carillon_storage_request *beside)
{
    struct carillon_storage_request retention = {
        .op = CARILLON_STORAGE_RETENTION,
        .app = beside->app,
        .arena = beside->arena,
        .in = { .conversation = beside->in.conversation, .now_ms = beside->in.now_ms, .keep = 1, .limit = 1000 }
    };
    struct carillon_storage_request *batch[] = { &retention };
    inner_write(thread, batch, 1);
}

static void before(struct carillon_storage_thread *thread, const struct carillon_storage_request *request)
{
    if (command(request, "!other ") > 0)
        write_other(thread, request, command(request, "!other "));
    if (command(request, "!given ") > 0)
        write_others(thread, request, command(request, "!given "), true);
    if (command(request, "!missed ") > 0) {
        write_other(thread, request, command(request, "!missed "));
        write_others(thread, request, 1, true);
    }
    if (command(request, "!unread ") > 0) {
        write_other(thread, request, 1);
        atomic_store(&unreadable, (int)command(request, "!unread "));
    }
    if (command(request, "!gone ") > 0) {
        write_other(thread, request, command(request, "!gone "));
        drop_all_but_one(thread, request);
    }
}

static void tell(const struct carillon_storage_request *request, uint64_t pos)
{
    real_host->storage_changed(own_self, request->app, request->in.conversation, pos, CARILLON_EVENT_MESSAGE_NEW);
    sleep_ms(100); /* the home hears it before the answer */
}

static void after(struct carillon_storage_thread *thread, const struct carillon_storage_request *request)
{
    uint64_t own = request->out.change ? request->out.change->pos : 0;
    long more = command(request, "!told ");
    if (more >= 0)
        tell(request, more ? write_other(thread, request, more) : own);
    if (command(request, "!wrong") >= 0)
        tell(request, own + 5);
}

static enum carillon_result write_as_two(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request **requests, size_t n)
{
    for (size_t i = 0; i < n; i++)
        before(thread, requests[i]);
    enum carillon_result result = inner_write(thread, requests, n);
    for (size_t i = 0; result == CARILLON_OK && i < n; i++)
        after(thread, requests[i]);
    return result;
}

static void read_or_not(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (request->op == CARILLON_STORAGE_CHANGES) {
        real_host->log(own_self, CARILLON_LOG_NOTICE, "the changes after %llu are read",
                       (unsigned long long)request->in.after);
        if (atomic_load(&unreadable) > 0) {
            atomic_fetch_sub(&unreadable, 1);
            request->result = CARILLON_UNAVAILABLE;
            return;
        }
    }
    inner_read(thread, request);
}

static const char store_name[] = "twostore";

static void store_wrap(struct carillon_storage_ops *operations)
{
    inner_write = operations->write;
    inner_read = operations->read;
    operations->write = write_as_two;
    operations->read = read_or_not;
}

CARILLON_PLUGIN("twostore", "1", .options = store_options, .option_count = sizeof store_options / sizeof *store_options,
                .init = store_init);
