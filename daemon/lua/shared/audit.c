#include "lua/shared/audit.h"
#include "base/file.h"
#include "base/log.h"
#include "loop/post.h"
#include "stats/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNDER_WAY_MAX = 4 << 20 }; /* bytes */

struct line {
    struct task task;
    size_t len;
    char text[]; /* with its end of line */
};

static int file = -1;               /* main thread */
static _Atomic bool has_file;       /* else the log */
static _Atomic unsigned rate;       /* lines a second, a worker */
static _Atomic size_t under_way;    /* bytes on their way to the main thread */
static _Thread_local int64_t since; /* the second that is counted, monotonic */
static _Thread_local unsigned lines;

enum carillon_result audit_configure(const char *path, unsigned lines_a_second)
{
    int fresh = -1;
    atomic_store(&rate, lines_a_second);
    if (path && *path) {
        fresh = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
        if (fresh < 0) {
            log_error("lua", "the audit log %s cannot be opened: %s", path, strerror(errno));
            return CARILLON_UNAVAILABLE;
        }
    }
    if (file >= 0)
        close(file);
    file = fresh;
    atomic_store(&has_file, fresh >= 0);
    return CARILLON_OK;
}

/* ---- main thread ---- */

/* Lines of other programs are not torn: each of ours is one write. */
static void line_write(struct task *task)
{
    struct line *line = (struct line *)task;
    bool written = file >= 0 && file_write_all(file, line->text, line->len);
    if (!written)
        log_error("lua", "the audit log cannot be written: %s", file < 0 ? "it is closed" : strerror(errno));
    stats_count(written ? STAT_AUDIT_WRITTEN : STAT_AUDIT_LOST);
    atomic_fetch_sub(&under_way, line->len);
    free(line);
}

void audit_close(void)
{
    post_take_back(line_write, line_write);
    if (file >= 0)
        close(file);
    file = -1;
}

/* ---- workers ---- */

static bool rate_allows(void)
{
    int64_t now = loop_monotonic_ms() / 1000;
    if (now != since)
        lines = 0;
    since = now;
    return ++lines <= atomic_load_explicit(&rate, memory_order_relaxed);
}

static bool post_line(struct carillon_str text)
{
    size_t len = text.len + 1;
    if (atomic_fetch_add(&under_way, len) + len > UNDER_WAY_MAX) {
        atomic_fetch_sub(&under_way, len);
        return false;
    }
    struct line *line = malloc(sizeof *line + len);
    if (!line) {
        atomic_fetch_sub(&under_way, len);
        return false;
    }
    line->task.run = line_write;
    line->len = len;
    memcpy(line->text, text.ptr, text.len);
    line->text[text.len] = '\n';
    post_task(WORKER_MAIN, &line->task);
    return true;
}

bool audit_write(struct carillon_str line)
{
    if (!rate_allows()) {
        stats_count(STAT_AUDIT_REFUSED);
        return false;
    }
    if (atomic_load(&has_file)) {
        bool posted = post_line(line);
        if (!posted)
            stats_count(STAT_AUDIT_REFUSED);
        return posted;
    }
    log_notice("audit", "%.*s", (int)line.len, line.ptr);
    stats_count(STAT_AUDIT_WRITTEN);
    return true;
}
