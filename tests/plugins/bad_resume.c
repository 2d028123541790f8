/*
 * Suspends every message that begins with "!hold", and completes it only after everything it registered is gone, from
 * stop: the call must be over by then. A message "!wrong" is completed from a thread that is no worker.
 */
#include <carillon/plugin.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static const struct carillon_host *host;
static struct carillon_plugin_self *self;
static _Atomic(carillon_handle) held;

static int complete(carillon_handle call)
{
    static const struct carillon_verdict pass = { .kind = CARILLON_VERDICT_PASS };
    return host->hook_resume(call, &pass);
}

static void *complete_elsewhere(void *arg)
{
    host->log(self, CARILLON_LOG_NOTICE, "completed from a thread: %d", complete(*(carillon_handle *)arg));
    return NULL;
}

static enum carillon_verdict_kind hold(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    (void)verdict;
    (void)user;
    if (call->text.ptr && strncmp(call->text.ptr, "!hold", 5) == 0) {
        atomic_store(&held, call->handle);
        return CARILLON_VERDICT_SUSPEND;
    }
    if (call->text.ptr && strcmp(call->text.ptr, "!wrong") == 0) {
        pthread_t thread;
        carillon_handle handle = call->handle;
        if (pthread_create(&thread, NULL, complete_elsewhere, &handle) == 0)
            pthread_join(thread, NULL);
        host->log(self, CARILLON_LOG_NOTICE, "completed within the call: %d", complete(handle));
    }
    return CARILLON_VERDICT_PASS;
}

static const struct carillon_hook hook = {
    .size = sizeof hook, .id = "hold", .point = CARILLON_HOOK_MESSAGE_PUBLISH, .run = hold
};

static enum carillon_result init(const struct carillon_host *table, struct carillon_plugin_self *me, char *error)
{
    (void)error;
    host = table;
    self = me;
    return host->hook_add(self, &hook);
}

static void stop(void)
{
    host->log(self, CARILLON_LOG_NOTICE, "completed after unload: %d", complete(atomic_load(&held)));
}

CARILLON_PLUGIN("bad_resume", "1", .init = init, .stop = stop);
