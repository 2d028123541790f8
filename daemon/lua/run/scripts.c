#include "lua/run/scripts.h"
#include "base/handle.h"
#include "base/log.h"
#include "hook/hook.h"
#include "lua/shared/audit.h"
#include "lua/vm/binding.h"
#include "lua/shared/keep.h"
#include "lua/api/message.h"
#include "lua/run/meter.h"
#include "lua/run/moments.h"
#include "lua/run/say.h"
#include "lua/shared/shared.h"
#include "lua/set/spec.h"
#include "lua/run/state.h"
#include "lua/run/timers.h"
#include "lua/text/wordfile.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNER ((const struct carillon_plugin_self *)&current) /* of the hooks, in the chains */

enum { LOOK_MS = 1000 };

static _Atomic(struct script_set *) current; /* the newest, which workers run; older ones by set->older */

/* ---- one call ---- */

/* The hook's choice for when it fails. */
static enum carillon_verdict_kind on_error(const struct script_hook *hook, struct carillon_verdict *verdict)
{
    *verdict = (struct carillon_verdict){ .kind = hook->hook.fail_open ? CARILLON_VERDICT_PASS
                                                                       : CARILLON_VERDICT_DROP };
    return verdict->kind;
}

static void note_fault(const struct script_hook *hook, int64_t busy_ns)
{
    const struct script_options *options = &hook->set->options;
    if (meter_note_fault(hook->meter, busy_ns, options->faults_max, options->pause_ms))
        log_error("lua", "hook %s failed %d times in a row: it is off for %lld s, and messages are %s", hook->hook.id,
                  options->faults_max, (long long)(options->pause_ms / 1000),
                  hook->hook.fail_open ? "let through" : "refused");
}

/* What the thread that has ended well returned; the message is below it. Stays until the state's next call. */
static enum carillon_verdict_kind take_verdict(struct script_call *call, struct carillon_verdict *verdict)
{
    char unfit[VERDICT_WHY_SIZE];
    const char *why;
    bool read = verdict_read(call->thread.lua, 2, verdict, &call->state->verdicts, &why);
    if (read && verdict_fits(call->hook->hook.point, verdict, unfit)) {
        meter_note_verdicts(call->hook->meter, verdict, call->busy_ns);
        return verdict->kind;
    }
    if (read)
        why = unfit;
    log_warning("lua", "hook %s of %s:%d: %s", call->name, call->hook->file, call->hook->line, why);
    note_fault(call->hook, call->busy_ns);
    return on_error(call->hook, verdict);
}

/* It had waited. */
static void call_ended(struct script_call *call, enum script_fault fault)
{
    struct script_state *state = call->state;
    struct carillon_verdict verdict;
    if (fault == SCRIPT_FAULT_NONE) {
        take_verdict(call, &verdict);
    } else {
        note_fault(call->hook, call->busy_ns);
        on_error(call->hook, &verdict);
    }
    carillon_handle handle = call->handle;
    message_box_close(call->box);
    call->box = NULL;
    hook_resume(handle, &verdict); /* copies the strings */
    script_call_free(call, fault == SCRIPT_FAULT_NONE);
    script_state_settle(state);
}

/* A message that began under an older set whose state is gone meets the hook of the same id in the newer one. */
static const struct script_hook *hook_in_force(const struct script_hook *hook)
{
    if (hook->set->states[worker_index()])
        return hook;
    const struct script_set *set = atomic_load_explicit(&current, memory_order_acquire);
    const struct script_hook *newer = set->states[worker_index()] ? script_set_find_hook(set, hook->hook.id) : NULL;
    return newer && newer->moment == SCRIPT_MOMENT_NONE && newer->hook.point == hook->hook.point ? newer : NULL;
}

static enum carillon_verdict_kind run_hook(const struct carillon_hook_call *shown, struct carillon_verdict *verdict,
                                           void *user)
{
    const struct script_hook *hook = hook_in_force(user);
    enum script_fault fault;
    if (!hook)
        return CARILLON_VERDICT_PASS;
    if (meter_is_off(hook->meter))
        return on_error(hook, verdict);
    struct script_call *call = script_call_new(hook->set->states[worker_index()], hook, -1);
    if (!call)
        return on_error(hook, verdict);
    lua_State *lua = call->thread.lua;
    call->box = message_push(lua, shown);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, call->state->functions[hook->index]);
    lua_pushvalue(lua, 1);
    call->handle = shown->handle;
    call->ended = shown->handle ? call_ended : NULL; /* without a handle the point does not wait */
    enum script_outcome outcome = script_call_run(call, 1, &fault);
    if (outcome == SCRIPT_WAITS)
        return CARILLON_VERDICT_SUSPEND;
    enum carillon_verdict_kind kind;
    if (outcome == SCRIPT_DONE) {
        kind = take_verdict(call, verdict);
    } else {
        script_call_report(call, fault);
        note_fault(hook, call->busy_ns);
        kind = on_error(hook, verdict);
    }
    script_call_free(call, outcome == SCRIPT_DONE); /* what is on its stack stays until the next call */
    return kind;
}

