#include "base/buffer.h"
#include "base/log.h"
#include "listener/listener.h"
#include "loop/post.h"
#include "session/session.h"
#include "stats/private.h"
#include "storage/storage.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#define PREFIX "carillon_"

static void write_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP " PREFIX "%s %s.\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void write_value(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    write_head(out, name, type, help);
    fprintf(out, PREFIX "%s %" PRIu64 "\n", name, value);
}

static void write_counters(FILE *out)
{
#define STATS_X(name, text, help) write_value(out, text, "counter", help, stats_read(STATS_##name));
    STATS_COUNTERS(STATS_X)
#undef STATS_X
}

static void write_histogram(FILE *out, enum stats_histogram histogram, const char *name, const char *help)
{
    struct stats_sums sums;
    uint64_t below = 0;
    stats_read_histogram(histogram, &sums);
    write_head(out, name, "histogram", help);
    for (unsigned i = 0; i < STATS_BUCKETS; i++) {
        below += sums.buckets[i];
        fprintf(out, PREFIX "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, stats_bounds[i], below);
    }
    below += sums.buckets[STATS_BUCKETS];
    fprintf(out, PREFIX "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n" PREFIX "%s_sum %.9f\n" PREFIX "%s_count %" PRIu64 "\n", name,
            below, name, (double)sums.nanoseconds / 1e9, name, below);
}

static void write_histograms(FILE *out)
{
#define STATS_X(name, text, help) write_histogram(out, STATS_SECONDS_##name, text, help);
    STATS_HISTOGRAMS(STATS_X)
#undef STATS_X
}

static void write_workers(FILE *out)
{
    write_head(out, "inbox_waiting", "gauge", "Tasks posted to a worker and not yet run");
    for (unsigned i = 0; i < workers_count(); i++)
        fprintf(out, PREFIX "inbox_waiting{worker=\"%u\"} %zu\n", i, post_count_waiting(i));
}

static const char *const op_names[] = {
#define CARILLON_X(name, text, kind) text,
    CARILLON_STORAGE_OPS(CARILLON_X)
#undef CARILLON_X
};

static void write_storage(FILE *out)
{
    write_value(out, "storage_healthy", "gauge", "Whether the last request had an answer", storage_is_healthy());
    write_value(out, "storage_waiting", "gauge", "Requests that wait for the storage", storage_count_waiting());
    write_value(out, "storage_batches_total", "counter", "Commits", storage_count_batches());
    write_value(out, "storage_batched_total", "counter", "Writes in all commits", storage_count_batched());
    write_head(out, "storage_requests_total", "counter", "Requests that ended");
    for (int op = 0; op < CARILLON_STORAGE_OP_COUNT; op++)
        fprintf(out, PREFIX "storage_requests_total{op=\"%s\"} %" PRIu64 "\n", op_names[op],
                atomic_load(&storage_counters((enum carillon_storage_op)op)->count));
    write_head(out, "storage_failures_total", "counter", "Of those, the ones that failed");
    for (int op = 0; op < CARILLON_STORAGE_OP_COUNT; op++)
        fprintf(out, PREFIX "storage_failures_total{op=\"%s\"} %" PRIu64 "\n", op_names[op],
                atomic_load(&storage_counters((enum carillon_storage_op)op)->failures));
    write_head(out, "storage_seconds_total", "counter", "Time that they took, waiting included");
    for (int op = 0; op < CARILLON_STORAGE_OP_COUNT; op++)
        fprintf(out, PREFIX "storage_seconds_total{op=\"%s\"} %.9f\n", op_names[op],
                (double)atomic_load(&storage_counters((enum carillon_storage_op)op)->nanoseconds) / 1e9);
}

/* From the kernel's memory, not from a disk. */
static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void write_process(FILE *out)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    write_head(out, "build_info", "gauge", "What runs here");
    fprintf(out, PREFIX "build_info{version=\"" CARILLON_VERSION "\"} 1\n");
    write_head(out, "cpu_seconds_total", "counter", "Time on a processor, user and system");
    fprintf(out, PREFIX "cpu_seconds_total %.6f\n",
            (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    write_value(out, "resident_bytes", "gauge", "Memory in use", resident_bytes());
    write_value(out, "connections", "gauge", "Connections that are open", listener_count_connections());
    write_value(out, "sessions", "gauge", "Sessions of all transports", sessions_count());
    write_value(out, "queued_bytes", "gauge", "Bytes in shared buffers, waiting to be sent or kept for recovery",
                buffers_count_bytes());
    write_value(out, "log_dropped_total", "counter", "Lines of the log that were dropped", log_count_dropped());
}

void stats_write(FILE *out)
{
    write_process(out);
    write_workers(out);
    write_storage(out);
    write_counters(out);
    write_histograms(out);
}
