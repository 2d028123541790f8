/*
 * Whether a connection may be, judged before anything is said on it. Pure; any thread.
 */
#ifndef CARILLON_PUSHER_ADMISSION_H
#define CARILLON_PUSHER_ADMISSION_H

#include "codes.h"
#include <carillon/app.h>

/* Protocols that are spoken; below PROTOCOL_SILENT an error event precedes the close. */
enum { PROTOCOL_MIN = 4, PROTOCOL_MAX = 7, PROTOCOL_SILENT = 6 };

struct admission {
    enum pusher_code refused; /* NONE: it may be */
    unsigned protocol;        /* 0: not told */
};

/* app NULL: there is none of this key. protocol: the parameter of that name. */
struct admission admission_judge(const struct carillon_app *app, struct carillon_str protocol, bool secure,
                                 bool origin_allowed);

#endif
