/*
 * Makes one line of the log. Pure apart from the time that it is given; any thread.
 */
#ifndef CARILLON_BASE_LOG_LINE_H
#define CARILLON_BASE_LOG_LINE_H

#include <carillon/types.h>

enum log_shape {
    LOG_SHAPE_PLAIN,   /* 2026-11-23T05:40:31.123Z info listener: text */
    LOG_SHAPE_JOURNAL, /* <6>listener: text */
    LOG_SHAPE_JSON     /* {"time":"...","level":"info","module":"listener","message":"text"} */
};

/*
 * Into out, ended by a newline, no NUL; returns the length, at most room (>= 256). What is not printable is escaped; a text
 * that does not fit is cut at a character and ends in "...".
 */
size_t log_line_format(char *out, size_t room, enum log_shape shape, enum carillon_log_level level, int64_t at_ms,
                       const char *module, struct carillon_str text);

#endif
