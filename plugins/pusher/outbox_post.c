#include "outbox.h"
#include "outgoing.h"

#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 256 * 1024, /* of a batch, unless its first item alone is longer */
    ANSWER_MAX = 64 * 1024,
    HURRY_BACKOFF_MS = 200, /* while the daemon waits for it */
    DOUBLINGS_MAX = 20
};

static void post(void *arg);

void outbox_post_after(struct outbox *box, int64_t ms)
{
    if (box->timed)
        pusher.host->timer_stop(box->timer);
    box->timed = pusher.host->timer_start(pusher.self, ms, post, box, &box->timer) == CARILLON_OK;
    if (!box->timed)
        outbox_give_up(box, box->count, "memory is short");
}

void outbox_hurry(struct outbox *box)
{
    box->draining = true;
    if (box->timed)
        outbox_post_after(box, 0);
}

/* ---- batches ---- */

static void make_batch(struct outbox *box)
{
    size_t max = box->one_by_one ? 1 : box->kind->batch_max(), bytes = 0;
    const struct outbox_item *item = box->first;
    while (box->batch < max && item && (!bytes || bytes + item->len <= BODY_MAX)) {
        box->batch++;
        bytes += item->len;
        item = item->next;
    }
    box->batch_ms = pusher.host->now_ms();
}

static size_t count_old(const struct outbox *box)
{
    int64_t before = pusher.host->monotonic_ms() - outgoing_retry();
    size_t n = 0;
    for (const struct outbox_item *item = box->first; item && item->at_ms <= before; item = item->next)
        n++;
    return n;
}

/* ---- what came of it ---- */

static void taken(struct outbox *box)
{
    if (box->tries)
        pusher.host->log(pusher.self, CARILLON_LOG_NOTICE, "app %s, %s to %.*s: it is taken again", box->app,
                         box->kind->name, (int)strcspn(box->url, "?#"), box->url);
    box->tries = 0;
    outbox_count(box, OUTBOX_DONE, 1);
    outbox_count(box, OUTBOX_SENT, box->batch);
    outbox_pop(box, box->batch);
    bool full = box->one_by_one || box->count >= box->kind->batch_max() || box->draining;
    if (box->count)
        outbox_post_after(box, full ? 0 : outgoing_delay());
}

static int64_t backoff(const struct outbox *box)
{
    int64_t ms = outgoing_backoff(), max = box->draining ? HURRY_BACKOFF_MS : outgoing_backoff_max();
    for (unsigned i = 1; i < box->tries && i < DOUBLINGS_MAX && ms < max; i++)
        ms *= 2;
    return ms < max ? ms : max;
}

static void failed(struct outbox *box, const char *why)
{
    outbox_count(box, OUTBOX_FAILED, 1);
    if (!box->tries++)
        pusher.host->log(pusher.self, CARILLON_LOG_WARNING, "app %s, %s to %.*s fails and is tried again: %s", box->app,
                         box->kind->name, (int)strcspn(box->url, "?#"), box->url, why);
    size_t old = count_old(box);
    if (old) {
        outbox_give_up(box, old, why);
        box->batch = 0;
    }
    if (box->count)
        outbox_post_after(box, backoff(box));
}

/* The place is well and something in the batch is not: what that is shows when they come alone. */
static void refused(struct outbox *box, const char *why)
{
    outbox_count(box, OUTBOX_FAILED, 1);
    if (box->batch > 1)
        box->one_by_one = box->batch;
    else
        outbox_give_up(box, 1, why);
    box->batch = 0;
    if (box->count)
        outbox_post_after(box, 0);
}

static void fetched(const struct carillon_fetched *what, void *arg)
{
    struct outbox *box = arg;
    char why[256];
    box->posting = false;
    if (what->outcome == CARILLON_FETCH_CANCELLED)
        return; /* the plugin or the daemon goes: what is left is counted then */
    if (what->outcome == CARILLON_FETCH_DONE)
        snprintf(why, sizeof why, "it answers %u", what->status);
    else
        snprintf(why, sizeof why, "%.250s", what->detail.ptr ? what->detail.ptr : "it cannot be reached");
    bool done = what->outcome == CARILLON_FETCH_DONE;
    if (done && what->status >= 200 && what->status < 300)
        taken(box);
    else if (done && box->kind->refuses_items && (what->status == 400 || what->status == 413))
        refused(box, why);
    else
        failed(box, why);
}

/* ---- the request ---- */

static enum carillon_result fetch(struct outbox *box, const struct outbox_request *request)
{
    const struct carillon_fetch wish = { .size = sizeof wish,
                                         .method = CARILLON_STR("POST"),
                                         .url = text_str(&request->url),
                                         .headers = request->headers,
                                         .header_count = request->header_count,
                                         .body = text_str(&request->body),
                                         .total_ms = outgoing_timeout(),
                                         .body_max = ANSWER_MAX,
                                         .allow = request->allow,
                                         .allow_count = request->allow_count };
    if (!wish.url.ptr || !wish.body.ptr || request->failed)
        return CARILLON_NO_MEMORY;
    return pusher.host->http_fetch(pusher.self, &wish, fetched, box, NULL);
}

static void post(void *arg)
{
    struct outbox *box = arg;
    const struct carillon_app *app;
    size_t i;
    box->timed = false;
    if (!box->count)
        return;
    if (!outboxes_find_place(box, &app, &i)) {
        outbox_give_up(box, box->count, "it is not configured any more");
        return;
    }
    if (!box->batch)
        make_batch(box);
    struct outbox_request request = { 0 };
    box->kind->write(box, app, i, &request);
    enum carillon_result result = fetch(box, &request);
    text_free(&request.url);
    text_free(&request.body);
    if (result == CARILLON_OK) {
        box->posting = true;
        outbox_count(box, OUTBOX_RETRIED, box->tries > 0);
    } else if (result != CARILLON_UNAVAILABLE) {
        failed(box, pusher.host->failure_of(result).detail.ptr);
    }
}
