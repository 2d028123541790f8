/*
 * Events on their way to subscribers: made once on the channel's home, immutable, shared by all workers.
 *
 * References are atomic, one a worker or queue; the encoded forms hang on the event, so that each codec writes it once
 * wherever it is delivered.
 */
#ifndef CARILLON_MESSAGE_SHARED_EVENT_H
#define CARILLON_MESSAGE_SHARED_EVENT_H

#include "base/buffer.h"
#include <carillon/event.h>

/* Forms an event can have: each codec's bytes as they are, and compressed. */
enum { CODEC_MAX = 8, EVENT_FORMS = CODEC_MAX * 2 };

struct shared_event {
    struct carillon_event pub;
    bool author_only; /* for the actor's own sessions; set before it is given to anybody */
    atomic_uint refs;
    _Atomic(struct buffer *) forms[EVENT_FORMS];
    int64_t made_ms; /* monotonic, for how long rings keep it */
    size_t size;     /* bytes it takes, for the rings' bounds */
    char strings[];
};

/* Copies all strings. topic absent: the channel. One reference; NULL when memory is short. Any thread, as all below. */
struct shared_event *shared_event_new(const struct carillon_event *what, struct carillon_str topic);
struct shared_event *shared_event_ref(struct shared_event *event);
void shared_event_unref(struct shared_event *event);

#endif
