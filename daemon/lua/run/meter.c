#include "lua/run/meter.h"
#include "loop/worker.h"
#include "stats/stats.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_MAX = 300, KINDS = CARILLON_VERDICT_SUSPEND };

struct script_meter {
    struct script_meter *next;
    char *id;
    unsigned runs, faults, verdicts[KINDS];
    _Atomic int64_t busy_ns, off_until_ms;
    _Atomic int in_row;
};

static struct script_meter *meters;

static double read_busy(void *arg)
{
    struct script_meter *meter = arg;
    return (double)atomic_load_explicit(&meter->busy_ns, memory_order_relaxed) / 1e9;
}

static double read_off(void *arg)
{
    return meter_is_off(arg);
}

/* A metric that cannot be had is no reason to do without the hook: number 0 then counts for nobody else. */
static void register_all(struct script_meter *meter)
{
    static const char *const kinds[] = {
#define CARILLON_X(name, text) text,
        CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
    };
    char hook[LABELS_MAX], labels[LABELS_MAX + 32];
    stats_label("hook", (struct carillon_str){ meter->id, strlen(meter->id) }, hook, sizeof hook);
    struct stat_metric metric = { .labels = hook, .owner = meter };
    metric.family = "lua_hook_runs_total";
    metric.help = "Runs of a script's hook that ended.";
    stats_register_counter(&metric, &meter->runs);
    metric.family = "lua_hook_faults_total";
    metric.help = "Runs that failed: errors, budgets, no verdict.";
    stats_register_counter(&metric, &meter->faults);
    metric.family = "lua_hook_busy_seconds";
    metric.help = "Time that a script's hook has run, waiting left out.";
    stats_register_gauge(&metric, read_busy, meter);
    metric.family = "lua_hook_off";
    metric.help = "1 while the hook is switched off after faults in a row.";
    stats_register_gauge(&metric, read_off, meter);
    for (unsigned i = 0; i < KINDS; i++) {
        snprintf(labels, sizeof labels, "%s,verdict=\"%s\"", hook, kinds[i]);
        metric.labels = labels;
        metric.family = "lua_hook_verdicts_total";
        metric.help = "Verdicts of a script's hook.";
        stats_register_counter(&metric, &meter->verdicts[i]);
    }
}

struct script_meter *meter_get(const char *id)
{
    for (struct script_meter *meter = meters; meter; meter = meter->next)
        if (strcmp(meter->id, id) == 0)
            return meter;
    struct script_meter *meter = calloc(1, sizeof *meter);
    if (!meter || !(meter->id = strdup(id)))
        abort();
    meter->next = meters;
    meters = meter;
    register_all(meter);
    return meter;
}

void meters_free(void)
{
    for (struct script_meter *meter = meters, *next; meter; meter = next) {
        next = meter->next;
        stats_withdraw(meter);
        free(meter->id);
        free(meter);
    }
    meters = NULL;
}

static void note_run(struct script_meter *meter, int64_t busy_ns)
{
    stats_add_own(meter->runs, 1);
    atomic_fetch_add_explicit(&meter->busy_ns, busy_ns, memory_order_relaxed);
}

void meter_note_verdicts(struct script_meter *meter, const struct carillon_verdict *verdicts, int64_t busy_ns)
{
    note_run(meter, busy_ns);
    for (; verdicts; verdicts = verdicts->then)
        if ((unsigned)verdicts->kind < KINDS)
            stats_add_own(meter->verdicts[verdicts->kind], 1);
    if (atomic_load_explicit(&meter->in_row, memory_order_relaxed))
        atomic_store_explicit(&meter->in_row, 0, memory_order_relaxed);
}

bool meter_note_fault(struct script_meter *meter, int64_t busy_ns, int faults_max, int64_t pause_ms)
{
    note_run(meter, busy_ns);
    stats_add_own(meter->faults, 1);
    if (atomic_fetch_add(&meter->in_row, 1) + 1 != faults_max)
        return false;
    atomic_store(&meter->off_until_ms, loop_monotonic_ms() + pause_ms);
    return true;
}

/* After the pause one fault more switches it off again. */
bool meter_is_off(struct script_meter *meter)
{
    int64_t until = atomic_load_explicit(&meter->off_until_ms, memory_order_relaxed);
    if (!until)
        return false;
    if (loop_monotonic_ms() < until)
        return true;
    if (atomic_compare_exchange_strong(&meter->off_until_ms, &until, 0))
        atomic_fetch_sub(&meter->in_row, 1);
    return false;
}
