/*
 * What the hooks say of a session: may it be, sign in, subscribe? With no hook at the point nothing is done and nothing
 * waits. On the session's worker.
 */
#ifndef CARILLON_SESSION_ADMIT_H
#define CARILLON_SESSION_ADMIT_H

#include "hook/hook.h"

struct session;

/* A new session: while it is judged its sign-ins wait (session->judging); then it is let in, or closed. */
enum carillon_result session_judge_connect(struct session *session);
/* False: nobody judges it. Else session->judging is set and judged() is called once, maybe before this returns. */
bool session_judge_sign_in(struct session *session, const struct identity *identity, hook_answered_fn judged,
                           void *arg);
/* The same without the flag. */
bool session_judge_subscribe(struct session *session, const struct identity *identity, struct carillon_str channel,
                             hook_answered_fn judged, void *arg);
void session_tell_unsubscribed(struct session *session, const struct identity *identity, struct carillon_str channel);
/* For whom its transport vouches, so that no sign-in waits for the verdict: refused, the session is closed. */
void session_judge_vouched(struct session *session, const struct identity *identity);

#endif
