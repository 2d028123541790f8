/*
 * Who may see a conversation, for reads that go straight to the storage. What changes something is judged by the
 * channel's home (channel/access.c), with the same rules.
 */
#ifndef CARILLON_API_ACCESS_H
#define CARILLON_API_ACCESS_H

#include "api/call.h"

bool may_read(const struct identity *identity, const struct carillon_conversation *conversation);
bool may_moderate(const struct identity *identity, const struct carillon_conversation *conversation);
/* Does the token forbid the channel, whatever the conversation says? For lists that the storage made. */
bool token_denies(const struct identity *identity, struct carillon_str channel);

/* Reads the conversation; then is called if the caller may see it (or moderate it), else the call has failed. */
void call_with_conversation(struct call *call, struct carillon_str channel,
                            void (*then)(struct call *call, const struct carillon_conversation *conversation));
void call_with_moderated(struct call *call, struct carillon_str channel,
                         void (*then)(struct call *call, const struct carillon_conversation *conversation));

/* Answers with the conversation as the caller sees it now. */
void call_reply_conversation(struct call *call, unsigned status, struct carillon_str channel);

#endif
