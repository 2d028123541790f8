/*
 * A hook that does what the text of a message says:
 *
 *   !suspend MS [COMMAND]   waits, then does the command, or passes
 *   !drop                   refuses, with a code and a text of its own
 *   !modify TEXT            puts another text in its place
 *   !reroute CHANNEL        sends it there
 *   !never                  suspends and does not answer
 *   !twice                  waits 10 ms, then passes it twice: the second time is an error that harms nothing
 *   !nonsense               a verdict that makes no sense
 *
 * A second hook behind it appends "+" to what !modify made, so that the chain's order shows.
 */
#include <carillon/plugin.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct carillon_host *host;
static struct carillon_plugin_self *self;

/* A suspended call; the message's text is copied, since the call may be over when the timer fires. */
struct waiting {
    struct waiting *next, **link;
    carillon_handle call;
    bool twice;
    char command[];
};

/* All that wait, on any worker: the host stops a plugin's timers, but what those were to free is the plugin's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiting *all;

static void waiting_add(struct waiting *waiting)
{
    pthread_mutex_lock(&lock);
    waiting->next = all;
    waiting->link = &all;
    if (all)
        all->link = &waiting->next;
    all = waiting;
    pthread_mutex_unlock(&lock);
}

static void waiting_free(struct waiting *waiting)
{
    pthread_mutex_lock(&lock);
    *waiting->link = waiting->next;
    if (waiting->next)
        waiting->next->link = waiting->link;
    pthread_mutex_unlock(&lock);
    free(waiting);
}

static struct carillon_str string_of(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

/* Where the words behind the command begin; NULL: it is another command. */
static const char *argument_of(const char *text, const char *command)
{
    size_t len = strlen(command);
    if (strncmp(text, command, len) != 0)
        return NULL;
    return text + len + strspn(text + len, " ");
}

static enum carillon_verdict_kind decide(const char *text, struct carillon_verdict *verdict)
{
    const char *argument;
    verdict->kind = CARILLON_VERDICT_PASS;
    if (argument_of(text, "!drop")) {
        verdict->kind = CARILLON_VERDICT_DROP;
        verdict->code = CARILLON_STR("dropped");
        verdict->text = CARILLON_STR("hooktest drops this");
    } else if ((argument = argument_of(text, "!modify"))) {
        verdict->kind = CARILLON_VERDICT_MODIFY;
        verdict->body = string_of(argument);
    } else if ((argument = argument_of(text, "!reroute"))) {
        verdict->kind = CARILLON_VERDICT_REROUTE;
        verdict->channel = string_of(argument);
    } else if (argument_of(text, "!nonsense")) {
        verdict->kind = CARILLON_VERDICT_REROUTE; /* where to? */
    }
    return verdict->kind;
}

static void resume(void *arg)
{
    struct waiting *waiting = arg;
    struct carillon_verdict verdict = { 0 };
    decide(waiting->command, &verdict);
    enum carillon_result result = host->hook_resume(waiting->call, &verdict);
    host->log(self, CARILLON_LOG_INFO, "resumed: %d", result);
    if (waiting->twice)
        host->log(self, CARILLON_LOG_NOTICE, "resumed again: %d", host->hook_resume(waiting->call, &verdict));
    waiting_free(waiting);
}

static enum carillon_verdict_kind suspend(carillon_handle call, int64_t ms, const char *command, bool twice)
{
    struct waiting *waiting = malloc(sizeof *waiting + strlen(command) + 1);
    if (!waiting)
        return CARILLON_VERDICT_PASS;
    waiting->call = call;
    waiting->twice = twice;
    strcpy(waiting->command, command);
    waiting_add(waiting);
    carillon_handle timer;
    if (host->timer_start(self, ms, resume, waiting, &timer) == CARILLON_OK)
        return CARILLON_VERDICT_SUSPEND;
    waiting_free(waiting);
    return CARILLON_VERDICT_PASS;
}

static enum carillon_verdict_kind obey(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    (void)user;
    const char *text = call->text.ptr ? call->text.ptr : "", *argument;
    if ((argument = argument_of(text, "!suspend"))) {
        char *command;
        long ms = strtol(argument, &command, 10);
        return suspend(call->handle, ms, command + strspn(command, " "), false);
    }
    if (argument_of(text, "!twice"))
        return suspend(call->handle, 10, "", true);
    if (argument_of(text, "!never"))
        return CARILLON_VERDICT_SUSPEND;
    return decide(text, verdict);
}

static enum carillon_verdict_kind append(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                         void *user)
{
    (void)user;
    static _Thread_local char text[1024];
    if (!call->text.ptr || strncmp(call->text.ptr, "modified", 8) != 0)
        return CARILLON_VERDICT_PASS;
    snprintf(text, sizeof text, "%s+", call->text.ptr);
    verdict->body = string_of(text);
    return CARILLON_VERDICT_MODIFY;
}

static const struct carillon_hook hooks[] = {
    { .size = sizeof hooks[0], .id = "append", .point = CARILLON_HOOK_MESSAGE_PUBLISH, .priority = 20, .run = append },
    { .size = sizeof hooks[0], .id = "obey", .point = CARILLON_HOOK_MESSAGE_PUBLISH, .priority = 10, .run = obey },
};

static enum carillon_result init(const struct carillon_host *table, struct carillon_plugin_self *me, char *error)
{
    host = table;
    self = me;
    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        enum carillon_result result = host->hook_add(self, &hooks[i]);
        if (result != CARILLON_OK) {
            snprintf(error, 256, "hook %s was refused", hooks[i].id);
            return result;
        }
    }
    return CARILLON_OK;
}

static void stop(void)
{
    while (all)
        waiting_free(all);
}

CARILLON_PLUGIN("hooktest", "1", .init = init, .stop = stop);
