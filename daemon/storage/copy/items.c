/* What the lists hold, one list after the other: its items written again, and what of them is compared. */
#include "storage/copy/lists.h"

#include <string.h>

static const struct carillon_str nowhere;

/* ---- users ---- */

static struct carillon_storage_request *user_again(struct copy *copy, struct place place,
                                                   const struct carillon_storage_output *page, size_t i)
{
    (void)place;
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_USER_PUT, copy, nowhere);
    write->in.user = page->users[i];
    return write;
}

static bool user_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                      size_t i)
{
    (void)copy;
    tally_put_user(item, page->users[i]);
    return true;
}

/* ---- conversations; how one is copied is in conversation.c ---- */

static bool conversation_item(const struct copy *copy, struct tally_item *item,
                              const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_conversation *of = &page->conversations[i];
    (void)copy;
    tally_put(item, of->name);
    tally_put(item, of->epoch);
    tally_put(item, of->title);
    tally_put_user(item, of->creator);
    tally_put_number(item, of->visibility);
    tally_put_number(item, (uint64_t)of->created_ms);
    tally_put_number(item, of->last_pos);
    tally_put_number(item, of->first_pos);
    tally_put_number(item, of->member_count);
    tally_put_number(item, of->last_message ? of->last_message->pos : 0);
    return true;
}

/* The time of a creation is the conversation's, that of a new message the message's, which are compared there. */
static bool change_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                        size_t i)
{
    const struct carillon_change *change = &page->changes[i];
    bool timed = change->type != CARILLON_EVENT_MESSAGE_NEW && change->type != CARILLON_EVENT_CONVERSATION_CREATED;
    (void)copy;
    tally_put_number(item, change->pos);
    tally_put_number(item, change->type);
    tally_put_user(item, change->actor);
    tally_put_number(item, timed ? (uint64_t)change->at_ms : 0);
    tally_put_number(item, change->message ? change->message->pos : 0);
    tally_put(item, change->message ? change->message->id : nowhere);
    tally_put(item, change->emoji);
    tally_put_user(item, change->member);
    tally_put_number(item, change->role);
    tally_put(item, change->name);
    tally_put_number(item, change->visibility);
    tally_put(item, change->data);
    return true;
}

static bool message_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                         size_t i)
{
    (void)copy;
    tally_put_message(item, page->messages[i]);
    return true;
}

/* ---- members: with the names of now, also those whose change retention has dropped, or that came with the creation ---- */

static struct carillon_storage_request *member_again(struct copy *copy, struct place place,
                                                     const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_member *member = &page->members[i];
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_IMPORT, copy, place.conversation);
    write->in.type = CARILLON_EVENT_MEMBER_JOINED;
    write->in.quiet = true;
    write->in.member = member->user;
    write->in.role = member->role;
    write->in.now_ms = member->joined_ms;
    return write;
}

static bool member_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                        size_t i)
{
    (void)copy;
    tally_put_user(item, page->members[i].user);
    tally_put_number(item, page->members[i].role);
    tally_put_number(item, (uint64_t)page->members[i].joined_ms);
    return true;
}

/* ---- read marks: of members or not ---- */

static struct carillon_storage_request *read_mark_again(struct copy *copy, struct place place,
                                                        const struct carillon_storage_output *page, size_t i)
{
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_READ_MARK, copy, place.conversation);
    write->in.user.id = page->members[i].user.id;
    write->in.pos = page->members[i].read_pos;
    return write;
}

static bool read_mark_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                           size_t i)
{
    (void)copy;
    tally_put(item, page->members[i].user.id);
    tally_put_number(item, page->members[i].read_pos);
    return true;
}

/* ---- what ends at a time, after which it may be gone ---- */

static bool lasts(const struct copy *copy, int64_t ends_ms)
{
    return !ends_ms || ends_ms > copy->until_ms;
}

