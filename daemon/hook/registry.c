#include "hook/registry.h"
#include "hook/explain.h"
#include "hook/gate.h"
#include "hook/hook.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The registry's copy of a hook: what a plugin or a script gave may be gone while an action still walks its chain. */
struct hook_record {
    struct hook_record *next;
    struct carillon_hook hook;
};

static _Atomic(struct hook_chain *) chains[CARILLON_HOOK_POINT_COUNT];
static struct hook_record *records; /* main thread */

const struct hook_chain *hook_chain_at(enum carillon_hook_point point)
{
    return atomic_load_explicit(&chains[point], memory_order_acquire);
}

static bool pattern_fits(const char *pattern, struct carillon_str text)
{
    return pattern_match((struct carillon_str){ pattern, strlen(pattern) }, text);
}

bool hook_matches(const struct carillon_hook *hook, struct carillon_str app, struct carillon_str channel)
{
    if (hook->app && app.ptr && !pattern_fits(hook->app, app))
        return false;
    if (!hook->channels || !channel.ptr)
        return true;
    for (size_t i = 0; i < hook->channel_count; i++)
        if (pattern_fits(hook->channels[i], channel))
            return true;
    return false;
}

bool hooks_at(enum carillon_hook_point point, struct carillon_str app, struct carillon_str channel)
{
    const struct hook_chain *chain = hook_chain_at(point);
    for (size_t i = 0; chain && i < chain->count; i++)
        if (hook_matches(chain->entries[i].hook, app, channel))
            return true;
    return false;
}

bool hook_is_removed(const struct hook_entry *entry)
{
    if (entry->lasting)
        return false;
    const struct hook_chain *chain = hook_chain_at(entry->hook->point);
    for (size_t i = 0; chain && i < chain->count; i++)
        if (chain->entries[i].hook == entry->hook)
            return false;
    return true;
}

/* ---- copies ---- */

static char *text_copy(char **to, const char *text)
{
    char *copy = *to;
    if (!text)
        return NULL;
    *to = stpcpy(copy, text) + 1;
    return copy;
}

static const struct carillon_hook *record_new(const struct carillon_hook *hook)
{
    size_t bytes = strlen(hook->id) + 1 + (hook->app ? strlen(hook->app) + 1 : 0);
    size_t list = hook->channels ? hook->channel_count * sizeof(char *) : 0;
    for (size_t i = 0; hook->channels && i < hook->channel_count; i++)
        bytes += strlen(hook->channels[i]) + 1;
    struct hook_record *record = malloc(sizeof *record + list + bytes);
    if (!record)
        return NULL;
    const char **channels = (const char **)(record + 1);
    char *to = (char *)channels + list;
    record->hook = *hook;
    record->hook.id = text_copy(&to, hook->id);
    record->hook.app = text_copy(&to, hook->app);
    for (size_t i = 0; hook->channels && i < hook->channel_count; i++)
        channels[i] = text_copy(&to, hook->channels[i]);
    if (hook->channels)
        record->hook.channels = channels;
    record->next = records;
    records = record;
    return &record->hook;
}

/* ---- making chains ---- */

static struct hook_chain *chain_new(enum carillon_hook_point point, size_t room)
{
    struct hook_chain *chain = calloc(1, sizeof *chain + room * sizeof chain->entries[0]);
    if (chain)
        chain->retired = (struct hook_chain *)hook_chain_at(point);
    return chain;
}

static void chain_publish(enum carillon_hook_point point, struct hook_chain *chain)
{
    atomic_store_explicit(&chains[point], chain, memory_order_release);
}

/* Behind those of the same priority. */
static void chain_insert(struct hook_chain *chain, struct hook_entry entry)
{
    size_t at = chain->count++;
    for (; at > 0 && chain->entries[at - 1].hook->priority > entry.hook->priority; at--)
        chain->entries[at] = chain->entries[at - 1];
    chain->entries[at] = entry;
}

static void chain_take_others(struct hook_chain *chain, const struct carillon_plugin_self *owner)
{
    const struct hook_chain *old = chain->retired;
    for (size_t i = 0; old && i < old->count; i++)
        if (!owner || old->entries[i].owner != owner)
            chain->entries[chain->count++] = old->entries[i];
}

static bool chain_has(const struct hook_chain *chain, const struct carillon_plugin_self *owner, const char *id)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        if (chain->entries[i].owner == owner && strcmp(chain->entries[i].hook->id, id) == 0)
            return true;
    return false;
}

static bool hook_valid(const struct carillon_hook *hook)
{
    return (unsigned)hook->point < CARILLON_HOOK_POINT_COUNT && hook->id && hook->run;
}

enum carillon_result hook_add(const struct carillon_plugin_self *owner, const struct carillon_hook *hook)
{
    if (!hook_valid(hook))
        return CARILLON_INVALID;
    const struct hook_chain *old = hook_chain_at(hook->point);
    if (chain_has(old, owner, hook->id))
        return CARILLON_EXISTS;
    struct hook_chain *chain = chain_new(hook->point, (old ? old->count : 0) + 1);
    const struct carillon_hook *copy = chain ? record_new(hook) : NULL;
    if (!copy) {
        free(chain);
        return CARILLON_NO_MEMORY;
    }
    chain_take_others(chain, NULL);
    chain_insert(chain, (struct hook_entry){ copy, owner, false });
    chain_publish(hook->point, chain);
    return CARILLON_OK;
}

static void point_replace(enum carillon_hook_point point, const struct carillon_plugin_self *owner,
                          const struct carillon_hook *hooks, size_t n)
{
    const struct hook_chain *old = hook_chain_at(point);
    bool concerned = false;
    for (size_t i = 0; old && i < old->count; i++)
        concerned |= old->entries[i].owner == owner;
    for (size_t i = 0; i < n; i++)
        concerned |= hooks[i].point == point;
    if (!concerned)
        return;
    struct hook_chain *chain = chain_new(point, (old ? old->count : 0) + n);
    if (!chain)
        abort(); /* must hold: a hook that is gone would be called */
    chain_take_others(chain, owner);
    for (size_t i = 0; i < n; i++) {
        const struct carillon_hook *copy = hooks[i].point == point ? record_new(&hooks[i]) : NULL;
        if (copy)
            chain_insert(chain, (struct hook_entry){ copy, owner, true });
        else if (hooks[i].point == point)
            abort();
    }
    chain_publish(point, chain);
}

enum carillon_result hooks_replace(const struct carillon_plugin_self *owner, const struct carillon_hook *hooks,
                                   size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!hook_valid(&hooks[i]))
            return CARILLON_INVALID;
        for (size_t k = 0; k < i; k++)
            if (hooks[k].point == hooks[i].point && strcmp(hooks[k].id, hooks[i].id) == 0)
                return CARILLON_EXISTS;
    }
    for (unsigned point = 0; point < CARILLON_HOOK_POINT_COUNT; point++)
        point_replace((enum carillon_hook_point)point, owner, hooks, n);
    return CARILLON_OK;
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
    for (struct hook_record *record = records, *next; record; record = next) {
        next = record->next;
        free(record);
    }
    records = NULL;
    gates_free();
    explain_free();
}
