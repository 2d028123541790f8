/*
 * A list of row keys as a JSON array: one prepared statement then reads rows for any number of keys, joined to
 * json_each(), whose `key` is the place in the list.
 */
#ifndef SQLITE_KEYS_H
#define SQLITE_KEYS_H

#include "store.h"

struct keys {
    char *json;
    size_t len, count, max;
};

/* From the request's arena; adding to one that could not be made does nothing. */
struct keys keys_new(struct carillon_storage_thread *thread, size_t max);
void keys_add(struct keys *keys, int64_t key);
struct carillon_str keys_json(struct keys *keys);

#endif
