#include "base/handle.h"
#include "base/log.h"
#include "hook/gate.h"
#include "hook/registry.h"
#include "stats/stats.h"

#include <stdlib.h>

static void run_continue(struct hook_run *run);

static void run_end(struct hook_run *run, void (*then)(struct action *action))
{
    struct action *action = run->action;
    if (run->call)
        handle_close(run->call);
    timer_stop(&run->timeout);
    struct hook_run *next = gate_open_next(run);
    free(run);
    then(action);
    if (next)
        run_continue(next);
}

static void run_refuse(struct hook_run *run, enum error_code error)
{
    run->action->error = error;
    run->action->failure = error_failure(error);
    run_end(run, run->refused);
}

/* The hook's own words are the author's answer. */
static void run_drop(struct hook_run *run, const struct carillon_verdict *verdict)
{
    struct action *action = run->action;
    action->error = ERROR_HOOK;
    action->failure = error_failure(ERROR_HOOK);
    if (verdict->code.ptr)
        action->failure.code = action_str(action, verdict->code).ptr;
    if (verdict->text.ptr)
        action->failure.detail = action_str(action, verdict->text);
    run_end(run, run->refused);
}

static void run_modify(struct hook_run *run, const struct carillon_verdict *verdict)
{
    struct carillon_storage_input *in = &run->action->request->in;
    if (verdict->body.ptr)
        in->text = action_str(run->action, verdict->body);
    if (verdict->data.ptr)
        in->data = action_str(run->action, verdict->data);
}

/* Acts on one hook's verdict; true: the chain goes on. */
static bool run_apply(struct hook_run *run, enum carillon_verdict_kind kind, const struct carillon_verdict *verdict)
{
    switch (kind) {
    case CARILLON_VERDICT_PASS:
        return true;
    case CARILLON_VERDICT_MODIFY:
        run_modify(run, verdict);
        return true;
    case CARILLON_VERDICT_DROP:
        run_drop(run, verdict);
        return false;
    case CARILLON_VERDICT_REROUTE:
        run->action->request->in.conversation = action_str(run->action, verdict->channel);
        run->action->rerouted = true;
        run_end(run, run->passed);
        return false;
    case CARILLON_VERDICT_COPY:
    case CARILLON_VERDICT_SHADOW:
    case CARILLON_VERDICT_HOLD:
    case CARILLON_VERDICT_MUTE:
    case CARILLON_VERDICT_SUSPEND:
    case CARILLON_VERDICT_COUNT:
        break;
    }
    return false;
}

/* A hook that misbehaves: what it declared decides whether the action goes on. */
static bool run_fault(struct hook_run *run, const char *why)
{
    const struct carillon_hook *hook = run->chain->entries[run->next - 1].hook;
    stats_count(STAT_HOOK_FAULTY);
    log_warning("hook", "hook %s %s; the action is %s", hook->id, why, hook->fail_open ? "let through" : "refused");
    if (hook->fail_open)
        return true;
    run_refuse(run, ERROR_HOOK);
    return false;
}

static const unsigned verdicts_known[] = {
#define CARILLON_X(name, text, verdicts) (verdicts),
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
};

static bool verdict_valid(enum carillon_hook_point point, const struct carillon_verdict *verdict,
                          enum carillon_verdict_kind kind)
{
    if ((unsigned)kind >= CARILLON_VERDICT_COUNT || !(verdicts_known[point] & 1u << kind))
        return false;
    switch (kind) {
    case CARILLON_VERDICT_PASS:
    case CARILLON_VERDICT_DROP:
    case CARILLON_VERDICT_MODIFY:
        return true;
    case CARILLON_VERDICT_REROUTE:
        return verdict->channel.ptr && verdict->channel.len;
    default:
        return false;
    }
}

