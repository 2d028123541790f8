#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/run/clock.h"
#include "lua/run/state.h"

#include <assert.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { TEXT_MAX = 4096 };
#define TTL_MAX_S (366.0 * 24 * 3600)

/* What the shared value is made of. It is kept as it stands: another form needs another name of the form (keep.c). */
struct kv_value {
    enum kv_type { KV_BOOLEAN, KV_INTEGER, KV_NUMBER, KV_TEXT } type;
    size_t len;
    union {
        bool boolean;
        lua_Integer integer;
        lua_Number number;
    };
    char text[];
};

static_assert(sizeof(struct kv_value) + TEXT_MAX <= SHARED_VALUE_MAX, "a text does not fit");

/* app: the argument that may name one. */
static struct shared_key check_key(lua_State *lua, int app)
{
    return caller_key(lua, SHARED_KV, app);
}

/* As a moment; none: without end. */
static int64_t check_ttl(lua_State *lua, int index, int64_t now_ms)
{
    if (lua_isnoneornil(lua, index))
        return INT64_MAX;
    lua_Number seconds = luaL_checknumber(lua, index);
    luaL_argcheck(lua, seconds > 0 && seconds <= TTL_MAX_S, index, "more than 0 seconds, at most 366 days");
    return now_ms + (int64_t)ceil(seconds * 1000);
}

/* The value at index, which is looked at before anything is locked: an error leaves no lock behind. */
static void check_value(lua_State *lua, int index, struct kv_value *value, const char **text)
{
    *text = "";
    value->len = 0;
    switch (lua_type(lua, index)) {
    case LUA_TBOOLEAN:
        value->type = KV_BOOLEAN;
        value->boolean = lua_toboolean(lua, index);
        break;
    case LUA_TNUMBER:
        value->type = lua_isinteger(lua, index) ? KV_INTEGER : KV_NUMBER;
        if (value->type == KV_INTEGER)
            value->integer = lua_tointeger(lua, index);
        else
            value->number = lua_tonumber(lua, index);
        break;
    case LUA_TSTRING:
        value->type = KV_TEXT;
        *text = lua_tolstring(lua, index, &value->len);
        luaL_argcheck(lua, value->len <= TEXT_MAX, index, "a text has at most 4096 bytes");
        budget_charge(lua, value->len / 64);
        break;
    default:
        luaL_argerror(lua, index, "a string, a number or a boolean");
    }
}

static bool write_value(struct shared_shard *shard, const struct kv_value *value, const char *text, int64_t until_ms,
                        int64_t now_ms)
{
    struct kv_value *to = shared_put(shard, sizeof *to + value->len, until_ms, now_ms);
    if (!to)
        return false;
    memcpy(to, value, sizeof *to);
    memcpy(to->text, text, value->len);
    return true;
}

static int kv_get(lua_State *lua)
{
    char text[TEXT_MAX];
    struct kv_value value = { 0 };
    size_t size;
    struct shared_key key = check_key(lua, 2);
    struct shared_shard *shard = shared_lock(shared_of(lua), &key);
    const struct kv_value *found = shared_find(shard, script_monotonic_ms(lua), &size);
    if (found) {
        value = *found;
        memcpy(text, found->text, found->len);
    }
    shared_unlock(shard);
    if (!found)
        lua_pushnil(lua);
    else if (value.type == KV_BOOLEAN)
        lua_pushboolean(lua, value.boolean);
    else if (value.type == KV_INTEGER)
        lua_pushinteger(lua, value.integer);
    else if (value.type == KV_NUMBER)
        lua_pushnumber(lua, value.number);
    else
        lua_pushlstring(lua, text, value.len);
    return 1;
}

/* add: only where there is none. */
static int store(lua_State *lua, bool add)
{
    struct kv_value value = { 0 };
    const char *text;
    size_t size;
    struct shared_key key = check_key(lua, 4);
    int64_t now_ms = script_monotonic_ms(lua), until_ms = check_ttl(lua, 3, now_ms);
    check_value(lua, 2, &value, &text);
    struct shared_shard *shard = shared_lock(shared_of(lua), &key);
    bool stored = (!add || !shared_find(shard, now_ms, &size)) && write_value(shard, &value, text, until_ms, now_ms);
    shared_unlock(shard);
    lua_pushboolean(lua, stored);
    return 1;
}

static int kv_set(lua_State *lua)
{
    return store(lua, false);
}

static int kv_add(lua_State *lua)
{
    return store(lua, true);
}

/* The new number; false: it is none, or memory is short. */
static bool increase(struct shared_shard *shard, lua_Integer by, int64_t until_ms, int64_t now_ms, lua_Integer *sum)
{
    size_t size;
    struct kv_value *found = shared_find(shard, now_ms, &size);
    *sum = by;
    if (!found)
        return write_value(shard, &(struct kv_value){ .type = KV_INTEGER, .integer = by }, "", until_ms, now_ms);
    if (found->type != KV_INTEGER)
        return false;
    found->integer = *sum = (lua_Integer)((lua_Unsigned)found->integer + (lua_Unsigned)by);
    shared_note_write(shard);
    return true;
}

static int kv_incr(lua_State *lua)
{
    lua_Integer sum, by = luaL_optinteger(lua, 2, 1);
    struct shared_key key = check_key(lua, 4);
    int64_t now_ms = script_monotonic_ms(lua), until_ms = check_ttl(lua, 3, now_ms);
    struct shared_shard *shard = shared_lock(shared_of(lua), &key);
    bool good = increase(shard, by, until_ms, now_ms, &sum);
    shared_unlock(shard);
    if (!good)
        return luaL_error(lua, "the value of '%s' is no whole number", key.key.ptr);
    lua_pushinteger(lua, sum);
    return 1;
}

static int kv_delete(lua_State *lua)
{
    size_t size;
    struct shared_key key = check_key(lua, 2);
    struct shared_shard *shard = shared_lock(shared_of(lua), &key);
    bool found = shared_find(shard, script_monotonic_ms(lua), &size) != NULL;
    shared_remove(shard);
    shared_unlock(shard);
    lua_pushboolean(lua, found);
    return 1;
}

static const struct script_function functions[] = {
    { "get", "key, app", "value",
      "What the key stands for: a string, a number or a boolean; nil where there is nothing.",
      "a key that is no string of 1 to 256 bytes", kv_get },
    { "set", "key, value, ttl, app", "boolean",
      "Stores it, for ttl seconds if told, else without end. A text has at most 4096 bytes.",
      "such a key; a value that is no string (of at most 4096 bytes), number or boolean; a ttl that is not above 0, or "
      "beyond 366 days",
      kv_set },
    { "add", "key, value, ttl, app", "boolean", "The same if there is nothing yet; false: there is.", "as kv.set",
      kv_add },
    { "incr", "key, by, ttl, app", "integer",
      "Adds to a whole number, 1 if not told, and gives the sum. One that is new begins at 0, and ttl is its; a later "
      "call "
      "does not make it live longer.",
      "such a key; a value that is no whole number", kv_incr },
    { "delete", "key, app", "boolean", "False: there was nothing.", "such a key", kv_delete },
};

SCRIPT_CLASS(class_kv, "kv",
             "Values by key, one world for all scripts and workers; each app has its own: that of the message, outside "
             "of any the "
             "first, or the one that is named. At most `lua.shared` bytes: what was not used for longest "
             "is forgotten first. It outlives a reload, and a restart as `lua.keep` tells. A key has 1 to 256 bytes.",
             functions);
