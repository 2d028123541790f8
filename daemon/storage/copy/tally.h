/*
 * What a list holds, as a number of items and a sum over their bytes: two storages have the same when both are equal.
 * Of a list whose order counts, each item's place is part of it; else the storages may list in orders of their own.
 */
#ifndef CARILLON_STORAGE_COPY_TALLY_H
#define CARILLON_STORAGE_COPY_TALLY_H

#include "base/hash.h"
#include <carillon/message.h>

struct tally {
    uint64_t count, sums[2];
};

/* One item: what is put between begin and add. Absent strings are as good as empty ones. */
struct tally_item {
    XXH3_state_t state;
};

void tally_begin(struct tally_item *item);
void tally_put(struct tally_item *item, struct carillon_str str);
void tally_put_number(struct tally_item *item, uint64_t number);
void tally_put_user(struct tally_item *item, struct carillon_user user);
/* What is shown of it. */
void tally_put_message(struct tally_item *item, const struct carillon_message *message);
void tally_add(struct tally *tally, struct tally_item *item, bool ordered);

static inline bool tally_equal(const struct tally *a, const struct tally *b)
{
    return a->count == b->count && a->sums[0] == b->sums[0] && a->sums[1] == b->sums[1];
}

#endif
