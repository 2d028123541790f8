#include "base/handle.h"
#include "base/log.h"
#include "channel/channel.h"
#include "hook/explain.h"
#include "hook/gate.h"
#include "hook/hook.h"
#include "hook/registry.h"
#include "hook/verdict.h"
#include "loop/timer.h"
#include "stats/stats.h"

#include <stdlib.h>

/* One action's way through the chain. */
struct hook_run {
    struct action *action;
    void (*passed)(struct action *action);
    void (*refused)(struct action *action);
    const struct hook_chain *chain;
    size_t next;                                 /* in the chain */
    carillon_handle call;                        /* while a hook has it, else 0 */
    struct gate_pass *pass;                      /* NULL: nobody was to be waited for, and it has not suspended */
    struct hook_run *parked_next, **parked_link; /* those that wait or are suspended on this worker */
    struct carillon_hook_call shown;
    struct timer timeout;
    int64_t begun_ns;
    bool calling; /* inside the hook's function */
    bool gated;   /* its author's later ones wait while it is suspended */
};

static _Thread_local struct hook_run *parked;

/* For an action that no hook is asked about, but that has to wait for its author's suspended one. */
static const struct hook_chain no_hooks;

static void run_continue(struct hook_run *run);

static void run_park(struct hook_run *run)
{
    if (run->parked_link)
        return;
    run->parked_next = parked;
    run->parked_link = &parked;
    if (parked)
        parked->parked_link = &run->parked_next;
    parked = run;
}

static void run_unpark(struct hook_run *run)
{
    if (!run->parked_link)
        return;
    *run->parked_link = run->parked_next;
    if (run->parked_next)
        run->parked_next->parked_link = run->parked_link;
}

static void run_end(struct hook_run *run, void (*then)(struct action *action))
{
    struct action *action = run->action;
    struct gate_pass *pass = run->pass;
    unsigned home = pass ? home_of(action->identity->app, action->request->in.conversation) : 0;
    if (run->call)
        handle_close(run->call);
    timer_stop(&run->timeout);
    run_unpark(run);
    stats_observe(STAT_HOOK_TIME, (uint64_t)(loop_monotonic_ns() - run->begun_ns));
    free(run);
    then(action);
    gate_leave(pass, home);
}

static void run_refuse(struct hook_run *run, enum error_code error)
{
    run->action->error = error;
    run->action->failure = error_failure(error);
    run_end(run, run->refused);
}

/* Whose turn it was. */
static const struct carillon_hook *run_hook(const struct hook_run *run)
{
    return run->chain->entries[run->next - 1].hook;
}

#define WRONG_VERDICT "gave a verdict that "

/* A hook that misbehaves: what it declared decides whether the action goes on. */
static bool run_fault(struct hook_run *run, const char *what, const char *why)
{
    const struct carillon_hook *hook = run_hook(run);
    stats_count(STAT_HOOK_FAULTY);
    log_warning("hook", "hook %s %s%s; the action is %s", hook->id, what, why,
                hook->fail_open ? "let through" : "refused");
    if (hook->fail_open)
        return true;
    run_refuse(run, ERROR_HOOK);
    return false;
}

/* Acts on one hook's verdict; true: the chain goes on. */
static bool run_apply(struct hook_run *run, enum carillon_verdict_kind kind, const struct carillon_verdict *verdict)
{
    switch (verdict_apply(run->action, kind, verdict)) {
    case VERDICT_GO_ON:
        return true;
    case VERDICT_PASSED:
        if (kind != CARILLON_VERDICT_REROUTE)
            explain_action(run_hook(run), kind, run->action);
        run_end(run, run->passed);
        return false;
    case VERDICT_REFUSED:
        explain_action(run_hook(run), kind, run->action);
        run_end(run, run->refused);
        return false;
    case VERDICT_FAULTY:
        break;
    }
    return run_fault(run, "asked for more than there may be", "");
}