/* ---- the set in force ---- */

/* What the configuration has under this name, as an array to be freed; its strings are the configuration's. */
static const char **list_of(const struct config *config, const char *name, size_t *count)
{
    const struct config_value *list = config_find(config, name);
    *count = config_count(list);
    const char **strings = calloc(*count + 1, sizeof *strings);
    if (!strings)
        abort();
    for (size_t i = 0; i < *count; i++)
        strings[i] = config_str(config_at(list, i)).ptr;
    return strings;
}

/* The lists in it are to be freed. */
static struct script_options options_of(const struct config *config)
{
    size_t script_count, network_count;
    const char **scripts = list_of(config, "lua.scripts", &script_count);
    const char **networks = list_of(config, "lua.http_allow", &network_count);
    return (struct script_options){
        .directory = config_str(config_find(config, "lua.directory")).ptr,
        .settings = config_str(config_find(config, "lua.settings")).ptr,
        .scripts = scripts,
        .script_count = script_count,
        .http_allow = networks,
        .http_allow_count = network_count,
        .bot = { config_str(config_find(config, "lua.bot")), config_str(config_find(config, "lua.bot_name")) },
        .budget = { .steps = config_int(config_find(config, "lua.steps")),
                    .stretch_ns = config_int(config_find(config, "lua.stretch")) * 1000000,
                    .call_memory = (size_t)config_int(config_find(config, "lua.call_memory")),
                    .memory = (size_t)config_int(config_find(config, "lua.memory")) },
        .waiting_max = (unsigned)config_int(config_find(config, "lua.waiting")),
        .faults_max = (int)config_int(config_find(config, "lua.faults")),
        .pause_ms = config_int(config_find(config, "lua.pause")),
    };
}

static void retire_state(void *arg)
{
    struct script_set *set = arg;
    struct script_state *state = set->states[worker_index()];
    if (!state)
        return;
    state->retired = true;
    script_timers_stop(state);
    script_state_settle(state);
}

static void tell_reload(void *arg)
{
    const struct script_set *set = arg;
    struct script_state *state = set->states[worker_index()];
    if (!state)
        return;
    script_timers_begin(state);
    moment_tell(state, SCRIPT_MOMENT_RELOAD, NULL);
}

static void post_surely(unsigned worker, void (*run)(void *arg), void *arg)
{
    while (post_call(worker, run, arg) == CARILLON_BUSY)
        ;
}

/* From here on new messages meet the hooks of this set; those on their way keep the chain that they began with. */
static void put_in_force(struct script_set *set, bool again)
{
    struct script_set *old = atomic_load(&current);
    struct carillon_hook *hooks = calloc(set->hook_count + 1, sizeof *hooks);
    if (!hooks)
        abort();
    size_t count = 0;
    for (size_t i = 0; i < set->hook_count; i++) {
        set->hooks[i]->hook.run = run_hook;
        set->hooks[i]->meter = meter_get(set->hooks[i]->hook.id);
        if (set->hooks[i]->moment == SCRIPT_MOMENT_NONE)
            hooks[count++] = set->hooks[i]->hook;
    }
    set->older = old;
    atomic_store_explicit(&current, set, memory_order_release);
    hooks_replace(OWNER, hooks, count);
    free(hooks);
    for (unsigned i = 0; again && i < set->state_count; i++) {
        post_surely(i, tell_reload, set);
        if (old)
            post_surely(i, retire_state, old);
    }
}

/* The set, or NULL if a test beside its scripts fails. */
static struct script_set *keep_if_tested(struct script_set *set, const struct script_options *options, char *error)
{
    struct spec_run run = { .told = NULL };
    spec_run_set(&run, options, set);
    if (!run.failed)
        return set;
    script_set_free(set);
    snprintf(error, SCRIPT_ERROR_SIZE, "%u of the scripts' tests failed, first %.900s", run.failed, run.error);
    return NULL;
}

