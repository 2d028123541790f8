#include "outbox.h"
#include "outgoing.h"

#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY_MS = 10000 };

static char *copy_of(struct carillon_str text)
{
    char *copy = malloc(text.len + 1);
    if (!copy)
        return NULL;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

static bool equals(const char *own, struct carillon_str other)
{
    return strlen(own) == other.len && (!other.len || memcmp(own, other.ptr, other.len) == 0);
}

/* ---- which place ---- */

struct outbox *outbox_new(struct outbox_kind *kind, struct carillon_str app, const struct outbox_place *place,
                          size_t index)
{
    struct outbox *box = calloc(1, sizeof *box);
    if (!box)
        return NULL;
    box->kind = kind;
    box->app = copy_of(app);
    box->end = &box->first;
    if (box->app && outbox_move(box, place, index))
        return box;
    outbox_free(box);
    return NULL;
}

bool outbox_is_for(const struct outbox *box, const struct outbox_place *place)
{
    return equals(box->url, place->url) && equals(box->id, place->id);
}

bool outbox_move(struct outbox *box, const struct outbox_place *place, size_t index)
{
    char *url = copy_of(place->url), *id = copy_of(place->id);
    if (!url || !id) {
        free(url);
        free(id);
        return false;
    }
    free(box->url);
    free(box->id);
    box->url = url;
    box->id = id;
    box->index = index;
    return true;
}

/* ---- what is counted and told ---- */

void outbox_count(const struct outbox *box, enum outbox_counter counter, size_t n)
{
    pusher.host->counter_count(box->kind->counters[counter], n);
}

/* The query may hold a key of the receiver's. */
static int shown_length(const char *url)
{
    return (int)strcspn(url, "?#");
}

static void tell_lost(struct outbox *box, const char *why)
{
    pusher.host->log(pusher.self, CARILLON_LOG_WARNING, "app %s, %s to %.*s: given up: %zu of its events, since %s",
                     box->app, box->kind->name, shown_length(box->url), box->url, box->lost, why);
    box->lost = 0;
    box->lost_told_ms = pusher.host->monotonic_ms();
}

/* The first at once, more of them seldom. */
static void lose(struct outbox *box, size_t n, const char *why)
{
    if (!n)
        return;
    outbox_count(box, OUTBOX_DROPPED, n);
    box->lost += n;
    if (!box->lost_told_ms || pusher.host->monotonic_ms() - box->lost_told_ms >= TELL_EVERY_MS)
        tell_lost(box, why);
}

/* ---- the queue ---- */

void outbox_put(struct outbox *box, struct carillon_str json)
{
    bool full = box->bytes + json.len > (size_t)outgoing_queue();
    struct outbox_item *item = full ? NULL : malloc(sizeof *item + json.len);
    if (!item) {
        lose(box, 1, full ? "too much waits" : "memory is short");
        return;
    }
    *item = (struct outbox_item){ .at_ms = pusher.host->monotonic_ms(), .len = json.len };
    memcpy(item->json, json.ptr, json.len);
    *box->end = item;
    box->end = &item->next;
    box->count++;
    box->bytes += item->len;
    atomic_fetch_add_explicit(&box->kind->waiting, 1, memory_order_relaxed);
    if (!box->timed && !box->posting)
        outbox_post_after(box, box->draining ? 0 : outgoing_delay());
}

void outbox_pop(struct outbox *box, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct outbox_item *item = box->first;
        box->first = item->next;
        box->bytes -= item->len;
        free(item);
    }
    if (!box->first)
        box->end = &box->first;
    box->count -= n;
    box->batch -= box->batch < n ? box->batch : n;
    box->one_by_one -= box->one_by_one < n ? box->one_by_one : n;
    atomic_fetch_sub_explicit(&box->kind->waiting, n, memory_order_relaxed);
}

void outbox_give_up(struct outbox *box, size_t n, const char *why)
{
    outbox_pop(box, n);
    lose(box, n, why);
}

void outbox_write_batch(const struct outbox *box, struct text *text)
{
    const struct outbox_item *item = box->first;
    for (size_t i = 0; i < box->batch; i++, item = item->next) {
        text_put(text, ",", i > 0);
        text_put(text, item->json, item->len);
    }
}

void outbox_free(struct outbox *box)
{
    if (box->count)
        outbox_give_up(box, box->count, "the plugin stops");
    if (box->lost)
        tell_lost(box, "too much waited, too long");
    free(box->app);
    free(box->url);
    free(box->id);
    free(box);
}
