#include "message/change_copy.h"

#include <string.h>

struct copying {
    struct carillon_arena *arena;
    bool full;
};

static struct carillon_str copy_str(struct copying *copying, struct carillon_str str)
{
    struct carillon_str copy = arena_str(copying->arena, str);
    copying->full |= str.ptr && !copy.ptr;
    return copy;
}

static struct carillon_user copy_user(struct copying *copying, struct carillon_user user)
{
    return (struct carillon_user){ copy_str(copying, user.id), copy_str(copying, user.name) };
}

/* Of a list its own memory; what its items point to is still the original's. NULL: there are none, or it is full. */
static void *copy_list(struct copying *copying, const void *items, size_t count, size_t size)
{
    void *copy = count ? arena_alloc(copying->arena, count * size) : NULL;
    if (copy)
        memcpy(copy, items, count * size);
    copying->full |= count && !copy;
    return copy;
}

static void copy_reaction(struct copying *copying, struct carillon_reaction *reaction)
{
    reaction->emoji = copy_str(copying, reaction->emoji);
    reaction->users = copy_list(copying, reaction->users, reaction->user_count, sizeof *reaction->users);
    for (size_t i = 0; reaction->users && i < reaction->user_count; i++)
        reaction->users[i] = copy_user(copying, reaction->users[i]);
}

static void copy_lists(struct copying *copying, struct carillon_message *message)
{
    message->mentions = copy_list(copying, message->mentions, message->mention_count, sizeof *message->mentions);
    for (size_t i = 0; message->mentions && i < message->mention_count; i++)
        message->mentions[i] = copy_str(copying, message->mentions[i]);
    message->reactions = copy_list(copying, message->reactions, message->reaction_count, sizeof *message->reactions);
    for (size_t i = 0; message->reactions && i < message->reaction_count; i++)
        copy_reaction(copying, &message->reactions[i]);
}

static struct carillon_message *copy_message(struct copying *copying, const struct carillon_message *message)
{
    struct carillon_message *copy = copy_list(copying, message, message ? 1 : 0, sizeof *message);
    if (!copy)
        return NULL;
    copy->id = copy_str(copying, copy->id);
    copy->conversation = copy_str(copying, copy->conversation);
    copy->author = copy_user(copying, copy->author);
    copy->client_id = copy_str(copying, copy->client_id);
    copy->text = copy_str(copying, copy->text);
    copy->data = copy_str(copying, copy->data);
    copy->deleted_by = copy_str(copying, copy->deleted_by);
    copy->reply_to = copy_str(copying, copy->reply_to);
    copy->reply_author = copy_user(copying, copy->reply_author);
    copy->reply_text = copy_str(copying, copy->reply_text);
    copy_lists(copying, copy);
    return copy;
}

const struct carillon_change *change_copy(struct carillon_arena *arena, const struct carillon_change *change)
{
    struct copying copying = { .arena = arena };
    struct carillon_change *copy = copy_list(&copying, change, 1, sizeof *change);
    if (!copy)
        return NULL;
    copy->actor = copy_user(&copying, copy->actor);
    copy->message = copy_message(&copying, copy->message);
    copy->emoji = copy_str(&copying, copy->emoji);
    copy->member = copy_user(&copying, copy->member);
    copy->name = copy_str(&copying, copy->name);
    copy->data = copy_str(&copying, copy->data);
    return copying.full ? NULL : copy;
}
