/*
 * The data path of everything a client does to a channel. This file and pipeline.c are the only ones that know the order:
 *
 *   identity, rights, rate  →  hooks  →  the channel's home  →  storage  →  fan-out  →  the answer
 *
 * An action is submitted on the worker that made it, and its done() is called there, exactly once, always from the loop
 * and never from within these functions. done() must free the action.
 */
#ifndef CARILLON_PIPELINE_H
#define CARILLON_PIPELINE_H

#include "session/action.h"

/* in.user, in.now_ms, in.id (of a new message), in.submitted are set by the pipeline. */
void pipeline_submit(struct action *action, void (*done)(struct action *action), void *arg);
/* The same past the hooks and mutes. */
void pipeline_submit_unjudged(struct action *action, void (*done)(struct action *action), void *arg);
/* The same; the caller has set in.user, in.now_ms, in.id and in.submitted. */
void pipeline_forward(struct action *action, void (*done)(struct action *action), void *arg);
/* What is refused before it begins is answered the same way as any other. */
void pipeline_refuse(struct action *action, void (*done)(struct action *action), enum error_code error);

#endif
