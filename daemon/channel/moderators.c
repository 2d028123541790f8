#include "channel/home.h"

#include <stdlib.h>

enum { PAGE = 200 };

/* An event for the moderators of a channel, while the storage is asked who they are. */
struct notice {
    struct channel *channel; /* held until it is over */
    const char *event;
    struct carillon_user actor;
    struct carillon_str data;
    char strings[];
};

static void notice_ask(struct notice *notice, struct carillon_str cursor);

static void notice_end(struct notice *notice)
{
    notice->channel->holds--;
    free(notice);
}

void personal_tell(const struct app *app, struct carillon_str user, const char *event,
                   const struct carillon_user *actor, struct carillon_str data)
{
    char topic[PERSONAL_NAME_SIZE];
    distribute_passing(app, channel_name_personal(topic, user), CARILLON_STR("#user"), event, actor, data);
}

static void moderators_read(struct carillon_storage_request *request, void *arg)
{
    struct notice *notice = arg;
    for (size_t i = 0; request->result == CARILLON_OK && i < request->out.count; i++)
        if (request->out.members[i].role >= CARILLON_ROLE_MODERATOR)
            personal_tell(notice->channel->app, request->out.members[i].user.id, notice->event, &notice->actor,
                          notice->data);
    if (request->result == CARILLON_OK && request->out.more)
        notice_ask(notice, request->out.cursor);
    else
        notice_end(notice);
    storage_request_free(request);
}

static void notice_ask(struct notice *notice, struct carillon_str cursor)
{
    struct channel *channel = notice->channel;
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_MEMBER_LIST, channel->app->name);
    if (!request) {
        notice_end(notice); /* they see it when they look */
        return;
    }
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.role = CARILLON_ROLE_MODERATOR;
    request->in.limit = PAGE;
    request->in.cursor = storage_request_str(request, cursor);
    storage_submit(request, moderators_read, notice);
}

static struct carillon_str notice_str(char **to, struct carillon_str str)
{
    char *copy = *to;
    if (str.len)
        memcpy(copy, str.ptr, str.len);
    copy[str.len] = '\0';
    *to += str.len + 1;
    return (struct carillon_str){ copy, str.len };
}

void moderators_tell(struct channel *channel, const char *event, const struct carillon_user *actor,
                     struct carillon_str data)
{
    if (channel->state != CHANNEL_STORED) /* it has no members */
        return;
    struct notice *notice = malloc(sizeof *notice + actor->id.len + actor->name.len + data.len + 3);
    if (!notice)
        return;
    char *to = notice->strings;
    notice->channel = channel;
    notice->event = event;
    notice->actor.id = notice_str(&to, actor->id);
    notice->actor.name = notice_str(&to, actor->name);
    notice->data = notice_str(&to, data);
    channel->holds++;
    notice_ask(notice, (struct carillon_str){ 0 });
}
