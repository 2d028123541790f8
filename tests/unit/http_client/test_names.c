/*
 * Names and threads: a resolver of the test's own stands in place of the C library's, so that names can be slow and lie,
 * which no real one does on demand. The server is a real one on loopback, the workers are real.
 */
#include "base/handle.h"
#include "http_client/http_client.h"
#include "loop/post.h"
#include "loop/timer.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOW_MS = 3000, WORKERS = 2, PLACES = 4 };

/* ---- the resolver: what libcurl calls, since an executable's symbol comes before a library's ---- */

static atomic_uint lookups_running, lookups_most;

static struct addrinfo *address_of(const char *text, const char *port)
{
    struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in));
    struct sockaddr_in *address = (struct sockaddr_in *)(info + 1);
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)strtoul(port ? port : "0", NULL, 10));
    inet_pton(AF_INET, text, &address->sin_addr);
    info->ai_family = AF_INET;
    info->ai_socktype = SOCK_STREAM;
    info->ai_addrlen = sizeof *address;
    info->ai_addr = (struct sockaddr *)address;
    return info;
}

static bool name_is(const char *name, const char *expected)
{
    return strncmp(name, expected, strlen(expected)) == 0;
}

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints,
                                                       struct addrinfo **found)
{
    unsigned running = atomic_fetch_add(&lookups_running, 1) + 1, most = atomic_load(&lookups_most);
    int result = 0;
    (void)hints;
    while (running > most && !atomic_compare_exchange_weak(&lookups_most, &most, running)) {
    }
    if (name_is(name, "slow"))
        usleep(SLOW_MS * 1000);
    if (name_is(name, "nobody") || name_is(name, "slow"))
        result = EAI_NONAME;
    else if (name_is(name, "inside"))
        *found = address_of("10.1.2.3", port);
    else
        *found = address_of("127.0.0.1", port);
    atomic_fetch_sub(&lookups_running, 1);
    return result;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *info)
{
    for (struct addrinfo *next; info; info = next) {
        next = info->ai_next;
        free(info);
    }
}

/* ---- the server: answers everything with its request's Host, and closes ---- */

static int server_fd;
static unsigned server_port;

static void *serve(void *arg)
{
    (void)arg;
    for (;;) {
        char request[4096], host[128] = "", answer[256];
        int fd = accept(server_fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        ssize_t len = read(fd, request, sizeof request - 1);
        request[len > 0 ? len : 0] = '\0';
        const char *line = strstr(request, "Host: ");
        if (line)
            sscanf(line, "Host: %127[^:\r\n]", host);
        int size = snprintf(answer, sizeof answer,
                            "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(host),
                            host);
        if (write(fd, answer, (size_t)size) < 0)
            perror("write");
        close(fd);
    }
}

static void server_start(pthread_t *thread)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    server_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server_fd, 64), 0);
    assert_int_equal(getsockname(server_fd, (struct sockaddr *)&address, &len), 0);
    server_port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(thread, NULL, serve, NULL), 0);
}

