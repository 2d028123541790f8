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
#include "suspend.h"

#include <stdio.h>

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

static enum carillon_verdict_kind obey(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    (void)user;
    const char *text = call->text.ptr ? call->text.ptr : "", *argument;
    if ((argument = argument_of(text, "!suspend"))) {
        char *command;
        long ms = strtol(argument, &command, 10);
        return suspend(call->handle, ms, command + strspn(command, " "), false, decide);
    }
    if (argument_of(text, "!twice"))
        return suspend(call->handle, 10, "", true, decide);
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
    return hooks_register(hooks, sizeof hooks / sizeof hooks[0], error);
}

CARILLON_PLUGIN("hooktest", "1", .init = init, .stop = waiting_stop);
