#include "storage/request.h"

#include "base/hash.h"
#include "base/log.h"
#include "stats/stats.h"

#include <pthread.h>

enum { THREADS_MAX = 64, OUTPUT_BOUND = 16 << 20 };

/* One queue a writing thread, and one that all readers share. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct request *first, **last;
    bool closed;
};

struct thread {
    pthread_t id;
    struct queue *queue;
    struct carillon_storage_thread *context;
    struct carillon_storage_request **works;  /* a writer's: what the plugin gets of a batch */
    struct task_list answers[WORKER_MAX + 1]; /* what goes back to each worker when a batch is through */
    bool writer;
};

static struct {
    const struct carillon_storage_ops *ops;
    struct carillon_storage *store;
    struct queue write_queues[THREADS_MAX], read_queue;
    struct thread threads[THREADS_MAX * 2];
    unsigned thread_count;
    int64_t timeout_ms;
    size_t waiting_max;
    atomic_size_t waiting;
    atomic_bool healthy;
} storage;

bool storage_is_healthy(void)
{
    return atomic_load_explicit(&storage.healthy, memory_order_relaxed);
}

size_t storage_count_waiting(void)
{
    return atomic_load_explicit(&storage.waiting, memory_order_relaxed);
}

/* ---- the answer, on the worker ---- */

static bool result_is_outage(enum carillon_result result)
{
    return result == CARILLON_UNAVAILABLE || result == CARILLON_UNKNOWN || result == CARILLON_INTERNAL;
}

static void request_count(const struct request *request)
{
    bool outage = result_is_outage(request->pub.result), write = storage_op_kind(request->pub.op) != 'R';
    stats_observe(write ? STAT_STORAGE_WRITE_TIME : STAT_STORAGE_READ_TIME,
                  (uint64_t)(loop_monotonic_ns() - request->begun_ns));
    stats_count(outage ? STAT_STORAGE_FAILED : request->pub.result < 0 ? STAT_STORAGE_REFUSED : STAT_STORAGE_OK);
    atomic_store_explicit(&storage.healthy, !outage, memory_order_relaxed);
}

static void request_conclude(struct request *request)
{
    wheel_clear(&request->deadline);
    atomic_store(&request->state, REQUEST_IDLE);
    if (request->freed) {
        request_destroy(request);
        return;
    }
    if (request->abandoned) /* done() was told long ago; its request is still held */
        return;
    request->pub.result = request->work.result;
    request->pub.out = request->work.out;
    request_count(request);
    request->done(&request->pub, request->arg);
}

/* It counts until its maker knows: a stop that waits for nothing to be under way must not end before that. */
static void request_finish(struct task *task)
{
    request_conclude((struct request *)((char *)task - offsetof(struct request, task)));
    atomic_fetch_sub_explicit(&storage.waiting, 1, memory_order_relaxed);
}

static struct task *request_answer(struct request *request)
{
    request->task.run = request_finish;
    return &request->task;
}

static void request_back(struct request *request)
{
    post_task(request->worker, request_answer(request));
}

/* Nobody waits longer. What has not begun will not; what has may or may not happen. */
static void request_time_out(struct wheel_item *item)
{
    struct request *request = (struct request *)((char *)item - offsetof(struct request, deadline));
    enum request_state queued = REQUEST_QUEUED;
    bool cancelled = atomic_compare_exchange_strong(&request->state, &queued, REQUEST_CANCELLED);
    bool write = storage_op_kind(request->pub.op) != 'R';
    if (request->freed || request->abandoned)
        return;
    request->abandoned = true;
    stats_count(STAT_STORAGE_TIMEOUT);
    request->pub.result = write && !cancelled ? CARILLON_UNKNOWN : CARILLON_UNAVAILABLE;
    request_count(request);
    request->done(&request->pub, request->arg);
}

/* ---- the queues ---- */

static void queue_open(struct queue *queue)
{
    *queue = (struct queue){ .lock = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER };
    queue->last = &queue->first;
}

