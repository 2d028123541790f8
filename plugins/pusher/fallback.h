/*
 * The HTTP fallback of pusher-js: the same clients, where WebSockets do not get through.
 *
 * A client outlives its requests. It lives at its home, the worker that the hash of its path names; the requests come to
 * whichever worker the listener chose. A visit is one such request: it is posted to the home, which answers it at once, later
 * or, a stream, piece by piece.
 *
 *   fallback_route.c    requests become visits; on the request's worker
 *   fallback_visit.c    the way to the home and back: all that two workers share
 *   fallback_session.c  the clients at their home
 *   fallback_lines.h    what is written and read; pure
 */
#ifndef CARILLON_PUSHER_FALLBACK_H
#define CARILLON_PUSHER_FALLBACK_H

#include "client.h"
#include "fallback_lines.h"

#include <stdatomic.h>

enum visit_kind { VISIT_SEND, VISIT_POLL, VISIT_STREAM };

struct fallback;

struct visit {
    /* As it came, read by both workers. */
    enum visit_kind kind;
    unsigned worker, home;
    struct arrival arrival;
    json_t *frames; /* SEND */
    char address[64];

    /* Of the request's worker. */
    carillon_handle request, stream;
    bool over; /* the home has let go of it, or the client is gone */
    bool owes; /* a piece is on its way to the client: its home wants to know when it is through */

    /* Of the home: whose answer it is; NULL: of nobody (any more). */
    struct fallback *session;

    /* From the home, one at a time. */
    struct text piece, end;
    unsigned status;

    atomic_uint refs; /* the request, the home, and each post that is under way */
    struct visit *next, **link;
    size_t key_len;
    char key[]; /* which client's: "<app key>/<number>/<name>" */
};

/* ---- fallback_route.c ---- */
/* Registers the routes below /pusher, below the prefix, and below /pusher below that. */
enum carillon_result fallback_add(const char *prefix);

/* ---- fallback_visit.c ---- */
/* On the request's worker. NULL: memory is short. */
struct visit *visit_new(enum visit_kind kind, const struct carillon_http_request *request,
                        const struct arrival *arrival, json_t *frames);
/* The request's handle waits for its answer. */
void visit_go_home(struct visit *visit);
/* At the home. A piece of a stream: the head goes before the first. fallback_taken tells when it is through. */
void visit_give(struct visit *visit, struct text *piece);
/* The last of it; the home lets go. status other than 200 and 204: text says why. */
void visit_end(struct visit *visit, unsigned status, struct text *text);
/* Posts that are under way, so that a stop waits for them. */
size_t visits_count_posts(void);

/* ---- fallback_session.c: at the home ---- */
enum carillon_result fallback_open(void);
void fallback_close(void);
void fallback_arrived(struct visit *visit);
void fallback_taken(struct fallback *session);
/* The client left before the end. */
void fallback_lost(struct fallback *session);

#endif
