/*
 * The parameters of a query, decoded. Pure; any thread.
 */
#ifndef CARILLON_PUSHER_API_PARAMS_H
#define CARILLON_PUSHER_API_PARAMS_H

#include "text.h"

enum { PARAMS_MAX = 160 };

struct param {
    struct carillon_str name, value;
};

struct params {
    struct param list[PARAMS_MAX]; /* in the order in which they came */
    size_t count;
    char *copy;
};

/* query: raw. False: too many, a broken escape, or no memory. Freed by params_free in either case. */
bool params_parse(struct params *params, struct carillon_str query);
void params_free(struct params *params);
/* The first of this name; absent if there is none. */
struct carillon_str params_get(const struct params *params, const char *name);
/* As it is signed: sorted by lower-case name, "name=value" joined by '&', without auth_signature. */
void params_put_signed(const struct params *params, struct text *text);

#endif
