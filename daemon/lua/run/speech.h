/* What scripts write by themselves: checked, and made into an action of the app's own server. On a worker. */
#ifndef CARILLON_LUA_SPEECH_H
#define CARILLON_LUA_SPEECH_H

#include "session/action.h"

struct speech {
    const struct app *app;
    struct carillon_str channel;
    struct carillon_user user; /* in whose name */
    struct carillon_str text;  /* a message, or */
    struct carillon_str event; /* an event of this name */
    struct carillon_str data, reply_to, client_id;
    const struct carillon_str *mentions;
    size_t mention_count;
};

enum { SPEECH_MENTIONS_MAX = 50 };

/* Copies. NULL: *error says why. */
struct action *speech_make(const struct speech *speech, enum error_code *error);

#endif