static void run_time_out(struct timer *timer)
{
    struct hook_run *run = (struct hook_run *)((char *)timer - offsetof(struct hook_run, timeout));
    handle_close(run->call);
    run->call = 0;
    if (run_fault(run, "did not answer in time"))
        run_continue(run);
}

static void run_suspend(struct hook_run *run)
{
    gate_close(run);
    timer_init(&run->timeout, run_time_out);
    unsigned timeout_ms = run->chain->entries[run->next - 1].hook->timeout_ms;
    timer_start(&run->timeout, timeout_ms ? timeout_ms : HOOK_TIMEOUT_MS);
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
        .user = action->identity->user,
        .address = action->address,
        .message = in->id,
        .text = in->text,
        .data = in->data,
        .event = in->name,
        .reply_to = in->reply_to,
        .client_id = in->client_id,
        .mentions = in->mentions,
        .mention_count = in->mention_count,
        .server = action->identity->server,
        .active = action->active,
    };
}

static const enum stat_counter verdict_counters[] = {
#define CARILLON_X(name, text) STAT_HOOK_##name,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

/* Calls one hook; true: the chain goes on. */
static bool run_call(struct hook_run *run, const struct hook_entry *entry)
{
    struct carillon_verdict verdict = { 0 };
    run->call = handle_open(HANDLE_HOOK_CALL, run);
    run_show(run, entry->hook);
    run->calling = true;
    enum carillon_verdict_kind kind = entry->hook->run(&run->shown, &verdict, entry->hook->user);
    run->calling = false;
    if ((unsigned)kind < CARILLON_VERDICT_COUNT)
        stats_count(verdict_counters[kind]);
    if (kind == CARILLON_VERDICT_SUSPEND) {
        run_suspend(run);
        return false;
    }
    handle_close(run->call);
    run->call = 0;
    if (!verdict_valid(entry->hook->point, &verdict, kind))
        return run_fault(run, "gave a verdict that makes no sense");
    return run_apply(run, kind, &verdict);
}

static void run_continue(struct hook_run *run)
{
    while (run->next < run->chain->count) {
        const struct hook_entry *entry = &run->chain->entries[run->next++];
        const struct carillon_storage_request *request = run->action->request;
        bool removed = hook_chain_at(entry->hook->point) != run->chain && hook_is_removed(entry);
        if (!removed && hook_matches(entry->hook, request->app, request->in.conversation) && !run_call(run, entry))
            return;
    }
    run_end(run, run->passed);
}

void hook_run(struct action *action, enum carillon_hook_point point, void (*passed)(struct action *action),
              void (*refused)(struct action *action))
{
    struct hook_run *run = calloc(1, sizeof *run);
    bool busy;
    if (!run) {
        action->error = ERROR_BUSY;
        action->failure = error_failure(ERROR_BUSY);
        refused(action);
        return;
    }
    *run = (struct hook_run){ .action = action, .passed = passed, .refused = refused, .chain = hook_chain_at(point) };
    if (gate_wait(run, &busy))
        return;
    if (busy)
        run_refuse(run, ERROR_BUSY);
    else
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
    handle_close(run->call);
    run->call = 0;
    timer_stop(&run->timeout);
    enum carillon_hook_point point = run->shown.point;
    bool valid = verdict->kind != CARILLON_VERDICT_SUSPEND && verdict_valid(point, verdict, verdict->kind);
    if (valid ? run_apply(run, verdict->kind, verdict) : run_fault(run, "gave a verdict that makes no sense"))
        run_continue(run);
    return valid ? CARILLON_OK : CARILLON_INVALID;
}

/* Nobody can be told through the loop any more: done() finds that out for itself and frees the action. */
static void run_over(struct hook_run *run)
{
    struct action *action = run->action;
    timer_stop(&run->timeout);
    free(run);
    action->error = ERROR_SHUTTING_DOWN;
    action->failure = error_failure(ERROR_SHUTTING_DOWN);
    action->done(action);
}

void hooks_free_worker(void)
{
    gates_free_worker(run_over);
}
