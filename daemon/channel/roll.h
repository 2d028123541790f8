/*
 * Who is shown on a presence channel, kept at its home so that a roster for who subscribes costs what has changed since the
 * last one: members stand on slots of at most ROLL_SLOT, each of which remembers the page that it was told as.
 *
 * On the home's worker. Memory is bounded by the members: a slot holds one at least.
 */
#ifndef CARILLON_CHANNEL_ROLL_H
#define CARILLON_CHANNEL_ROLL_H

#include "fanout/roster.h"

enum { ROLL_SLOT = 64 };

struct roll_slot;

/* A member's place; it and its strings belong to the caller and stay where they are while it stands on the roll. */
struct roll_entry {
    struct carillon_user user;
    struct carillon_str info;
    struct roll_slot *slot;
    size_t at; /* in the slot */
};

/* All zero: nobody. */
struct roll {
    struct roll_slot **slots;
    size_t slot_count, slot_room;     /* the room: a multiple of ROSTER_SECTION_PAGES */
    struct roster_section **sections; /* as they were told, of so many slots in a row each; NULL: changed since */
    struct roll_slot *spare;          /* those that are not full */
    size_t count;                     /* members */
    struct carillon_roster *newest;
};

void roll_add(struct roll *roll, struct roll_entry *entry);
void roll_remove(struct roll *roll, struct roll_entry *entry);
/* As it is now: a reference. NULL when memory is short. */
struct carillon_roster *roll_call(struct roll *roll);
/* The entries are the caller's. */
void roll_free(struct roll *roll);

#endif
