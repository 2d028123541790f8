/*
 * The log: one line an entry to stderr, for journald ("<6>listener: ...") or as JSON lines.
 *
 * Any thread may log; a line is written with one write() and is never torn. Writing never blocks a worker for long: when
 * stderr is a full pipe the line is dropped and counted, and the next line that gets through says how many were.
 * Secrets: callers pass user ids, never tokens; log_redact() shortens what may hold one. Text from outside is escaped
 * (control characters, invalid UTF-8), so nobody can forge a line; a line is cut at LOG_LINE_MAX bytes. More than
 * a burst of lines a second from the same place (the same format string) are counted instead of written, except debug.
 */
#ifndef CARILLON_BASE_LOG_H
#define CARILLON_BASE_LOG_H

#include <carillon/types.h>
#include <stdarg.h>

enum log_format { LOG_FORMAT_LINE, LOG_FORMAT_JSON };

/* PIPE_BUF, so that the kernel never tears a line. */
enum { LOG_LINE_MAX = 4096, LOG_BURST = 100 };

/* Main thread, also at a reload; looks at what stderr is. level: everything up to it is written. burst: lines of one place a
   second. Before the first call level info, plain lines and LOG_BURST are in force. */
void log_configure(enum carillon_log_level level, enum log_format format, unsigned burst);
bool log_enabled(enum carillon_log_level level);
/* module: the folder's or plugin's name, a literal. */
void log_write(enum carillon_log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void log_writev(enum carillon_log_level level, const char *module, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
/* Lines dropped so far, because stderr was full or the same place wrote too many; for the metrics. */
uint64_t log_count_dropped(void);
/* Tells one secret from another without telling it, such as "eyJh... (213 bytes)"; returns out. */
enum { LOG_REDACTED_SIZE = 40 };
const char *log_redact(struct carillon_str secret, char out[LOG_REDACTED_SIZE]);

#define log_error(module, ...) log_write(CARILLON_LOG_ERROR, module, __VA_ARGS__)
#define log_warning(module, ...) log_write(CARILLON_LOG_WARNING, module, __VA_ARGS__)
#define log_notice(module, ...) log_write(CARILLON_LOG_NOTICE, module, __VA_ARGS__)
#define log_info(module, ...) log_write(CARILLON_LOG_INFO, module, __VA_ARGS__)
/* Arguments are not evaluated below the level. */
#define log_debug(module, ...)                                                                                         \
    do {                                                                                                               \
        if (log_enabled(CARILLON_LOG_DEBUG))                                                                           \
            log_write(CARILLON_LOG_DEBUG, module, __VA_ARGS__);                                                        \
    } while (0)

#endif
