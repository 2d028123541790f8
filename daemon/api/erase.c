#include "api/call.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "loop/worker.h"
#include "session/registry.h"
#include "session/throttle.h"
#include "session/token.h"

/*
 * Erasing a person: everything they wrote, conversation by conversation, then their record, then their tokens. The answer
 * comes when all of it is durable. If that takes longer than a request may, or the daemon ends or the storage fails on the
 * way, the person asks again and it goes on with what is left: each step is durable by itself, and the tokens go last.
 */
enum { PAGE = 200, NAMES_MAX = 64 * 1024 * 1024, ERASURES_AT_ONCE = 5, ERASURE_INTERVAL_US = 60000000 };

struct place {
    UT_hash_handle hh;
    struct carillon_str conversation;
};

struct erasure {
    struct call *call; /* waits for the end; its client may have left */
    const struct identity *identity;
    struct carillon_arena *arena;
    struct place *places;
};

static void erasure_end(struct erasure *erasure)
{
    HASH_CLEAR(hh, erasure->places);
    identity_unref(erasure->identity);
    arena_free(erasure->arena);
    free(erasure);
}

static void erasure_fail(struct erasure *erasure, const char *step, enum error_code error)
{
    struct carillon_failure failure = error_failure(error);
    log_warning("api", "erasing user %s stopped at %s: %s; it goes on when asked for again",
                erasure->identity->user.id.ptr, step, failure.code);
    call_fail(erasure->call, error);
    erasure_end(erasure);
}

/* Submits a request seen by the person. done frees it. */
static void erasure_ask(struct erasure *erasure, enum carillon_storage_op op, struct carillon_str cursor,
                        storage_done_fn done)
{
    struct carillon_storage_request *request = storage_request_new(op, erasure->identity->app->name);
    if (!request) {
        erasure_fail(erasure, "the next step", ERROR_BUSY);
        return;
    }
    request->in.user = erasure->identity->user;
    request->in.now_ms = loop_wall_ms();
    request->in.limit = PAGE;
    request->in.cursor = storage_request_str(request, cursor);
    if (op == CARILLON_STORAGE_REVOCATION_PUT)
        request->in.expires_ms = request->in.now_ms + tokens_lifetime_max();
    storage_submit(request, done, erasure);
}

/* ---- the end ---- */

static void tokens_revoked(struct carillon_storage_request *request, void *arg)
{
    struct erasure *erasure = arg;
    const struct identity *who = erasure->identity;
    const struct carillon_str every_token = { 0 };
    if (request->result >= 0) {
        token_revoke(who->app, who->user.id, every_token, request->in.now_ms, request->in.expires_ms);
        sessions_disconnect(who->app, who->user.id, every_token, ERROR_TOKEN_REVOKED, NULL, NULL);
        log_notice("api", "user %s was erased", who->user.id.ptr);
        call_reply_empty(erasure->call);
        erasure_end(erasure);
    } else {
        erasure_fail(erasure, "revoking the tokens", error_from_result(request->result));
    }
    storage_request_free(request);
}

static void forgotten(struct carillon_storage_request *request, void *arg)
{
    if (request->result >= 0)
        erasure_ask(arg, CARILLON_STORAGE_REVOCATION_PUT, (struct carillon_str){ 0 }, tokens_revoked);
    else
        erasure_fail(arg, "the record", error_from_result(request->result));
    storage_request_free(request);
}

/* ---- conversation by conversation ---- */

static void erase_next(struct erasure *erasure);

static void place_erased(struct action *action)
{
    struct erasure *erasure = action->arg;
    bool gone = action->error == ERROR_NOT_FOUND || action->error == ERROR_UNKNOWN_CHANNEL;
    if (action->error == ERROR_NONE || gone) {
        if (gone || !action->request->out.more)
            HASH_DEL(erasure->places, erasure->places);
        erase_next(erasure);
    } else {
        erasure_fail(erasure, erasure->places->conversation.ptr, action->error);
    }
    action_free(action);
}

static void erase_next(struct erasure *erasure)
{
    if (!erasure->places) {
        erasure_ask(erasure, CARILLON_STORAGE_USER_FORGET, (struct carillon_str){ 0 }, forgotten);
        return;
    }
    struct action *action = action_new(ACTION_ERASE, erasure->identity, erasure->places->conversation);
    if (!action) {
        erasure_fail(erasure, erasure->places->conversation.ptr, ERROR_BUSY);
        return;
    }
    action->request->in.member = action->identity->user;
    action->request->in.limit = PAGE;
    pipeline_submit(action, place_erased, erasure);
}

/* ---- where they wrote ---- */

static bool note_place(struct erasure *erasure, struct carillon_str conversation)
{
    struct place *place = NULL;
    HASH_FIND(hh, erasure->places, conversation.ptr, conversation.len, place);
    if (place)
        return true;
    place = arena_alloc(erasure->arena, sizeof *place);
    struct carillon_str name = place ? arena_str(erasure->arena, conversation) : (struct carillon_str){ 0 };
    if (!name.ptr)
        return false;
    place->conversation = name;
    HASH_ADD_KEYPTR(hh, erasure->places, place->conversation.ptr, place->conversation.len, place);
    return true;
}

static bool note_places(struct erasure *erasure, const struct carillon_storage_output *out)
{
    for (size_t i = 0; i < out->count; i++)
        if (!note_place(erasure, out->messages[i]->conversation))
            return false;
    for (size_t i = 0; i < out->conversation_count; i++)
        if (!note_place(erasure, out->conversations[i].name))
            return false;
    return true;
}

static void page_read(struct carillon_storage_request *request, void *arg)
{
    struct erasure *erasure = arg;
    if (request->result < 0)
        erasure_fail(erasure, "finding the messages", error_from_result(request->result));
    else if (!note_places(erasure, &request->out))
        erasure_fail(erasure, "finding the messages", ERROR_BUSY);
    else if (request->out.more)
        erasure_ask(erasure, CARILLON_STORAGE_USER_EXPORT, request->out.cursor, page_read);
    else
        erase_next(erasure);
    storage_request_free(request);
}

void me_erase(struct call *call)
{
    if (!throttle_take("erase", call_app(call)->name, call->identity->user.id, ERASURES_AT_ONCE, ERASURE_INTERVAL_US)) {
        call_fail(call, ERROR_RATE_LIMITED);
        return;
    }
    struct erasure *erasure = calloc(1, sizeof *erasure);
    if (erasure)
        erasure->arena = arena_new(NAMES_MAX);
    if (!erasure || !erasure->arena) {
        free(erasure);
        call_fail(call, ERROR_BUSY);
        return;
    }
    erasure->call = call;
    erasure->identity = identity_ref(call->identity);
    erasure_ask(erasure, CARILLON_STORAGE_USER_EXPORT, (struct carillon_str){ 0 }, page_read);
}