static struct carillon_storage_request *invitation_again(struct copy *copy, struct place place,
                                                         const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_invitation *invitation = &page->invitations[i];
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_INVITATION_CREATE, copy, place.conversation);
    write->in.id = invitation->code;
    write->in.user = invitation->creator;
    write->in.role = invitation->role;
    write->in.now_ms = invitation->created_ms;
    write->in.expires_ms = invitation->expires_ms;
    write->in.max_uses = invitation->max_uses;
    write->in.uses = invitation->uses;
    return write;
}

static bool invitation_item(const struct copy *copy, struct tally_item *item,
                            const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_invitation *invitation = &page->invitations[i];
    tally_put(item, invitation->code);
    tally_put_user(item, invitation->creator);
    tally_put_number(item, invitation->role);
    tally_put_number(item, (uint64_t)invitation->created_ms);
    tally_put_number(item, (uint64_t)invitation->expires_ms);
    tally_put_number(item, invitation->max_uses);
    tally_put_number(item, invitation->uses);
    return lasts(copy, invitation->expires_ms);
}

static struct carillon_storage_request *client_id_again(struct copy *copy, struct place place,
                                                        const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_client_id *id = &page->client_ids[i];
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_CLIENT_ID_PUT, copy, id->conversation);
    (void)place;
    write->in.user.id = id->user;
    write->in.client_id = id->client_id;
    memcpy(write->in.submitted, id->submitted, sizeof write->in.submitted);
    write->in.type = id->type;
    write->in.pos = id->pos;
    write->in.id = id->id;
    write->in.now_ms = id->at_ms;
    return write;
}

static bool client_id_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                           size_t i)
{
    const struct carillon_client_id *id = &page->client_ids[i];
    tally_put(item, id->conversation);
    tally_put(item, id->user);
    tally_put(item, id->client_id);
    tally_put(item, (struct carillon_str){ (const char *)id->submitted, sizeof id->submitted });
    tally_put_number(item, id->type);
    tally_put_number(item, id->pos);
    tally_put(item, id->id);
    tally_put_number(item, (uint64_t)id->at_ms);
    return id->at_ms >= copy->since_ms;
}

/* What waits for a moderator; what is there already came with a copy that was cut off. */
static struct carillon_storage_request *held_again(struct copy *copy, struct place place,
                                                   const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_held *held = &page->held[i];
    struct carillon_storage_request *there = copy_ask(CARILLON_STORAGE_HELD_GET, copy, held->conversation);
    (void)place;
    there->in.id = held->id;
    enum carillon_result result = copy_read(&copy->to, there);
    copy_drop(there);
    if (result == CARILLON_OK)
        return NULL;
    struct carillon_storage_request *request = copy_ask(CARILLON_STORAGE_HELD_PUT, copy, held->conversation);
    struct carillon_storage_input *in = &request->in;
    in->id = held->id;
    in->user = held->author;
    in->type = held->type;
    in->client_id = held->client_id;
    memcpy(in->submitted, held->submitted, sizeof in->submitted);
    in->name = held->name;
    in->text = held->text;
    in->data = held->data;
    in->reply_to = held->reply_to;
    in->mentions = held->mentions;
    in->mention_count = held->mention_count;
    in->queue = held->queue;
    in->reason = held->reason;
    in->now_ms = held->created_ms;
    in->expires_ms = held->expires_ms;
    in->limit = UINT32_MAX;
    return request;
}

static bool held_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                      size_t i)
{
    const struct carillon_held *held = &page->held[i];
    tally_put(item, held->id);
    tally_put(item, held->conversation);
    tally_put_user(item, held->author);
    tally_put_number(item, held->type);
    tally_put(item, held->client_id);
    tally_put(item, (struct carillon_str){ (const char *)held->submitted, sizeof held->submitted });
    tally_put(item, held->name);
    tally_put(item, held->text);
    tally_put(item, held->data);
    tally_put(item, held->reply_to);
    tally_put_number(item, held->mention_count);
    for (size_t k = 0; k < held->mention_count; k++)
        tally_put(item, held->mentions[k]);
    tally_put(item, held->queue);
    tally_put(item, held->reason);
    tally_put_number(item, (uint64_t)held->created_ms);
    tally_put_number(item, (uint64_t)held->expires_ms);
    return lasts(copy, held->expires_ms);
}

