/*
 * Loss of power: what was acknowledged is there afterwards, and a batch is there whole or not at all. That this test is
 * able to fail is a test too: without waiting for the disk it must find losses.
 */
#include "fixture.h"
#include "groups.h"
#include "host.h"
#include "shim_vfs.h"

#include "base/arena.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCHES = 25, ROUNDS = 120 };

/* One run up to the cut. Positions: the creation is 1. */
struct round {
    unsigned cut_at; /* the operation before which power is lost; 0: only count */
    unsigned operations;
    unsigned seed;
    bool cut;
    uint64_t acknowledged; /* last pos that was, when it happened */
    uint64_t batch_ends[BATCHES + 2];
    unsigned batch_count;
    char folder[512];
};

static void on_operation(unsigned operation, void *arg)
{
    struct round *round = arg;
    round->operations = operation;
    if (operation != round->cut_at)
        return;
    round->cut = true;
    shim_cut_power(round->folder, round->seed);
}

static struct carillon_storage_request *message(uint64_t pos)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = arena_printf(r->arena, "m%u", (unsigned)pos);
    r->in.client_id = r->in.id;
    r->in.text = arena_printf(r->arena, "text of %u, padded with words so that pages fill", (unsigned)pos);
    return r;
}

/* Batches of 1 to 6 appends until the power is gone. */
static void write_until_cut(struct fixture *f, struct round *round)
{
    uint64_t pos = 1;
    shim_hook(on_operation, round);
    round->acknowledged = 1;
    for (unsigned b = 0; b < BATCHES && !round->cut; b++) {
        struct carillon_storage_request *batch[6];
        unsigned n = 1 + b % 6;
        for (unsigned i = 0; i < n; i++)
            batch[i] = message(pos + 1 + i);
        round->batch_ends[round->batch_count++] = pos + n;
        assert_result(run_batch(f, batch, n), OK);
        pos += n;
        if (!round->cut)
            round->acknowledged = pos;
        request_free_all();
    }
    shim_hook(NULL, NULL);
}

static bool ends_a_batch(const struct round *round, uint64_t pos)
{
    if (pos == 1)
        return true;
    for (unsigned i = 0; i < round->batch_count; i++) {
        if (round->batch_ends[i] == pos)
            return true;
    }
    return false;
}

static void assert_sound(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO search(search) VALUES('integrity-check')", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

/* How many acknowledged positions are missing on what the cut left. */
static uint64_t count_lost(struct round *round, bool strict)
{
    struct fixture after = { 0 };
    char path[600], error[256];
    snprintf(path, sizeof(path), "%s/t.db", round->folder);
    option_set("path", path);
    if (fixture_try_open(&after, error, sizeof(error)) != CARILLON_OK) {
        if (strict)
            fail_msg("cut before operation %u: %s", round->cut_at, error);
        return round->acknowledged;
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_GET, "room", NULL);
    uint64_t last = run(&after, r) == CARILLON_OK ? r->out.conversation->last_pos : 0;
    if (strict) {
        assert_true(ends_a_batch(round, last));
        for (uint64_t pos = 2; pos <= last; pos++) {
            char id[24];
            snprintf(id, sizeof(id), "m%u", (unsigned)pos);
            struct carillon_message *m = get_message(&after, "room", id);
            assert_int_equal(m->pos, pos);
            assert_memory_equal(m->text.ptr, "text of ", 8);
        }
        r = message(last + 1); /* and it goes on */
        assert_result(run(&after, r), OK);
        assert_int_equal(r->out.change->pos, last + 1);
    }
    fixture_close(&after);
    request_free_all();
    if (strict)
        assert_sound(path);
    return last < round->acknowledged ? round->acknowledged - last : 0;
}

static void begin_round(void)
{
    host_begin_test();
    option_set("path", "{dir}/t.db");
    option_set("checkpoint_size", "65536"); /* so that the log is moved into the file within a round, again and again */
}

static void end_round(struct fixture *f)
{
    fixture_close(f);
    request_free_all();
    shim_remove();
    host_end_test();
}

/* Returns how many acknowledged messages were lost in all rounds. */
static uint64_t play(bool synchronous, unsigned rounds)
{
    struct fixture f = { 0 };
    unsigned operations = 0;
    uint64_t lost = 0;
    for (unsigned i = 0; i <= rounds; i++) {
        /* The first round only counts the operations that there are. */
        struct round round = { .cut_at = i ? 1 + (unsigned)rand() % operations : 0, .seed = i * 7919 + 1 };
        begin_round();
        option_set("synchronous", synchronous ? "true" : "false");
        shim_install();
        fixture_open(&f);
        create(&f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
        snprintf(round.folder, sizeof(round.folder), "%s/cut", host_folder());
        assert_int_equal(mkdir(round.folder, 0700), 0);
        srand(i);
        write_until_cut(&f, &round);
        if (i == 0)
            operations = round.operations;
        else if (round.cut)
            lost += count_lost(&round, synchronous);
        srand(i * 31 + 5);
        end_round(&f);
    }
    return lost;
}

static void nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    assert_int_equal(play(true, ROUNDS), 0);
}

static void without_sync_the_loss_is_seen(void **state)
{
    (void)state;
    assert_true(play(false, ROUNDS / 4) > 0);
}

int run_sqlite_power_group(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost),
        cmocka_unit_test(without_sync_the_loss_is_seen),
    };
    return cmocka_run_group_tests_name("SQLite: loss of power", tests, NULL, NULL);
}
