#include "channel/roll.h"

#include <stdlib.h>
#include <utlist.h>

enum { FIRST_ROOM = 4 };

struct roll_slot {
    struct roll_entry *entries[ROLL_SLOT];
    size_t count, index;      /* in the roll's slots */
    struct roster_page *page; /* as it was told; NULL: it has changed since */
    struct roll_slot *prev, *next;
};

static void slot_changed(struct roll *roll, struct roll_slot *slot)
{
    roster_page_unref(slot->page);
    slot->page = NULL;
    roster_unref(roll->newest);
    roll->newest = NULL;
}

static void roll_grow(struct roll *roll)
{
    size_t room = roll->slot_room ? roll->slot_room * 2 : FIRST_ROOM;
    struct roll_slot **slots = realloc(roll->slots, room * sizeof(*slots));
    if (!slots)
        abort(); /* must hold: who is there would not be known */
    roll->slots = slots;
    roll->slot_room = room;
}

static struct roll_slot *slot_new(struct roll *roll)
{
    struct roll_slot *slot = calloc(1, sizeof *slot);
    if (!slot)
        abort(); /* as above */
    if (roll->slot_count == roll->slot_room)
        roll_grow(roll);
    slot->index = roll->slot_count;
    roll->slots[roll->slot_count++] = slot;
    DL_PREPEND(roll->spare, slot);
    return slot;
}

/* The next one takes its place; if that begins the list now, it is written another way. */
static void slot_free(struct roll *roll, struct roll_slot *slot)
{
    DL_DELETE(roll->spare, slot);
    roll->slot_count--;
    for (size_t i = slot->index; i < roll->slot_count; i++) {
        roll->slots[i] = roll->slots[i + 1];
        roll->slots[i]->index = i;
    }
    if (slot->index == 0 && roll->slot_count)
        slot_changed(roll, roll->slots[0]);
    free(slot);
}

void roll_add(struct roll *roll, struct roll_entry *entry)
{
    struct roll_slot *slot = roll->spare ? roll->spare : slot_new(roll);
    slot_changed(roll, slot);
    entry->slot = slot;
    entry->at = slot->count;
    slot->entries[slot->count++] = entry;
    roll->count++;
    if (slot->count == ROLL_SLOT)
        DL_DELETE(roll->spare, slot);
}

void roll_remove(struct roll *roll, struct roll_entry *entry)
{
    struct roll_slot *slot = entry->slot;
    slot_changed(roll, slot);
    if (slot->count == ROLL_SLOT)
        DL_PREPEND(roll->spare, slot);
    struct roll_entry *last = slot->entries[--slot->count];
    slot->entries[entry->at] = last;
    last->at = entry->at;
    roll->count--;
    if (!slot->count)
        slot_free(roll, slot);
}

static struct roster_page *slot_page(struct roll_slot *slot)
{
    struct carillon_user users[ROLL_SLOT];
    struct carillon_str infos[ROLL_SLOT];
    for (size_t i = 0; i < slot->count && !slot->page; i++) {
        users[i] = slot->entries[i]->user;
        infos[i] = slot->entries[i]->info;
    }
    if (!slot->page)
        slot->page = roster_page_new(users, infos, slot->count, slot->index == 0);
    return slot->page;
}

struct carillon_roster *roll_call(struct roll *roll)
{
    if (roll->newest)
        return roster_ref(roll->newest);
    struct carillon_roster *roster = roster_new(roll->slot_count);
    if (!roster)
        return NULL;
    for (size_t i = 0; i < roll->slot_count; i++) {
        struct roster_page *page = slot_page(roll->slots[i]);
        if (!page) {
            roster_unref(roster);
            return NULL;
        }
        roster->pages[i] = roster_page_ref(page);
    }
    roster->count = roll->count;
    roll->newest = roster;
    return roster_ref(roster);
}

void roll_free(struct roll *roll)
{
    for (size_t i = 0; i < roll->slot_count; i++) {
        roster_page_unref(roll->slots[i]->page);
        free(roll->slots[i]);
    }
    free(roll->slots);
    roster_unref(roll->newest);
    *roll = (struct roll){ 0 };
}
