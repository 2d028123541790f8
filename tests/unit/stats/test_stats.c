#include "stats/stats.h"
#include "loop/worker.h"

#include <math.h>
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- a reader of the text format 0.0.4, independent of the writer ---- */

#define NAME "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define LABEL "[a-zA-Z_][a-zA-Z0-9_]*=\"([^\\\"\n]|\\\\[\\\"n])*\""
#define NUMBER "([+-]?[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?|NaN|[+-]Inf)"

struct family {
    char name[128], type[16];
};

static struct family families[300];
static size_t family_count;

static bool matches(const char *pattern, const char *line)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool result = regexec(&regex, line, 0, NULL, 0) == 0;
    regfree(&regex);
    return result;
}

static void begin_family(const char *line)
{
    struct family *family = &families[family_count++];
    assert_int_equal(sscanf(line, "# TYPE %127s %15s", family->name, family->type), 2);
    for (size_t i = 0; i + 1 < family_count; i++)
        if (strcmp(families[i].name, family->name) == 0)
            fail_msg("%s comes twice", family->name);
}

/* A sample belongs to the family that was begun last. */
static void check_sample(const char *line)
{
    const struct family *family = &families[family_count - 1];
    size_t len = strcspn(line, "{ "), own = strlen(family->name);
    if (len < own || memcmp(line, family->name, own) != 0)
        fail_msg("%s stands below %s", line, family->name);
    if (strcmp(family->type, "histogram") == 0)
        assert_true(strncmp(line + own, "_bucket{", 8) == 0 || strncmp(line + own, "_sum", 4) == 0 ||
                    strncmp(line + own, "_count", 6) == 0);
    else
        assert_int_equal(len, own);
    if (strcmp(family->type, "counter") == 0)
        assert_string_equal(family->name + own - 6, "_total");
}

static char *render(void)
{
    size_t len;
    char *text = stats_render(&len);
    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    assert_int_equal(text[len - 1], '\n');
    char *copy = strdup(text), *rest = copy;
    family_count = 0;
    for (char *line; (line = strsep(&rest, "\n")) && rest;) {
        if (strncmp(line, "# HELP ", 7) == 0) {
            if (!matches("^# HELP " NAME " ([^\\]|\\\\[\\n])*$", line))
                fail_msg("%s", line);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            if (!matches("^# TYPE " NAME " (counter|gauge|histogram)$", line))
                fail_msg("%s", line);
            begin_family(line);
        } else {
            if (!matches("^" NAME "(\\{" LABEL "(," LABEL ")*\\})? " NUMBER "$", line))
                fail_msg("%s", line);
            check_sample(line);
        }
    }
    free(copy);
    return text;
}

/* The value of a sample; NAN when it is not there. */
static double sample(const char *text, const char *series)
{
    size_t len = strlen(series);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, series, len) == 0 && line[len] == ' ')
            return strtod(line + len + 1, NULL);
    return NAN;
}

static void assert_sample(const char *series, double expected)
{
    char *text = render();
    double value = sample(text, series);
    free(text);
    if (value != expected)
        fail_msg("%s is %g, not %g", series, value, expected);
}

/* ---- tests ---- */

static void show_every_metric(void **state)
{
    (void)state;
    char *text = render();
    assert_true(family_count >= 25);
    assert_true(sample(text, "carillon_process_resident_memory_bytes") > 100000);
    assert_true(sample(text, "carillon_process_open_fds") >= 3);
    assert_true(sample(text, "carillon_process_uptime_seconds") >= 0);
    assert_true(sample(text, "carillon_build_info{version=\"" CARILLON_VERSION "\"}") == 1);
#define STATS_X(name, family, label, value, help) assert_non_null(strstr(text, "# TYPE carillon_" family " counter\n"));
    STATS_COUNTERS(STATS_X)
#undef STATS_X
    free(text);
}

