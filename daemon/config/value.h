/*
 * The values of a snapshot, as the checker makes them; everybody else reads them with config.h's functions.
 */
#ifndef CARILLON_CONFIG_VALUE_H
#define CARILLON_CONFIG_VALUE_H

#include "base/arena.h"
#include "config/config.h"

#include <stdatomic.h>

enum value_kind {
    VALUE_NUMBER, /* BOOL, INT, SIZE, DURATION */
    VALUE_TEXT,
    VALUE_FIELDS, /* RECORD, an entry of RECORDS or MAP: one item a declared field, in their order; NULL: no value */
    VALUE_LIST    /* STRINGS, RECORDS, MAP */
};

struct config_value {
    enum value_kind kind;
    struct carillon_str key; /* of an entry of a MAP */
    int64_t number;
    struct carillon_str text;
    const struct carillon_option *fields; /* FIELDS */
    struct config_value **items;          /* FIELDS, LIST */
    size_t count;
};

struct config {
    _Atomic unsigned references;
    struct carillon_arena *arena; /* of all below, and of this */
    struct config_value *root;
};

#endif
