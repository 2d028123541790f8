/* Which hooks there are: one immutable chain a point, swapped as a whole. Shared by the files of hook/. */
#ifndef CARILLON_HOOK_REGISTRY_H
#define CARILLON_HOOK_REGISTRY_H

#include <carillon/hook.h>

struct carillon_plugin_self;

struct hook_entry {
    const struct carillon_hook *hook;
    struct carillon_plugin_self *plugin; /* NULL: the daemon's own */
};

struct hook_chain {
    struct hook_chain *retired; /* older chains, freed at the end: an action may still walk them */
    size_t count;
    struct hook_entry entries[];
};

/* Main thread. The daemon's own hooks (its scripts'), all at once, in place of those that an earlier call gave. What is on
   its way goes on with those it began with: they must live until the end. */
void hook_replace_internal(const struct carillon_hook *const *hooks, size_t count);
/* Any thread; NULL: no hook at this point. */
const struct hook_chain *hook_chain_at(enum carillon_hook_point point);
/* Has the plugin taken its hooks back since? A chain that is being walked may still name them. */
bool hook_is_removed(const struct hook_entry *entry);

#endif
