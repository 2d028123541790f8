#include "hook/copy.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "base/uuid.h"
#include "loop/worker.h"
#include "pipeline.h"

#include <stdio.h>
#include <string.h>

struct action_copy {
    struct action_copy *next;
    struct carillon_str channel;
};

bool copies_add(struct action *action, struct carillon_str channel)
{
    struct action_copy **link = &action->copies;
    unsigned n = 0;
    for (; *link; link = &(*link)->next, n++)
        if (str_equal((*link)->channel, channel))
            return true;
    struct action_copy *copy = n < HOOK_COPIES_MAX ? arena_alloc(action->request->arena, sizeof *copy) : NULL;
    if (!copy)
        return false;
    *copy = (struct action_copy){ .channel = action_str(action, channel) };
    *link = copy;
    return true;
}

/* Nobody waits for it: the log says where a copy could not go. */
static void copy_done(struct action *copy)
{
    if (copy->error != ERROR_NONE)
        log_notice("hook", "a message could not be copied to %s: %s", copy->request->in.conversation.ptr,
                   copy->failure.code);
    action_free(copy);
}

static void copy_client_id(struct action *copy, struct carillon_str client_id)
{
    char text[128];
    if (!client_id.ptr)
        return;
    int len = snprintf(text, sizeof text, "copy:%s", client_id.ptr);
    if (len > 0 && (size_t)len < sizeof text)
        copy->request->in.client_id = action_str(copy, (struct carillon_str){ text, (size_t)len });
}

static void copy_fill(struct action *copy, const struct action *action)
{
    const struct carillon_storage_input *from = &action->request->in;
    struct carillon_storage_input *in = &copy->request->in;
    char id[UUID_TEXT_SIZE];
    in->now_ms = loop_wall_ms();
    uuid_make_v7(id, in->now_ms);
    in->id = action_str(copy, (struct carillon_str){ id, UUID_TEXT_SIZE - 1 });
    in->user = copy->identity->user;
    in->type = from->type;
    in->name = action_str(copy, from->name);
    in->text = action_str(copy, from->text);
    in->data = action_str(copy, from->data);
    memcpy(in->submitted, from->submitted, sizeof in->submitted);
    copy_client_id(copy, from->client_id);
    in->mentions = arena_alloc(copy->request->arena, from->mention_count * sizeof *in->mentions + 1);
    for (size_t i = 0; in->mentions && i < from->mention_count; i++)
        in->mentions[in->mention_count++] = action_str(copy, from->mentions[i]);
}

static void copy_send(const struct action *action, struct carillon_str channel)
{
    struct identity *author = identity_new_server(action->identity->app, *action_author(action));
    struct action *copy = author ? action_new(ACTION_PUBLISH, author, channel) : NULL;
    identity_unref(author);
    if (!copy) {
        log_notice("hook", "a message could not be copied to %s: memory is short", channel.ptr);
        return;
    }
    copy_fill(copy, action);
    pipeline_forward(copy, copy_done, NULL);
}

void copies_send(const struct action *action)
{
    for (const struct action_copy *copy = action->copies; copy; copy = copy->next)
        if (!str_equal(copy->channel, action->request->in.conversation))
            copy_send(action, copy->channel);
}
