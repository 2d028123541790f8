/*
 * The ledger: what a plugin registered, so that all of it can be undone. Main thread, but for timers, which belong to the
 * worker they were started on.
 */
#ifndef CARILLON_PLUGIN_LEDGER_H
#define CARILLON_PLUGIN_LEDGER_H

#include "plugin/plugin.h"
#include <stdatomic.h>

/* X(NAME): what can be registered */
#define LEDGER_KINDS(X)                                                                                                \
    X(STORAGE)                                                                                                         \
    X(ROUTE)                                                                                                           \
    X(ENDPOINT)                                                                                                        \
    X(CODEC)                                                                                                           \
    X(HOOK)                                                                                                            \
    X(OBSERVER)                                                                                                        \
    X(METRICS)                                                                                                         \
    X(DRAIN)

enum ledger_kind {
#define LEDGER_X(name) LEDGER_##name,
    LEDGER_KINDS(LEDGER_X)
#undef LEDGER_X
};

struct ledger_entry {
    struct ledger_entry *next;
    enum ledger_kind kind;
    const void *thing; /* the plugin's struct */
    unsigned id;       /* CODEC */
};

struct carillon_plugin_self {
    struct carillon_plugin_self *next;
    const struct carillon_plugin *descriptor;
    char *file;
    void *object;
    bool initialised;
    atomic_size_t posts;             /* between workers, under way: it leaves when there are none */
    atomic_bool leaving;             /* the workers refuse it what would keep it here */
    _Atomic(struct config *) config; /* the newest */
    struct kept_config *kept;        /* all it was ever given: it may hold their strings */
    struct ledger_entry *entries;    /* the newest first */
};

/* Gives the plugin a newer configuration; plugin_forget_configs as it goes. */
void plugin_take_config(struct carillon_plugin_self *self, struct config *config);
void plugin_forget_configs(struct carillon_plugin_self *self);

/* Must not fail: what is registered without a note could not be undone. */
void ledger_note(struct carillon_plugin_self *self, enum ledger_kind kind, const void *thing, unsigned id);
void ledger_undo(struct carillon_plugin_self *self);
/* The part of it that stops admitting: routes, endpoints, hooks. */
void ledger_close_doors(struct carillon_plugin_self *self);
bool ledger_has_storage(const struct carillon_plugin_self *self);
/* Stops the timers of the plugin (of all, with NULL) on this worker. */
void plugin_timers_stop(struct carillon_plugin_self *self);

/* Main thread: closes its doors and its sessions, stops its timers, and calls `left` when nothing of it is under way. */
void plugin_leave(struct carillon_plugin_self *self, void (*left)(struct carillon_plugin_self *self));

/* The host table that every plugin gets. */
extern const struct carillon_host plugin_host;

#endif
