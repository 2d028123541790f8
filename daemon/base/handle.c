#include "base/handle.h"
#include "loop/worker.h"

#include <stdlib.h>

enum { KIND_BITS = 8, WORKER_BITS = 8, INDEX_BITS = 24, FIRST_ROOM = 64 };

struct slot {
    void *thing;
    uint32_t generation : 24;
    uint32_t kind : 8;
    uint32_t next_free;
};

/* Free slots are a queue, so that a slot rests as long as possible before it is used again. */
static _Thread_local struct table {
    struct slot *slots;
    uint32_t room, first_free, last_free;
    bool any_free;
} table;

static carillon_handle handle_make(const struct slot *slot, uint32_t index)
{
    return (uint64_t)slot->kind << (64 - KIND_BITS) | (uint64_t)worker_index() << (64 - KIND_BITS - WORKER_BITS) |
           (uint64_t)slot->generation << INDEX_BITS | index;
}

static void slot_release(uint32_t index)
{
    if (table.any_free)
        table.slots[table.last_free].next_free = index;
    else
        table.first_free = index;
    table.last_free = index;
    table.any_free = true;
}

static bool table_grow(void)
{
    uint32_t room = table.room ? table.room * 2 : FIRST_ROOM;
    if (room > (uint32_t)1 << INDEX_BITS)
        return false;
    struct slot *slots = realloc(table.slots, room * sizeof *slots);
    if (!slots)
        return false;
    table.slots = slots;
    for (uint32_t i = table.room; i < room; i++) {
        slots[i] = (struct slot){ .generation = 1 };
        slot_release(i);
    }
    table.room = room;
    return true;
}

carillon_handle handle_open(enum handle_kind kind, void *thing)
{
    if (!table.any_free && !table_grow())
        return 0;
    uint32_t index = table.first_free;
    struct slot *slot = &table.slots[index];
    table.any_free = index != table.last_free;
    table.first_free = slot->next_free;
    slot->kind = kind & 0xff;
    slot->thing = thing;
    return handle_make(slot, index);
}

static struct slot *handle_slot(carillon_handle handle)
{
    uint32_t index = handle & (((uint32_t)1 << INDEX_BITS) - 1);
    if (index >= table.room)
        return NULL;
    struct slot *slot = &table.slots[index];
    return slot->kind != HANDLE_FREE && handle_make(slot, index) == handle ? slot : NULL;
}

void handle_close(carillon_handle handle)
{
    struct slot *slot = handle_slot(handle);
    if (!slot)
        return;
    slot->kind = HANDLE_FREE;
    slot->thing = NULL;
    slot->generation++;
    slot_release((uint32_t)(slot - table.slots));
}

void *handle_get(carillon_handle handle, enum handle_kind kind, enum carillon_result *why)
{
    struct slot *slot = handle_slot(handle);
    if (slot && slot->kind == kind)
        return slot->thing;
    if (why)
        *why = handle_worker(handle) == worker_index() ? CARILLON_STALE : CARILLON_WRONG_THREAD;
    return NULL;
}

unsigned handle_worker(carillon_handle handle)
{
    return (unsigned)(handle >> (64 - KIND_BITS - WORKER_BITS)) & 0xff;
}

void handles_free(void)
{
    free(table.slots);
    table = (struct table){ 0 };
}
