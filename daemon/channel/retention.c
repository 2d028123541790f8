#include "channel/retention.h"

#include "base/log.h"
#include "channel/home.h"
#include "loop/timer.h"
#include "session/app.h"
#include "storage/storage.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROUND_MS = 30 * 1000, ROUND_MS = 10 * 60 * 1000, PAGE = 100, STEP = 500 };

/* One round: app after app, page after page, conversation after conversation, one request at a time. */
static struct round {
    struct timer timer;
    size_t app;
    struct carillon_storage_request *page; /* the conversations being gone through */
    size_t at;
    uint64_t dropped;
} round_state;

static void round_next_page(struct carillon_str cursor);
static void round_next_conversation(void);

static void round_end(void)
{
    if (round_state.dropped)
        log_info("retention", "%llu messages were dropped", (unsigned long long)round_state.dropped);
    round_state.dropped = 0;
    timer_start(&round_state.timer, ROUND_MS);
}

static void round_next_app(void)
{
    if (++round_state.app < apps_count())
        round_next_page((struct carillon_str){ 0 });
    else
        round_end();
}

static void page_done(struct carillon_storage_request *request, void *arg)
{
    (void)arg;
    if (request->result != CARILLON_OK) {
        storage_request_free(request);
        round_end(); /* the next round tries again */
        return;
    }
    round_state.page = request;
    round_state.at = 0;
    round_next_conversation();
}

static void round_next_page(struct carillon_str cursor)
{
    const struct app *app = app_at(round_state.app);
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CONVERSATION_LIST, app->name);
    if (!request) {
        round_end();
        return;
    }
    request->in.any = true;
    request->in.limit = PAGE;
    request->in.cursor = storage_request_str(request, cursor);
    storage_submit(request, page_done, NULL);
}

static void step_done(struct carillon_storage_request *request, void *arg)
{
    bool again = request->result == CARILLON_OK && request->out.more;
    (void)arg;
    if (request->result == CARILLON_OK && request->out.count) {
        round_state.dropped += request->out.count;
        channel_forget_ring(app_at(round_state.app), request->in.conversation);
    }
    storage_request_free(request);
    if (!again)
        round_state.at++;
    round_next_conversation();
}

static bool conversation_step(const struct app *app, const struct carillon_conversation *conversation)
{
    const struct channel_options *options = app_channel_options(app, conversation->name);
    if (!options->retention_age && !options->retention_count)
        return false;
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_RETENTION, app->name);
    if (!request)
        return false;
    request->in.conversation = storage_request_str(request, conversation->name);
    request->in.now_ms = loop_wall_ms();
    request->in.before_ms = options->retention_age ? request->in.now_ms - options->retention_age : 0;
    request->in.keep = options->retention_count;
    request->in.limit = STEP;
    storage_submit(request, step_done, NULL);
    return true;
}

static void round_next_conversation(void)
{
    const struct app *app = app_at(round_state.app);
    struct carillon_storage_request *page = round_state.page;
    for (; round_state.at < page->out.count; round_state.at++)
        if (conversation_step(app, &page->out.conversations[round_state.at]))
            return;
    round_state.page = NULL;
    if (page->out.more)
        round_next_page(page->out.cursor);
    else
        round_next_app();
    storage_request_free(page);
}

static void round_begin(struct timer *timer)
{
    (void)timer;
    round_state.app = SIZE_MAX; /* the next is the first */
    round_next_app();
}

void retention_start(void)
{
    timer_init(&round_state.timer, round_begin);
    timer_start(&round_state.timer, FIRST_ROUND_MS);
}

void retention_stop(void)
{
    timer_stop(&round_state.timer);
    storage_request_free(round_state.page);
    round_state.page = NULL;
}