static void count_things(void **state)
{
    (void)state;
    stats_add(STAT_DELIVERIES, 1000);
    stats_count(STAT_DELIVERIES);
    stats_count(STAT_PUBLISH_STORED);
    stats_count_closed(ERROR_NONE);
    stats_count_closed(ERROR_SLOW_CONSUMER);
    stats_count_error(ERROR_FORBIDDEN);
    stats_count_error(ERROR_FORBIDDEN);
    assert_int_equal(stats_read(STAT_DELIVERIES), 1001);
    assert_sample("carillon_deliveries_total", 1001);
    assert_sample("carillon_publishes_total{outcome=\"stored\"}", 1);
    assert_sample("carillon_publishes_total{outcome=\"refused\"}", 0);
    assert_sample("carillon_connections_closed_total{reason=\"client\"}", 1);
    assert_sample("carillon_connections_closed_total{reason=\"slow_consumer\"}", 1);
    assert_sample("carillon_errors_total{code=\"forbidden\"}", 2);
}

static void sort_into_buckets(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 1, 2, 3, 5, 1000000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        stats_observe(STAT_STORAGE_BATCH, sizes[i]);
    assert_sample("carillon_storage_batch_size_bucket{le=\"1\"}", 1);
    assert_sample("carillon_storage_batch_size_bucket{le=\"2\"}", 2);
    assert_sample("carillon_storage_batch_size_bucket{le=\"5\"}", 4);
    assert_sample("carillon_storage_batch_size_bucket{le=\"100000\"}", 4);
    assert_sample("carillon_storage_batch_size_bucket{le=\"+Inf\"}", 5);
    assert_sample("carillon_storage_batch_size_count", 5);
    assert_sample("carillon_storage_batch_size_sum", 1000011);
    stats_observe(STAT_STORAGE_WRITE_TIME, 3000000); /* 3 ms */
    assert_sample("carillon_storage_seconds_bucket{kind=\"write\",le=\"0.0025\"}", 0);
    assert_sample("carillon_storage_seconds_bucket{kind=\"write\",le=\"0.005\"}", 1);
    assert_sample("carillon_storage_seconds_sum{kind=\"write\"}", 0.003);
    assert_sample("carillon_storage_seconds_count{kind=\"read\"}", 0);
}

static double give(void *arg)
{
    return *(double *)arg;
}

static void register_and_withdraw(void **state)
{
    (void)state;
    static int owner, other;
    double value = 1.5;
    unsigned first, second;
    char label[64];
    stats_label("path", CARILLON_STR("a\"b\\c\nd"), label, sizeof label);
    assert_string_equal(label, "path=\"a\\\"b\\\\c\\nd\"");
    struct stat_metric metric = { "own_total", label, "Help with \\ and\nline.", &owner };
    assert_int_equal(stats_register_counter(&metric, &first), CARILLON_OK);
    assert_int_equal(stats_register_counter(&metric, &second), CARILLON_EXISTS);
    metric.labels = "path=\"x\",kind=\"y\"";
    assert_int_equal(stats_register_counter(&metric, &second), CARILLON_OK);
    struct stat_metric gauge = { "own_gauge", NULL, "A gauge.", &owner };
    assert_int_equal(stats_register_gauge(&gauge, give, &value), CARILLON_OK);
    stats_add_own(second, 7);
    assert_sample("carillon_own_total{path=\"x\",kind=\"y\"}", 7);
    assert_sample("carillon_own_total{path=\"a\\\"b\\\\c\\nd\"}", 0);
    assert_sample("carillon_own_gauge", 1.5);
    value = INFINITY;
    assert_sample("carillon_own_gauge", INFINITY);
    stats_withdraw(&other);
    assert_sample("carillon_own_total{path=\"x\",kind=\"y\"}", 7);
    stats_withdraw(&owner);
    char *text = render();
    assert_null(strstr(text, "carillon_own"));
    free(text);
    /* A counter's place is used again, from 0. */
    assert_int_equal(stats_register_counter(&metric, &second), CARILLON_OK);
    assert_sample("carillon_own_total{path=\"x\",kind=\"y\"}", 0);
    stats_withdraw(&owner);
}

