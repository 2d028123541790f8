#include "api/api.h"
#include "loop/post.h"
#include "loop/worker.h"
#include "session/load.h"
#include "session/revocation.h"
#include "session/token.h"

static void (*tell_tried)(void *arg);

static void take(const struct app *app, const struct carillon_storage_output *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct carillon_revocation *each = &page->revocations[i];
        token_revoke(app, each->user, each->token, each->at_ms, each->until_ms);
    }
}

/* The first try has ended, one way or the other. */
static void tried(void)
{
    if (tell_tried)
        post_call(WORKER_MAIN, tell_tried, NULL);
    tell_tried = NULL;
}

static void loaded(void)
{
    revocations_set_loaded();
    tried();
}

static struct load load = {
    .op = CARILLON_STORAGE_REVOCATION_LIST,
    .refused = "the revocations cannot be read: no token is accepted before they are",
    .take = take,
    .failed = tried,
    .loaded = loaded,
};

void api_load_revocations(void (*tried_fn)(void *arg))
{
    tell_tried = tried_fn;
    load_start(&load);
}
