#include "plugin/ledger.h"

#include "fanout/codec.h"
#include "hook/hook.h"
#include "listener/listener.h"

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
        hook_remove_all(self);
        break;
    case LEDGER_STORAGE: /* closed by its user before */
        break;
    }
}

void ledger_undo(struct carillon_plugin_self *self)
{
    while (self->entries) {
        struct ledger_entry *entry = self->entries;
        self->entries = entry->next;
        entry_undo(self, entry);
        free(entry);
    }
}