static enum carillon_result load(const struct config *config, bool again)
{
    shared_set_room((size_t)config_int(config_find(config, "lua.shared")));
    keep_configure(config_str(config_find(config, "lua.kept")).ptr, config_int(config_find(config, "lua.keep")));
    char error[SCRIPT_ERROR_SIZE];
    struct script_options options = options_of(config);
    struct script_set *set = script_set_load(&options, workers_count(), error);
    if (set && config_bool(config_find(config, "lua.tests")))
        set = keep_if_tested(set, &options, error);
    free((void *)(uintptr_t)options.scripts);
    free((void *)(uintptr_t)options.http_allow);
    if (!set) {
        log_error("lua", "%s", error);
        return CARILLON_INVALID;
    }
    put_in_force(set, again);
    log_notice("lua", "%zu scripts with %zu hooks are in force", set->source_count, set->hook_count);
    return CARILLON_OK;
}

static void look_at_files(struct timer *timer)
{
    wordfiles_look();
    shared_sweep(loop_monotonic_ms());
    keep_turn(loop_monotonic_ms());
    timer_start(timer, LOOK_MS);
}

static enum carillon_result configure_audit(const struct config *config)
{
    return audit_configure(config_str(config_find(config, "lua.audit")).ptr,
                           (unsigned)config_int(config_find(config, "lua.audit_rate")));
}

enum carillon_result scripts_open(const struct config *config)
{
    static struct timer look;
    timer_init(&look, look_at_files);
    timer_start(&look, LOOK_MS);
    if (configure_audit(config) != CARILLON_OK)
        return CARILLON_UNAVAILABLE;
    return config_count(config_find(config, "lua.scripts")) ? load(config, false) : CARILLON_OK;
}

void scripts_reload(const struct config *config)
{
    configure_audit(config);
    if (!atomic_load(&current) && !config_count(config_find(config, "lua.scripts")))
        return;
    if (load(config, true) != CARILLON_OK)
        log_error("lua", "the new scripts are not taken over; those that run go on");
}

/* ---- the workers' beginnings and ends ---- */

static _Atomic unsigned draining; /* workers whose stop functions have not ended */

static struct script_state *own_state(void)
{
    const struct script_set *set = atomic_load_explicit(&current, memory_order_acquire);
    return set ? set->states[worker_index()] : NULL;
}

void scripts_begin_worker(void)
{
    struct script_state *state = own_state();
    if (!state)
        return;
    script_timers_begin(state);
    moment_tell(state, SCRIPT_MOMENT_START, NULL);
}

enum carillon_result scripts_run_command(struct carillon_str name, const struct carillon_str *args, size_t count,
                                         script_command_done_fn done, void *arg)
{
    struct script_state *state = own_state();
    return state ? script_command_run(state, name, args, count, done, arg) : CARILLON_UNAVAILABLE;
}

const struct script_command *scripts_command_at(size_t i)
{
    const struct script_set *set = atomic_load_explicit(&current, memory_order_acquire);
    return set && i < set->command_count ? &set->commands[i] : NULL;
}

static void worker_drained(void)
{
    atomic_fetch_sub(&draining, 1);
}

static void drain_worker(void *arg)
{
    struct script_state *state = own_state();
    (void)arg;
    if (!state) {
        worker_drained();
        return;
    }
    script_timers_stop(state);
    moment_tell(state, SCRIPT_MOMENT_STOP, worker_drained);
}

void scripts_drain(void)
{
    atomic_store(&draining, workers_count());
    for (unsigned i = 0; i < workers_count(); i++)
        post_surely(i, drain_worker, NULL);
}

bool scripts_drained(void)
{
    return atomic_load(&draining) == 0 && says_count() == 0;
}

void scripts_end_worker(void)
{
    unsigned worker = worker_index();
    for (struct script_set *set = atomic_load(&current); set; set = set->older) {
        script_state_free(set->states[worker]);
        set->states[worker] = NULL;
    }
    says_end_worker();
}

void scripts_join(void)
{
    audit_close();
    keep_close();
}

void scripts_close(void)
{
    for (struct script_set *set = atomic_exchange(&current, NULL), *older; set; set = older) {
        older = set->older;
        script_set_free(set);
    }
    meters_free();
    shared_clear();
    wordfiles_free();
    re_close_all();
    metrics_free();
}
