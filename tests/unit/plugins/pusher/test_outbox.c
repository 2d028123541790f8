// sources: plugins/pusher/outbox.c plugins/pusher/outbox_post.c plugins/wire/text.c
#include "outbox.h"
#include "outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A host whose clock the test turns: one timer, one request under way. */
static struct {
    int64_t now_ms;
    carillon_task_fn timer;
    void *timer_arg;
    int64_t timer_ms;
    carillon_fetch_done_fn done;
    void *done_arg;
    char body[4096];
    unsigned requests;
    uint64_t counts[OUTBOX_COUNTER_COUNT];
    char log[2048];
    bool configured;
    size_t batch_max;
} fake;

static int64_t now(void)
{
    return fake.now_ms;
}

static enum carillon_result timer_start(struct carillon_plugin_self *self, int64_t after_ms, carillon_task_fn run,
                                        void *arg, carillon_handle *timer)
{
    (void)self;
    assert_null(fake.timer);
    fake.timer = run;
    fake.timer_arg = arg;
    fake.timer_ms = after_ms;
    *timer = 1;
    return CARILLON_OK;
}

static enum carillon_result timer_stop(carillon_handle timer)
{
    assert_int_equal(timer, 1);
    fake.timer = NULL;
    return CARILLON_OK;
}

static enum carillon_result http_fetch(struct carillon_plugin_self *self, const struct carillon_fetch *fetch,
                                       carillon_fetch_done_fn done, void *arg, carillon_handle *handle)
{
    (void)self, (void)handle;
    assert_null(fake.done); /* one at a time */
    fake.done = done;
    fake.done_arg = arg;
    fake.requests++;
    snprintf(fake.body, sizeof fake.body, "%.*s", (int)fetch->body.len, fetch->body.ptr);
    return CARILLON_OK;
}

static void count(unsigned id, uint64_t n)
{
    fake.counts[id] += n;
}

__attribute__((format(printf, 3, 4))) static void note(struct carillon_plugin_self *self, enum carillon_log_level level,
                                                       const char *format, ...)
{
    (void)self, (void)level;
    size_t len = strlen(fake.log);
    va_list args;
    va_start(args, format);
    vsnprintf(fake.log + len, sizeof fake.log - len, format, args);
    va_end(args);
}

static const struct carillon_host host = { .size = sizeof host,
                                           .log = note,
                                           .now_ms = now,
                                           .monotonic_ms = now,
                                           .timer_start = timer_start,
                                           .timer_stop = timer_stop,
                                           .http_fetch = http_fetch,
                                           .counter_count = count };
struct pusher_plugin pusher = { .host = &host };

#define OUTGOING_X(name, type, default_value, unit, least, most, help)                                                 \
    int64_t outgoing_##name(void)                                                                                      \
    {                                                                                                                  \
        return options.name;                                                                                           \
    }
static const struct {
    int64_t grace, delay, batch, timeout, retry, backoff, backoff_max, queue;
} options = { .delay = 50, .timeout = 10000, .retry = 300000, .backoff = 1000, .backoff_max = 30000, .queue = 64 };
OUTGOING_OPTIONS(OUTGOING_X)
#undef OUTGOING_X

/* ---- what is sent: the items with commas between ---- */

static void write_items(const struct outbox *box, const struct carillon_app *app, size_t i,
                        struct outbox_request *request)
{
    (void)app, (void)i;
    text_put_cstr(&request->url, "http://x");
    outbox_write_batch(box, &request->body);
}

static size_t batch_max(void)
{
    return fake.batch_max;
}

static struct outbox_kind kind = { .name = "webhook", .batch_max = batch_max, .write = write_items };

bool outboxes_find_place(struct outbox *box, const struct carillon_app **app, size_t *i)
{
    (void)box, (void)app, (void)i;
    return fake.configured;
}

static struct outbox *box;

static int begin(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.now_ms = 1000000;
    fake.configured = true;
    fake.batch_max = 3;
    kind.refuses_items = false;
    for (unsigned i = 0; i < OUTBOX_COUNTER_COUNT; i++)
        kind.counters[i] = i;
    const struct outbox_place place = { .url = CARILLON_STR("http://x/y?key=z") };
    box = outbox_new(&kind, CARILLON_STR("main"), &place, 0);
    return box ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    if (fake.timer)
        timer_stop(1);
    outbox_free(box);
    assert_int_equal(atomic_load(&kind.waiting), 0);
    return 0;
}

static void put(const char *item)
{
    outbox_put(box, (struct carillon_str){ item, strlen(item) });
}

/* The timer's time has come; it was set so far ahead. */
static void fire(int64_t ms)
{
    carillon_task_fn run = fake.timer;
    assert_non_null(run);
    assert_int_equal(fake.timer_ms, ms);
    fake.timer = NULL;
    fake.now_ms += ms;
    run(fake.timer_arg);
}

