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
 *   !utf8, !json            a text that is not UTF-8, data that is not JSON
 *   !both CHANNEL TEXT      two verdicts at once: another text, and a copy
 *   !behind CHANNEL         refuses, and wants a copy all the same, which makes no sense
 *   !shadow                 only its author sees it
 *   !hold [QUEUE [MS]]      keeps it for a moderator
 *   !mute MS [USER [*]]     mutes the author, or that user, in the channel, or everywhere
 *
 * The hooks behind it: "append" adds "+" to what !modify made, so that the chain's order shows; "copy-1" copies what has
 * ">1 CHANNEL" in its text to that channel, "copy-2" what has ">2 CHANNEL", and "late" drops what ends in "!late".
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

/* The next word, which the text that is left begins behind; absent at the end. */
static struct carillon_str take_word(const char **text)
{
    *text += strspn(*text, " ");
    struct carillon_str word = { *text, strcspn(*text, " ") };
    *text += word.len;
    return word.len ? word : (struct carillon_str){ 0 };
}

static int64_t number_of(struct carillon_str word)
{
    return word.ptr ? strtoll(word.ptr, NULL, 10) : 0;
}

static void decide_hold(const char *argument, struct carillon_verdict *verdict)
{
    verdict->kind = CARILLON_VERDICT_HOLD;
    verdict->queue = take_word(&argument);
    verdict->ttl_ms = number_of(take_word(&argument));
    verdict->text = CARILLON_STR("hooktest wants it looked at");
}

static void decide_mute(const char *argument, struct carillon_verdict *verdict)
{
    verdict->kind = CARILLON_VERDICT_MUTE;
    verdict->ttl_ms = number_of(take_word(&argument));
    verdict->user = take_word(&argument);
    verdict->channel = take_word(&argument);
    verdict->text = CARILLON_STR("hooktest wants quiet");
}

/* "!both CHANNEL TEXT": another text, and a copy; "!behind": something behind what ends the chain. */
static void decide_both(const char *argument, struct carillon_verdict *verdict, bool ends)
{
    static _Thread_local struct carillon_verdict copy;
    copy = (struct carillon_verdict){ .kind = CARILLON_VERDICT_COPY, .channel = take_word(&argument) };
    verdict->kind = ends ? CARILLON_VERDICT_DROP : CARILLON_VERDICT_MODIFY;
    verdict->body = string_of(argument + strspn(argument, " "));
    verdict->then = &copy;
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
    } else if (argument_of(text, "!shadow")) {
        verdict->kind = CARILLON_VERDICT_SHADOW;
    } else if ((argument = argument_of(text, "!hold"))) {
        decide_hold(argument, verdict);
    } else if ((argument = argument_of(text, "!mute"))) {
        decide_mute(argument, verdict);
    } else if ((argument = argument_of(text, "!both"))) {
        decide_both(argument, verdict, false);
    } else if ((argument = argument_of(text, "!behind"))) {
        decide_both(argument, verdict, true);
    } else if (argument_of(text, "!utf8")) {
        verdict->kind = CARILLON_VERDICT_MODIFY;
        verdict->body = string_of("\xff\xfe");
    } else if (argument_of(text, "!json")) {
        verdict->kind = CARILLON_VERDICT_MODIFY;
        verdict->data = string_of("{\"a\":");
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

/* user: the mark before the channel */
static enum carillon_verdict_kind copy(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    const char *mark = call->text.ptr ? strstr(call->text.ptr, user) : NULL;
    if (!mark)
        return CARILLON_VERDICT_PASS;
    mark += strlen(user);
    verdict->channel = take_word(&mark);
    return CARILLON_VERDICT_COPY;
}

static enum carillon_verdict_kind late(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    (void)verdict;
    (void)user;
    bool drops = call->text.len >= 5 && strcmp(call->text.ptr + call->text.len - 5, "!late") == 0;
    return drops ? CARILLON_VERDICT_DROP : CARILLON_VERDICT_PASS;
}

#define COPY(ID, MARK)                                                                                                 \
    {                                                                                                                  \
        .size = sizeof hooks[0], .id = (ID), .point = CARILLON_HOOK_MESSAGE_PUBLISH, .priority = 30, .run = copy,      \
        .user = (MARK)                                                                                                 \
    }

static char first_mark[] = ">1 ", second_mark[] = ">2 ";

static const struct carillon_hook hooks[] = {
    COPY("copy-1", first_mark),
    COPY("copy-2", second_mark),
    { .size = sizeof hooks[0], .id = "late", .point = CARILLON_HOOK_MESSAGE_PUBLISH, .priority = 40, .run = late },
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