static const enum stat_counter verdict_counters[] = {
#define CARILLON_X(name, text) STAT_HOOK_##name,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

/* All that one hook gave; true: the chain goes on. */
static bool run_apply_all(struct hook_run *run, enum carillon_verdict_kind kind, const struct carillon_verdict *verdict)
{
    while (run_apply(run, kind, verdict)) {
        verdict = verdict->then;
        if (!verdict)
            return true;
        kind = verdict->kind;
        stats_count(verdict_counters[kind]);
    }
    return false;
}

static void run_time_out(struct timer *timer)
{
    struct hook_run *run = (struct hook_run *)((char *)timer - offsetof(struct hook_run, timeout));
    handle_close(run->call);
    run->call = 0;
    if (run_fault(run, "did not answer in time", ""))
        run_continue(run);
}

static void run_suspend(struct hook_run *run, const struct carillon_hook *hook)
{
    if (run->gated && !run->pass)
        run->pass = gate_close(run, run->action);
    run_park(run);
    timer_init(&run->timeout, run_time_out);
    timer_start(&run->timeout, hook->timeout_ms ? hook->timeout_ms : HOOK_TIMEOUT_MS);
}

static void run_show(struct hook_run *run, const struct carillon_hook *hook)
{
    const struct action *action = run->action;
    const struct carillon_storage_input *in = &action->request->in;
    run->shown = (struct carillon_hook_call){
        .point = hook->point,
        .handle = run->call,
        .session = action->session,
        .app = action->request->app,
        .channel = in->conversation,
        .user = *action_author(action),
        .address = action->address,
        .message = in->id,
        .text = in->text,
        .data = in->data,
        .event = in->name,
        .reply_to = in->reply_to,
        .client_id = in->client_id,
        .mentions = in->mentions,
        .mention_count = in->mention_count,
        .server = action->identity && action->identity->server,
        .active = action->active,
    };
}

/* Calls one hook; true: the chain goes on. */
static bool run_call(struct hook_run *run, const struct carillon_hook *hook)
{
    struct carillon_verdict verdict = { 0 };
    run->call = handle_open(HANDLE_HOOK_CALL, run);
    run_show(run, hook);
    run->calling = true;
    enum carillon_verdict_kind kind = hook->run(&run->shown, &verdict, hook->user);
    run->calling = false;
    if ((unsigned)kind < CARILLON_VERDICT_COUNT)
        stats_count(verdict_counters[kind]);
    const char *wrong = verdicts_wrong(hook->point, kind, &verdict);
    if (!wrong && kind == CARILLON_VERDICT_SUSPEND) {
        run_suspend(run, hook);
        return false;
    }
    handle_close(run->call);
    run->call = 0;
    return wrong ? run_fault(run, WRONG_VERDICT, wrong) : run_apply_all(run, kind, &verdict);
}

static bool run_concerns(const struct hook_run *run, const struct hook_entry *entry)
{
    const struct carillon_storage_request *request = run->action->request;
    if (hook_chain_at(entry->hook->point) != run->chain && hook_is_removed(entry))
        return false;
    return hook_matches(entry->hook, request->app, request->in.conversation);
}

static void run_continue(struct hook_run *run)
{
    while (run->next < run->chain->count) {
        const struct hook_entry *entry = &run->chain->entries[run->next++];
        if (run_concerns(run, entry) && !run_call(run, entry->hook))
            return;
    }
    run_end(run, run->passed);
}

void run_admit(struct hook_run *run, bool busy)
{
    if (busy) {
        run->pass = NULL;
        run_refuse(run, ERROR_BUSY);
    } else {
        run_continue(run);
    }
}

bool hook_must_wait(const struct action *action)
{
    return gate_is_busy(action);
}

static bool run_waits(struct hook_run *run)
{
    if (!run->gated || !gate_is_busy(run->action))
        return false;
    run->pass = gate_enter(run, run->action);
    if (run->pass)
        run_park(run);
    return run->pass != NULL;
}

void hook_run(struct action *action, enum carillon_hook_point point, bool gated, void (*passed)(struct action *action),
              void (*refused)(struct action *action))
{
    const struct hook_chain *chain = hook_chain_at(point);
    struct hook_run *run = calloc(1, sizeof *run);
    if (!run) {
        action->error = ERROR_BUSY;
        action->failure = error_failure(ERROR_BUSY);
        refused(action);
        return;
    }
    run->action = action;
    run->passed = passed;
    run->refused = refused;
    run->chain = chain ? chain : &no_hooks;
    run->gated = gated;
    run->begun_ns = loop_monotonic_ns();
    if (!run_waits(run))
        run_continue(run);
}

enum carillon_result hook_resume(carillon_handle call, const struct carillon_verdict *verdict)
{
    enum carillon_result why = CARILLON_OK;
    struct hook_run *run = handle_get(call, HANDLE_HOOK_CALL, &why);
    if (!run)
        return why;
    if (run->calling) /* it is to return its verdict, or SUSPEND first */
        return CARILLON_INVALID;
    const char *wrong = verdict->kind == CARILLON_VERDICT_SUSPEND
                            ? "comes late and tells to wait"
                            : verdicts_wrong(run->shown.point, verdict->kind, verdict);
    handle_close(run->call);
    run->call = 0;
    timer_stop(&run->timeout);
    if (!wrong)
        stats_count(verdict_counters[verdict->kind]);
    if (wrong ? run_fault(run, WRONG_VERDICT, wrong) : run_apply_all(run, verdict->kind, verdict))
        run_continue(run);
    return wrong ? CARILLON_INVALID : CARILLON_OK;
}

/* Nobody can be told through the loop any more: done() finds that out for itself and frees the action. */
static void run_over(struct hook_run *run)
{
    struct action *action = run->action;
    timer_stop(&run->timeout);
    run_unpark(run);
    free(run);
    action->error = ERROR_SHUTTING_DOWN;
    action->failure = error_failure(ERROR_SHUTTING_DOWN);
    action->done(action);
}

void hooks_free_worker(void)
{
    while (parked)
        run_over(parked);
    gates_free_worker();
    explain_free_worker();
}
