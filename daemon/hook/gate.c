#include "hook/gate.h"
#include "base/hash.h"

struct gate {
    UT_hash_handle hh;
    struct hook_run *holder;
    struct hook_run *first, **last; /* who waits */
    unsigned waiting;
    size_t key_len;
    char key[]; /* app, user, channel, each with its NUL */
};

enum { GATE_KEY_MAX = 1024 };

static _Thread_local struct gate *gates;

static size_t key_add(char *key, size_t at, struct carillon_str part)
{
    if (at + part.len + 1 > GATE_KEY_MAX)
        return at;
    memcpy(key + at, part.ptr, part.len);
    key[at + part.len] = '\0';
    return at + part.len + 1;
}

static size_t gate_key(const struct action *action, char *key)
{
    size_t len = key_add(key, 0, action->request->app);
    len = key_add(key, len, action->identity->user.id);
    return key_add(key, len, action->request->in.conversation);
}

bool gate_wait(struct hook_run *run, bool *busy)
{
    char key[GATE_KEY_MAX];
    struct gate *gate = NULL;
    *busy = false;
    if (!gates)
        return false;
    size_t len = gate_key(run->action, key);
    HASH_FIND(hh, gates, key, len, gate);
    if (!gate)
        return false;
    if (gate->waiting >= HOOK_GATE_MAX) {
        *busy = true;
        return false;
    }
    run->gate = gate;
    run->behind = NULL;
    *gate->last = run;
    gate->last = &run->behind;
    gate->waiting++;
    return true;
}

void gate_close(struct hook_run *run)
{
    char key[GATE_KEY_MAX];
    if (run->gate)
        return;
    size_t len = gate_key(run->action, key);
    struct gate *gate = calloc(1, sizeof *gate + len);
    if (!gate)
        abort(); /* must hold: order would break */
    gate->key_len = len;
    memcpy(gate->key, key, len);
    gate->last = &gate->first;
    HASH_ADD_KEYPTR(hh, gates, gate->key, len, gate);
    gate->holder = run;
    run->gate = gate;
}

struct hook_run *gate_open_next(struct hook_run *run)
{
    struct gate *gate = run->gate;
    if (!gate)
        return NULL;
    struct hook_run *next = gate->first;
    if (!next) {
        HASH_DEL(gates, gate);
        free(gate);
        return NULL;
    }
    gate->first = next->behind;
    if (!gate->first)
        gate->last = &gate->first;
    gate->waiting--;
    gate->holder = next;
    return next;
}

void gates_free_worker(void (*over)(struct hook_run *run))
{
    struct gate *gate, *next;
    HASH_ITER (hh, gates, gate, next) {
        HASH_DEL(gates, gate);
        over(gate->holder);
        for (struct hook_run *run = gate->first, *behind; run; run = behind) {
            behind = run->behind;
            over(run);
        }
        free(gate);
    }
}
