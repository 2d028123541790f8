#include "message/json.h"

#include <string.h>

static const char *const event_names[] = {
#define CARILLON_X(name, text, durable) text,
    CARILLON_EVENTS(CARILLON_X)
#undef CARILLON_X
};

static const char *const role_names[] = {
#define CARILLON_X(name, text, rank) [rank] = (text),
    CARILLON_ROLES(CARILLON_X)
#undef CARILLON_X
};

const char *event_type_name(enum carillon_event_type type)
{
    return event_names[type];
}

const char *role_name(enum carillon_role role)
{
    return role_names[role];
}

enum carillon_role role_from_name(struct carillon_str name)
{
    for (size_t i = 0; i < sizeof role_names / sizeof role_names[0]; i++)
        if (strlen(role_names[i]) == name.len && memcmp(role_names[i], name.ptr, name.len) == 0)
            return (enum carillon_role)i;
    return CARILLON_ROLE_NONE;
}

const char *visibility_name(enum carillon_visibility visibility)
{
    return visibility == CARILLON_VISIBILITY_PUBLIC ? "public" : "invited";
}

void json_write_user(struct json_writer *writer, const char *name, const struct carillon_user *user)
{
    json_object_begin(writer, name);
    json_write_str(writer, "id", user->id);
    json_write_str(writer, "name", user->name);
    json_object_end(writer);
}

