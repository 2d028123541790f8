#include "hook/explain.h"
#include "base/hash.h"
#include "base/log.h"
#include "stats/stats.h"

#include <stdatomic.h>
#include <stdio.h>

enum { LABELS_MAX = 400, CODE_SIZE = 65 };

/* One counter on one worker. Others may hold its task until the end, so it is freed then. */
struct tally {
    struct task task; /* to the main thread, which registers counters, and back */
    UT_hash_handle hh;
    struct tally *next_of_all;
    unsigned worker;
    bool ready;     /* it may be counted */
    bool known;     /* main thread: it has its counter */
    unsigned id;    /* of the counter */
    uint64_t early; /* counted before it was ready */
    size_t len;
    char labels[];
};

static _Atomic(struct tally *) all;
static _Thread_local struct tally *tallies; /* by labels */

static const char *const kinds[] = {
#define CARILLON_X(name, text) text,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

static const char *const points[] = {
#define CARILLON_X(name, text, verdicts) text,
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
};

/* ---- counters ---- */

static void tally_ready(struct task *task)
{
    struct tally *tally = (struct tally *)task;
    tally->ready = true;
    stats_add_own(tally->id, tally->early);
}

/* The main thread. Another worker may have had the same. */
static void tally_register(struct task *task)
{
    struct tally *tally = (struct tally *)task;
    const struct stat_metric metric = { .family = "hook_refusals_total",
                                        .labels = tally->labels,
                                        .help = "What a hook has refused, held or shadowed, by its code.",
                                        .owner = &all };
    struct tally *same = atomic_load(&all);
    while (same && (!same->known || strcmp(same->labels, tally->labels) != 0))
        same = same->next_of_all;
    if (same)
        tally->id = same->id;
    else
        stats_register_counter(&metric, &tally->id); /* one that cannot be had is number 0, which counts for nobody */
    tally->known = true;
    tally->task.run = tally_ready;
    post_task(tally->worker, &tally->task);
}

static struct tally *tally_new(const char *labels, size_t len)
{
    struct tally *tally = calloc(1, sizeof *tally + len + 1);
    if (!tally)
        return NULL;
    memcpy(tally->labels, labels, len);
    tally->len = len;
    tally->worker = worker_index();
    tally->task.run = tally_register;
    tally->next_of_all = atomic_load(&all);
    while (!atomic_compare_exchange_weak(&all, &tally->next_of_all, tally))
        ;
    HASH_ADD_KEYPTR(hh, tallies, tally->labels, tally->len, tally);
    post_task(WORKER_MAIN, &tally->task);
    return tally;
}

static void count(const char *hook, enum carillon_verdict_kind kind, const char *code)
{
    char labels[LABELS_MAX], name[LABELS_MAX - 120];
    struct tally *tally = NULL;
    stats_label("hook", (struct carillon_str){ hook, strlen(hook) }, name, sizeof name);
    int len = snprintf(labels, sizeof labels, "%s,verdict=\"%s\",code=\"%.64s\"", name, kinds[kind], code);
    HASH_FIND(hh, tallies, labels, (size_t)len, tally);
    if (!tally && HASH_COUNT(tallies) < EXPLAIN_COUNTERS_MAX)
        tally = tally_new(labels, (size_t)len);
    if (!tally)
        return;
    if (tally->ready)
        stats_add_own(tally->id, 1);
    else
        tally->early++;
}

void explain_free_worker(void)
{
    HASH_CLEAR(hh, tallies);
}

void explain_free(void)
{
    stats_withdraw(&all);
    for (struct tally *tally = atomic_exchange(&all, NULL), *next; tally; tally = next) {
        next = tally->next_of_all;
        free(tally);
    }
}

/* ---- words ---- */

static const char *or_none(struct carillon_str str)
{
    return str.ptr && str.len ? str.ptr : "-";
}

void explain_action(const struct carillon_hook *hook, enum carillon_verdict_kind kind, const struct action *action)
{
    const struct carillon_storage_input *in = &action->request->in;
    const char *code = action->held ? or_none(in->queue) : action->error == ERROR_NONE ? "" : action->failure.code;
    count(hook->id, kind, code);
    log_info("hook", "%s: %s by %s, code %s; user %s, channel %s, app %s, message %s", points[hook->point], kinds[kind],
             hook->id, *code ? code : "-", or_none(action_author(action)->id), or_none(in->conversation),
             or_none(action->request->app), or_none(in->id));
}

void explain_delivery(const struct carillon_hook *hook, const struct carillon_hook_call *shown,
                      const struct carillon_verdict *verdict)
{
    char code[CODE_SIZE];
    if (verdict->code.ptr)
        snprintf(code, sizeof code, "%.*s", (int)verdict->code.len, verdict->code.ptr);
    else
        snprintf(code, sizeof code, "%s", error_failure(ERROR_HOOK).code);
    count(hook->id, CARILLON_VERDICT_DROP, code);
    log_debug("hook", "%s: %s by %s, code %s; user %s, channel %s, app %s, message %s", points[hook->point],
              kinds[CARILLON_VERDICT_DROP], hook->id, code, or_none(shown->user.id), or_none(shown->channel),
              or_none(shown->app), or_none(shown->message));
}
