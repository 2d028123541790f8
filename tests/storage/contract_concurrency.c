/* Readers beside the writer: each page is one snapshot, and what was acknowledged is seen. */
#include "fixture.h"
#include "groups.h"

#include "base/arena.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MESSAGES = 600, BATCH = 20 };

struct reading {
    struct carillon_storage_thread *thread;
    atomic_uint_least64_t *acknowledged;
    unsigned pages;
    const char *failure;
};

static bool check_page(struct reading *reading, struct carillon_arena *arena)
{
    struct carillon_storage_request r = { .op = CARILLON_STORAGE_CHANGES, .app = str("main"), .arena = arena };
    uint64_t known = atomic_load(reading->acknowledged);
    r.in.conversation = str("room");
    r.in.after = known > 50 ? known - 50 : 0;
    r.in.limit = 1000;
    plugin_ops()->read(reading->thread, &r);
    if (r.result != CARILLON_OK)
        reading->failure = "a read failed";
    else if (r.out.count < known - r.in.after)
        reading->failure = "an acknowledged change was not seen";
    for (size_t i = 0; i < r.out.count && !reading->failure; i++) {
        const struct carillon_change *c = &r.out.changes[i];
        if (c->pos != r.in.after + 1 + i)
            reading->failure = "a hole";
        else if (c->type == CARILLON_EVENT_MESSAGE_NEW && (!c->message || !c->message->text.len))
            reading->failure = "a change without its message";
    }
    /* A batch is seen whole or not at all. */
    if (!reading->failure && r.out.count && (r.out.changes[r.out.count - 1].pos - 1) % BATCH != 0)
        reading->failure = "half a batch";
    return !reading->failure;
}

static void *read_on(void *arg)
{
    struct reading *reading = arg;
    bool going = true;
    while (going) {
        going = atomic_load(reading->acknowledged) < MESSAGES + 1;
        struct carillon_arena *arena = arena_new(8 << 20);
        if (!check_page(reading, arena))
            going = false;
        arena_free(arena);
        reading->pages++;
    }
    return NULL;
}

static void readers_see_whole_batches(void **state)
{
    struct fixture *f = *state;
    struct reading readings[READER_COUNT];
    pthread_t threads[READER_COUNT];
    atomic_uint_least64_t acknowledged = 1;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < READER_COUNT; i++) {
        readings[i] = (struct reading){ .thread = f->readers[i], .acknowledged = &acknowledged };
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readings[i]), 0);
    }
    for (int i = 0; i < MESSAGES / BATCH; i++) {
        uint64_t pos = say_many(f, "room", "ada", BATCH);
        atomic_store(&acknowledged, pos);
    }
    for (int i = 0; i < READER_COUNT; i++) {
        pthread_join(threads[i], NULL);
        if (readings[i].failure)
            fail_msg("reader %d: %s", i, readings[i].failure);
        assert_true(readings[i].pages > 0);
    }
}

int run_concurrency_group(void)
{
    const struct CMUnitTest tests[] = { TEST(readers_see_whole_batches) };
    return cmocka_run_group_tests_name("readers beside the writer", tests, NULL, NULL);
}
