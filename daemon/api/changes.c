#include "api/access.h"
#include "api/input.h"
#include "message/json.h"

#include <string.h>

enum { EPOCH_MAX = 64 };

struct changes {
    struct carillon_str epoch;
    uint64_t after;
    uint32_t limit;
    const struct carillon_conversation *conversation;
};

static void reply(struct call *call, struct carillon_storage_request *request)
{
    const struct changes *changes = call->state;
    const struct carillon_conversation *conversation = changes->conversation;
    json_object_begin(&call->out, NULL);
    json_array_begin(&call->out, "items");
    for (size_t i = 0; i < request->out.count; i++)
        json_write_change_event(&call->out, NULL, conversation->name, conversation->epoch, &request->out.changes[i]);
    json_array_end(&call->out);
    json_write_str(&call->out, "epoch", conversation->epoch);
    json_write_uint(&call->out, "last_pos", conversation->last_pos);
    json_write_bool(&call->out, "more", request->out.more);
    json_object_end(&call->out);
    call_reply(call, 200);
}

/* Another life of the channel, or a place that it never came to: the client starts over, as on the other transports. */
static bool is_reset(const struct changes *changes, const struct carillon_conversation *conversation)
{
    bool other = changes->epoch.ptr && (changes->epoch.len != conversation->epoch.len ||
                                        memcmp(changes->epoch.ptr, conversation->epoch.ptr, changes->epoch.len) != 0);
    return other || changes->after > conversation->last_pos;
}

static void ask(struct call *call, const struct carillon_conversation *conversation)
{
    struct changes *changes = call->state;
    if (is_reset(changes, conversation)) {
        call_fail_with(call, ERROR_GONE, "The channel has begun anew: read its history again.");
        return;
    }
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_CHANGES);
    if (!request)
        return;
    changes->conversation = conversation;
    request->in.conversation = conversation->name;
    request->in.after = changes->after;
    request->in.limit = changes->limit;
    call_ask(call, request, reply);
}

void changes_list(struct call *call)
{
    struct changes *changes = call_alloc(call, sizeof *changes);
    if (!changes) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    struct carillon_str channel = path_channel(call);
    changes->epoch = query_str(call, "epoch", EPOCH_MAX);
    changes->after = query_uint(call, "after", 0, INT64_MAX);
    changes->limit = query_limit(call);
    if (!input_end(call))
        return;
    call->state = changes;
    call_with_conversation(call, channel, ask);
}
