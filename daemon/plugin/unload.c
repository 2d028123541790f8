#include "plugin/ledger.h"

#include "base/log.h"
#include "http_client/http_client.h"
#include "loop/post.h"
#include "loop/timer.h"
#include "session/session.h"

#include <stdlib.h>

enum { LOOK_MS = 100, TELL_AFTER_LOOKS = 100 };

/* A plugin on its way out. The workers are asked again and again, until none of them has a session of it. */
struct leave {
    struct timer timer;
    struct carillon_plugin_self *plugin;
    void (*left)(struct carillon_plugin_self *self);
    atomic_size_t sessions; /* seen in this round */
    atomic_uint workers;    /* still to answer in this round */
    unsigned looks;
};

static void leave_counted(void *arg)
{
    struct leave *leave = arg;
    if (atomic_load(&leave->sessions) || atomic_load(&leave->plugin->posts)) {
        if (++leave->looks % TELL_AFTER_LOOKS == 0)
            log_warning("plugin", "%s waits for %zu sessions to close", leave->plugin->descriptor->name,
                        atomic_load(&leave->sessions));
        timer_start(&leave->timer, LOOK_MS);
        return;
    }
    leave->left(leave->plugin);
    free(leave);
}

static void leave_at_worker(void *arg)
{
    struct leave *leave = arg;
    sessions_close_all(leave->plugin, ERROR_SHUTTING_DOWN, 0);
    http_client_cancel_all(leave->plugin);
    plugin_timers_stop(leave->plugin);
    atomic_fetch_add(&leave->sessions, sessions_count_of(leave->plugin));
    if (atomic_fetch_sub(&leave->workers, 1) == 1 && post_call(WORKER_MAIN, leave_counted, leave) != CARILLON_OK)
        abort(); /* must hold: the plugin would neither be there nor be gone */
}

static void leave_look(struct timer *timer)
{
    struct leave *leave = (struct leave *)timer;
    atomic_store(&leave->sessions, 0);
    atomic_store(&leave->workers, workers_count());
    for (unsigned i = 0; i < workers_count(); i++)
        if (post_call(i, leave_at_worker, leave) != CARILLON_OK)
            abort();
}

void plugin_leave(struct carillon_plugin_self *self, void (*left)(struct carillon_plugin_self *self))
{
    struct leave *leave = calloc(1, sizeof *leave);
    if (!leave)
        return; /* it stays; the next reload tries again */
    self->leaving = true;
    leave->plugin = self;
    leave->left = left;
    ledger_close_doors(self);
    timer_init(&leave->timer, leave_look);
    leave_look(&leave->timer);
}
