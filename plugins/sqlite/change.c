#include "change.h"

#include "message.h"
#include "query.h"

int64_t change_add(struct carillon_storage_thread *thread, struct conversation *conversation,
                   const struct change_row *row)
{
    int64_t pos = ++conversation->last_pos;
    int64_t role = change_has_visibility(row->type) ? (int64_t)row->visibility : (int64_t)row->role;
    RUN(thread, CHANGE_ADD, INT(conversation->key), INT(pos), INT(row->type), KEY(row->actor.signature),
        INT(thread->request->in.now_ms), KEY(row->message), TEXT(row->emoji), KEY(row->member.signature), INT(role),
        TEXT(row->name), TEXT(row->data));
    return pos;
}

struct carillon_change *change_answer(struct carillon_storage_thread *thread, int64_t pos, const struct change_row *row,
                                      int64_t message)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_change *change = query_alloc(thread, sizeof(*change));
    if (!change)
        return NULL;
    *change = (struct carillon_change){ .pos = (uint64_t)pos,
                                        .type = row->type,
                                        .actor = account_copy(thread, in->user),
                                        .at_ms = in->now_ms,
                                        .emoji = query_copy(thread, row->emoji),
                                        .role = row->role,
                                        .visibility = row->visibility,
                                        .name = query_copy(thread, row->name),
                                        .data = query_copy(thread, row->data) };
    if (message)
        change->message = message_load_one(thread, message);
    if (row->member.account)
        change->member = account_copy(thread, in->member.id.len ? in->member : in->user);
    thread->request->out.change = change;
    return change;
}
