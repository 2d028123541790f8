#include "adoption.h"

#include "message.h"
#include "reaction.h"

enum { EMOJI_BYTES_MAX = 64 };

/* `message` is told by its pos, as daemons do, or by its id. */
static bson_t *find_message(struct carillon_storage_thread *thread, const bson_t *doc)
{
    struct carillon_str id = doc_peek_str(doc, "message");
    bson_t *filter = query_scope(thread);
    if (id.len)
        doc_str(filter, "id", id);
    else
        doc_int(filter, "pos", doc_get_int(doc, "message"));
    bson_t *message = query_one(thread, COLLECTION_MESSAGES, filter, NULL);
    if (message && !doc_has(message, "deleted"))
        return message;
    bson_destroy(message);
    return NULL;
}

static void make_change(struct carillon_storage_thread *thread, struct adoption *adoption,
                        enum carillon_event_type type, struct carillon_user user, struct carillon_str emoji)
{
    adoption->change = (struct change){ .type = type,
                                        .actor = user,
                                        .message = doc_get_int(adoption->message, "pos"),
                                        .id = doc_peek_str(adoption->message, "id"),
                                        .key = type == CARILLON_EVENT_REACTION_ADDED ? adoption->key : NULL,
                                        .emoji = emoji };
    change_add(thread, adoption->conversation, &adoption->change);
}

static const char *find_fault(struct carillon_storage_thread *thread, const struct adoption *adoption, bool user_ok,
                              struct carillon_user user, struct carillon_str emoji)
{
    if (!user_ok)
        return "its user is no user id";
    if (!emoji.len || !adoption_is_text(emoji, EMOJI_BYTES_MAX))
        return "its emoji is none";
    if (!adoption->message)
        return "there is no such message";
    if (reaction_is_there(thread, doc_get_int(adoption->message, "pos"), emoji, user.id))
        return "they have reacted so already";
    if (reaction_shown(adoption->message, emoji) == 0 && reaction_kinds(adoption->message) >= REACTION_KINDS_MAX)
        return "the message has too many different ones";
    return NULL;
}

static void add(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    struct carillon_user user;
    struct carillon_str emoji = doc_peek_str(adoption->doc, "emoji");
    bool user_ok = adoption_user(adoption->doc, "user", &user);
    const char *fault = find_fault(thread, adoption, user_ok, user, emoji);
    if (fault) {
        adoption_refuse(adoption, fault);
        return;
    }
    make_change(thread, adoption, CARILLON_EVENT_REACTION_ADDED, user, emoji);
    bson_t *fields = bson_new();
    doc_str(fields, "app", adoption->request.app);
    doc_int(fields, "message", adoption->change.message);
    doc_user(fields, "user", user);
    doc_int(fields, "pos", adoption->change.pos);
    adoption_set(thread, COLLECTION_REACTIONS, adoption, fields);
    reaction_show(thread, adoption->change.message, emoji, reaction_shown(adoption->message, emoji) == 0,
                  adoption->change.pos);
}

/* What the message still counts and is not there was taken away by another program. */
static void take_back(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    const bson_t *past = adoption->past;
    struct carillon_str emoji = doc_peek_str(past, "emoji");
    int64_t pos = doc_get_int(past, "message");
    struct carillon_user user = { doc_peek_str(past, "actor.id"), doc_peek_str(past, "actor.name") };
    if (!adoption->message || reaction_shown(adoption->message, emoji) == reaction_count(thread, pos, emoji) ||
        reaction_is_there(thread, pos, emoji, user.id))
        return;
    make_change(thread, adoption, CARILLON_EVENT_REACTION_REMOVED, user, emoji);
    reaction_show(thread, pos, emoji, false, adoption->change.pos);
}

/* A deletion tells its key only, which the change has that the reaction came with. */
void adopt_reaction(struct carillon_storage_thread *thread, void *arg)
{
    struct adoption *adoption = arg;
    adoption->doc = query_one(thread, COLLECTION_REACTIONS, adoption_by_key(adoption->key), NULL);
    if (adoption->doc && doc_has(adoption->doc, "pos"))
        return;
    if (!adoption->doc)
        adoption->past = query_one(thread, COLLECTION_CHANGES, adoption_by_key(adoption->key), NULL);
    const bson_t *from = adoption->doc ? adoption->doc : adoption->past;
    if (!from || !adoption_find_place(thread, adoption, from))
        return;
    adoption->message = find_message(thread, from);
    if (thread->failure)
        return;
    if (adoption->doc)
        add(thread, adoption);
    else if (doc_has(from, "emoji"))
        take_back(thread, adoption);
}