static void server_stop(pthread_t thread)
{
    shutdown(server_fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(server_fd);
}

/* ---- one test: fetches on the workers, until all have ended ---- */

struct job {
    const char *host;
    unsigned worker;
    bool local; /* loopback is allowed */
    int64_t total_ms, cancel_ms;
    enum carillon_fetch_outcome expected;
    /* what came of it */
    enum carillon_result started;
    bool ended, cancelled;
    enum carillon_fetch_outcome outcome;
    char body[64];
    carillon_handle handle;
    struct timer timer;
};

static sem_t over; /* once for each job */
static const char owner[] = "the owner";

static void job_fetched(const struct carillon_fetched *fetched, void *arg)
{
    struct job *job = arg;
    job->ended = worker_index() == job->worker;
    job->outcome = fetched->outcome;
    if (fetched->body.ptr)
        snprintf(job->body, sizeof job->body, "%s", fetched->body.ptr);
    if (!job->cancel_ms)
        sem_post(&over);
}

static void job_cancel(struct timer *timer)
{
    struct job *job = (struct job *)((char *)timer - offsetof(struct job, timer));
    int64_t began = loop_monotonic_ms();
    job->cancelled = http_client_cancel(job->handle) == CARILLON_OK &&
                     http_client_cancel(job->handle) == CARILLON_STALE &&
                     loop_monotonic_ms() - began < SLOW_MS / 2; /* it did not wait for the resolver */
    sem_post(&over);
}

static void job_start(void *arg)
{
    struct job *job = arg;
    const struct carillon_str loopback = CARILLON_STR("127.0.0.1");
    char url[128];
    snprintf(url, sizeof url, "http://%s:%u/", job->host, server_port);
    const struct carillon_fetch fetch = { .size = sizeof fetch,
                                          .url = { url, strlen(url) },
                                          .total_ms = job->total_ms,
                                          .allow = &loopback,
                                          .allow_count = job->local };
    job->started = http_client_fetch(owner, &fetch, job_fetched, job, &job->handle);
    if (job->started != CARILLON_OK) {
        sem_post(&over);
    } else if (job->cancel_ms) {
        timer_init(&job->timer, job_cancel);
        timer_start(&job->timer, job->cancel_ms);
    }
}

static void worker_ends(unsigned index)
{
    (void)index;
    http_client_end_worker();
    handles_free();
}

static void run(struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(post_call(jobs[i].worker, job_start, &jobs[i]), CARILLON_OK);
    for (size_t i = 0; i < count; i++)
        while (sem_wait(&over) != 0) {
        }
}

/* What it left behind. */
static void wait_for_lookups(void)
{
    while (atomic_load(&lookups_running))
        usleep(10000);
}

static void check(const struct job *job)
{
    if (job->started != CARILLON_OK || !job->ended || job->outcome != job->expected)
        fail_msg("%s: started %d, ended %d, outcome %d in place of %d", job->host, job->started, job->ended,
                 job->outcome, job->expected);
}

/* ---- the tests ---- */

static void test_names(void **state)
{
    (void)state;
    struct job list[] = {
        { .host = "here.test", .local = true, .expected = CARILLON_FETCH_DONE },
        { .host = "here.test", .local = false, .expected = CARILLON_FETCH_ADDRESS_REFUSED },
        { .host = "inside.test", .local = true, .expected = CARILLON_FETCH_ADDRESS_REFUSED },
        { .host = "nobody.test", .local = true, .expected = CARILLON_FETCH_RESOLVE_FAILED },
        { .host = "here.test", .worker = 1, .local = true, .expected = CARILLON_FETCH_DONE },
    };
    run(list, sizeof list / sizeof *list);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check(&list[i]);
    assert_string_equal(list[0].body, "here.test");
    assert_string_equal(list[4].body, "here.test");
}

/* The worker serves others while a name is being looked up, and does not wait for the thread that does it. */
static void test_slow_names_block_nobody(void **state)
{
    (void)state;
    struct job list[] = {
        { .host = "slow1.test", .local = true, .total_ms = 300, .expected = CARILLON_FETCH_TIMEOUT },
        { .host = "slow2.test", .local = true, .cancel_ms = 200 },
        { .host = "here.test", .local = true, .expected = CARILLON_FETCH_DONE },
    };
    int64_t began = loop_monotonic_ms();
    run(list, sizeof list / sizeof *list);
    assert_true(loop_monotonic_ms() - began < SLOW_MS);
    check(&list[0]);
    check(&list[2]);
    assert_true(list[1].cancelled);
    assert_false(list[1].ended);
    assert_true(atomic_load(&lookups_running) > 0); /* they are left to themselves */
    wait_for_lookups();
}

/* Places are kept by lookups that nobody waits for any more: there are never more threads than places. */
static void test_lookups_are_bounded(void **state)
{
    (void)state;
    struct job list[4 * PLACES];
    atomic_store(&lookups_most, 0);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        list[i] = (struct job){
            .host = "slow.test", .worker = 1, .local = true, .total_ms = 200, .expected = CARILLON_FETCH_TIMEOUT
        };
    run(list, sizeof list / sizeof *list);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check(&list[i]);
    assert_in_range(atomic_load(&lookups_most), 1, PLACES);
    wait_for_lookups();
}

static pthread_t server;

static struct config *config_with_few_places(void)
{
    char path[] = "/tmp/carillon-test-XXXXXX";
    const char *const settings[] = { "http_client.in_flight=4", "http_client.in_flight_owner=4" };
    const struct config_sources sources = {
        .file = path, .state_dir = "/tmp", .settings = settings, .setting_count = 2
    };
    struct config *config = NULL;
    struct config_problems problems = { 0 };
    close(mkstemp(path));
    config_load(&sources, &config, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_message("%s\n", problems.texts[i]);
    config_problems_free(&problems);
    unlink(path);
    return config;
}

static int prepare(void **state)
{
    (void)state;
    assert_int_equal(http_client_declare_options(), CARILLON_OK);
    struct config *config = config_with_few_places();
    assert_non_null(config);
    assert_int_equal(http_client_open(config), CARILLON_OK);
    config_unref(config);
    server_start(&server);
    sem_init(&over, 0, 0);
    assert_int_equal(workers_create(WORKERS), CARILLON_OK);
    return workers_start(NULL, worker_ends) == CARILLON_OK ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    workers_join();
    http_client_close();
    workers_destroy();
    server_stop(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_slow_names_block_nobody),
        cmocka_unit_test(test_lookups_are_bounded),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