static void refuse_bad_metrics(void **state)
{
    (void)state;
    static const struct {
        const char *family, *labels;
        enum carillon_result result;
    } table[] = {
        { "no_suffix", NULL, CARILLON_INVALID },       { "9_total", NULL, CARILLON_INVALID },
        { "a b_total", NULL, CARILLON_INVALID },       { "", NULL, CARILLON_INVALID },
        { "x_total", "", CARILLON_INVALID },           { "x_total", "a", CARILLON_INVALID },
        { "x_total", "a=b", CARILLON_INVALID },        { "x_total", "a=\"b", CARILLON_INVALID },
        { "x_total", "a=\"b\",", CARILLON_INVALID },   { "x_total", "a=\"\\x\"", CARILLON_INVALID },
        { "x_total", "1=\"b\"", CARILLON_INVALID },    { "x_total", "a=\"b\"} 1\nfake 2", CARILLON_INVALID },
        { "deliveries_total", NULL, CARILLON_EXISTS }, { "errors_total", "a=\"b\"", CARILLON_EXISTS },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct stat_metric metric = { table[i].family, table[i].labels, "Help.", table };
        unsigned id;
        if (stats_register_counter(&metric, &id) != table[i].result)
            fail_msg("row %zu", i);
    }
    /* All places of counters, and one more. */
    unsigned n = 0, id;
    for (enum carillon_result result = CARILLON_OK; result == CARILLON_OK; n++) {
        char labels[32];
        snprintf(labels, sizeof labels, "n=\"%u\"", n);
        struct stat_metric metric = { "many_total", labels, "Help.", table };
        result = stats_register_counter(&metric, &id);
        assert_true(result == CARILLON_OK || result == CARILLON_LIMIT);
    }
    assert_true(n > 100);
    stats_withdraw(table);
}

enum { THREADS = 4, EACH = 20000 };

static void *count_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < EACH; i++) {
        stats_count(STAT_ENCODES);
        stats_observe(STAT_FANOUT_SIZE, 3);
    }
    return NULL;
}

/* Threads that are no workers share a slot and must not lose counts. */
static void lose_nothing_between_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
    for (int i = 0; i < 20; i++)
        free(render());
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(stats_read(STAT_ENCODES), THREADS * EACH);
    assert_sample("carillon_fanout_subscribers_count", THREADS * EACH);
    assert_sample("carillon_fanout_subscribers_sum", 3 * THREADS * EACH);
}

static pthread_barrier_t counted;

static void count_on_worker(unsigned index)
{
    for (unsigned i = 0; i <= index; i++)
        stats_count(STAT_WRITES);
    pthread_barrier_wait(&counted);
}

static void do_nothing(unsigned index)
{
    (void)index;
}

static void add_up_the_workers(void **state)
{
    (void)state;
    pthread_barrier_init(&counted, NULL, 4);
    assert_int_equal(workers_create(3), CARILLON_OK);
    assert_int_equal(workers_start(count_on_worker, do_nothing), CARILLON_OK);
    pthread_barrier_wait(&counted);
    stats_add(STAT_WRITES, 10); /* the main thread's own slot */
    assert_int_equal(stats_read(STAT_WRITES), 1 + 2 + 3 + 10);
    workers_join();
    workers_destroy();
    pthread_barrier_destroy(&counted);
}

static int set_up(void **state)
{
    (void)state;
    stats_open();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(show_every_metric),  cmocka_unit_test(count_things),
        cmocka_unit_test(sort_into_buckets),  cmocka_unit_test(register_and_withdraw),
        cmocka_unit_test(refuse_bad_metrics), cmocka_unit_test(lose_nothing_between_threads),
        cmocka_unit_test(add_up_the_workers),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
