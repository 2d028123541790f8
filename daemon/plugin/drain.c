#include "plugin/drain.h"

#include "loop/post.h"

#include <stdatomic.h>
#include <stdlib.h>

/*
 * A session's end is told to the channels' homes by posts. Once a first round through all workers is back, every worker has
 * posted what its sessions' ends cause; once a second is, the homes have run it.
 */
enum { DRAINS_MAX = 16, ROUNDS = 2 };

static _Atomic(const struct carillon_drain *) drains[DRAINS_MAX];
static atomic_uint workers_left; /* in this round */
static unsigned rounds_done;
static bool asking;

enum carillon_result drain_add(const struct carillon_drain *drain)
{
    if (!drain->begin || !drain->left)
        return CARILLON_INVALID;
    for (size_t i = 0; i < DRAINS_MAX; i++)
        if (!atomic_load(&drains[i])) {
            atomic_store(&drains[i], drain);
            return CARILLON_OK;
        }
    return CARILLON_LIMIT;
}

void drain_remove(const struct carillon_drain *drain)
{
    for (size_t i = 0; i < DRAINS_MAX; i++)
        if (atomic_load(&drains[i]) == drain)
            atomic_store(&drains[i], NULL);
}

static void begin_at_worker(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < DRAINS_MAX; i++) {
        const struct carillon_drain *drain = atomic_load(&drains[i]);
        if (drain)
            drain->begin(drain->user);
    }
}

void plugins_drain(void)
{
    for (unsigned i = 0; i < workers_count(); i++)
        post_call(i, begin_at_worker, NULL);
}

static size_t count_left(void)
{
    size_t left = 0;
    for (size_t i = 0; i < DRAINS_MAX; i++) {
        const struct carillon_drain *drain = atomic_load(&drains[i]);
        left += drain ? drain->left(drain->user) : 0;
    }
    return left;
}

static void round_begin(void);

static void round_done(void *arg)
{
    (void)arg;
    asking = false;
    if (++rounds_done < ROUNDS)
        round_begin();
}

static void round_at_worker(void *arg)
{
    (void)arg;
    if (atomic_fetch_sub(&workers_left, 1) == 1 && post_call(WORKER_MAIN, round_done, NULL) != CARILLON_OK)
        abort(); /* must hold: the stop would wait for its last moment */
}

static void round_begin(void)
{
    asking = true;
    atomic_store(&workers_left, workers_count());
    for (unsigned i = 0; i < workers_count(); i++)
        if (post_call(i, round_at_worker, NULL) != CARILLON_OK)
            abort();
}

static bool is_any(void)
{
    for (size_t i = 0; i < DRAINS_MAX; i++)
        if (atomic_load(&drains[i]))
            return true;
    return false;
}

bool plugins_drained(void)
{
    if (!is_any())
        return true;
    if (rounds_done < ROUNDS && !asking)
        round_begin();
    return rounds_done >= ROUNDS && count_left() == 0;
}
