#include "account.h"
#include "conversation.h"
#include "operations.h"
#include "query.h"

enum carillon_result set_read_mark(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    if (!request->in.user.id.len)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    uint64_t last = (uint64_t)conversation.last_pos;
    uint64_t pos = request->in.pos < last ? request->in.pos : last;
    struct actor reader = account_intern(thread, request->app, request->in.user);
    RUN(thread, READ_MARK_SET, INT(conversation.key), INT(reader.account), INT(pos));
    conversation_answer(thread, conversation.key, false);
    return CARILLON_OK;
}
