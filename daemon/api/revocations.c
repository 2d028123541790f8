#include "api/api.h"
#include "loop/post.h"
#include "loop/worker.h"
#include "session/load.h"
#include "session/revocation.h"
#include "session/token.h"

static void (*tell_loaded)(void *arg);

static void take(const struct app *app, const struct carillon_storage_output *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct carillon_revocation *each = &page->revocations[i];
        token_revoke(app, each->user, each->token, each->at_ms, each->until_ms);
    }
}

static void loaded(void)
{
    revocations_set_loaded();
    post_call(WORKER_MAIN, tell_loaded, NULL);
}

static struct load load = {
    .op = CARILLON_STORAGE_REVOCATION_LIST,
    .refused = "the revocations cannot be read: no token is accepted before they are",
    .take = take,
    .loaded = loaded,
};

void api_load_revocations(void (*loaded_fn)(void *arg))
{
    tell_loaded = loaded_fn;
    load_start(&load);
}
