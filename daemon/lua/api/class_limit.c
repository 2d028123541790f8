#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/run/clock.h"
#include "lua/run/state.h"

#include <assert.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { WINDOW_MAX = 1000 };
#define SECONDS_MAX (31.0 * 24 * 3600)
#define RATE_MIN (1 / SECONDS_MAX)

static int answer(lua_State *lua, bool good, double wait_ms)
{
    lua_pushboolean(lua, good);
    lua_pushnumber(lua, good ? 0 : wait_ms / 1000);
    return 2;
}

/*
 * Generic cell rate: a bucket is the one moment at which it will be full again. Until then it is kept; a full one is as
 * good as none.
 */
static int limit_token(lua_State *lua)
{
    struct shared_key key = caller_key(lua, SHARED_TOKEN, 4);
    lua_Number rate = luaL_checknumber(lua, 2), burst = luaL_optnumber(lua, 3, 1);
    luaL_argcheck(lua, rate >= RATE_MIN && rate <= 1e6, 2, "one in 31 days to 1000000 a second");
    luaL_argcheck(lua, burst >= 1 && burst <= 1e6, 3, "1 to 1000000");
    double interval_ms = 1000 / rate, now = (double)script_monotonic_ms(lua);
    int64_t now_ms = (int64_t)now;
    size_t size;
    struct shared_shard *shard = shared_lock(shared_of(lua), &key);
    double *bucket = shared_find(shard, now_ms, &size);
    double full = (bucket && *bucket > now ? *bucket : now) + interval_ms;
    double wait_ms = full - now - burst * interval_ms;
    bool good = wait_ms <= 1e-6;
    if (good && !bucket)
        bucket = shared_put(shard, sizeof *bucket, 0, now_ms);
    if (good && bucket) {
        *bucket = full;
        shared_keep_until(shard, (int64_t)ceil(full));
    }
    shared_unlock(shard);
    return answer(lua, good, wait_ms);
}

/* The moments of the last n that were allowed, as a ring. */
struct window {
    uint32_t n, next;
    int64_t at_ms[];
};

static_assert(sizeof(struct window) + WINDOW_MAX * sizeof(int64_t) <= SHARED_VALUE_MAX, "a window does not fit");

/* One for another number: it keeps the latest. */
static struct window *window_resize(struct shared_shard *shard, const struct window *old, uint32_t n, int64_t now_ms,
                                    int64_t until_ms)
{
    int64_t latest[WINDOW_MAX];
    uint32_t kept = !old ? 0 : old->n < n ? old->n : n;
    for (uint32_t i = 0; i < kept; i++)
        latest[i] = old->at_ms[(old->next + old->n - kept + i) % old->n];
    struct window *window = shared_put(shard, sizeof *window + n * sizeof *window->at_ms, until_ms, now_ms);
    if (!window)
        return NULL;
    window->n = n;
    for (uint32_t i = 0; i < n; i++)
        window->at_ms[i] = INT64_MIN;
    memcpy(window->at_ms + n - kept, latest, kept * sizeof *latest);
    return window;
}

static int limit_window(lua_State *lua)
{
    struct shared_key key = caller_key(lua, SHARED_WINDOW, 4);
    lua_Integer n = luaL_checkinteger(lua, 2);
    lua_Number seconds = luaL_checknumber(lua, 3);
    luaL_argcheck(lua, n >= 1 && n <= WINDOW_MAX, 2, "1 to 1000");
    luaL_argcheck(lua, seconds > 0 && seconds <= SECONDS_MAX, 3, "more than 0 seconds, at most 31 days");
    int64_t now_ms = script_monotonic_ms(lua), span_ms = (int64_t)ceil(seconds * 1000), left_ms = 0;
    budget_charge(lua, (size_t)n / 16);
    size_t size;
    struct shared_shard *shard = shared_lock(shared_of(lua), &key);
    struct window *window = shared_find(shard, now_ms, &size);
    if (!window || window->n != (uint32_t)n)
        window = window_resize(shard, window, (uint32_t)n, now_ms, now_ms + span_ms);
    int64_t *oldest = window ? &window->at_ms[window->next] : NULL;
    bool good = !oldest || *oldest == INT64_MIN || *oldest + span_ms <= now_ms;
    if (oldest && good) {
        *oldest = now_ms;
        window->next = (window->next + 1) % window->n;
        shared_keep_until(shard, now_ms + span_ms);
    } else if (oldest) {
        left_ms = *oldest + span_ms - now_ms;
    }
    shared_unlock(shard);
    return answer(lua, good, (double)left_ms);
}

static const struct script_function functions[] = {
    { "token", "key, rate, burst, app", "boolean, seconds",
      "A token bucket: true if one more is within `rate` a second and `burst` at once (1 if not told). Else the second "
      "value "
      "is in how many seconds one more would be.",
      "a key that is no string of 1 to 256 bytes; a rate that is not one in 31 days to 1000000 a second, a burst that "
      "is not 1 to 1000000",
      limit_token },
    { "window", "key, n, seconds, app", "boolean, seconds",
      "True if fewer than n (at most 1000) were allowed in the last so many seconds; what is refused does not count. "
      "Else "
      "the second value is in how many seconds one more would be.",
      "such a key; n not 1 to 1000, seconds not above 0, or beyond 31 days", limit_window },
};

SCRIPT_CLASS(class_limit, "limit",
             "How often something may be done, counted over all workers and for each app apart (as kv): by a key that "
             "names who does what, such as "
             "\"flood \" .. msg.user.",
             functions);
