/*
 * An action: what a client, a server or a script does to a channel, on its way from the session to the channel's home and
 * back. It is made on a worker, goes through the pipeline (pipeline.h), and comes back to that worker exactly once.
 *
 * It owns a storage request whose arena holds all its strings. Whoever works on it at the moment owns it: the session's
 * worker, then the home, then the session's worker again.
 */
#ifndef CARILLON_ACTION_H
#define CARILLON_ACTION_H

#include "base/error.h"
#include "loop/post.h"
#include "session/identity.h"
#include "storage/storage.h"
#include <carillon/hook.h>

/* X(NAME, storage op, hook point or -1, is refused of the muted) */
#define ACTION_KINDS(X)                                                                                                \
    X(PUBLISH, CARILLON_STORAGE_APPEND, CARILLON_HOOK_MESSAGE_PUBLISH, true)                                           \
    X(EDIT, CARILLON_STORAGE_EDIT, CARILLON_HOOK_MESSAGE_EDIT, true)                                                   \
    X(DELETE, CARILLON_STORAGE_DELETE, CARILLON_HOOK_MESSAGE_DELETE, false)                                            \
    X(REACT, CARILLON_STORAGE_REACT, -1, true)                                                                         \
    X(CREATE, CARILLON_STORAGE_CONVERSATION_CREATE, -1, false)                                                         \
    X(UPDATE, CARILLON_STORAGE_CONVERSATION_UPDATE, -1, false)                                                         \
    X(MEMBER, CARILLON_STORAGE_MEMBER_SET, -1, false)                                                                  \
    X(ACCEPT, CARILLON_STORAGE_INVITATION_ACCEPT, -1, false)                                                           \
    X(ERASE, CARILLON_STORAGE_USER_ERASE, -1, false)                                                                   \
    X(READ, CARILLON_STORAGE_READ_MARK, -1, false)                                                                     \
    X(TYPING, CARILLON_STORAGE_PING, CARILLON_HOOK_TYPING, true)                                                       \
    X(RELEASE, CARILLON_STORAGE_HELD_GET, -1, false)                                                                   \
    X(DISCARD, CARILLON_STORAGE_HELD_REMOVE, -1, false)                                                                \
    X(STEP, CARILLON_STORAGE_PING, -1, false) /* of a session: hooks judge it, no home sees it (hook/hook.h) */

enum action_kind {
#define ACTION_X(name, op, point, muted) ACTION_##name,
    ACTION_KINDS(ACTION_X)
#undef ACTION_X
        ACTION_KIND_COUNT
};

struct action {
    struct task task;
    enum action_kind kind;
    /* Owned. Its app, in, out, arena: carillon/storage.h says which field means what. */
    struct carillon_storage_request *request;
    const struct identity *identity; /* a reference */
    carillon_handle session;         /* 0: the HTTP API */
    uint64_t cookie;                 /* the session's, for its answer */
    struct carillon_str address;     /* of the client, in the arena */
    unsigned worker;                 /* where it was made */
    bool client_event;               /* PUBLISH of an event that its sender does not get */
    bool foreign;                    /* it came from another service */
    carillon_handle exclude;         /* the session that does not get the event; 0: none */
    bool active;                     /* TYPING */
    bool rerouted;                   /* a hook changed in.conversation */
    bool shadowed;                   /* a hook keeps it from all but its author */
    bool held;                       /* a hook keeps it for a moderator: in.queue, in.reason, in.expires_ms */
    struct action_copy *copies;      /* where hooks want it, too (hook/copy.h) */
    /* The outcome. error == ERROR_NONE: done, and out.change (if anything changed), epoch, pos tell. */
    enum error_code error;
    struct carillon_failure failure; /* filled in when error is set; a hook's own code and text for ERROR_HOOK */
    struct carillon_str epoch;       /* absent: the channel has no positions */
    uint64_t pos;
    bool duplicate;
    void (*ended)(struct action *action); /* the pipeline's, before done; NULL: nothing */
    void (*done)(struct action *action);
    void *arg;
    struct action *next; /* the home's queues */
    int64_t begun_ns;
};

/* On a worker. Copies the channel's name. NULL when memory is short. */
struct action *action_new(enum action_kind kind, const struct identity *identity, struct carillon_str channel);
/* An ACTION_STEP: app and identity may be NULL. */
struct action *action_new_step(const struct app *app, const struct identity *identity, struct carillon_str channel);
/* Who acts: of a server, whom it acts for. Absent (no id) before sign-in. */
const struct carillon_user *action_author(const struct action *action);
/* A copy in the action's arena. */
struct carillon_str action_str(struct action *action, struct carillon_str str);
void action_free(struct action *action);
/* The action ended so, on any worker; its done() is posted to the worker where it was made. */
void action_complete(struct action *action, enum error_code error);

#endif
