#include "session/limits.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Older ones are kept until the end: workers read them without a lock, and reloads are few. */
static struct kept {
    struct session_limits limits;
    struct kept *older;
} defaults = { .limits = { .subscriptions = 200,
                           .publish_burst = 40,
                           .publish_rate = 20,
                           .passing_burst = 40,
                           .passing_rate = 20,
                           .held = 500,
                           .queue = 1 << 20,
                           .json_depth = 32,
                           .unauthenticated_ms = 10000,
                           .idle_ms = 60000 } };

static _Atomic(struct kept *) current = &defaults;

static uint32_t limit(const struct config *config, const char *path)
{
    return (uint32_t)config_int(config_find(config, path));
}

void session_limits_configure(const struct config *config)
{
    struct kept *kept = malloc(sizeof *kept);
    if (!kept)
        return;
    kept->limits = (struct session_limits){
        .subscriptions = limit(config, "limits.subscriptions"),
        .publish_burst = limit(config, "limits.publish_burst"),
        .publish_rate = limit(config, "limits.publish_rate"),
        .passing_burst = limit(config, "limits.passing_burst"),
        .passing_rate = limit(config, "limits.passing_rate"),
        .held = limit(config, "limits.held"),
        .queue = (size_t)config_int(config_find(config, "limits.queue")),
        .json_depth = limit(config, "limits.json_depth"),
        .unauthenticated_ms = config_int(config_find(config, "limits.unauthenticated")),
        .idle_ms = config_int(config_find(config, "limits.idle")),
    };
    kept->older = atomic_load(&current);
    atomic_store(&current, kept);
}

const struct session_limits *session_limits(void)
{
    return &atomic_load_explicit(&current, memory_order_acquire)->limits;
}

size_t session_json_depth(void)
{
    return session_limits()->json_depth;
}
