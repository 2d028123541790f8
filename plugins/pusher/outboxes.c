#include "outboxes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct outgoing_worker *all;
static atomic_uint life; /* the plugin may be loaded again, and the workers' own pointers are of the life before */

struct outgoing_worker *outgoing_worker(void)
{
    static _Thread_local struct outgoing_worker *own;
    static _Thread_local unsigned own_life;
    unsigned now = atomic_load_explicit(&life, memory_order_relaxed);
    if (own && own_life == now)
        return own;
    own = calloc(1, sizeof *own);
    own_life = now;
    if (!own)
        return NULL;
    pthread_mutex_lock(&lock);
    own->next = all;
    all = own;
    pthread_mutex_unlock(&lock);
    return own;
}

/* ---- finding ---- */

static struct outbox *find(const struct outgoing_worker *worker, const struct outbox_kind *kind, const char *app,
                           const struct outbox_place *place)
{
    for (struct outbox *box = worker->boxes; box; box = box->next)
        if (box->kind == kind && strcmp(box->app, app) == 0 && outbox_is_for(box, place))
            return box;
    return NULL;
}

static bool is_configured(const struct outbox *box, const struct carillon_app *app, size_t *index)
{
    struct outbox_place place;
    for (size_t i = 0; (place = box->kind->place(app, i)).url.ptr; i++)
        if (outbox_is_for(box, &place)) {
            *index = i;
            return true;
        }
    return false;
}

/* One whose place stood here and is configured no more: what waits for it goes to the new place first. */
static struct outbox *find_orphan(const struct outgoing_worker *worker, const struct outbox_kind *kind,
                                  const struct carillon_app *app, size_t index)
{
    size_t ignored;
    for (struct outbox *box = worker->boxes; box; box = box->next)
        if (box->kind == kind && strcmp(box->app, app->name.ptr) == 0 && box->index == index &&
            !is_configured(box, app, &ignored))
            return box;
    return NULL;
}

struct outbox *outboxes_get(struct outbox_kind *kind, const struct carillon_app *app, size_t i)
{
    struct outgoing_worker *worker = outgoing_worker();
    const struct outbox_place place = kind->place(app, i);
    struct outbox *box = worker ? find(worker, kind, app->name.ptr, &place) : NULL;
    if (box || !worker)
        return box;
    box = find_orphan(worker, kind, app, i);
    if (box && outbox_move(box, &place, i))
        return box;
    box = outbox_new(kind, app->name, &place, i);
    if (!box)
        return NULL;
    box->draining = worker->draining;
    box->next = worker->boxes;
    worker->boxes = box;
    return box;
}

bool outboxes_find_place(struct outbox *box, const struct carillon_app **app, size_t *i)
{
    *app = pusher.host->app_find(CARILLON_APP_BY_NAME, (struct carillon_str){ box->app, strlen(box->app) });
    if (!*app)
        return false;
    if (is_configured(box, *app, i)) {
        box->index = *i;
        return true;
    }
    const struct outbox_place place = box->kind->place(*app, box->index);
    *i = box->index;
    return place.url.ptr && !find(outgoing_worker(), box->kind, box->app, &place) && outbox_move(box, &place, *i);
}

/* ---- metrics ---- */

static double count_waiting(void *arg)
{
    struct outbox_kind *kind = arg;
    return (double)atomic_load_explicit(&kind->waiting, memory_order_relaxed);
}

enum carillon_result outboxes_add(struct outbox_kind *kind)
{
    static const struct {
        const char *family, *outcome, *help;
    } rows[] = {
#define OUTBOX_X(name, family, outcome, help) { family, outcome, help },
        OUTBOX_COUNTERS(OUTBOX_X)
#undef OUTBOX_X
    };
    char labels[80];
    struct carillon_metric metric = { .size = sizeof metric, .labels = labels };
    enum carillon_result result = CARILLON_OK;
    for (size_t i = 0; i < OUTBOX_COUNTER_COUNT && result == CARILLON_OK; i++) {
        snprintf(labels, sizeof labels, rows[i].outcome ? "kind=\"%s\",outcome=\"%s\"" : "kind=\"%s\"", kind->name,
                 rows[i].outcome);
        metric.family = rows[i].family;
        metric.help = rows[i].help;
        result = pusher.host->counter_add(pusher.self, &metric, &kind->counters[i]);
    }
    snprintf(labels, sizeof labels, "kind=\"%s\"", kind->name);
    metric.family = "pusher_outgoing_waiting";
    metric.help = "Events that wait to be sent to webhooks and relays.";
    return result == CARILLON_OK ? pusher.host->gauge_add(pusher.self, &metric, count_waiting, kind) : result;
}

/* ---- the end ---- */

void outboxes_hurry(void)
{
    struct outgoing_worker *worker = outgoing_worker();
    if (!worker)
        return;
    worker->draining = true;
    for (struct outbox *box = worker->boxes; box; box = box->next)
        outbox_hurry(box);
}

void outboxes_free(void)
{
    atomic_fetch_add_explicit(&life, 1, memory_order_relaxed);
    for (struct outgoing_worker *worker = all, *next; worker; worker = next) {
        next = worker->next;
        webhook_holds_free(&worker->holds);
        for (struct outbox *box = worker->boxes, *after; box; box = after) {
            after = box->next;
            outbox_free(box);
        }
        free(worker);
    }
    all = NULL;
}
