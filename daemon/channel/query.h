/*
 * Questions about channels, asked on any worker, answered there: the homes are asked and what they say is gathered.
 */
#ifndef CARILLON_CHANNEL_QUERY_H
#define CARILLON_CHANNEL_QUERY_H

#include "session/app.h"
#include <carillon/transport.h>

/* These channels, in this order. NO_MEMORY: done is not called. */
enum carillon_result channels_ask(const struct app *app, const struct carillon_str *names, size_t n,
                                  carillon_channels_fn done, void *arg);
/* All channels of the app that have subscribers and whose names begin so. */
enum carillon_result channels_list(const struct app *app, struct carillon_str prefix, carillon_channels_fn done,
                                   void *arg);

#endif
