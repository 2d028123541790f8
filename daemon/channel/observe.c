#include "channel/observe.h"

#include <stdatomic.h>

enum { OBSERVERS_MAX = 16 };

static _Atomic(const struct carillon_observer *) observers[OBSERVERS_MAX];
static atomic_uint wanted; /* the bits of all of them */

static void collect_wanted(void)
{
    unsigned bits = 0;
    for (size_t i = 0; i < OBSERVERS_MAX; i++) {
        const struct carillon_observer *observer = atomic_load(&observers[i]);
        bits |= observer ? observer->wanted : 0;
    }
    atomic_store(&wanted, bits);
}

enum carillon_result observer_add(const struct carillon_observer *observer)
{
    if (!observer->happened || !observer->wanted)
        return CARILLON_INVALID;
    for (size_t i = 0; i < OBSERVERS_MAX; i++) {
        if (atomic_load(&observers[i]))
            continue;
        atomic_store(&observers[i], observer);
        collect_wanted();
        return CARILLON_OK;
    }
    return CARILLON_LIMIT;
}

void observer_remove(const struct carillon_observer *observer)
{
    for (size_t i = 0; i < OBSERVERS_MAX; i++)
        if (atomic_load(&observers[i]) == observer)
            atomic_store(&observers[i], NULL);
    collect_wanted();
}

bool observe_wants(enum carillon_happening_kind kind)
{
    return atomic_load_explicit(&wanted, memory_order_relaxed) & 1u << kind;
}

void observe(const struct carillon_happening *what)
{
    if (!observe_wants(what->kind))
        return;
    for (size_t i = 0; i < OBSERVERS_MAX; i++) {
        const struct carillon_observer *observer = atomic_load_explicit(&observers[i], memory_order_acquire);
        if (observer && observer->wanted & 1u << what->kind)
            observer->happened(what, observer->user);
    }
}
