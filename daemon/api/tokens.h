/*
 * What other subjects share with tokens.c.
 */
#ifndef CARILLON_API_TOKENS_H
#define CARILLON_API_TOKENS_H

#include "api/call.h"

/* Answers with a new token of our own: {"token","expires_at","user"}. */
void reply_new_token(struct call *call, unsigned status, const struct app *app, struct carillon_user user,
                     int64_t ttl_ms, const json_t *rights);

/* Revokes the token, or with token_id absent all that the user has, for good; closes the sessions that used them. */
void call_revoke(struct call *call, struct carillon_str user, struct carillon_str token_id, enum error_code error,
                 void (*then)(struct call *call, size_t sessions));

#endif
