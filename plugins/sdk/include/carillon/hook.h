/*
 * Hooks: judge, change and route what clients do, before the channel's home sees it.
 *
 * The hooks of a point run in ascending priority, then in the order they were added, on the worker of the session that
 * acts (PRESENCE: on the channel's home). A hook returns a verdict at once, or CARILLON_VERDICT_SUSPEND and gives it later
 * through carillon_host.hook_resume with the call's handle, on the same worker. While it is suspended only later actions
 * of the same author in the same channel wait, whichever worker they come to (up to 32; more are refused as busy). A hook
 * that does not answer within its timeout_ms, or gives a verdict that its point does not know, counts as faulty, and its
 * fail_open says what becomes of the action. README.md of the SDK tells point by point what a verdict does.
 */
#ifndef CARILLON_HOOK_H
#define CARILLON_HOOK_H

#include <carillon/message.h>

/*
 * PASS, MODIFY, COPY and MUTE of somebody else go on with the next hook; DROP, REROUTE, SHADOW, HOLD and MUTE of the author
 * end the chain; SUSPEND: the verdict comes later. A hook may give several that go on, and at last one that ends the chain:
 * carillon_verdict.then. They are looked at all together, and if one is wrong none of them is done.
 */
#define CARILLON_VERDICTS(X)                                                                                           \
    X(PASS, "pass")                                                                                                    \
    X(DROP, "drop")                                                                                                    \
    X(MODIFY, "modify")                                                                                                \
    X(REROUTE, "reroute")                                                                                              \
    X(COPY, "copy")                                                                                                    \
    X(SHADOW, "shadow")                                                                                                \
    X(HOLD, "hold")                                                                                                    \
    X(MUTE, "mute")                                                                                                    \
    X(SUSPEND, "suspend")

enum carillon_verdict_kind {
#define CARILLON_X(name, text) CARILLON_VERDICT_##name,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
        CARILLON_VERDICT_COUNT
};

/* Sets of verdicts, for the table below. */
#define CARILLON_MAY(NAME) (1u << CARILLON_VERDICT_##NAME)
#define CARILLON_MAY_WAIT (CARILLON_MAY(PASS) | CARILLON_MAY(SUSPEND))
#define CARILLON_MAY_REFUSE (CARILLON_MAY_WAIT | CARILLON_MAY(DROP))
#define CARILLON_MAY_MUTE (CARILLON_MAY_REFUSE | CARILLON_MAY(MUTE))
#define CARILLON_MAY_ROUTE                                                                                             \
    (CARILLON_MAY_MUTE | CARILLON_MAY(MODIFY) | CARILLON_MAY(REROUTE) | CARILLON_MAY(COPY) | CARILLON_MAY(SHADOW))

/* X(NAME, "name", the verdicts it knows). An UNSUBSCRIBE or a leave is told, not asked: its verdict changes nothing. */
#define CARILLON_HOOK_POINTS(X)                                                                                        \
    X(CONNECT, "connect", CARILLON_MAY_REFUSE)                                                                         \
    X(AUTH, "auth", CARILLON_MAY_REFUSE)                                                                               \
    X(SUBSCRIBE, "subscribe", CARILLON_MAY_REFUSE)                                                                     \
    X(UNSUBSCRIBE, "unsubscribe", CARILLON_MAY_WAIT)                                                                   \
    X(MESSAGE_PUBLISH, "message.publish", CARILLON_MAY_ROUTE | CARILLON_MAY(HOLD))                                     \
    X(MESSAGE_EDIT, "message.edit", CARILLON_MAY_MUTE | CARILLON_MAY(MODIFY))                                          \
    X(MESSAGE_DELETE, "message.delete", CARILLON_MAY_MUTE)                                                             \
    X(MESSAGE_DELIVER, "message.deliver", CARILLON_MAY(PASS) | CARILLON_MAY(DROP) | CARILLON_MAY(MODIFY))              \
    X(PRESENCE, "presence", CARILLON_MAY_REFUSE)                                                                       \
    X(TYPING, "typing", CARILLON_MAY_MUTE)                                                                             \
    X(CLIENT_EVENT, "client.event", CARILLON_MAY_ROUTE)

enum carillon_hook_point {
#define CARILLON_X(name, text, verdicts) CARILLON_HOOK_##name,
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
        CARILLON_HOOK_POINT_COUNT
};

struct carillon_verdict {
    enum carillon_verdict_kind kind;
    struct carillon_str code;    /* DROP, MUTE of the author: a stable word for their program, such as "links" */
    struct carillon_str text;    /* DROP, MUTE: for the author to read; HOLD: why, for the moderators */
    struct carillon_str channel; /* REROUTE, COPY: where to; MUTE: absent, the call's channel; "*", all of the app */
    struct carillon_str body;    /* MODIFY: the new text; absent: as it was */
    struct carillon_str data;    /* MODIFY: the new data (JSON); absent: as it was */
    struct carillon_str queue;   /* HOLD: 1 to 64 bytes of [A-Za-z0-9_.-]; absent: "default" */
    struct carillon_str user;    /* MUTE: whose id; absent: the author */
    int64_t ttl_ms;              /* HOLD: discarded after; 0: a week. MUTE: for so long; 0: no longer muted */
    const struct carillon_verdict
        *then; /* what the hook says besides, done after this one; not SUSPEND. NULL: nothing */
};

enum { CARILLON_VERDICTS_MAX = 16 }; /* that one hook gives at once */

/* What the hook may look at; valid during the call, and while it is suspended. */
struct carillon_hook_call {
    enum carillon_hook_point point;
    carillon_handle handle;  /* for hook_resume; 0: this point does not wait */
    carillon_handle session; /* 0: the HTTP API, or PRESENCE. MESSAGE_DELIVER: the receiver's */
    struct carillon_str app; /* CONNECT: absent if only the sign-in will tell */
    struct carillon_str channel;
    struct carillon_user user; /* who acts; MESSAGE_DELIVER: who receives; CONNECT: absent */
    struct carillon_str
        address; /* the client's, as the proxies we trust told; absent at PRESENCE and MESSAGE_DELIVER */
    struct carillon_str message; /* EDIT, DELETE, DELIVER: the message's id */
    struct carillon_str text, data;
    struct carillon_str event; /* CLIENT_EVENT and own events: the name; DELIVER: "message.new" or "message.edited";
                                  PRESENCE: "joined" or "left" */
    struct carillon_str reply_to;
    struct carillon_user author; /* MESSAGE_DELIVER: who wrote it */
    struct carillon_str client_id;
    const struct carillon_str *mentions; /* user ids */
    size_t mention_count;
    bool server; /* the application's own server acts, with its key */
    bool active; /* TYPING: began; else stopped */
};

/* Copies what it is given in verdict: strings need live only until the function (or hook_resume) returns. */
typedef enum carillon_verdict_kind (*carillon_hook_fn)(const struct carillon_hook_call *call,
                                                       struct carillon_verdict *verdict, void *user);

/* The host copies it; run and user must stay good until the plugin is unloaded. */
struct carillon_hook {
    size_t size;
    const char *id; /* unique in the plugin at this point */
    enum carillon_hook_point point;
    int priority;
    bool fail_open; /* when it is faulty: pass (true) or refuse the action (false) */
    carillon_hook_fn run;
    void *user;
    const char *const *channels; /* patterns, '*' stands for any text; NULL: every channel (CONNECT, AUTH have none) */
    size_t channel_count;
    const char *app;     /* a pattern too; NULL: every app */
    unsigned timeout_ms; /* for a suspended call; 0: 5000 */
};

#endif
