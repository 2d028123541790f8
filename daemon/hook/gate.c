#include "hook/gate.h"
#include "base/hash.h"
#include "hook/hook.h"

#include <stdatomic.h>

/* A run's place at its gate. The run's worker makes and frees it; between, the gate's worker uses it. */
struct gate_pass {
    struct task arrive, leave;
    struct gate_pass *next, **link; /* all of the run's worker */
    struct gate_pass *behind;       /* the next that waits at the gate */
    struct hook_run *run;
    struct gate *gate;
    uint64_t hash;
    unsigned worker;
    bool holds; /* was suspended when it came */
    bool busy;
    size_t key_len;
    char key[]; /* app, author, channel, each with its NUL */
};

struct gate {
    UT_hash_handle hh;
    struct gate_pass *first, **last; /* who waits */
    unsigned waiting, inside;
    size_t key_len;
    char key[];
};

enum { GATE_KEY_MAX = 1024, COUNTERS = 256 };

static _Thread_local struct gate *gates;
static struct gate_pass *passes[WORKER_MAX]; /* each its worker's; freed by the main thread in the end */
static atomic_uint counters[COUNTERS], counted;

/* ---- keys ---- */

static size_t key_add(char *key, size_t at, struct carillon_str part)
{
    if (at + part.len + 1 > GATE_KEY_MAX)
        return at;
    if (part.len)
        memcpy(key + at, part.ptr, part.len);
    key[at + part.len] = '\0';
    return at + part.len + 1;
}

static size_t gate_key(const struct action *action, char *key)
{
    size_t len = key_add(key, 0, action->request->app);
    len = key_add(key, len, action_author(action)->id);
    return key_add(key, len, action->request->in.conversation);
}

static unsigned gate_worker(const struct gate_pass *pass)
{
    return (unsigned)(pass->hash / COUNTERS % workers_count());
}

static void count_in(const struct gate_pass *pass)
{
    atomic_fetch_add_explicit(&counters[pass->hash % COUNTERS], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&counted, 1, memory_order_release);
}

/* On the gate's worker; what was done before is seen by whoever finds nobody there. */
static void count_out(const struct gate_pass *pass)
{
    atomic_fetch_sub_explicit(&counters[pass->hash % COUNTERS], 1, memory_order_release);
    atomic_fetch_sub_explicit(&counted, 1, memory_order_release);
}

bool gate_is_busy(const struct action *action)
{
    char key[GATE_KEY_MAX];
    if (!atomic_load_explicit(&counted, memory_order_acquire)) /* nearly always */
        return false;
    uint64_t hash = XXH3_64bits_withSeed(key, gate_key(action, key), hash_seed);
    return atomic_load_explicit(&counters[hash % COUNTERS], memory_order_acquire) != 0;
}

/* ---- on the gate's worker ---- */

static struct gate *gate_find(const struct gate_pass *pass)
{
    struct gate *gate = NULL;
    HASH_FIND(hh, gates, pass->key, pass->key_len, gate);
    return gate;
}

static struct gate *gate_get(const struct gate_pass *pass)
{
    struct gate *gate = gate_find(pass);
    if (gate)
        return gate;
    gate = calloc(1, sizeof *gate + pass->key_len);
    if (!gate)
        abort(); /* must hold: order would break */
    memcpy(gate->key, pass->key, pass->key_len);
    gate->key_len = pass->key_len;
    gate->last = &gate->first;
    HASH_ADD_KEYPTR(hh, gates, gate->key, gate->key_len, gate);
    return gate;
}

static void pass_free(struct gate_pass *pass)
{
    *pass->link = pass->next;
    if (pass->next)
        pass->next->link = pass->link;
    free(pass);
}

/* Back on the run's worker. */
static void pass_answered(struct task *task)
{
    struct gate_pass *pass = (struct gate_pass *)((char *)task - offsetof(struct gate_pass, arrive));
    struct hook_run *run = pass->run;
    bool busy = pass->busy;
    if (busy)
        pass_free(pass);
    run_admit(run, busy);
}