static void answer(unsigned status)
{
    const struct carillon_fetched what = { .outcome = status ? CARILLON_FETCH_DONE : CARILLON_FETCH_TIMEOUT,
                                           .detail = CARILLON_STR("too slow"),
                                           .status = status };
    carillon_fetch_done_fn done = fake.done;
    assert_non_null(done);
    fake.done = NULL;
    done(&what, fake.done_arg);
}

static void sends_batches_in_order(void **state)
{
    (void)state;
    for (char c[] = "1"; c[0] <= '7'; c[0]++)
        put(c);
    fire(50);
    assert_string_equal(fake.body, "1,2,3");
    put("8");
    assert_null(fake.timer); /* while a request is under way nothing else is */
    answer(200);
    fire(0); /* a full batch waits for no company */
    assert_string_equal(fake.body, "4,5,6");
    answer(204);
    fire(50);
    assert_string_equal(fake.body, "7,8");
    answer(200);
    assert_null(fake.timer);
    assert_int_equal(fake.counts[OUTBOX_SENT], 8);
    assert_int_equal(fake.counts[OUTBOX_DONE], 3);
    assert_int_equal(fake.counts[OUTBOX_FAILED] + fake.counts[OUTBOX_RETRIED] + fake.counts[OUTBOX_DROPPED], 0);
}

static void backs_off_for_five_minutes(void **state)
{
    (void)state;
    put("1");
    fire(50);
    int64_t pause = 1000, happened = fake.now_ms - 50;
    unsigned tries = 1;
    for (;; tries++) {
        answer(tries % 2 ? 500 : 0);
        if (!fake.timer)
            break;
        fire(pause);
        assert_string_equal(fake.body, "1");
        pause = pause < 15000 ? pause * 2 : 30000;
    }
    assert_true(fake.now_ms - happened >= 300000 && fake.now_ms - happened < 330000);
    assert_int_equal(tries, 15);
    assert_int_equal(fake.counts[OUTBOX_FAILED], tries);
    assert_int_equal(fake.counts[OUTBOX_RETRIED], tries - 1);
    assert_int_equal(fake.counts[OUTBOX_DROPPED], 1);
    assert_non_null(strstr(fake.log, "webhook to http://x/y fails and is tried again"));
    assert_non_null(strstr(fake.log, "http://x/y: given up: 1 of its events, since it answers 500"));
}

static void gives_up_only_what_is_old(void **state)
{
    (void)state;
    put("1");
    fire(50);
    fake.now_ms += 299000;
    put("2");
    fake.now_ms += 2000;
    answer(500);
    fire(1000);
    assert_string_equal(fake.body, "2");
    answer(200);
    assert_int_equal(fake.counts[OUTBOX_DROPPED], 1);
    assert_int_equal(fake.counts[OUTBOX_SENT], 1);
}

static void sends_the_same_batch_again(void **state)
{
    (void)state;
    put("1");
    fire(50);
    int64_t made = box->batch_ms;
    put("2");
    answer(302);
    fire(1000);
    assert_string_equal(fake.body, "1");
    assert_int_equal(box->batch_ms, made);
    answer(200);
    fire(50);
    assert_string_equal(fake.body, "2");
}

static void finds_the_one_that_is_refused(void **state)
{
    (void)state;
    kind.refuses_items = true;
    put("1");
    put("bad");
    put("3");
    put("4");
    fire(50);
    answer(413);
    fire(0);
    assert_string_equal(fake.body, "1");
    answer(200);
    fire(0);
    assert_string_equal(fake.body, "bad");
    answer(400);
    fire(0);
    assert_string_equal(fake.body, "3");
    answer(200);
    fire(50);
    assert_string_equal(fake.body, "4");
    assert_int_equal(fake.counts[OUTBOX_DROPPED], 1);
    assert_int_equal(fake.counts[OUTBOX_SENT], 2);
}

static void keeps_what_has_room(void **state)
{
    (void)state;
    const char *thirty = "123456789012345678901234567890";
    put(thirty);
    put(thirty);
    put(thirty); /* 64 bytes are allowed */
    put("x");
    assert_int_equal(box->count, 3);
    assert_int_equal(fake.counts[OUTBOX_DROPPED], 1);
    assert_non_null(strstr(fake.log, "too much waits"));
}

static void hurries_at_a_stop(void **state)
{
    (void)state;
    put("1");
    fire(50);
    answer(500);
    outbox_hurry(box);
    fire(0);
    for (int i = 0; i < 4; i++) {
        answer(500);
        fire(200);
    }
    answer(200);
    put("2");
    fire(0);
    answer(200);
    assert_int_equal(fake.counts[OUTBOX_SENT], 2);
}

static void drops_what_has_no_place(void **state)
{
    (void)state;
    put("1");
    fake.configured = false;
    fire(50);
    assert_int_equal(fake.requests, 0);
    assert_int_equal(fake.counts[OUTBOX_DROPPED], 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sends_batches_in_order),     TEST(backs_off_for_five_minutes),    TEST(gives_up_only_what_is_old),
        TEST(sends_the_same_batch_again), TEST(finds_the_one_that_is_refused), TEST(keeps_what_has_room),
        TEST(hurries_at_a_stop),          TEST(drops_what_has_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
