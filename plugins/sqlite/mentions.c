#include "account.h"
#include "message.h"
#include "query.h"

static bool named_before(const struct carillon_str *mentions, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (query_same(mentions[k], mentions[i]))
            return true;
    }
    return false;
}

void message_set_mentions(struct carillon_storage_thread *thread, const struct conversation *conversation,
                          const struct message_row *message)
{
    const struct carillon_storage_input *in = &thread->request->in;
    for (size_t i = 0; i < in->mention_count; i++) {
        struct carillon_str user = in->mentions[i];
        if (!user.len || named_before(in->mentions, i))
            continue;
        bool own = message->author && account_find(thread, thread->request->app, user) == message->author;
        RUN(thread, MENTION_ADD, INT(message->key), INT(i), TEXT(user), INT(conversation->key), INT(message->pos),
            INT(own));
    }
}