static void pass_answer(struct gate_pass *pass)
{
    pass->arrive.run = pass_answered;
    post_task(pass->worker, &pass->arrive);
}

static void pass_arrive(struct task *task)
{
    struct gate_pass *pass = (struct gate_pass *)((char *)task - offsetof(struct gate_pass, arrive));
    struct gate *gate = gate_get(pass);
    pass->gate = gate;
    if (pass->holds || !gate->inside) {
        gate->inside++;
        if (!pass->holds)
            pass_answer(pass);
    } else if (gate->waiting >= HOOK_GATE_MAX) {
        pass->busy = true;
        count_out(pass);
        pass_answer(pass);
    } else {
        *gate->last = pass;
        gate->last = &pass->behind;
        gate->waiting++;
    }
}

static void pass_end(struct task *task)
{
    pass_free((struct gate_pass *)((char *)task - offsetof(struct gate_pass, leave)));
}

static void gate_let_next(struct gate *gate)
{
    struct gate_pass *next = gate->first;
    gate->first = next->behind;
    if (!gate->first)
        gate->last = &gate->first;
    gate->waiting--;
    gate->inside++;
    pass_answer(next);
}

static void pass_depart(struct task *task)
{
    struct gate_pass *pass = (struct gate_pass *)((char *)task - offsetof(struct gate_pass, leave));
    struct gate *gate = pass->gate;
    gate->inside--;
    count_out(pass);
    if (!gate->inside && gate->first)
        gate_let_next(gate);
    if (!gate->inside) {
        HASH_DEL(gates, gate);
        free(gate);
    }
    task->run = pass_end;
    post_task(pass->worker, task);
}

/* ---- on the run's worker ---- */

static struct gate_pass *pass_new(struct hook_run *run, const struct action *action, bool holds)
{
    char key[GATE_KEY_MAX];
    size_t len = gate_key(action, key);
    struct gate_pass *pass = calloc(1, sizeof *pass + len);
    if (!pass)
        return NULL;
    memcpy(pass->key, key, len);
    pass->key_len = len;
    pass->hash = XXH3_64bits_withSeed(key, len, hash_seed);
    pass->run = run;
    pass->holds = holds;
    pass->worker = worker_index();
    pass->link = &passes[pass->worker];
    pass->next = *pass->link;
    if (pass->next)
        pass->next->link = &pass->next;
    *pass->link = pass;
    pass->arrive.run = pass_arrive;
    post_task(gate_worker(pass), &pass->arrive);
    count_in(pass);
    return pass;
}

struct gate_pass *gate_enter(struct hook_run *run, const struct action *action)
{
    return pass_new(run, action, false);
}

struct gate_pass *gate_close(struct hook_run *run, const struct action *action)
{
    struct gate_pass *pass = pass_new(run, action, true);
    if (!pass)
        abort(); /* must hold: order would break */
    return pass;
}

static void pass_on(struct task *task)
{
    struct gate_pass *pass = (struct gate_pass *)((char *)task - offsetof(struct gate_pass, leave));
    task->run = pass_depart;
    post_task(gate_worker(pass), task);
}

/* By way of the home: whoever is let in next comes there behind this one's action. */
void gate_leave(struct gate_pass *pass, unsigned home)
{
    if (!pass)
        return;
    pass->leave.run = pass_on;
    if (home == worker_index())
        pass_on(&pass->leave);
    else
        post_task(home, &pass->leave);
}

/* ---- the end ---- */

void gates_free_worker(void)
{
    struct gate *gate, *next;
    HASH_ITER (hh, gates, gate, next) {
        HASH_DEL(gates, gate);
        free(gate);
    }
}

void gates_free(void)
{
    for (unsigned i = 0; i < WORKER_MAX; i++)
        while (passes[i])
            pass_free(passes[i]);
}
