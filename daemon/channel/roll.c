#include "channel/roll.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct roll_slot {
    struct roll_entry *entries[ROLL_SLOT];
    size_t count, index;      /* in the roll's slots */
    struct roster_page *page; /* as it was told; NULL: it has changed since */
    struct roll_slot *prev, *next;
};

static void section_changed(struct roll *roll, size_t slot)
{
    struct roster_section **section = &roll->sections[slot / ROSTER_SECTION_PAGES];
    roster_section_unref(*section);
    *section = NULL;
    roster_unref(roll->newest);
    roll->newest = NULL;
}

static void slot_changed(struct roll *roll, struct roll_slot *slot)
{
    roster_page_unref(slot->page);
    slot->page = NULL;
    section_changed(roll, slot->index);
}

static void roll_grow(struct roll *roll)
{
    size_t had = roll->slot_room / ROSTER_SECTION_PAGES, sections = had ? had * 2 : 1;
    struct roll_slot **slots = realloc(roll->slots, sections * ROSTER_SECTION_PAGES * sizeof(*slots));
    struct roster_section **told = realloc(roll->sections, sections * sizeof(*told));
    if (!slots || !told)
        abort(); /* must hold: who is there would not be known */
    memset(told + had, 0, (sections - had) * sizeof(*told));
    roll->slots = slots;
    roll->sections = told;
    roll->slot_room = sections * ROSTER_SECTION_PAGES;
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

/* The last one takes its place; if that begins the list now, it is written another way. */
static void slot_free(struct roll *roll, struct roll_slot *slot)
{
    struct roll_slot *last = roll->slots[--roll->slot_count];
    DL_DELETE(roll->spare, slot);
    section_changed(roll, last->index);
    if (last != slot) {
        last->index = slot->index;
        roll->slots[last->index] = last;
        if (last->index == 0)
            slot_changed(roll, last);
    }
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

static struct roster_section *section_told(const struct roll *roll, size_t index)
{
    size_t begin = index * ROSTER_SECTION_PAGES, left = roll->slot_count - begin;
    struct roster_section *section = roster_section_new(left < ROSTER_SECTION_PAGES ? left : ROSTER_SECTION_PAGES);
    for (size_t i = 0; section && i < section->page_count; i++) {
        struct roster_page *page = slot_page(roll->slots[begin + i]);
        if (!page) {
            roster_section_unref(section);
            return NULL;
        }
        section->pages[i] = roster_page_ref(page);
    }
    return section;
}

static struct carillon_roster *roll_told(struct roll *roll)
{
    struct carillon_roster *roster = roster_new((roll->slot_count + ROSTER_SECTION_PAGES - 1) / ROSTER_SECTION_PAGES);
    for (size_t i = 0; roster && i < roster->section_count; i++) {
        if (!roll->sections[i])
            roll->sections[i] = section_told(roll, i);
        if (!roll->sections[i]) {
            roster_unref(roster);
            return NULL;
        }
        roster->sections[i] = roster_section_ref(roll->sections[i]);
    }
    if (roster)
        roster->count = roll->count;
    return roster;
}

struct carillon_roster *roll_call(struct roll *roll)
{
    if (!roll->newest)
        roll->newest = roll_told(roll);
    return roll->newest ? roster_ref(roll->newest) : NULL;
}

void roll_free(struct roll *roll)
{
    for (size_t i = 0; i < roll->slot_count; i++) {
        roster_page_unref(roll->slots[i]->page);
        free(roll->slots[i]);
    }
    for (size_t i = 0; i * ROSTER_SECTION_PAGES < roll->slot_room; i++)
        roster_section_unref(roll->sections[i]);
    free(roll->slots);
    free(roll->sections);
    roster_unref(roll->newest);
    *roll = (struct roll){ 0 };
}
