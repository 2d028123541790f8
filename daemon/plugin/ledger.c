#include "plugin/ledger.h"

#include "channel/observe.h"
#include "fanout/codec.h"
#include "hook/hook.h"
#include "listener/listener.h"
#include "plugin/drain.h"
#include "stats/stats.h"

#include <stdlib.h>

void ledger_note(struct carillon_plugin_self *self, enum ledger_kind kind, const void *thing, unsigned id)
{
    struct ledger_entry *entry = malloc(sizeof *entry);
    if (!entry)
        abort();
    *entry = (struct ledger_entry){ .next = self->entries, .kind = kind, .thing = thing, .id = id };
    self->entries = entry;
}

static void entry_undo(struct carillon_plugin_self *self, const struct ledger_entry *entry)
{
    switch (entry->kind) {
    case LEDGER_ROUTE:
        listener_remove_route(entry->thing);
        break;
    case LEDGER_ENDPOINT:
        listener_remove_endpoint(entry->thing);
        break;
    case LEDGER_CODEC:
        codec_remove(entry->id);
        break;
    case LEDGER_HOOK:
        hooks_replace(self, NULL, 0);
        break;
    case LEDGER_OBSERVER:
        observer_remove(entry->thing);
        break;
    case LEDGER_METRICS:
        stats_withdraw(self);
        break;
    case LEDGER_DRAIN:
        drain_remove(entry->thing);
        break;
    case LEDGER_STORAGE: /* closed by its user before */
        break;
    }
}

static void ledger_undo_if(struct carillon_plugin_self *self, bool (*chosen)(enum ledger_kind kind))
{
    struct ledger_entry **link = &self->entries;
    while (*link) {
        struct ledger_entry *entry = *link;
        if (!chosen(entry->kind)) {
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        entry_undo(self, entry);
        free(entry);
    }
}

static bool is_any(enum ledger_kind kind)
{
    (void)kind;
    return true;
}

static bool is_door(enum ledger_kind kind)
{
    return kind == LEDGER_ROUTE || kind == LEDGER_ENDPOINT || kind == LEDGER_HOOK || kind == LEDGER_OBSERVER;
}

void ledger_undo(struct carillon_plugin_self *self)
{
    ledger_undo_if(self, is_any);
}

void ledger_close_doors(struct carillon_plugin_self *self)
{
    ledger_undo_if(self, is_door);
}

bool ledger_has_storage(const struct carillon_plugin_self *self)
{
    for (const struct ledger_entry *entry = self->entries; entry; entry = entry->next)
        if (entry->kind == LEDGER_STORAGE)
            return true;
    return false;
}

/* ---- configurations ---- */

struct kept_config {
    struct kept_config *older;
    struct config *config;
};

void plugin_take_config(struct carillon_plugin_self *self, struct config *config)
{
    struct kept_config *kept = malloc(sizeof *kept);
    if (!kept)
        return; /* it goes on with the one it has */
    *kept = (struct kept_config){ .older = self->kept, .config = config_ref(config) };
    self->kept = kept;
    atomic_store(&self->config, config);
}

void plugin_forget_configs(struct carillon_plugin_self *self)
{
    atomic_store(&self->config, NULL);
    for (struct kept_config *kept = self->kept, *older; kept; kept = older) {
        older = kept->older;
        config_unref(kept->config);
        free(kept);
    }
    self->kept = NULL;
}
