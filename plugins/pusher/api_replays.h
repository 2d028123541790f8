/*
 * Signatures that were seen, for apps that accept each only once. Any thread.
 */
#ifndef CARILLON_PUSHER_API_REPLAYS_H
#define CARILLON_PUSHER_API_REPLAYS_H

#include <carillon/app.h>

/* False: it was seen while it was good, or too many are remembered. */
bool replays_take(const struct carillon_app *app, struct carillon_str signature, int64_t now_ms);
/* The same whatever the app says: OK, EXISTS, or LIMIT where it could not be remembered. */
enum carillon_result replays_note(struct carillon_str signature, int64_t now_ms);
/* What it was for did not happen after all. */
void replays_forget(struct carillon_str signature);
void replays_free(void);

#endif
