#include "hook/registry.h"
#include "hook/hook.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(struct hook_chain *) chains[CARILLON_HOOK_POINT_COUNT];

const struct hook_chain *hook_chain_at(enum carillon_hook_point point)
{
    return atomic_load_explicit(&chains[point], memory_order_acquire);
}

bool hooks_at(enum carillon_hook_point point)
{
    const struct hook_chain *chain = hook_chain_at(point);
    return chain && chain->count;
}

bool hook_is_removed(const struct hook_entry *entry)
{
    if (!entry->plugin)
        return false;
    const struct hook_chain *chain = hook_chain_at(entry->hook->point);
    for (size_t i = 0; chain && i < chain->count; i++)
        if (chain->entries[i].hook == entry->hook)
            return false;
    return true;
}

static struct hook_chain *chain_new(const struct hook_chain *old, size_t room)
{
    struct hook_chain *chain = calloc(1, sizeof *chain + room * sizeof chain->entries[0]);
    if (chain)
        chain->retired = (struct hook_chain *)old;
    return chain;
}

enum carillon_result hook_add(struct carillon_plugin_self *plugin, const struct carillon_hook *hook)
{
    if ((unsigned)hook->point >= CARILLON_HOOK_POINT_COUNT || !hook->id || !hook->run)
        return CARILLON_INVALID;
    const struct hook_chain *old = hook_chain_at(hook->point);
    size_t count = old ? old->count : 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct hook_entry *entry = &old->entries[i];
        if (entry->plugin == plugin && strcmp(entry->hook->id, hook->id) == 0)
            return CARILLON_EXISTS;
        if (entry->hook->priority <= hook->priority)
            at = i + 1;
    }
    struct hook_chain *chain = chain_new(old, count + 1);
    if (!chain)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        chain->entries[i + (i >= at)] = old->entries[i];
    chain->entries[at] = (struct hook_entry){ hook, plugin };
    chain->count = count + 1;
    atomic_store_explicit(&chains[hook->point], chain, memory_order_release);
    return CARILLON_OK;
}

static void chain_remove(enum carillon_hook_point point, const struct carillon_plugin_self *plugin)
{
    const struct hook_chain *old = hook_chain_at(point);
    size_t kept = 0;
    for (size_t i = 0; old && i < old->count; i++)
        kept += old->entries[i].plugin != plugin;
    if (!old || kept == old->count)
        return;
    struct hook_chain *chain = chain_new(old, kept);
    if (!chain)
        abort(); /* must hold: a hook of an unloaded plugin would be called */
    for (size_t i = 0; i < old->count; i++)
        if (old->entries[i].plugin != plugin)
            chain->entries[chain->count++] = old->entries[i];
    atomic_store_explicit(&chains[point], chain, memory_order_release);
}

void hook_remove_all(struct carillon_plugin_self *plugin)
{
    for (unsigned point = 0; point < CARILLON_HOOK_POINT_COUNT; point++)
        chain_remove((enum carillon_hook_point)point, plugin);
}

/* Behind those of a lower or the same priority. */
static void chain_insert(struct hook_chain *chain, const struct carillon_hook *hook)
{
    size_t at = chain->count++;
    for (; at > 0 && chain->entries[at - 1].hook->priority > hook->priority; at--)
        chain->entries[at] = chain->entries[at - 1];
    chain->entries[at] = (struct hook_entry){ hook, NULL };
}

static void chain_replace_internal(enum carillon_hook_point point, const struct carillon_hook *const *hooks,
                                   size_t count)
{
    const struct hook_chain *old = hook_chain_at(point);
    struct hook_chain *chain = chain_new(old, (old ? old->count : 0) + count);
    if (!chain)
        abort(); /* must hold: messages would pass unseen */
    for (size_t i = 0; old && i < old->count; i++)
        if (old->entries[i].plugin)
            chain->entries[chain->count++] = old->entries[i];
    for (size_t i = 0; i < count; i++)
        if (hooks[i]->point == point)
            chain_insert(chain, hooks[i]);
    atomic_store_explicit(&chains[point], chain, memory_order_release);
}

void hook_replace_internal(const struct carillon_hook *const *hooks, size_t count)
{
    for (unsigned point = 0; point < CARILLON_HOOK_POINT_COUNT; point++)
        chain_replace_internal((enum carillon_hook_point)point, hooks, count);
}

void hooks_free(void)
{
    for (unsigned point = 0; point < CARILLON_HOOK_POINT_COUNT; point++) {
        struct hook_chain *chain = atomic_exchange(&chains[point], NULL), *next;
        for (; chain; chain = next) {
            next = chain->retired;
            free(chain);
        }
    }
}
