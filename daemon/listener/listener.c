#include "listener/listener.h"

#include "base/log.h"
#include "listener/listener_private.h"
#include "listener/ws_frame.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct lworker *lworkers;
static unsigned lworker_count;
static bool running; /* the workers turn; main thread only */
static _Atomic(struct route_table *) routes;
static struct lworker *closing; /* its thread has ended, the main one stands in for it */

struct lworker *lworker_at(unsigned index)
{
    return &lworkers[index];
}

struct lworker *lworker_self(void)
{
    return closing ? closing : &lworkers[worker_index()];
}

const struct route_table *routes_now(void)
{
    return atomic_load_explicit(&routes, memory_order_acquire);
}

/* ---- the main thread asks all workers, and waits ---- */

struct visit {
    void (*run)(void *arg);
    void *arg;
    unsigned left;
    pthread_mutex_t lock;
    pthread_cond_t done;
};

struct visit_task {
    struct task task;
    struct visit *visit;
};

static void visit_run(struct task *task)
{
    struct visit *visit = ((struct visit_task *)task)->visit;
    visit->run(visit->arg);
    pthread_mutex_lock(&visit->lock);
    if (--visit->left == 0)
        pthread_cond_signal(&visit->done);
    pthread_mutex_unlock(&visit->lock);
}

void listener_visit_workers(void (*run)(void *arg), void *arg)
{
    struct visit visit = { .run = run, .arg = arg, .left = lworker_count };
    struct visit_task tasks[WORKER_MAX];
    if (!running)
        return;
    pthread_mutex_init(&visit.lock, NULL);
    pthread_cond_init(&visit.done, NULL);
    for (unsigned i = 0; i < lworker_count; i++) {
        tasks[i] = (struct visit_task){ .task.run = visit_run, .visit = &visit };
        post_task(i, &tasks[i].task);
    }
    pthread_mutex_lock(&visit.lock);
    while (visit.left)
        pthread_cond_wait(&visit.done, &visit.lock);
    pthread_mutex_unlock(&visit.lock);
    pthread_cond_destroy(&visit.done);
    pthread_mutex_destroy(&visit.lock);
}

/* ---- life ---- */

static enum carillon_result lworker_open(unsigned index)
{
    static const unsigned char ping[] = { 0x89, 0 };
    struct lworker *worker = &lworkers[index];
    worker->index = index;
    enum carillon_result result = poll_open(worker);
    if (result == CARILLON_OK)
        result = context_open(worker, settings_now());
    if (result != CARILLON_OK)
        return result;
    struct buffer *buffer = buffer_new(sizeof ping);
    if (buffer)
        memcpy(buffer->bytes, ping, sizeof ping);
    worker->ping = frame_new(buffer);
    return worker->ping ? CARILLON_OK : CARILLON_NO_MEMORY;
}

enum carillon_result listener_open_with(struct settings *settings)
{
    enum carillon_result result = tls_check(settings);
    settings_publish(settings);
    lworkers = result == CARILLON_OK ? calloc(workers_count(), sizeof *lworkers) : NULL;
    if (result == CARILLON_OK && !lworkers)
        result = CARILLON_NO_MEMORY;
    if (result == CARILLON_OK)
        result = bind_all(settings);
    while (result == CARILLON_OK && lworker_count < workers_count())
        result = lworker_open(lworker_count++);
    if (result != CARILLON_OK)
        listener_close();
    return result;
}

enum carillon_result listener_open(const struct config *config)
{
    struct settings *settings = settings_read(config);
    return settings ? listener_open_with(settings) : CARILLON_INVALID;
}

enum carillon_result listener_reload_with(struct settings *settings)
{
    enum carillon_result result = settings_keep(settings, settings_now());
    if (result == CARILLON_OK)
        result = tls_check(settings);
    if (result != CARILLON_OK) {
        settings_free(settings);
        return result;
    }
    settings_publish(settings);
    tls_reload();
    return CARILLON_OK;
}

enum carillon_result listener_reload(const struct config *config)
{
    struct settings *settings = settings_read(config);
    return settings ? listener_reload_with(settings) : CARILLON_INVALID;
}