/* A chain of requests, in one piece. */
static void queue_push(struct queue *queue, struct request *first, struct request **last)
{
    pthread_mutex_lock(&queue->lock);
    *queue->last = first;
    queue->last = last;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_signal(&queue->arrived);
}

/* Waits for at least one; takes up to max. 0: closed and empty. */
static size_t queue_take(struct queue *queue, struct request **out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&queue->lock);
    while (!queue->first && !queue->closed)
        pthread_cond_wait(&queue->arrived, &queue->lock);
    for (; queue->first && n < max; n++) {
        out[n] = queue->first;
        queue->first = queue->first->next;
    }
    if (!queue->first)
        queue->last = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

static void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->arrived);
    pthread_mutex_unlock(&queue->lock);
}

static struct queue *queue_for(const struct carillon_storage_request *request)
{
    if (storage_op_kind(request->op) == 'R')
        return &storage.read_queue;
    uint64_t seed = XXH3_64bits_withSeed(request->app.ptr, request->app.len, hash_seed);
    uint64_t hash = XXH3_64bits_withSeed(request->in.conversation.ptr, request->in.conversation.len, seed);
    return &storage.write_queues[hash % storage.ops->writers];
}

/* False: too many wait; it is answered already. */
static bool request_admit(struct carillon_storage_request *pub, storage_done_fn done, void *arg)
{
    struct request *request = request_of(pub);
    request->done = done;
    request->arg = arg;
    request->worker = worker_index();
    request->begun_ns = loop_monotonic_ns();
    request->deadline.run = request_time_out;
    request->abandoned = false;
    arena_free(request->work.arena);
    request->work = *pub;
    request->work.arena = arena_new(
        OUTPUT_BOUND); /* here, where it is freed, too: its memory goes round on one thread */
    request->work.out = (struct carillon_storage_output){ 0 };
    request->next = NULL;
    atomic_store(&request->state, REQUEST_QUEUED);
    size_t waiting = atomic_fetch_add_explicit(&storage.waiting, 1, memory_order_relaxed);
    if (waiting >= storage.waiting_max) {
        request->work.result = CARILLON_BUSY;
        request_back(request);
        return false;
    }
    wheel_set(&request->deadline, (unsigned)((storage.timeout_ms + 999) / 1000));
    return true;
}

void storage_submit(struct carillon_storage_request *pub, storage_done_fn done, void *arg)
{
    if (request_admit(pub, done, arg))
        queue_push(queue_for(pub), request_of(pub), &request_of(pub)->next);
}

void storage_submit_all(struct carillon_storage_request *const *pubs, void *const *args, size_t n, storage_done_fn done)
{
    struct request *first = NULL, **last = &first;
    for (size_t i = 0; i < n; i++) {
        if (!request_admit(pubs[i], done, args[i]))
            continue;
        *last = request_of(pubs[i]);
        last = &request_of(pubs[i])->next;
    }
    if (first)
        queue_push(queue_for(&first->pub), first, last);
}

/* ---- the threads ---- */

/* Leaves those that were given up on. */
static size_t batch_begin(struct request **requests, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        enum request_state queued = REQUEST_QUEUED;
        struct request *request = requests[i];
        if (request->work.arena && atomic_compare_exchange_strong(&request->state, &queued, REQUEST_RUNNING)) {
            requests[kept++] = request;
        } else {
            request->work.result = CARILLON_UNAVAILABLE;
            request_back(request);
        }
    }
    return kept;
}

