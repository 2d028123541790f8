/*
 * What leaves the daemon by itself: webhooks to an app's own server, and events that are triggered at another service, too.
 *
 *   outgoing.c       what happened is handed to webhooks and relays
 *   webhook.c        what a webhook is told
 *   webhook_hold.c   what may be taken back within moments, and what is told once for many
 *   relay.c          what is triggered elsewhere
 *   relay_input.c    the other service's webhooks
 *   outbox.c         what waits for one place: ordered, bounded
 *   outbox_post.c    ... sent in batches, and again until it is taken or too old
 *   outboxes.c       a worker's outboxes, and what they have in common
 *
 * All of it runs on the worker that is the channel's home, so that each place gets what happened on a channel in its order.
 */
#ifndef CARILLON_PUSHER_OUTGOING_H
#define CARILLON_PUSHER_OUTGOING_H

#include "pusher.h"

#define OUTGOING_DAY_MS (INT64_C(24) * 3600 * 1000)

/* X(name, type, "default", unit or NULL, least, most, "help"): the options of `pusher.outgoing`. */
#define OUTGOING_OPTIONS(X)                                                                                            \
    X(grace, DURATION, "\"3s\"", NULL, 0, 60000,                                                                       \
      "So long a webhook that somebody left waits for whether they come back; then nothing is told.")                  \
    X(delay, DURATION, "\"50ms\"", NULL, 0, 60000, "What happens within this time is sent together.")                  \
    X(batch, INT, "100", "events", 1, 1000, "The most events of one webhook.")                                         \
    X(timeout, DURATION, "\"10s\"", NULL, 100, 60000, "Who has not answered by then has not got it.")                  \
    X(retry, DURATION, "\"5m\"", NULL, 0, OUTGOING_DAY_MS, "What nobody takes is given up so long after it happened.") \
    X(backoff, DURATION, "\"1s\"", NULL, 10, 3600000,                                                                  \
      "The pause before the first retry; each further one is doubled.")                                                \
    X(backoff_max, DURATION, "\"30s\"", NULL, 10, 3600000, "The longest pause between retries.")                       \
    X(queue, SIZE, "\"8M\"", NULL, 1024, INT64_C(1) << 30, "The most that waits for one place, on each worker.")

/* The fields of that record, for the plugin's table of options. */
enum {
#define OUTGOING_X(name, type, default_value, unit, least, most, help) OUTGOING_OPTION_##name,
    OUTGOING_OPTIONS(OUTGOING_X)
#undef OUTGOING_X
        OUTGOING_OPTION_COUNT
};
extern const struct carillon_option outgoing_options[OUTGOING_OPTION_COUNT];
#define OUTGOING_X(name, type, default_value, unit, least, most, help) int64_t outgoing_##name(void);
OUTGOING_OPTIONS(OUTGOING_X)
#undef OUTGOING_X

/* Main thread: registers; frees what the workers left, and says what was lost. */
enum carillon_result outgoing_add(const char *prefix);
void outgoing_free(void);

#endif
