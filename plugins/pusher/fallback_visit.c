#include "fallback.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Longer than a poll ever waits (fallback_heartbeat). */
enum { ANSWER_WITHIN_MS = 40000 };

/* All of them: what a stop cuts short is not lost track of. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct visit *visits;
static atomic_size_t posts;

static const struct carillon_http_param headers[] = {
    { { "Content-Type", 12 }, { "text/plain; charset=utf-8", 25 } },
    { { "X-Accel-Buffering", 17 }, { "no", 2 } }, /* proxies are to pass it on as it comes */
};
enum { HEADER_COUNT = sizeof headers / sizeof headers[0] };

/* ---- life ---- */

static void visit_unref(struct visit *visit)
{
    if (atomic_fetch_sub(&visit->refs, 1) > 1)
        return;
    pthread_mutex_lock(&lock);
    *visit->link = visit->next;
    if (visit->next)
        visit->next->link = visit->link;
    pthread_mutex_unlock(&lock);
    json_decref(visit->frames);
    text_free(&visit->piece);
    text_free(&visit->end);
    free(visit);
}

static void make_key(struct visit *visit, const struct carillon_http_param *captures)
{
    char *to = visit->key;
    for (size_t i = 0; i < 3; i++) {
        if (i)
            *to++ = '/';
        memcpy(to, captures[i].value.ptr, captures[i].value.len);
        to += captures[i].value.len;
    }
    visit->key_len = (size_t)(to - visit->key);
}

struct visit *visit_new(enum visit_kind kind, const struct carillon_http_request *request,
                        const struct arrival *arrival, json_t *frames)
{
    const struct carillon_http_param *captures = request->captures;
    size_t room = captures[0].value.len + captures[1].value.len + captures[2].value.len + 3;
    struct visit *visit = calloc(1, sizeof *visit + room);
    if (!visit)
        return NULL;
    make_key(visit, captures);
    visit->kind = kind;
    visit->arrival = *arrival;
    visit->frames = frames;
    visit->request = request->handle;
    size_t len = request->address.len < sizeof visit->address ? request->address.len : sizeof visit->address - 1;
    memcpy(visit->address, request->address.ptr, len);
    visit->worker = pusher.host->worker_self();
    visit->home = (unsigned)(XXH3_64bits(visit->key, visit->key_len) % pusher.host->worker_count());
    atomic_store(&visit->refs, 1);
    pthread_mutex_lock(&lock);
    visit->next = visits;
    visit->link = &visits;
    if (visits)
        visits->link = &visit->next;
    visits = visit;
    pthread_mutex_unlock(&lock);
    return visit;
}

/* ---- between workers ---- */

/* The post takes over a reference to the visit. */
static void post(struct visit *visit, unsigned worker, carillon_task_fn run)
{
    atomic_fetch_add(&posts, 1);
    if (pusher.host->worker_post(pusher.self, worker, run, visit) != CARILLON_OK)
        abort(); /* must hold: a client, or a request, would wait for ever */
}

static struct visit *with_ref(struct visit *visit)
{
    atomic_fetch_add(&visit->refs, 1);
    return visit;
}

size_t visits_count_posts(void)
{
    return atomic_load(&posts);
}

/* ---- from the request's worker to the home ---- */

/* The post's reference becomes the home's. */
static void home_arrived(void *arg)
{
    fallback_arrived(arg);
    atomic_fetch_sub(&posts, 1);
}

static void home_taken(void *arg)
{
    struct visit *visit = arg;
    if (visit->session)
        fallback_taken(visit->session);
    visit_unref(visit);
    atomic_fetch_sub(&posts, 1);
}

static void home_lost(void *arg)
{
    struct visit *visit = arg;
    struct fallback *session = visit->session;
    if (session) {
        visit->session = NULL;
        fallback_lost(session);
        visit_unref(visit); /* the home's */
    }
    visit_unref(visit);
    atomic_fetch_sub(&posts, 1);
}

/* The client left before the answer: also the request's reference goes. */
static void lost(struct visit *visit)
{
    visit->over = true;
    post(visit, visit->home, home_lost);
}

static void request_gone(void *arg)
{
    lost(arg);
}

void visit_go_home(struct visit *visit)
{
    pusher.host->http_wait(visit->request, ANSWER_WITHIN_MS, request_gone, visit);
    post(with_ref(visit), visit->home, home_arrived);
}

/* ---- back: streams ---- */

static void stream_drained(void *state)
{
    struct visit *visit = state;
    if (!visit->owes || visit->over)
        return;
    visit->owes = false;
    post(with_ref(visit), visit->home, home_taken);
}

static void stream_closed(void *state)
{
    struct visit *visit = state;
    visit->stream = 0;
    if (visit->over)
        visit_unref(visit);
    else
        lost(visit);
}

static const struct carillon_stream_watch stream_watch = { .size = sizeof stream_watch,
                                                           .drained = stream_drained,
                                                           .closed = stream_closed };

static bool stream_begin(struct visit *visit)
{
    const struct carillon_host *host = pusher.host;
    if (host->http_stream(visit->request, 200, headers, HEADER_COUNT, &visit->stream) != CARILLON_OK)
        return false;
    if (host->stream_watch(visit->stream, &stream_watch, visit) == CARILLON_OK)
        return true;
    host->conn_close(visit->stream, 1000, CARILLON_STR(""));
    return false;
}

static void refuse_busy(struct visit *visit)
{
    const struct carillon_failure failure = pusher.host->failure_of(CARILLON_BUSY);
    pusher.host->http_respond_failure(visit->request, &failure);
    lost(visit);
}

static void request_piece(void *arg)
{
    struct visit *visit = arg;
    struct carillon_str bytes = text_str(&visit->piece);
    if (!visit->over && !visit->stream && !stream_begin(visit))
        refuse_busy(visit);
    if (!visit->over) {
        visit->owes = true;
        if (bytes.len)
            pusher.host->conn_send(visit->stream, bytes);
    }
    text_free(&visit->piece);
    visit_unref(visit);
    atomic_fetch_sub(&posts, 1);
}

void visit_give(struct visit *visit, struct text *piece)
{
    visit->piece = *piece;
    *piece = (struct text){ 0 };
    post(with_ref(visit), visit->worker, request_piece);
}

/* ---- back: the end ---- */

static void respond(struct visit *visit, struct carillon_str text)
{
    pusher.host->http_respond(visit->request, visit->status, headers, text.len ? HEADER_COUNT : 0, text);
    visit_unref(visit); /* the request's: nothing more is heard of it */
}

static void request_end(void *arg)
{
    struct visit *visit = arg;
    struct carillon_str text = visit->end.len ? text_str(&visit->end) : CARILLON_STR("");
    bool answers = !visit->over;
    visit->over = true;
    if (answers && visit->stream) {
        if (text.len)
            pusher.host->conn_send(visit->stream, text);
        pusher.host->conn_close(visit->stream, 1000, CARILLON_STR(""));
    } else if (answers) {
        respond(visit, text);
    }
    visit_unref(visit);
    atomic_fetch_sub(&posts, 1);
}

void visit_end(struct visit *visit, unsigned status, struct text *text)
{
    visit->session = NULL;
    visit->status = status;
    visit->end = *text;
    *text = (struct text){ 0 };
    post(visit, visit->worker, request_end);
}
