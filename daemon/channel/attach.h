/*
 * Subscribing: a session's worker asks the channel's home, which answers with everything missed and counts it in.
 *
 * Both ways go through the workers' queues, which keep order: an event that is distributed after the answer was posted
 * arrives after it, so nothing is missed and nothing comes twice.
 */
#ifndef CARILLON_CHANNEL_ATTACH_H
#define CARILLON_CHANNEL_ATTACH_H

#include "base/error.h"
#include "channel/channel.h"
#include "fanout/topic.h"
#include "loop/post.h"
#include "session/identity.h"

struct attach {
    struct task task;
    const struct app *app;
    const struct identity *identity; /* a reference */
    carillon_handle session;
    uint64_t cookie;
    unsigned worker;
    bool resume; /* epoch and pos name the last that was seen */
    char epoch[EPOCH_SIZE];
    uint64_t pos;
    bool authorised;      /* the app's secret vouches for it */
    bool probe;           /* only asks whether it may: nothing is counted in */
    uint32_t members_max; /* a presence channel takes no more members; 0: any number */
    /* The answer. */
    enum error_code error;
    enum carillon_recovery recovery;
    const char *reason;
    char epoch_now[EPOCH_SIZE];
    uint64_t pos_now;
    bool stored;
    struct shared_event **events; /* what was missed, a reference each */
    size_t event_count;
    struct carillon_roster *roster;      /* a reference: who is there */
    struct shared_event *cached;         /* a reference: the newest event of a cache channel */
    bool cache_missed;                   /* ... which has none */
    void (*done)(struct attach *attach); /* on the session's worker; frees it with attach_free */
    size_t name_len;
    char name[]; /* as routed ("#user-ada"), with a NUL */
};

/* channel: as routed. epoch absent: no recovery. NULL when memory is short. */
struct attach *attach_new(const struct app *app, const struct identity *identity, struct carillon_str channel,
                          struct carillon_str epoch, uint64_t pos);
void attach_free(struct attach *attach);
/* On the session's worker; done comes later, from the loop. */
void channel_attach(struct attach *attach);
/* As a worker stops: from now on its sessions leave without a word, since no home will hear it. */
void channel_end_worker(void);
bool channel_worker_ended(void);
/* On the session's worker: it was attached and is no more. */
void channel_detach(const struct app *app, struct carillon_str channel, const struct identity *identity);

#endif
