#include "storage/copy/tally.h"

#include "base/str.h"

void tally_begin(struct tally_item *item)
{
    XXH3_INITSTATE(&item->state);
    XXH3_128bits_reset(&item->state);
}

void tally_put_number(struct tally_item *item, uint64_t number)
{
    XXH3_128bits_update(&item->state, &number, sizeof number);
}

/* With its length, so that no two items look alike by where their strings end. */
void tally_put(struct tally_item *item, struct carillon_str str)
{
    tally_put_number(item, str.len);
    if (str.len)
        XXH3_128bits_update(&item->state, str.ptr, str.len);
}

void tally_put_user(struct tally_item *item, struct carillon_user user)
{
    tally_put(item, user.id);
    tally_put(item, user.name);
}

static void put_reaction(struct tally_item *item, const struct carillon_reaction *reaction)
{
    tally_put(item, reaction->emoji);
    tally_put_number(item, reaction->count);
    tally_put_number(item, reaction->user_count);
    for (size_t i = 0; i < reaction->user_count; i++)
        tally_put_user(item, reaction->users[i]);
}

/* Each once: another program may name somebody twice, which a daemon does not repeat. */
static void put_mentions(struct tally_item *item, const struct carillon_message *message)
{
    size_t count = 0;
    for (size_t i = 0; i < message->mention_count; i++) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = str_equal(message->mentions[k], message->mentions[i]);
        if (!again)
            tally_put(item, message->mentions[i]);
        count += !again;
    }
    tally_put_number(item, count);
}

void tally_put_message(struct tally_item *item, const struct carillon_message *message)
{
    tally_put_number(item, message->pos);
    tally_put(item, message->id);
    tally_put_user(item, message->author);
    tally_put(item, message->client_id);
    tally_put(item, message->text);
    tally_put(item, message->data);
    tally_put_number(item, (uint64_t)message->created_ms);
    tally_put_number(item, (uint64_t)message->edited_ms);
    tally_put_number(item, (uint64_t)message->deleted_ms);
    tally_put(item, message->deleted_by);
    tally_put(item, message->reply_to);
    tally_put_user(item, message->reply_author);
    tally_put(item, message->reply_text);
    put_mentions(item, message);
    tally_put_number(item, message->reaction_count);
    for (size_t i = 0; i < message->reaction_count; i++)
        put_reaction(item, &message->reactions[i]);
}

void tally_add(struct tally *tally, struct tally_item *item, bool ordered)
{
    if (ordered)
        tally_put_number(item, tally->count);
    XXH128_hash_t hash = XXH3_128bits_digest(&item->state);
    tally->sums[0] += hash.low64;
    tally->sums[1] += hash.high64;
    tally->count++;
}
