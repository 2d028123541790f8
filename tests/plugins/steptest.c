/*
 * Hooks at the steps of a session, and at deliveries, that do what a name says: of an address, a person, a channel, a text.
 *
 *   connect      from 192.0.2.13: refused; .14: passed after a while; .15: refused after a while;
 *                .16: not in the time of a test
 *   auth         a name with "banned": refused; with "slow": passed after a while
 *   subscribe    "closed-...": refused; "slow-...": passed after a while; "slow-closed-...": refused after a while;
 *                "endless-...": not in the time of a test
 *   unsubscribe  is logged
 *   presence     a name with "Ghost": hidden; with "Late": shown after a while; coming and going is logged
 *   deliver      a text with "not for NAME" does not reach NAME; "for you" becomes "for NAME"; "wait" is nonsense here
 */
#include "suspend.h"

#include <stdio.h>

enum { A_WHILE_MS = 250, A_LONG_WHILE_MS = 1500, ENDLESS_MS = 60000 };

static bool has(struct carillon_str text, const char *part)
{
    return text.ptr && strstr(text.ptr, part);
}

static enum carillon_verdict_kind pass_or_drop(const char *command, struct carillon_verdict *verdict)
{
    if (strcmp(command, "drop") != 0)
        return CARILLON_VERDICT_PASS;
    verdict->code = CARILLON_STR("not_here");
    verdict->text = CARILLON_STR("steptest says no");
    return CARILLON_VERDICT_DROP;
}

static enum carillon_verdict_kind later(const struct carillon_hook_call *call, const char *command)
{
    int64_t ms = call->point == CARILLON_HOOK_PRESENCE ? A_LONG_WHILE_MS : A_WHILE_MS;
    if (strcmp(command, "endless") == 0)
        ms = ENDLESS_MS;
    return suspend(call->handle, ms, command, false, pass_or_drop);
}

static enum carillon_verdict_kind at_connect(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                             void *user)
{
    (void)user;
    if (has(call->address, "192.0.2.13"))
        return pass_or_drop("drop", verdict);
    if (has(call->address, "192.0.2.14"))
        return later(call, "pass");
    if (has(call->address, "192.0.2.16"))
        return later(call, "endless");
    return has(call->address, "192.0.2.15") ? later(call, "drop") : CARILLON_VERDICT_PASS;
}

static enum carillon_verdict_kind at_auth(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                          void *user)
{
    (void)user;
    if (has(call->user.name, "banned"))
        return pass_or_drop("drop", verdict);
    return has(call->user.name, "slow") ? later(call, "pass") : CARILLON_VERDICT_PASS;
}

static enum carillon_verdict_kind at_subscribe(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                               void *user)
{
    (void)user;
    if (strncmp(call->channel.ptr, "slow-closed-", 12) == 0)
        return later(call, "drop");
    if (strncmp(call->channel.ptr, "slow-", 5) == 0)
        return later(call, "pass");
    if (strncmp(call->channel.ptr, "endless-", 8) == 0)
        return later(call, "endless");
    return pass_or_drop(strncmp(call->channel.ptr, "closed-", 7) == 0 ? "drop" : "pass", verdict);
}

static enum carillon_verdict_kind at_unsubscribe(const struct carillon_hook_call *call,
                                                 struct carillon_verdict *verdict, void *user)
{
    (void)verdict;
    (void)user;
    host->log(self, CARILLON_LOG_NOTICE, "%s unsubscribed %s", call->user.name.ptr, call->channel.ptr);
    return CARILLON_VERDICT_PASS;
}

static enum carillon_verdict_kind at_presence(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                              void *user)
{
    (void)user;
    host->log(self, CARILLON_LOG_NOTICE, "%s %s %s", call->user.name.ptr, call->event.ptr, call->channel.ptr);
    if (has(call->user.name, "Ghost"))
        return pass_or_drop("drop", verdict);
    return has(call->user.name, "Late") && has(call->event, "joined") ? later(call, "pass") : CARILLON_VERDICT_PASS;
}

static enum carillon_verdict_kind at_delivery(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                              void *user)
{
    static _Thread_local char text[256];
    (void)user;
    snprintf(text, sizeof text, "not for %s", call->user.name.ptr);
    if (has(call->text, text))
        return CARILLON_VERDICT_DROP;
    if (has(call->text, "wait"))
        return CARILLON_VERDICT_SUSPEND;
    if (!has(call->text, "for you"))
        return CARILLON_VERDICT_PASS;
    snprintf(text, sizeof text, "\"%s\" of %s, for %s", call->event.ptr, call->author.name.ptr, call->user.name.ptr);
    verdict->body = (struct carillon_str){ text, strlen(text) };
    return CARILLON_VERDICT_MODIFY;
}

static const char *const chats[] = { "chat-*", "slow-chat" };

static const struct carillon_hook hooks[] = {
    { .size = sizeof hooks[0], .id = "connect", .point = CARILLON_HOOK_CONNECT, .run = at_connect },
    { .size = sizeof hooks[0], .id = "auth", .point = CARILLON_HOOK_AUTH, .run = at_auth },
    { .size = sizeof hooks[0], .id = "subscribe", .point = CARILLON_HOOK_SUBSCRIBE, .run = at_subscribe },
    { .size = sizeof hooks[0], .id = "unsubscribe", .point = CARILLON_HOOK_UNSUBSCRIBE, .run = at_unsubscribe },
    { .size = sizeof hooks[0], .id = "presence", .point = CARILLON_HOOK_PRESENCE, .run = at_presence },
    { .size = sizeof hooks[0],
      .id = "deliver",
      .point = CARILLON_HOOK_MESSAGE_DELIVER,
      .run = at_delivery,
      .channels = chats,
      .channel_count = sizeof chats / sizeof chats[0] },
};

static enum carillon_result init(const struct carillon_host *table, struct carillon_plugin_self *me, char *error)
{
    host = table;
    self = me;
    return hooks_register(hooks, sizeof hooks / sizeof hooks[0], error);
}

CARILLON_PLUGIN("steptest", "1", .init = init, .stop = waiting_stop);
