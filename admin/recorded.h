/*
 * Recorded messages: JSON, one object a line, with the fields that scripts see (`point`, `app`, `channel`, `user`, `name`,
 * `text`, `data`, ...) and `time`, seconds since 1970. What is left out is as in a test of scripts.
 */
#ifndef CARILLON_ADMIN_RECORDED_H
#define CARILLON_ADMIN_RECORDED_H

#include <carillon/hook.h>
#include <jansson.h>

struct recorded {
    struct carillon_hook_call call; /* points into json */
    json_t *json;
    int64_t time_ms; /* 0: not told */
    unsigned line;
};

struct recording {
    struct recorded *messages;
    size_t count;
};

/* path "-": standard input. False: what is wrong was said. */
bool recording_read(struct recording *recording, const char *path);
/* One message at that point with this text; NULL: as in recorded ones. False: there is no such point. */
bool recording_make(struct recording *recording, const char *point, const char *text);
void recording_free(struct recording *recording);

#endif