static struct carillon_storage_request *revocation_again(struct copy *copy, struct place place,
                                                         const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_revocation *revocation = &page->revocations[i];
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_REVOCATION_PUT, copy, nowhere);
    (void)place;
    write->in.user.id = revocation->user;
    write->in.id = revocation->token;
    write->in.now_ms = revocation->at_ms;
    write->in.expires_ms = revocation->until_ms;
    return write;
}

static bool revocation_item(const struct copy *copy, struct tally_item *item,
                            const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_revocation *revocation = &page->revocations[i];
    tally_put(item, revocation->user);
    tally_put(item, revocation->token);
    tally_put_number(item, (uint64_t)revocation->at_ms);
    tally_put_number(item, (uint64_t)revocation->until_ms);
    return lasts(copy, revocation->until_ms);
}

static struct carillon_storage_request *mute_again(struct copy *copy, struct place place,
                                                   const struct carillon_storage_output *page, size_t i)
{
    const struct carillon_mute *mute = &page->mutes[i];
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_MUTE_PUT, copy, mute->channel);
    (void)place;
    write->in.user.id = mute->user;
    write->in.text = mute->text;
    write->in.expires_ms = mute->until_ms;
    return write;
}

static bool mute_item(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                      size_t i)
{
    const struct carillon_mute *mute = &page->mutes[i];
    tally_put(item, mute->user);
    tally_put(item, mute->channel);
    tally_put(item, mute->text);
    tally_put_number(item, (uint64_t)mute->until_ms);
    return lasts(copy, mute->until_ms);
}

/* ---- who is to be erased ---- */

static struct carillon_storage_request *erasure_again(struct copy *copy, struct place place,
                                                      const struct carillon_storage_output *page, size_t i)
{
    struct carillon_storage_request *write = copy_ask(CARILLON_STORAGE_ERASURE_PUT, copy, nowhere);
    (void)place;
    write->in.user = page->users[i];
    return write;
}

/* ---- all of them ---- */

#define LIST(operation, ...)                                                                                           \
    {                                                                                                                  \
        .op = CARILLON_STORAGE_##operation, __VA_ARGS__                                                                \
    }

const struct list copy_lists[COPY_LIST_COUNT] = {
    [COPY_USERS] = LIST(USER_LIST, .name = "users", .again = user_again, .item = user_item),
    [COPY_CONVERSATIONS] = LIST(CONVERSATION_LIST, .name = "conversations", .item = conversation_item, .ordered = true,
                                .newest_first = true),
    [COPY_CHANGES] = LIST(CHANGES, .name = "changes", .item = change_item),
    [COPY_MESSAGES] = LIST(HISTORY, .name = "messages", .item = message_item),
    [COPY_MEMBERS] = LIST(MEMBER_LIST, .name = "members", .again = member_again, .item = member_item),
    [COPY_READ_MARKS] = LIST(READ_MARK_LIST, .name = "read marks", .again = read_mark_again, .item = read_mark_item),
    [COPY_INVITATIONS] = LIST(INVITATION_LIST, .name = "invitations", .again = invitation_again,
                              .item = invitation_item, .ordered = true, .newest_first = true),
    [COPY_CLIENT_IDS] = LIST(CLIENT_ID_LIST, .name = "client ids", .again = client_id_again, .item = client_id_item),
    [COPY_HELD] = LIST(HELD_LIST, .name = "held messages", .again = held_again, .item = held_item, .ordered = true),
    [COPY_REVOCATIONS] = LIST(REVOCATION_LIST, .name = "revocations", .again = revocation_again,
                              .item = revocation_item),
    [COPY_MUTES] = LIST(MUTE_LIST, .name = "mutes", .again = mute_again, .item = mute_item),
    [COPY_ERASURES] = LIST(ERASURE_LIST, .name = "erasures", .again = erasure_again, .item = user_item),
};
