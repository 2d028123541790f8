#include "api/access.h"
#include "api/input.h"
#include "api/list.h"
#include "message/json.h"

enum { QUERY_MAX = 400 };

/* The storage shows public conversations and those of the person; what the token forbids besides is left out here. */
static void found(struct call *call, struct carillon_storage_request *request)
{
    list_begin(call);
    for (size_t i = 0; i < request->out.count; i++)
        if (!token_denies(call->identity, request->out.messages[i]->conversation))
            json_write_message(&call->out, NULL, request->out.messages[i]);
    list_reply(call, request);
}

static void search_one(struct call *call, const struct carillon_conversation *conversation)
{
    struct carillon_storage_request *request = call->state;
    request->in.conversation = conversation->name;
    request->in.any = true; /* it was checked that the caller may see it */
    call_ask(call, request, found);
}

void search_messages(struct call *call)
{
    struct carillon_str words = query_str(call, "q", QUERY_MAX);
    struct carillon_str channel = query_str(call, "channel", 164);
    if (!words.len)
        input_wrong(call, "q", "this is required");
    struct carillon_storage_request *request = list_request(call, CARILLON_STORAGE_SEARCH);
    if (!request)
        return;
    request->in.text = words;
    request->in.public_too = true;
    request->in.any = call->identity->server;
    call->state = request;
    if (channel.len)
        call_with_conversation(call, channel, search_one);
    else
        call_ask(call, request, found);
}
