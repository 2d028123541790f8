#include "api/gauges.h"

#include "base/buffer.h"
#include "base/log.h"
#include "channel/home.h"
#include "http_client/http_client.h"
#include "listener/listener.h"
#include "lua/shared/shared.h"
#include "session/session.h"
#include "stats/stats.h"
#include "storage/storage.h"

/* X(name, value, "help"): the family has the same name. */
#define GAUGES(X)                                                                                                      \
    X(connections, listener_count_connections(), "Connections held.")                                                  \
    X(sessions, sessions_count(), "Sessions, of all transports.")                                                      \
    X(channels, channels_count(), "Channels at their homes.")                                                          \
    X(buffers_bytes, buffers_count_bytes(), "Bytes of encoded events that wait for somebody.")                         \
    X(rings_bytes, rings_count_bytes(), "Bytes of recent events kept for recovery.")                                   \
    X(storage_waiting, storage_count_waiting(), "Requests that wait for the storage.")                                 \
    X(storage_healthy, storage_is_healthy(), "Whether the last request to the storage had an answer.")                 \
    X(http_client_running, http_client_count_running(), "Requests to other servers that are under way.")               \
    X(http_client_waiting, http_client_count_waiting(), "Requests to other servers that wait for a place.")            \
    X(script_keys, shared_count(), "Keys that scripts share (kv, limit).")                                             \
    X(script_keys_forgotten, shared_count_forgotten(), "Of those, what was forgotten for want of room.")               \
    X(log_dropped, log_count_dropped(), "Log lines that could not be written.")

#define GAUGES_X(name, value, help)                                                                                    \
    static double read_##name(void *arg)                                                                               \
    {                                                                                                                  \
        (void)arg;                                                                                                     \
        return (double)(value);                                                                                        \
    }
GAUGES(GAUGES_X)
#undef GAUGES_X

static double read_inbox(void *arg)
{
    return (double)post_count_waiting((unsigned)(uintptr_t)arg);
}

static enum carillon_result register_inboxes(void)
{
    enum carillon_result result = CARILLON_OK;
    for (unsigned i = 0; result == CARILLON_OK && i < workers_count(); i++) {
        char label[32];
        snprintf(label, sizeof label, "worker=\"%u\"", i);
        const struct stat_metric metric = { .family = "inbox_waiting",
                                            .labels = label,
                                            .help = "Tasks posted and not yet run." };
        result = stats_register_gauge(&metric, read_inbox, (void *)(uintptr_t)i);
    }
    return result;
}

enum carillon_result gauges_register(void)
{
    static const struct {
        struct stat_metric metric;
        double (*read)(void *arg);
    } rows[] = {
#define GAUGES_X(name, value, text) { { .family = #name, .help = text }, read_##name },
        GAUGES(GAUGES_X)
#undef GAUGES_X
    };
    enum carillon_result result = register_inboxes();
    for (size_t i = 0; result == CARILLON_OK && i < sizeof rows / sizeof rows[0]; i++)
        result = stats_register_gauge(&rows[i].metric, rows[i].read, NULL);
    return result;
}