static void batch_write(struct thread *thread, struct request **requests, size_t n)
{
    for (size_t i = 0; i < n; i++)
        thread->works[i] = &requests[i]->work;
    enum carillon_result result = storage.ops->write(thread->context, thread->works, n);
    stats_observe(STAT_STORAGE_BATCH, n);
    for (size_t i = 0; i < n; i++) {
        if (result < 0)
            requests[i]->work.result = result;
        task_list_add(&thread->answers[requests[i]->worker], request_answer(requests[i]));
    }
    for (unsigned worker = 0; worker <= WORKER_MAIN; worker++)
        post_list(worker, &thread->answers[worker]);
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    size_t max = thread->writer ? storage.ops->max_batch : 1, n;
    struct request **requests = calloc(max, sizeof(*requests));
    thread->works = calloc(max, sizeof(*thread->works));
    if (!requests || !thread->works)
        abort();
    pthread_setname_np(pthread_self(), thread->writer ? "storage writer" : "storage reader");
    while ((n = queue_take(thread->queue, requests, max)) > 0) {
        n = batch_begin(requests, n);
        if (n && thread->writer) {
            batch_write(thread, requests, n);
        } else if (n) {
            storage.ops->read(thread->context, &requests[0]->work);
            request_back(requests[0]);
        }
    }
    free(requests);
    free(thread->works);
    return NULL;
}

static enum carillon_result thread_start(struct queue *queue, bool writer, char *error)
{
    struct thread *thread = &storage.threads[storage.thread_count];
    *thread = (struct thread){ .queue = queue, .writer = writer };
    enum carillon_result result = storage.ops->thread_open(storage.store, writer, &thread->context);
    if (result != CARILLON_OK) {
        snprintf(error, 256, "the storage %s gave a thread no connection", storage.ops->name);
        return result;
    }
    if (pthread_create(&thread->id, NULL, thread_main, thread)) {
        storage.ops->thread_close(thread->context);
        snprintf(error, 256, "no thread could be started for the storage");
        return CARILLON_UNAVAILABLE;
    }
    storage.thread_count++;
    return CARILLON_OK;
}

enum carillon_result storage_open(const struct carillon_storage_ops *ops, const struct config *config, char *error)
{
    if (!ops->writers || ops->writers > THREADS_MAX || !ops->readers || ops->readers > THREADS_MAX || !ops->max_batch) {
        snprintf(error, 256, "the storage %s asks for no or too many threads", ops->name);
        return CARILLON_INVALID;
    }
    storage.ops = ops;
    storage.timeout_ms = config_int(config_find(config, "storage_options.timeout"));
    storage.waiting_max = (size_t)config_int(config_find(config, "storage_options.max_waiting"));
    enum carillon_result result = ops->open(&storage.store, error, 256);
    if (result != CARILLON_OK)
        return result;
    atomic_store(&storage.healthy, true);
    queue_open(&storage.read_queue);
    for (unsigned i = 0; i < ops->writers; i++)
        queue_open(&storage.write_queues[i]);
    for (unsigned i = 0; result == CARILLON_OK && i < ops->writers; i++)
        result = thread_start(&storage.write_queues[i], true, error);
    for (unsigned i = 0; result == CARILLON_OK && i < ops->readers; i++)
        result = thread_start(&storage.read_queue, false, error);
    if (result != CARILLON_OK)
        storage_close();
    return result;
}

/*
 * An answer that came when its worker had ended. Its maker would be told there only, and its deadline stands in that
 * worker's wheel: it stays until the process ends, which is next, and is kept track of, so that it is no leak.
 */
static void request_drop(struct task *task)
{
    static struct request *unanswered;
    struct request *request = (struct request *)((char *)task - offsetof(struct request, task));
    request->next = unanswered;
    unanswered = request;
}

void storage_close(void)
{
    if (!storage.store)
        return;
    for (unsigned i = 0; i < storage.ops->writers; i++)
        queue_close(&storage.write_queues[i]);
    queue_close(&storage.read_queue);
    for (unsigned i = 0; i < storage.thread_count; i++) {
        pthread_join(storage.threads[i].id, NULL);
        storage.ops->thread_close(storage.threads[i].context);
    }
    if (workers_count())
        post_take_back(request_finish, request_drop);
    storage.ops->close(storage.store);
    storage.store = NULL;
    storage.thread_count = 0;
}
