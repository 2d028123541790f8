/*
 * What other subjects share with messages.c.
 */
#ifndef CARILLON_API_MESSAGES_H
#define CARILLON_API_MESSAGES_H

#include "api/call.h"

struct message_input {
    struct carillon_str text, data;
    struct carillon_str *mentions;
    size_t mention_count;
};

/* text, data, mentions of the body, within the channel's limits. */
void input_message(struct call *call, struct carillon_str channel, struct message_input *input);
struct carillon_str input_client_id(struct call *call);
struct carillon_str input_reply_to(struct call *call);
void action_set_message(struct action *action, const struct message_input *input);

/* An action on the message that the path names; checks the path and ends the input. NULL when the call has failed. */
struct action *call_message_action(struct call *call, enum action_kind kind);
/* The answer to a message that was changed. */
void call_reply_change(struct call *call, struct action *action);
/* MESSAGE_GET of the same; NULL when the call has failed. */
struct carillon_storage_request *call_request_message(struct call *call);

#endif
