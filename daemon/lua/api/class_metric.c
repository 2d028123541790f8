#include "lua/vm/binding.h"
#include "lua/run/state.h"
#include "lua/trial/trial.h"
#include "stats/stats.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METATABLE "carillon.counter"
enum { NAME_MAX_BYTES = 64, HELP_MAX_BYTES = 200, COUNTERS_MAX = 500 };

/* Of all scripts that ever ran: a counter never goes back. The main thread's, which loads scripts. */
static struct named {
    struct named *next;
    unsigned id;
    char family[NAME_MAX_BYTES + 32];
} * counters;
static unsigned counter_count;

struct counter_box {
    bool counts; /* not in trials */
    unsigned id;
};

static bool name_good(const char *name, size_t len)
{
    return len >= 1 && len <= NAME_MAX_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len &&
           *name >= 'a';
}

/* NULL: there are too many. */
static const struct named *counter_get(const char *name, const char *help)
{
    char family[sizeof counters->family];
    snprintf(family, sizeof family, "script_%s_total", name);
    for (const struct named *each = counters; each; each = each->next)
        if (strcmp(each->family, family) == 0)
            return each;
    struct named *made = counter_count < COUNTERS_MAX ? calloc(1, sizeof *made) : NULL;
    if (!made)
        return NULL;
    memcpy(made->family, family, sizeof family);
    const struct stat_metric metric = { .family = made->family, .help = help, .owner = &counters };
    if (stats_register_counter(&metric, &made->id) != CARILLON_OK) {
        free(made);
        return NULL;
    }
    made->next = counters;
    counters = made;
    counter_count++;
    return made;
}

void metrics_free(void)
{
    stats_withdraw(&counters);
    for (struct named *each = counters, *next; each; each = next) {
        next = each->next;
        free(each);
    }
    counters = NULL;
    counter_count = 0;
}

static int metric_counter(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    size_t len;
    const char *name = luaL_checklstring(lua, 1, &len), *help = luaL_optstring(lua, 2, "Counted by a script.");
    luaL_argcheck(lua, name_good(name, len), 1, "1 to 64 of a-z 0-9 _, a letter first");
    luaL_argcheck(lua, strlen(help) <= HELP_MAX_BYTES && !strpbrk(help, "\n\\"), 2,
                  "a line of at most 200 bytes without backslashes");
    if (!state->loading)
        return luaL_error(lua, "metric.counter works only while the script is loaded");
    struct counter_box *box = lua_newuserdatauv(lua, sizeof *box, 0);
    *box = (struct counter_box){ .counts = !script_trial_of(lua) };
    const struct named *counter = box->counts ? counter_get(name, help) : NULL;
    if (box->counts && !counter)
        return luaL_error(lua, "there is no room for another counter");
    box->id = counter ? counter->id : 0;
    luaL_setmetatable(lua, METATABLE);
    return 1;
}

static int counter_add(lua_State *lua)
{
    const struct counter_box *box = luaL_checkudata(lua, 1, METATABLE);
    lua_Integer n = luaL_optinteger(lua, 2, 1);
    luaL_argcheck(lua, n >= 0, 2, "a counter does not go back");
    if (box->counts)
        stats_add_own(box->id, (uint64_t)n);
    return 0;
}

void metric_open(lua_State *lua)
{
    static const luaL_Reg events[] = { { NULL, NULL } };
    static const luaL_Reg methods[] = { { "add", counter_add }, { NULL, NULL } };
    object_class_open(lua, METATABLE, events, methods);
}

static const struct script_function functions[] = {
    { "counter", "name, help", "counter",
      "A counter that `/metrics` shows as carillon_script_NAME_total, the same for all scripts and workers. Only while "
      "the "
      "script is loaded.",
      "a name that is not 1 to 64 of a-z 0-9 _ (a letter first), a help of more than a line; no room for another; not "
      "while the script is loaded",
      metric_counter },
};
SCRIPT_CLASS(class_metric, "metric", "Counters of scripts' own, for the operator's graphs.", functions);

static const struct script_function object_functions[] = {
    { "add", "n", "", "Adds, 1 if not told.", "less than 0", counter_add },
};
const struct script_class class_metric_object = {
    .name = "counter",
    .help = "A counter.",
    .functions = object_functions,
    .count = sizeof object_functions / sizeof *object_functions,
    .object = true,
};