static void start_accepting(struct task *task)
{
    (void)task;
    accept_start();
}

static void stop_accepting(struct task *task)
{
    (void)task;
    accept_stop();
}

void listener_start(void)
{
    static struct task start = { .run = start_accepting };
    running = true;
    for (size_t i = 0; i < bind_count(); i++)
        log_notice("listener", "listening on %s%s", bind_at(i)->address,
                   place_has_tls(&settings_now()->places[bind_at(i)->place]) ? " with TLS" : "");
    post_task(0, &start);
}

void listener_drain(void)
{
    static struct task stop = { .run = stop_accepting };
    if (!accept_is_stopped())
        post_task(0, &stop);
}

void listener_stop_worker(void)
{
    struct lworker *worker = lworker_self();
    while (worker->conns)
        conn_kill(worker->conns);
}

/* What came after its thread had stopped has nobody to tell. */
static void lworker_close(struct lworker *worker)
{
    closing = worker;
    for (struct conn *conn = worker->conns; conn; conn = conn->next) {
        conn->owner_ops = NULL;
        if (conn->kind == CONN_WS)
            conn->endpoint = NULL;
        else if (conn->kind == CONN_HELD)
            conn->hold = NULL;
    }
    while (worker->conns)
        conn_kill(worker->conns);
    context_close(worker);
    flush_forget(worker);
    poll_free_dead(worker);
    poll_close(worker);
    frame_unref(worker->ping);
    closing = NULL;
}

void listener_close(void)
{
    running = false;
    accept_stop();
    for (unsigned i = 0; lworkers && i < lworker_count; i++)
        lworker_close(&lworkers[i]);
    tls_forget();
    free(lworkers);
    lworkers = NULL;
    lworker_count = 0;
    bind_close_all();
    settings_publish(NULL);
    route_table_free(atomic_exchange(&routes, NULL));
}

/* ---- what is known ---- */

size_t listener_count_addresses(void)
{
    return bind_count();
}

const char *listener_address(size_t i)
{
    return i < bind_count() ? bind_at(i)->address : NULL;
}

size_t listener_count_connections(void)
{
    return accept_count_connections();
}

/* ---- routes ---- */

/* A request whose body is still coming, and connections of an endpoint, hold on to what is removed. */
static void let_go(void *removed)
{
    for (struct conn *conn = removed ? lworker_self()->conns : NULL, *next; conn; conn = next) {
        next = conn->next;
        if (conn->kind == CONN_HTTP && conn->request && conn->request->route == removed)
            conn->request->route = NULL;
        else if (conn->kind == CONN_WS && conn->endpoint == removed)
            conn_close(conn, error_close_code(ERROR_SHUTTING_DOWN), (struct carillon_str){ 0 }, false);
    }
}

static enum carillon_result routes_publish(struct route_table *table, void *removed, enum carillon_result result)
{
    if (!table)
        return result;
    struct route_table *former = atomic_exchange(&routes, table);
    listener_visit_workers(let_go, removed);
    route_table_free(former);
    return CARILLON_OK;
}

enum carillon_result listener_add_route(const struct carillon_http_route *route)
{
    enum carillon_result result;
    struct route_table *table = route_table_add(routes_now(), route, &result);
    return routes_publish(table, NULL, result);
}

enum carillon_result listener_remove_route(const struct carillon_http_route *route)
{
    enum carillon_result result;
    struct route_table *table = route_table_remove(routes_now(), route, &result);
    return routes_publish(table, (void *)(uintptr_t)route, result);
}

enum carillon_result listener_add_endpoint(const struct carillon_ws_endpoint *endpoint)
{
    enum carillon_result result;
    struct route_table *table = route_table_add_endpoint(routes_now(), endpoint, &result);
    return routes_publish(table, NULL, result);
}

enum carillon_result listener_remove_endpoint(const struct carillon_ws_endpoint *endpoint)
{
    enum carillon_result result;
    struct route_table *table = route_table_remove_endpoint(routes_now(), endpoint, &result);
    return routes_publish(table, (void *)(uintptr_t)endpoint, result);
}

void listener_free_worker(void)
{
    ws_frame_free_thread();
    deflate_free_thread();
}
