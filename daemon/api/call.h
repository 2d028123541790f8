/*
 * One request to the API, from its arrival to its answer: who asks, memory, what it asked the storage and the pipeline.
 *
 * A call lives on the request's worker. It ends with exactly one call_reply*, call_fail*, call_forget or input_end() that
 * says false;
 * after that it must not be touched. The client may be gone by then, which harms nothing. `then` functions come from the
 * loop, later.
 */
#ifndef CARILLON_API_CALL_H
#define CARILLON_API_CALL_H

#include "api/route.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "session/action.h"
#include "session/identity.h"
#include "storage/storage.h"

#include <jansson.h>

enum {
    CALL_REQUESTS_MAX = 4,
    CALL_CAPTURES_MAX = 3,
    CALL_ERRORS_MAX = 10,
    LIST_LIMIT_MAX = 100,
    LIST_LIMIT_DEFAULT = 50
};

struct field_error {
    const char *field;
    struct carillon_str detail;
};

struct call {
    carillon_handle request;
    const struct api_route *route;
    const struct identity *identity;                 /* a reference; NULL on public routes for those who show none */
    struct carillon_arena *arena;                    /* what lives as long as the call */
    struct carillon_str captures[CALL_CAPTURES_MAX]; /* in the pattern's order */
    struct carillon_str address;
    struct carillon_str text; /* the body as it was sent; during the first call of the handler */
    json_t *body;             /* an object; fields leave it as they are read (input.h) */
    struct field_error errors[CALL_ERRORS_MAX];
    size_t error_count;
    struct json_writer out; /* the answer's body */
    void *state;            /* the handler's own, from the arena */
    struct carillon_storage_request *requests[CALL_REQUESTS_MAX];
    size_t request_count;
    int64_t begun_ns;
    void (*then_judged)(struct call *call);
    void (*then_storage)(struct call *call, struct carillon_storage_request *request);
    void (*then_action)(struct call *call, struct action *action);
    void *then_arg;
    unsigned status; /* of an answer that is still to be put together */
    bool raw;
};

/* The listener's callback for all routes; user: a struct api_route. */
void call_begin(const struct carillon_http_request *request, void *user);

/* From the call's arena, zeroed; NULL when memory is short. */
void *call_alloc(struct call *call, size_t size);
/* A copy; absent when memory is short. */
struct carillon_str call_str(struct call *call, struct carillon_str str);
const struct app *call_app(const struct call *call);

/* A request of the app, seen by the caller; it lives as long as the call. NULL when the call has failed. */
struct carillon_storage_request *call_request(struct call *call, enum carillon_storage_op op);
/* Gives a request back before the call ends. */
void call_drop(struct call *call, struct carillon_storage_request *request);
/* then is called if it went well; else the call fails with the result's error. */
void call_ask(struct call *call, struct carillon_storage_request *request,
              void (*then)(struct call *call, struct carillon_storage_request *request));
/* then is called with any result. */
void call_ask_raw(struct call *call, struct carillon_storage_request *request,
                  void (*then)(struct call *call, struct carillon_storage_request *request));

/* An action of the caller. NULL when the call has failed. */
struct action *call_action(struct call *call, enum action_kind kind, struct carillon_str channel);
/* then is called if it went well; the action is freed after it. Else the call fails with the action's failure. */
void call_act(struct call *call, struct action *action, void (*then)(struct call *call, struct action *action));

/* then is called with any outcome; call_fail_action ends the call with a bad one. */
void call_act_raw(struct call *call, struct action *action, void (*then)(struct call *call, struct action *action));
void call_fail_action(struct call *call, const struct action *action);

/* A problem as a member of a list, or the whole answer: with call->errors. */
void call_write_problem(struct call *call, const struct carillon_failure *failure);

/* call->out as JSON. */
void call_reply(struct call *call, unsigned status);
void call_reply_empty(struct call *call);
/* 202: it was begun, and goes on after the answer. */
void call_reply_accepted(struct call *call);
void call_reply_text(struct call *call, unsigned status, const char *type, struct carillon_str text);
void call_fail(struct call *call, enum error_code error);
/* detail: a literal, for people. */
void call_fail_with(struct call *call, enum error_code error, const char *detail);
/* The table's error with what was noted about the fields. */
void call_fail_fields(struct call *call, enum error_code error);
void call_fail_result(struct call *call, enum carillon_result result);
void call_fail_failure(struct call *call, const struct carillon_failure *failure);
/* The call ends without an answer: the client has gone (http_is_awaited). */
void call_forget(struct call *call);

#endif
