#include "api/access.h"
#include "message/json.h"

bool may_read(const struct identity *identity, const struct carillon_conversation *conversation)
{
    enum identity_answer answer = identity_check(identity, IDENTITY_SUBSCRIBE, conversation->name);
    if (answer != IDENTITY_SILENT)
        return answer == IDENTITY_ALLOWED;
    const struct channel_options *options = app_channel_options(identity->app, conversation->name);
    bool open = conversation->visibility == CARILLON_VISIBILITY_PUBLIC && options->subscribe == APP_WHO_EVERYBODY;
    return open || conversation->role >= CARILLON_ROLE_MEMBER || may_moderate(identity, conversation);
}

bool may_moderate(const struct identity *identity, const struct carillon_conversation *conversation)
{
    return conversation->role >= CARILLON_ROLE_MODERATOR ||
           identity_check(identity, IDENTITY_MODERATE, conversation->name) == IDENTITY_ALLOWED;
}

bool token_denies(const struct identity *identity, struct carillon_str channel)
{
    return identity_check(identity, IDENTITY_SUBSCRIBE, channel) == IDENTITY_DENIED;
}

/* What call_with_* goes on with; in the call's arena. */
struct waiting {
    void (*then)(struct call *call, const struct carillon_conversation *conversation);
    bool moderated;
};

static void conversation_read(struct call *call, struct carillon_storage_request *request)
{
    struct waiting waiting = *(struct waiting *)call->then_arg;
    const struct carillon_conversation *conversation = request->out.conversation;
    if (!may_read(call->identity, conversation))
        call_fail(call, conversation->visibility == CARILLON_VISIBILITY_INVITED ? ERROR_NOT_A_MEMBER : ERROR_FORBIDDEN);
    else if (waiting.moderated && !may_moderate(call->identity, conversation))
        call_fail_with(call, ERROR_FORBIDDEN, "Only moderators of this conversation may do that.");
    else
        waiting.then(call, conversation);
}

static void ask_conversation(struct call *call, struct carillon_str channel, bool moderated,
                             void (*then)(struct call *call, const struct carillon_conversation *conversation))
{
    struct waiting *waiting = call_alloc(call, sizeof *waiting);
    struct carillon_storage_request *request = waiting ? call_request(call, CARILLON_STORAGE_CONVERSATION_GET) : NULL;
    if (!waiting)
        call_fail(call, ERROR_BUSY);
    if (!request)
        return;
    *waiting = (struct waiting){ then, moderated };
    call->then_arg = waiting;
    request->in.conversation = channel;
    call_ask(call, request, conversation_read);
}

void call_with_conversation(struct call *call, struct carillon_str channel,
                            void (*then)(struct call *call, const struct carillon_conversation *conversation))
{
    ask_conversation(call, channel, false, then);
}

void call_with_moderated(struct call *call, struct carillon_str channel,
                         void (*then)(struct call *call, const struct carillon_conversation *conversation))
{
    ask_conversation(call, channel, true, then);
}

static void reply_conversation(struct call *call, struct carillon_storage_request *request)
{
    json_write_conversation(&call->out, NULL, request->out.conversation);
    call_reply(call, call->status);
}

void call_reply_conversation(struct call *call, unsigned status, struct carillon_str channel)
{
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_CONVERSATION_GET);
    if (!request)
        return;
    call->status = status;
    request->in.conversation = channel;
    call_ask(call, request, reply_conversation);
}
