#include "api/api.h"
#include "base/error.h"
#include "base/log.h"
#include "loop/post.h"
#include "loop/timer.h"
#include "loop/worker.h"
#include "session/app.h"
#include "session/revocation.h"
#include "session/token.h"
#include "storage/storage.h"

/* One app after the other, page by page. There is one of this, on one worker. */
enum { PAGE = 1000, RETRY_MS = 500 };

static size_t app_index;
static struct timer retry;
static void (*tell_tried)(void *arg);
static bool told; /* that they cannot be read */

static void read_page(struct carillon_str cursor);

static void try_again(struct timer *timer)
{
    (void)timer;
    read_page((struct carillon_str){ 0 });
}

static void take_page(const struct app *app, const struct carillon_storage_output *out)
{
    for (size_t i = 0; i < out->count; i++) {
        const struct carillon_revocation *each = &out->revocations[i];
        token_revoke(app, each->user, each->token, each->at_ms, each->until_ms);
    }
}

/* The first try has ended, one way or the other. */
static void tell(void)
{
    if (tell_tried)
        post_call(WORKER_MAIN, tell_tried, NULL);
    tell_tried = NULL;
}

static void page_failed(enum carillon_result result)
{
    if (!told)
        log_warning("api", "the revocations cannot be read (%s): no token is accepted before they are",
                    result_text(result));
    told = true;
    timer_start(&retry, RETRY_MS);
    tell();
}

static void page_read(struct carillon_storage_request *request, void *arg)
{
    const struct app *app = arg;
    if (request->result < 0) {
        page_failed(request->result);
    } else {
        take_page(app, &request->out);
        if (!request->out.more)
            app_index++;
        read_page(request->out.more ? request->out.cursor : (struct carillon_str){ 0 });
    }
    storage_request_free(request);
}

static void read_page(struct carillon_str cursor)
{
    if (app_index >= apps_count()) {
        revocations_set_loaded();
        if (told)
            log_notice("api", "the revocations were read: tokens are accepted");
        tell();
        return;
    }
    const struct app *app = app_at(app_index);
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_REVOCATION_LIST, app->name);
    if (!request) {
        timer_start(&retry, RETRY_MS);
        return;
    }
    request->in.now_ms = loop_wall_ms();
    request->in.limit = PAGE;
    request->in.cursor = storage_request_str(request, cursor);
    storage_submit(request, page_read, (void *)(uintptr_t)app);
}

void api_load_revocations(void (*tried)(void *arg))
{
    tell_tried = tried;
    timer_init(&retry, try_again);
    read_page((struct carillon_str){ 0 });
}
