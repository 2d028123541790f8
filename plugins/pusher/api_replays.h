/*
 * Signatures that were seen, for apps that accept each only once. Any thread.
 */
#ifndef CARILLON_PUSHER_API_REPLAYS_H
#define CARILLON_PUSHER_API_REPLAYS_H

#include <carillon/app.h>

/* False: it was seen while it was good, or too many are remembered. */
bool replays_take(const struct carillon_app *app, struct carillon_str signature, int64_t now_ms);
void replays_free(void);

#endif
