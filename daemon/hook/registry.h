/* Which hooks there are: one immutable chain a point, swapped as a whole. Shared by the files of hook/. */
#ifndef CARILLON_HOOK_REGISTRY_H
#define CARILLON_HOOK_REGISTRY_H

#include <carillon/hook.h>

struct carillon_plugin_self;

struct hook_entry {
    const struct carillon_hook *hook; /* a copy, kept until the end */
    const struct carillon_plugin_self *owner;
    bool lasting; /* may run until the end: what is on its way when it is replaced still meets it */
};

struct hook_chain {
    struct hook_chain *retired; /* older chains, freed at the end: an action may still walk them */
    size_t count;
    struct hook_entry entries[];
};

/* Any thread; NULL: no hook at this point. */
const struct hook_chain *hook_chain_at(enum carillon_hook_point point);
/* Was the hook taken back since? A chain that is being walked may still name it. */
bool hook_is_removed(const struct hook_entry *entry);
/* Is the hook for this app and channel? An absent one fits every pattern. */
bool hook_matches(const struct carillon_hook *hook, struct carillon_str app, struct carillon_str channel);

#endif
