#include "webhook_hold.h"
#include "outgoing.h"
#include "webhook.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { LEAVING_MAX = 100000, MISSED_MAX = 10000, MISSED_MS = 1000 };

/* Found by its strings, each with its NUL: app, channel, user (or none). */
struct webhook_hold {
    UT_hash_handle hh;
    enum carillon_happening_kind kind;
    int64_t due_ms;
    size_t app_len, channel_len, key_len;
    char key[];
};

static atomic_size_t leaving_count;

static void look(void *arg);

static char *put(char *to, struct carillon_str text)
{
    if (text.len)
        memcpy(to, text.ptr, text.len);
    to[text.len] = '\0';
    return to + text.len + 1;
}

static struct webhook_hold *hold_new(const struct carillon_happening *what)
{
    size_t len = what->app.len + what->channel.len + what->user.len + 3;
    struct webhook_hold *hold = calloc(1, sizeof *hold + len);
    if (!hold)
        return NULL;
    hold->kind = what->kind;
    hold->app_len = what->app.len;
    hold->channel_len = what->channel.len;
    hold->key_len = len;
    put(put(put(hold->key, what->app), what->channel), what->user);
    return hold;
}

static struct webhook_hold *find(struct webhook_hold *table, const struct webhook_hold *like)
{
    struct webhook_hold *hold = NULL;
    HASH_FIND(hh, table, like->key, like->key_len, hold);
    return hold;
}

static void start_timer(struct webhook_holds *holds, int64_t after_ms)
{
    if (!holds->timed)
        holds->timed = pusher.host->timer_start(pusher.self, after_ms < 0 ? 0 : after_ms, look, holds, &holds->timer) ==
                       CARILLON_OK;
}

static bool add(struct webhook_holds *holds, struct webhook_hold **table, struct webhook_hold *hold, int64_t ms,
                size_t max)
{
    if (HASH_COUNT(*table) >= max)
        return false;
    start_timer(holds, ms);
    if (!holds->timed)
        return false;
    hold->due_ms = pusher.host->monotonic_ms() + ms;
    HASH_ADD(hh, *table, key, hold->key_len, hold);
    return true;
}

static struct carillon_happening happening_of(const struct webhook_hold *hold)
{
    const char *channel = hold->key + hold->app_len + 1, *user = channel + hold->channel_len + 1;
    size_t user_len = hold->key_len - hold->app_len - hold->channel_len - 3;
    return (struct carillon_happening){ .kind = hold->kind,
                                        .app = { hold->key, hold->app_len },
                                        .channel = { channel, hold->channel_len },
                                        .user = { user, user_len } };
}

/* The oldest leaves its table and is told. */
static void tell_first(struct webhook_holds *holds)
{
    struct webhook_hold *hold = holds->leaving;
    HASH_DEL(holds->leaving, hold);
    const struct carillon_happening what = happening_of(hold);
    webhook_tell(&what);
    atomic_fetch_sub_explicit(&leaving_count, 1, memory_order_relaxed);
    free(hold);
}

static void forget_first(struct webhook_holds *holds)
{
    struct webhook_hold *hold = holds->missed;
    HASH_DEL(holds->missed, hold);
    free(hold);
}

static void look(void *arg)
{
    struct webhook_holds *holds = arg;
    int64_t now = pusher.host->monotonic_ms(), next = INT64_MAX;
    holds->timed = false;
    while (holds->leaving && holds->leaving->due_ms <= now)
        tell_first(holds);
    while (holds->missed && holds->missed->due_ms <= now)
        forget_first(holds);
    if (holds->leaving)
        next = holds->leaving->due_ms;
    if (holds->missed && holds->missed->due_ms < next)
        next = holds->missed->due_ms;
    if (next != INT64_MAX)
        start_timer(holds, next - now);
}

bool webhook_hold_leaving(struct webhook_holds *holds, const struct carillon_happening *what)
{
    struct webhook_hold *hold = hold_new(what);
    if (!hold || find(holds->leaving, hold) || !add(holds, &holds->leaving, hold, outgoing_grace(), LEAVING_MAX)) {
        free(hold);
        return false;
    }
    atomic_fetch_add_explicit(&leaving_count, 1, memory_order_relaxed);
    return true;
}

bool webhook_hold_is_return(struct webhook_holds *holds, const struct carillon_happening *what)
{
    struct webhook_hold *like = holds->leaving ? hold_new(what) : NULL;
    struct webhook_hold *hold = like ? find(holds->leaving, like) : NULL;
    free(like);
    if (!hold)
        return false;
    HASH_DEL(holds->leaving, hold);
    free(hold);
    atomic_fetch_sub_explicit(&leaving_count, 1, memory_order_relaxed);
    return true;
}

bool webhook_hold_is_repeated(struct webhook_holds *holds, const struct carillon_happening *what)
{
    struct webhook_hold *hold = hold_new(what);
    bool repeated = hold && find(holds->missed, hold);
    if (hold && (repeated || !add(holds, &holds->missed, hold, MISSED_MS, MISSED_MAX)))
        free(hold);
    return repeated;
}

void webhook_holds_tell(struct webhook_holds *holds)
{
    while (holds->leaving)
        tell_first(holds);
}

void webhook_holds_free(struct webhook_holds *holds)
{
    while (holds->leaving) {
        struct webhook_hold *hold = holds->leaving;
        HASH_DEL(holds->leaving, hold);
        free(hold);
    }
    while (holds->missed)
        forget_first(holds);
    atomic_store_explicit(&leaving_count, 0, memory_order_relaxed);
}

size_t webhook_holds_count(void)
{
    return atomic_load_explicit(&leaving_count, memory_order_relaxed);
}
