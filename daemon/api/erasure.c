#include "api/erasure.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/worker.h"
#include "pipeline.h"
#include "session/load.h"
#include "session/registry.h"
#include "session/token.h"

#include <stdlib.h>
#include <utlist.h>

enum { PAGE = 200, NAMES_MAX = 64 * 1024 * 1024, RETRY_MS = 1000, RETRY_MS_MAX = 60000 };

struct place {
    UT_hash_handle hh;
    struct carillon_str conversation;
};

struct erasure {
    struct erasure *prev, *next; /* of the worker */
    const struct identity *identity;
    struct carillon_arena *arena;
    struct place *places; /* where something of theirs is left */
    bool intended;        /* the storage has it, so that it goes on whatever comes */
    int64_t retry_ms;
    struct timer retry, patience;
    erasure_told_fn told; /* NULL: it was */
    void *arg;
};

static _Thread_local struct erasure *erasures;

static void erasure_free(struct erasure *erasure)
{
    DL_DELETE(erasures, erasure);
    timer_stop(&erasure->retry);
    timer_stop(&erasure->patience);
    HASH_CLEAR(hh, erasure->places);
    identity_unref(erasure->identity);
    arena_free(erasure->arena);
    free(erasure);
}

static void tell(struct erasure *erasure, enum error_code error, bool complete)
{
    if (erasure->told)
        erasure->told(error, complete, erasure->arg);
    erasure->told = NULL;
    timer_stop(&erasure->patience);
}

static void patience_ends(struct timer *timer)
{
    tell((struct erasure *)((char *)timer - offsetof(struct erasure, patience)), ERROR_NONE, false);
}

/* It begins again with what is left. */
static void erasure_put_off(struct erasure *erasure, const char *step, enum error_code error)
{
    if (!erasure->intended) {
        tell(erasure, error, false);
        erasure_free(erasure);
        return;
    }
    struct carillon_failure failure = error_failure(error);
    log_warning("api", "erasing user %s stopped at %s: %s; it goes on in %lld s", erasure->identity->user.id.ptr, step,
                failure.code, (long long)erasure->retry_ms / 1000);
    tell(erasure, ERROR_NONE, false);
    HASH_CLEAR(hh, erasure->places);
    arena_free(erasure->arena);
    erasure->arena = NULL;
    timer_start(&erasure->retry, erasure->retry_ms);
    erasure->retry_ms = erasure->retry_ms * 2 < RETRY_MS_MAX ? erasure->retry_ms * 2 : RETRY_MS_MAX;
}

/* Submits a request about the person. done frees it. */
static void erasure_ask(struct erasure *erasure, enum carillon_storage_op op, struct carillon_str cursor,
                        storage_done_fn done)
{
    struct carillon_storage_request *request = storage_request_new(op, erasure->identity->app->name);
    if (!request) {
        erasure_put_off(erasure, "the next step", ERROR_BUSY);
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

static void forgotten(struct carillon_storage_request *request, void *arg)
{
    struct erasure *erasure = arg;
    if (request->result >= 0) {
        log_notice("api", "user %s was erased", erasure->identity->user.id.ptr);
        tell(erasure, ERROR_NONE, true);
        erasure_free(erasure);
    } else {
        erasure_put_off(erasure, "the record", error_from_result(request->result));
    }
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
        erasure_put_off(erasure, erasure->places->conversation.ptr, action->error);
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
        erasure_put_off(erasure, erasure->places->conversation.ptr, ERROR_BUSY);
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
        erasure_put_off(erasure, "finding the messages", error_from_result(request->result));
    else if (!note_places(erasure, &request->out))
        erasure_put_off(erasure, "finding the messages", ERROR_BUSY);
    else if (request->out.more)
        erasure_ask(erasure, CARILLON_STORAGE_USER_EXPORT, request->out.cursor, page_read);
    else
        erase_next(erasure);
    storage_request_free(request);
}

static void find_places(struct erasure *erasure)
{
    erasure->arena = arena_new(NAMES_MAX);
    if (erasure->arena)
        erasure_ask(erasure, CARILLON_STORAGE_USER_EXPORT, (struct carillon_str){ 0 }, page_read);
    else
        erasure_put_off(erasure, "finding the messages", ERROR_BUSY);
}

/* ---- the beginning ---- */

/* First, so that nothing new is written where it was looked already. */
static void tokens_revoked(struct carillon_storage_request *request, void *arg)
{
    struct erasure *erasure = arg;
    const struct identity *who = erasure->identity;
    const struct carillon_str every_token = { 0 };
    if (request->result >= 0) {
        token_revoke(who->app, who->user.id, every_token, request->in.now_ms, request->in.expires_ms);
        sessions_disconnect(who->app, who->user.id, every_token, ERROR_TOKEN_REVOKED, NULL, NULL);
        find_places(erasure);
    } else {
        erasure_put_off(erasure, "revoking the tokens", error_from_result(request->result));
    }
    storage_request_free(request);
}

static void go_on(struct erasure *erasure)
{
    erasure_ask(erasure, CARILLON_STORAGE_REVOCATION_PUT, (struct carillon_str){ 0 }, tokens_revoked);
}

static void try_again(struct timer *timer)
{
    go_on((struct erasure *)((char *)timer - offsetof(struct erasure, retry)));
}

static void intended(struct carillon_storage_request *request, void *arg)
{
    struct erasure *erasure = arg;
    erasure->intended = request->result >= 0;
    if (erasure->intended)
        go_on(erasure);
    else
        erasure_put_off(erasure, "its beginning", error_from_result(request->result));
    storage_request_free(request);
}

static struct erasure *erasure_new(const struct identity *who)
{
    struct erasure *erasure = calloc(1, sizeof *erasure);
    if (!erasure)
        return NULL;
    erasure->identity = identity_ref(who);
    erasure->retry_ms = RETRY_MS;
    timer_init(&erasure->retry, try_again);
    timer_init(&erasure->patience, patience_ends);
    DL_APPEND(erasures, erasure);
    return erasure;
}

void erasure_begin(const struct identity *who, erasure_told_fn told, void *arg)
{
    struct erasure *erasure = erasure_new(who);
    if (!erasure) {
        told(ERROR_BUSY, false, arg);
        return;
    }
    erasure->told = told;
    erasure->arg = arg;
    timer_start(&erasure->patience, ERASURE_PATIENCE_MS);
    erasure_ask(erasure, CARILLON_STORAGE_ERASURE_PUT, (struct carillon_str){ 0 }, intended);
}

/* ---- those of before ---- */

static bool is_under_way(const struct app *app, struct carillon_str user)
{
    for (struct erasure *erasure = erasures; erasure; erasure = erasure->next)
        if (erasure->identity->app == app && str_equal(erasure->identity->user.id, user))
            return true;
    return false;
}

static void take_page(const struct app *app, const struct carillon_storage_output *page)
{
    for (size_t i = 0; i < page->count; i++) {
        if (is_under_way(app, page->users[i].id))
            continue;
        struct identity *who = identity_new_vouched(app, &page->users[i], (struct carillon_str){ 0 });
        struct erasure *erasure = who ? erasure_new(who) : NULL;
        if (erasure) {
            erasure->intended = true;
            go_on(erasure);
        }
        identity_unref(who);
    }
}

static void loaded(void)
{
}

static struct load load = {
    .op = CARILLON_STORAGE_ERASURE_LIST,
    .refused = "the erasures that were not complete cannot be read",
    .take = take_page,
    .loaded = loaded,
};

void erasures_load(void)
{
    load_start(&load);
}

void erasures_free_worker(void)
{
    while (erasures)
        erasure_free(erasures);
}
