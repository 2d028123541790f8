#include "storage/copy/lists.h"

#include "base/log.h"
#include "loop/timer.h"

enum { ENDING_MS = 600000 }; /* what ends so soon is not compared */

/* ---- pages ---- */

struct walk {
    struct copy *copy;
    struct side *side;
    const struct list *list;
    struct place place;
    page_fn *fn;
    void *arg;
};

static struct carillon_storage_request *ask_next(const struct walk *walk, const struct carillon_storage_request *before)
{
    struct carillon_storage_request *page = copy_ask(walk->list->op, walk->copy, walk->place.conversation);
    const struct carillon_storage_output *last = before ? &before->out : NULL;
    page->in.any = walk->list->op == CARILLON_STORAGE_CONVERSATION_LIST;
    if (walk->list->op == CARILLON_STORAGE_CHANGES) {
        page->in.after = last ? last->changes[last->count - 1].pos : walk->place.first_pos - 1;
    } else if (walk->list->op == CARILLON_STORAGE_HISTORY) {
        page->in.from_start = true;
        page->in.after = last ? last->messages[last->count - 1]->pos : 0;
    } else if (last) {
        page->in.cursor = last->cursor;
    }
    return page;
}

static bool has_more(const struct carillon_storage_request *page)
{
    return page->out.more && page->out.count;
}

static enum carillon_result walk_forwards(const struct walk *walk)
{
    struct carillon_storage_request *page = NULL;
    enum carillon_result result = CARILLON_OK;
    for (bool more = true; more && result == CARILLON_OK;) {
        struct carillon_storage_request *before = page;
        page = ask_next(walk, before);
        result = copy_read(walk->side, page);
        copy_drop(before); /* it had the cursor */
        if (result == CARILLON_OK)
            result = walk->fn(walk->copy, walk->list, &page->out, walk->arg);
        more = has_more(page);
    }
    copy_drop(page);
    return result;
}

/* Pages are kept until all are read. */
static enum carillon_result walk_backwards(const struct walk *walk, const struct carillon_storage_request *before)
{
    struct carillon_storage_request *page = ask_next(walk, before);
    enum carillon_result result = copy_read(walk->side, page);
    if (result == CARILLON_OK && has_more(page))
        result = walk_backwards(walk, page);
    if (result == CARILLON_OK)
        result = walk->fn(walk->copy, walk->list, &page->out, walk->arg);
    copy_drop(page);
    return result;
}

enum carillon_result list_walk(struct copy *copy, struct side *side, const struct list *list, struct place place,
                               bool backwards, page_fn *fn, void *arg)
{
    const struct walk walk = { copy, side, list, place, fn, arg };
    return backwards ? walk_backwards(&walk, NULL) : walk_forwards(&walk);
}

/* ---- copying ---- */

static enum carillon_result repeat_page(struct copy *copy, const struct list *list,
                                        const struct carillon_storage_output *page, void *arg)
{
    struct carillon_storage_request *writes[COPY_PAGE];
    const struct place *place = arg;
    size_t n = 0;
    for (size_t i = 0; i < page->count; i++) {
        writes[n] = list->again(copy, *place, page, list->newest_first ? page->count - 1 - i : i);
        n += writes[n] != NULL;
    }
    return copy_write_all(&copy->to, writes, n);
}

enum carillon_result list_copy(struct copy *copy, const struct list *list, struct place place)
{
    return list->again ? list_walk(copy, &copy->from, list, place, list->newest_first, repeat_page, &place)
                       : CARILLON_OK;
}

/* ---- comparing ---- */

static enum carillon_result tally_page(struct copy *copy, const struct list *list,
                                       const struct carillon_storage_output *page, void *arg)
{
    struct tally *tally = arg;
    for (size_t i = 0; i < page->count; i++) {
        struct tally_item item;
        tally_begin(&item);
        if (list->item(copy, &item, page, i))
            tally_add(tally, &item, list->ordered);
    }
    return CARILLON_OK;
}

enum carillon_result list_compare(struct copy *copy, const struct list *list, struct place place)
{
    struct tally had = { 0 }, has = { 0 };
    copy->until_ms = loop_wall_ms() + ENDING_MS;
    enum carillon_result result = list_walk(copy, &copy->from, list, place, false, tally_page, &had);
    if (result == CARILLON_OK)
        result = list_walk(copy, &copy->to, list, place, false, tally_page, &has);
    if (result != CARILLON_OK || tally_equal(&had, &has))
        return result;
    struct carillon_str of = place.conversation.len ? place.conversation : copy->app->name;
    log_error("copy", "%.*s: the %s differ: %s has %llu, %s has %llu%s", (int)of.len, of.ptr, list->name,
              copy->to.ops->name, (unsigned long long)has.count, copy->from.ops->name, (unsigned long long)had.count,
              had.count == has.count ? ", not the same ones" : "");
    return CARILLON_CONFLICT;
}
