/*
 * What waits to be sent to one place from one worker: in order, at most one request under way, tried again until it is
 * taken or too old. Belongs to its worker; nothing here blocks or fails: what cannot be kept is given up, counted and told.
 */
#ifndef CARILLON_PUSHER_OUTBOX_H
#define CARILLON_PUSHER_OUTBOX_H

#include "pusher.h"
#include "text.h"

#include <stdatomic.h>

/* X(NAME, "family", "outcome", "help"): what is counted, for each kind; rows of one family stand together. */
#define OUTBOX_COUNTERS(X)                                                                                             \
    X(SENT, "pusher_outgoing_events_total", "sent", "Events for webhooks and relays, by what became of them.")         \
    X(DROPPED, "pusher_outgoing_events_total", "dropped", "")                                                          \
    X(DONE, "pusher_outgoing_requests_total", "done", "Requests of webhooks and relays, by their outcome.")            \
    X(FAILED, "pusher_outgoing_requests_total", "failed", "")                                                          \
    X(RETRIED, "pusher_outgoing_retries_total", NULL, "Requests that were made again.")

enum outbox_counter {
#define OUTBOX_X(name, family, outcome, help) OUTBOX_##name,
    OUTBOX_COUNTERS(OUTBOX_X)
#undef OUTBOX_X
        OUTBOX_COUNTER_COUNT
};

/* A place as the configuration has it now. */
struct outbox_place {
    struct carillon_str url, id; /* which together are its identity; url absent: there is no such place */
};

/* A request for a batch, as it is written just before it is sent. */
enum { OUTBOX_HEADERS_MAX = 4, OUTBOX_SIGNATURE_ROOM = 65 };
struct outbox_request {
    struct text url, body;
    struct carillon_http_param headers[OUTBOX_HEADERS_MAX];
    size_t header_count;
    char signature[OUTBOX_SIGNATURE_ROOM];
    const struct carillon_str *allow;
    size_t allow_count;
    bool failed; /* memory is short */
};

struct outbox;

/* What is sent, and how. One for all workers. */
struct outbox_kind {
    const char *name;
    struct outbox_place (*place)(const struct carillon_app *app, size_t i);
    size_t (*batch_max)(void);
    /* The first `batch` items, for place i of the app. */
    void (*write)(const struct outbox *box, const struct carillon_app *app, size_t i, struct outbox_request *request);
    /* 400 and 413 say that an item is wrong, not that the place is in trouble: they are sent one by one. */
    bool refuses_items;
    atomic_size_t waiting; /* items of all workers */
    unsigned counters[OUTBOX_COUNTER_COUNT];
};

/* One event, as JSON. */
struct outbox_item {
    struct outbox_item *next;
    int64_t at_ms; /* monotonic */
    size_t len;
    char json[];
};

struct outbox {
    struct outbox *next; /* of the worker */
    struct outbox_kind *kind;
    char *app, *url, *id; /* of the place; url and id change when the configuration does */
    size_t index;         /* of the place */
    struct outbox_item *first, **end;
    size_t count, bytes;
    size_t batch;      /* so many of the first are under way or were tried; 0: none */
    size_t one_by_one; /* so many are to be sent alone */
    int64_t batch_ms;  /* wall time: when the batch was made */
    unsigned tries;    /* that failed since the last that did not */
    carillon_handle timer;
    bool timed, posting, draining;
    size_t lost; /* given up and not told yet */
    int64_t lost_told_ms;
};

/* outbox.c */
struct outbox *outbox_new(struct outbox_kind *kind, struct carillon_str app, const struct outbox_place *place,
                          size_t index);
void outbox_free(struct outbox *box);
bool outbox_is_for(const struct outbox *box, const struct outbox_place *place);
/* The configuration has this place where the box's was. */
bool outbox_move(struct outbox *box, const struct outbox_place *place, size_t index);
void outbox_put(struct outbox *box, struct carillon_str json);
/* The first n are gone, since they were sent. */
void outbox_pop(struct outbox *box, size_t n);
/* The first n are given up; why: for people. */
void outbox_give_up(struct outbox *box, size_t n, const char *why);
void outbox_count(const struct outbox *box, enum outbox_counter counter, size_t n);
/* Adds the batch's items with commas between. */
void outbox_write_batch(const struct outbox *box, struct text *text);

/* outbox_post.c */
void outbox_post_after(struct outbox *box, int64_t ms);
/* The daemon stops: what waits goes out now. */
void outbox_hurry(struct outbox *box);

/* outboxes.c: on a worker. The box of place i; NULL: there is none, or memory is short. */
struct outbox *outboxes_get(struct outbox_kind *kind, const struct carillon_app *app, size_t i);
/* The place that the box is for, as the configuration has it now; false: none. */
bool outboxes_find_place(struct outbox *box, const struct carillon_app **app, size_t *i);

#endif