void json_write_reactions(struct json_writer *writer, const char *name, const struct carillon_message *message)
{
    json_array_begin(writer, name);
    for (size_t i = 0; i < message->reaction_count; i++) {
        const struct carillon_reaction *reaction = &message->reactions[i];
        json_object_begin(writer, NULL);
        json_write_str(writer, "emoji", reaction->emoji);
        json_write_uint(writer, "count", reaction->count);
        json_array_begin(writer, "users");
        for (size_t k = 0; k < reaction->user_count; k++)
            json_write_user(writer, NULL, &reaction->users[k]);
        json_array_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void write_reply(struct json_writer *writer, const struct carillon_message *message)
{
    json_object_begin(writer, "reply_to");
    json_write_str(writer, "id", message->reply_to);
    json_write_user(writer, "author", &message->reply_author);
    json_write_str(writer, "text", message->reply_text);
    json_object_end(writer);
}

static void write_mentions(struct json_writer *writer, const struct carillon_str *mentions, size_t n)
{
    if (!n)
        return;
    json_array_begin(writer, "mentions");
    for (size_t i = 0; i < n; i++)
        json_write_str(writer, NULL, mentions[i]);
    json_array_end(writer);
}

static void write_message_extras(struct json_writer *writer, const struct carillon_message *message)
{
    if (message->data.ptr)
        json_write_raw(writer, "data", message->data);
    json_write_str_if(writer, "client_id", message->client_id);
    if (message->edited_ms)
        json_write_int(writer, "edited_at", message->edited_ms);
    if (message->reply_to.ptr)
        write_reply(writer, message);
    write_mentions(writer, message->mentions, message->mention_count);
    if (message->reaction_count)
        json_write_reactions(writer, "reactions", message);
}

void json_write_message(struct json_writer *writer, const char *name, const struct carillon_message *message)
{
    json_object_begin(writer, name);
    json_write_str(writer, "id", message->id);
    if (message->pos) /* else it is shadowed or held */
        json_write_uint(writer, "pos", message->pos);
    json_write_str(writer, "channel", message->conversation);
    json_write_user(writer, "author", &message->author);
    json_write_int(writer, "created_at", message->created_ms);
    if (message->deleted_ms) {
        json_write_text(writer, "text", "");
        json_write_int(writer, "deleted_at", message->deleted_ms);
        json_write_str(writer, "deleted_by", message->deleted_by);
    } else {
        json_write_str(writer, "text", message->text);
        write_message_extras(writer, message);
    }
    json_object_end(writer);
}

void json_write_held(struct json_writer *writer, const char *name, const struct carillon_held *held)
{
    json_object_begin(writer, name);
    json_write_str(writer, "id", held->id);
    json_write_str(writer, "channel", held->conversation);
    json_write_user(writer, "author", &held->author);
    json_write_str(writer, "queue", held->queue);
    json_write_str_if(writer, "reason", held->reason);
    json_write_int(writer, "held_at", held->created_ms);
    json_write_int(writer, "expires_at", held->expires_ms);
    json_write_str_if(writer, "event", held->name);
    json_write_str_if(writer, "text", held->text);
    if (held->data.ptr)
        json_write_raw(writer, "data", held->data);
    json_write_str_if(writer, "client_id", held->client_id);
    json_write_str_if(writer, "reply_to", held->reply_to);
    write_mentions(writer, held->mentions, held->mention_count);
    json_object_end(writer);
}

void json_write_conversation(struct json_writer *writer, const char *name,
                             const struct carillon_conversation *conversation)
{
    json_object_begin(writer, name);
    json_write_str(writer, "channel", conversation->name);
    json_write_str(writer, "title", conversation->title);
    json_write_text(writer, "visibility", visibility_name(conversation->visibility));
    json_write_int(writer, "created_at", conversation->created_ms);
    json_write_user(writer, "creator", &conversation->creator);
    json_write_str(writer, "epoch", conversation->epoch);
    json_write_uint(writer, "last_pos", conversation->last_pos);
    json_write_uint(writer, "members", conversation->member_count);
    json_write_text(writer, "role", role_name(conversation->role));
    json_write_uint(writer, "read_pos", conversation->read_pos);
    json_write_uint(writer, "unread", conversation->unread);
    json_write_uint(writer, "mentions", conversation->mentions);
    if (conversation->last_message)
        json_write_message(writer, "last_message", conversation->last_message);
    json_object_end(writer);
}

void json_write_read_mark(struct json_writer *writer, const struct carillon_conversation *conversation)
{
    json_write_str(writer, "channel", conversation->name);
    json_write_uint(writer, "pos", conversation->read_pos);
    json_write_uint(writer, "unread", conversation->unread);
    json_write_uint(writer, "mentions", conversation->mentions);
}

static void write_reaction_data(struct json_writer *writer, const struct carillon_change *change)
{
    json_write_str(writer, "message_id", change->message->id);
    json_write_uint(writer, "message_pos", change->message->pos);
    json_write_str(writer, "emoji", change->emoji);
    json_write_user(writer, "by", &change->actor);
    json_write_reactions(writer, "reactions", change->message);
}

static void write_member_data(struct json_writer *writer, const struct carillon_change *change)
{
    json_write_user(writer, "user", &change->member);
    json_write_text(writer, "role", role_name(change->role));
    json_write_user(writer, "by", &change->actor);
}

static void write_conversation_data(struct json_writer *writer, const struct carillon_change *change)
{
    json_write_str(writer, "title", change->name);
    json_write_text(writer, "visibility", visibility_name(change->visibility));
    json_write_user(writer, "by", &change->actor);
}

static void write_message_data(struct json_writer *writer, const struct carillon_change *change)
{
    json_write_message(writer, "message", change->message);
    json_write_user(writer, "by", &change->actor);
}

void json_write_change_data(struct json_writer *writer, const char *name, const struct carillon_change *change)
{
    static void (*const writers[CARILLON_EVENT_COUNT])(struct json_writer *, const struct carillon_change *) = {
        [CARILLON_EVENT_MESSAGE_NEW] = write_message_data,
        [CARILLON_EVENT_MESSAGE_EDITED] = write_message_data,
        [CARILLON_EVENT_MESSAGE_DELETED] = write_message_data,
        [CARILLON_EVENT_REACTION_ADDED] = write_reaction_data,
        [CARILLON_EVENT_REACTION_REMOVED] = write_reaction_data,
        [CARILLON_EVENT_MEMBER_JOINED] = write_member_data,
        [CARILLON_EVENT_MEMBER_LEFT] = write_member_data,
        [CARILLON_EVENT_MEMBER_ROLE] = write_member_data,
        [CARILLON_EVENT_CONVERSATION_CREATED] = write_conversation_data,
        [CARILLON_EVENT_CONVERSATION_UPDATED] = write_conversation_data,
    };
    if (!writers[change->type]) { /* an application's own event */
        json_write_raw(writer, name, change->data.ptr ? change->data : CARILLON_STR("null"));
        return;
    }
    json_object_begin(writer, name);
    writers[change->type](writer, change);
    json_object_end(writer);
}

void json_write_change_event(struct json_writer *writer, const char *name, struct carillon_str channel,
                             struct carillon_str epoch, const struct carillon_change *change)
{
    json_object_begin(writer, name);
    json_write_text(writer, "type", "event");
    json_write_str(writer, "channel", channel);
    json_write_str(writer, "epoch", epoch);
    json_write_uint(writer, "pos", change->pos);
    if (change->type == CARILLON_EVENT_EVENT)
        json_write_str(writer, "event", change->name);
    else
        json_write_text(writer, "event", event_type_name(change->type));
    json_write_int(writer, "at", change->at_ms);
    json_write_change_data(writer, "data", change);
    json_object_end(writer);
}
