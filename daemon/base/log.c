#include "base/log.h"
#include "base/log_line.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static _Atomic int log_level = CARILLON_LOG_INFO;
static _Atomic int log_shape = LOG_SHAPE_PLAIN;
static _Atomic unsigned log_burst = LOG_BURST;
static _Atomic bool log_to_socket;
static _Atomic uint64_t dropped, dropped_untold;
/* The one lock that workers take: held for a write that does not wait. */
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;

/* systemd names the device and inode of the stream it gave us; stderr may have been redirected since. */
static bool is_journal(const struct stat *st)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[48];
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);
    return stream && strcmp(stream, own) == 0;
}

void log_configure(enum carillon_log_level level, enum log_format format, unsigned burst)
{
    struct stat st;
    enum log_shape shape = format == LOG_FORMAT_JSON ? LOG_SHAPE_JSON : LOG_SHAPE_PLAIN;
    if (fstat(STDERR_FILENO, &st) == 0) {
        if (shape == LOG_SHAPE_PLAIN && is_journal(&st))
            shape = LOG_SHAPE_JOURNAL;
        atomic_store(&log_to_socket, S_ISSOCK(st.st_mode));
    }
    atomic_store(&log_level, (int)level);
    atomic_store(&log_shape, (int)shape);
    atomic_store(&log_burst, burst);
}

bool log_enabled(enum carillon_log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level, memory_order_relaxed);
}

uint64_t log_count_dropped(void)
{
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

static void count_dropped(uint64_t n)
{
    atomic_fetch_add_explicit(&dropped, n, memory_order_relaxed);
    atomic_fetch_add_explicit(&dropped_untold, n, memory_order_relaxed);
}

/*
 * A pipe that poll() calls writable takes PIPE_BUF bytes at once; the lock keeps other threads from filling it in between.
 * O_NONBLOCK on stderr would do too, but would change it for the processes that share it.
 */
static bool write_without_waiting(const char *line, size_t len)
{
    if (atomic_load(&log_to_socket)) {
        ssize_t sent = send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0 || errno != ENOTSOCK)
            return sent == (ssize_t)len;
    }
    struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
    if (poll(&fd, 1, 0) != 1 || !(fd.revents & POLLOUT))
        return false;
    return write(STDERR_FILENO, line, len) == (ssize_t)len;
}

static bool write_line(enum carillon_log_level level, const char *module, struct carillon_str text)
{
    char line[LOG_LINE_MAX];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    size_t len = log_line_format(line, sizeof line, (enum log_shape)atomic_load(&log_shape), level,
                                 now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000, module, text);
    pthread_mutex_lock(&write_lock);
    bool written = write_without_waiting(line, len);
    pthread_mutex_unlock(&write_lock);
    return written;
}

static void tell_dropped(void)
{
    uint64_t n = atomic_exchange_explicit(&dropped_untold, 0, memory_order_relaxed);
    if (!n)
        return;
    char text[64];
    int len = snprintf(text, sizeof text, "%" PRIu64 " lines were dropped before this", n);
    if (!write_line(CARILLON_LOG_WARNING, "log", (struct carillon_str){ text, (size_t)len }))
        atomic_fetch_add_explicit(&dropped_untold, n, memory_order_relaxed);
}

/*
 * May this place write another line in this second? Places share slots by the hash of their format's address; two in one
 * slot share its allowance. A race between threads lets a few lines more or less pass.
 */
static bool take_allowance(const char *format)
{
    enum { SLOTS = 256 };
    static struct {
        _Atomic int64_t second;
        _Atomic unsigned count;
    } slots[SLOTS];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    size_t i = ((uintptr_t)format >> 3) * 2654435761u / 65536 % SLOTS;
    if (atomic_load_explicit(&slots[i].second, memory_order_relaxed) != now.tv_sec) {
        atomic_store_explicit(&slots[i].second, now.tv_sec, memory_order_relaxed);
        atomic_store_explicit(&slots[i].count, 0, memory_order_relaxed);
    }
    return atomic_fetch_add_explicit(&slots[i].count, 1, memory_order_relaxed) <
           atomic_load_explicit(&log_burst, memory_order_relaxed);
}

void log_writev(enum carillon_log_level level, const char *module, const char *format, va_list args)
{
    if (!log_enabled(level))
        return;
    int saved = errno; /* for %m, and for callers that log before they look at it */
    if (level != CARILLON_LOG_DEBUG && !take_allowance(format)) {
        count_dropped(1);
        return;
    }
    char text[LOG_LINE_MAX];
    errno = saved;
    int len = vsnprintf(text, sizeof text, format, args);
    if (len < 0)
        len = snprintf(text, sizeof text, "a line that could not be formatted");
    size_t used = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    if (atomic_load_explicit(&dropped_untold, memory_order_relaxed))
        tell_dropped();
    if (!write_line(level, module, (struct carillon_str){ text, used }))
        count_dropped(1);
    errno = saved;
}

void log_write(enum carillon_log_level level, const char *module, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_writev(level, module, format, args);
    va_end(args);
}

const char *log_redact(struct carillon_str secret, char out[LOG_REDACTED_SIZE])
{
    enum { SHOWN = 4, LONG_ENOUGH = 32 };
    int shown = secret.len >= LONG_ENOUGH ? SHOWN : 0;
    for (int i = 0; i < shown; i++)
        out[i] = secret.ptr[i] > ' ' && secret.ptr[i] < 0x7f ? secret.ptr[i] : '?';
    snprintf(out + shown, LOG_REDACTED_SIZE - (size_t)shown, "... (%zu bytes)", secret.len);
    return out;
}
