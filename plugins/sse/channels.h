/*
 * The list of channels in a stream's request: names parted by commas. A name that has a comma itself writes it as %2C (in
 * the URL %252C), as names hold no percent sign. Pure; any thread.
 */
#ifndef CARILLON_SSE_CHANNELS_H
#define CARILLON_SSE_CHANNELS_H

#include <carillon/types.h>

struct channels {
    struct carillon_str *names;
    size_t count;
    size_t bytes; /* of all names with their NULs */
    char *copy;
};

/* NULL, or what is wrong with the list: empty, more than max, a name that is empty or there twice, no memory. Freed by
   channels_free in either case. */
const char *channels_parse(struct channels *channels, struct carillon_str list, size_t max);
void channels_free(struct channels *channels);

#endif
