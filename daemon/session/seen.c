#include "session/seen.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/error.h"
#include "loop/worker.h"
#include "storage/storage.h"

#include <stdatomic.h>

/* A fingerprint of app, id and name a slot; the newest wins. A user who lost the slot is put on record once more. */
enum { SLOTS = 1 << 15 };
static _Atomic uint64_t seen[SLOTS];

static uint64_t fingerprint(const struct app *app, struct carillon_user user)
{
    const struct carillon_str parts[] = { app->name, user.id, user.name };
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset_withSeed(&state, hash_seed);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        XXH3_64bits_update(&state, &parts[i].len, sizeof parts[i].len);
        XXH3_64bits_update(&state, parts[i].ptr, parts[i].len);
    }
    return XXH3_64bits_digest(&state);
}

static void stored(struct carillon_storage_request *request, void *arg)
{
    (void)arg;
    if (request->result >= 0) {
        const struct app *app = app_find(request->app);
        uint64_t print = app ? fingerprint(app, request->in.user) : 0;
        atomic_store_explicit(&seen[print % SLOTS], print, memory_order_relaxed);
    } else {
        log_warning("session", "the name of user %s was not stored: %s", request->in.user.id.ptr,
                    result_text(request->result));
    }
    storage_request_free(request);
}

void user_note(const struct app *app, struct carillon_user user)
{
    uint64_t print = fingerprint(app, user);
    if (atomic_load_explicit(&seen[print % SLOTS], memory_order_relaxed) == print)
        return;
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_USER_PUT, app->name);
    if (!request)
        return;
    request->in.user.id = storage_request_str(request, user.id);
    request->in.user.name = storage_request_str(request, user.name);
    request->in.now_ms = loop_wall_ms();
    storage_submit(request, stored, NULL);
}

void user_note_seen(const struct identity *identity)
{
    if (!identity->server)
        user_note(identity->app, identity->user);
}
