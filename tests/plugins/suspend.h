/* For test plugins with hooks that suspend: the verdict is given when a timer fires. Included once in a plugin. */
#ifndef TESTS_PLUGINS_SUSPEND_H
#define TESTS_PLUGINS_SUSPEND_H

#include <carillon/plugin.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct carillon_host *host;
static struct carillon_plugin_self *self;

/* A suspended call; what decides later is copied, since the call may be over when the timer fires. */
struct waiting {
    struct waiting *next, **link;
    carillon_handle call;
    enum carillon_verdict_kind (*decide)(const char *command, struct carillon_verdict *verdict);
    bool twice;
    char command[];
};

/* All that wait, on any worker: the host stops a plugin's timers, but what those were to free is the plugin's. */
static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiting *waiting_all;

static void waiting_add(struct waiting *waiting)
{
    pthread_mutex_lock(&waiting_lock);
    waiting->next = waiting_all;
    waiting->link = &waiting_all;
    if (waiting_all)
        waiting_all->link = &waiting->next;
    waiting_all = waiting;
    pthread_mutex_unlock(&waiting_lock);
}

static void waiting_free(struct waiting *waiting)
{
    pthread_mutex_lock(&waiting_lock);
    *waiting->link = waiting->next;
    if (waiting->next)
        waiting->next->link = waiting->link;
    pthread_mutex_unlock(&waiting_lock);
    free(waiting);
}

static void waiting_resume(void *arg)
{
    struct waiting *waiting = arg;
    struct carillon_verdict verdict = { 0 };
    verdict.kind = waiting->decide(waiting->command, &verdict);
    enum carillon_result result = host->hook_resume(waiting->call, &verdict);
    host->log(self, CARILLON_LOG_INFO, "resumed: %d", result);
    if (waiting->twice)
        host->log(self, CARILLON_LOG_NOTICE, "resumed again: %d", host->hook_resume(waiting->call, &verdict));
    waiting_free(waiting);
}

/* Decides about the command after so many ms. */
static enum carillon_verdict_kind suspend(carillon_handle call, int64_t ms, const char *command, bool twice,
                                          enum carillon_verdict_kind (*decide)(const char *command,
                                                                               struct carillon_verdict *verdict))
{
    struct waiting *waiting = malloc(sizeof *waiting + strlen(command) + 1);
    if (!waiting)
        return CARILLON_VERDICT_PASS;
    waiting->call = call;
    waiting->decide = decide;
    waiting->twice = twice;
    strcpy(waiting->command, command);
    waiting_add(waiting);
    carillon_handle timer;
    if (host->timer_start(self, ms, waiting_resume, waiting, &timer) == CARILLON_OK)
        return CARILLON_VERDICT_SUSPEND;
    waiting_free(waiting);
    return CARILLON_VERDICT_PASS;
}

static enum carillon_result hooks_register(const struct carillon_hook *hooks, size_t n, char *error)
{
    for (size_t i = 0; i < n; i++) {
        enum carillon_result result = host->hook_add(self, &hooks[i]);
        if (result != CARILLON_OK) {
            strcpy(error, "a hook was refused");
            return result;
        }
    }
    return CARILLON_OK;
}

static void waiting_stop(void)
{
    while (waiting_all)
        waiting_free(waiting_all);
}

#endif
