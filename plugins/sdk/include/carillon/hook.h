/*
 * Hooks: filter, change and route what clients do, before the channel's home sees it.
 *
 * A hook runs on the worker of the session that acts. The hooks of a point run in ascending priority, then in the order
 * they were added. It returns a verdict at once, or CARILLON_VERDICT_SUSPEND and gives it later through
 * carillon_host.hook_resume with the call's handle, on the same worker. While it is suspended only later actions of the
 * same author in the same channel wait (up to 32; more are refused as busy). A hook that does not answer within the
 * host's time limit counts as faulty and its on_error verdict is taken.
 */
#ifndef CARILLON_HOOK_H
#define CARILLON_HOOK_H

#include <carillon/message.h>

#define CARILLON_HOOK_POINTS(X)                                                                                        \
    X(CONNECT, "connect")                                                                                              \
    X(AUTH, "auth")                                                                                                    \
    X(SUBSCRIBE, "subscribe")                                                                                          \
    X(UNSUBSCRIBE, "unsubscribe")                                                                                      \
    X(MESSAGE_PUBLISH, "message.publish")                                                                              \
    X(MESSAGE_EDIT, "message.edit")                                                                                    \
    X(MESSAGE_DELETE, "message.delete")                                                                                \
    X(PRESENCE, "presence")                                                                                            \
    X(TYPING, "typing")                                                                                                \
    X(CLIENT_EVENT, "client.event")

enum carillon_hook_point {
#define CARILLON_X(name, text) CARILLON_HOOK_##name,
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
        CARILLON_HOOK_POINT_COUNT
};

/* PASS and MODIFY go on with the next hook; DROP and REROUTE end the chain; SUSPEND: the verdict comes later. */
#define CARILLON_VERDICTS(X)                                                                                           \
    X(PASS, "pass")                                                                                                    \
    X(DROP, "drop")                                                                                                    \
    X(MODIFY, "modify")                                                                                                \
    X(REROUTE, "reroute")                                                                                              \
    X(SUSPEND, "suspend")

enum carillon_verdict_kind {
#define CARILLON_X(name, text) CARILLON_VERDICT_##name,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

struct carillon_verdict {
    enum carillon_verdict_kind kind;
    struct carillon_str code;    /* DROP: a stable word for the author's program, such as "links" */
    struct carillon_str text;    /* DROP: for the author to read */
    struct carillon_str channel; /* REROUTE */
    struct carillon_str body;    /* MODIFY: the new text; absent: as it was */
    struct carillon_str data;    /* MODIFY: the new data (JSON); absent: as it was */
};

/* What the hook may look at; valid during the call, and while it is suspended. */
struct carillon_hook_call {
    enum carillon_hook_point point;
    carillon_handle handle;  /* for hook_resume */
    carillon_handle session; /* 0: the HTTP API */
    struct carillon_str app, channel;
    struct carillon_user user;
    struct carillon_str address; /* the client's, as the proxies we trust told */
    struct carillon_str message; /* EDIT, DELETE: the message's id */
    struct carillon_str text, data;
    struct carillon_str event; /* CLIENT_EVENT and own events: the name */
    struct carillon_str reply_to;
};

/* Copies what it is given in verdict: strings need live only until the function (or hook_resume) returns. */
typedef enum carillon_verdict_kind (*carillon_hook_fn)(const struct carillon_hook_call *call,
                                                       struct carillon_verdict *verdict, void *user);

struct carillon_hook {
    size_t size;
    const char *id; /* unique in the plugin */
    enum carillon_hook_point point;
    int priority;
    bool fail_open; /* when it is faulty: pass (true) or refuse the action (false) */
    carillon_hook_fn run;
    void *user;
};

#endif
