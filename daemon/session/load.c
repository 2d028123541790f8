#include "session/load.h"

#include "base/error.h"
#include "base/log.h"

enum { PAGE = 1000, RETRY_MS = 500 };

static void read_page(struct load *load, struct carillon_str cursor);

static void try_again(struct timer *timer)
{
    read_page((struct load *)((char *)timer - offsetof(struct load, retry)), (struct carillon_str){ 0 });
}

/* The storage may be away for long: that is said once. */
static void note_failure(struct load *load, enum carillon_result result)
{
    if (!load->told)
        log_warning("storage", "%s (%s)", load->refused, result_text(result));
    load->told = true;
    timer_start(&load->retry, RETRY_MS);
    if (load->failed)
        load->failed();
}

static void page_read(struct carillon_storage_request *request, void *arg)
{
    struct load *load = arg;
    if (request->result < 0) {
        note_failure(load, request->result);
    } else {
        load->take(app_at(load->app_index), &request->out);
        if (!request->out.more)
            load->app_index++;
        read_page(load, request->out.more ? request->out.cursor : (struct carillon_str){ 0 });
    }
    storage_request_free(request);
}

static void read_page(struct load *load, struct carillon_str cursor)
{
    if (load->app_index >= apps_count()) {
        load->loaded();
        return;
    }
    struct carillon_storage_request *request = storage_request_new(load->op, app_at(load->app_index)->name);
    if (!request) {
        timer_start(&load->retry, RETRY_MS);
        return;
    }
    request->in.now_ms = loop_wall_ms();
    request->in.limit = PAGE;
    request->in.cursor = storage_request_str(request, cursor);
    storage_submit(request, page_read, load);
}

void load_start(struct load *load)
{
    timer_init(&load->retry, try_again);
    read_page(load, (struct carillon_str){ 0 });
}
