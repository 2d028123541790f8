/* kill -9 under way: a writing child is killed again and again; what it had been told is stored, is stored. */
#include "fixture.h"
#include "groups.h"
#include "host.h"

#include "base/arena.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 12 };

/* Writes on and on; tells each acknowledged pos through the pipe. */
static void write_forever(int out)
{
    struct fixture f = { 0 };
    char error[256];
    if (fixture_try_open(&f, error, sizeof(error)) != CARILLON_OK)
        _exit(1);
    for (unsigned i = 0;; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
        r->in.type = CARILLON_EVENT_MESSAGE_NEW;
        r->in.id = arena_printf(r->arena, "k%d-%u", (int)getpid(), i);
        r->in.text = str("text under fire");
        if (run_batch(&f, &r, 1) != CARILLON_OK || r->result != CARILLON_OK)
            _exit(2);
        uint64_t pos = r->out.change->pos;
        if (write(out, &pos, sizeof(pos)) != sizeof(pos))
            _exit(3);
        request_free_all();
    }
}

static uint64_t last_told(int in)
{
    uint64_t pos, last = 0;
    while (read(in, &pos, sizeof(pos)) == sizeof(pos))
        last = pos;
    return last;
}

static void killed_writers_lose_nothing(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    uint64_t first = 1;
    srand(11);
    for (int i = 0; i < ROUNDS; i++) {
        int pipes[2], status;
        fixture_close(f);
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(pipes[0]);
            write_forever(pipes[1]);
        }
        close(pipes[1]);
        struct timespec pause = { 0, (80 + rand() % 120) * 1000000L };
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        uint64_t told = last_told(pipes[0]);
        close(pipes[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); /* not gone by itself */
        fixture_open(f);
        uint64_t last = view(f, "room", "ada")->last_pos;
        assert_true(last >= told && last <= (told ? told : first) + 1);
        struct carillon_storage_request *r = request(CARILLON_STORAGE_CHANGES, "room", NULL);
        r->in.after = first - 1;
        r->in.limit = 1000;
        assert_result(run(f, r), OK);
        for (size_t k = 0; k < r->out.count; k++)
            assert_int_equal(r->out.changes[k].pos, first + k);
        first = last;
        request_free_all();
    }
    assert_true(first > ROUNDS);
}

int run_sqlite_kill_group(void)
{
    const struct CMUnitTest tests[] = { TEST(killed_writers_lose_nothing) };
    return cmocka_run_group_tests_name("SQLite: kill -9", tests, NULL, NULL);
}
