#define PCRE2_CODE_UNIT_WIDTH 8
#include "lua/vm/binding.h"

#include <lauxlib.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * PCRE2's own limits bound the backtracking at one place of the text only: they begin anew at each place, and do not see
 * what a repetition runs over. So every item of a pattern calls us back, and we look at the clock.
 */
#define METATABLE "carillon.re"
enum {
    PATTERN_MAX = 1000,
    TEXT_MAX = 64 << 10, /* what a single item can run over before we are called back */
    COMPILE_MEMORY = 256 << 10,
    MATCH_LIMIT = 20000,
    HEAP_KB = 256,
    GROUPS_MAX = 32,
    COST = 40,
    NS_PER_STEP = 20,
    ITEMS_PER_LOOK = 8,
    ITEMS_PER_STEP = 2,
    MATCH_NS = 2000000,
    GSUB_MOST = 1000
};

struct expression {
    pcre2_code *code;
    size_t size;
    uint32_t groups;
};

static char matches; /* its address: where the registry has the match data of the state, which all expressions use */

static pcre2_general_context *general; /* made with the first state, on the main thread */
static pcre2_compile_context *compiling;
static pcre2_match_context *matching;

/* What a pattern that unfolds to megabytes asks for is not given to it. */
static void *take_memory(size_t size, void *data)
{
    (void)data;
    return size <= COMPILE_MEMORY ? malloc(size) : NULL;
}

static void give_memory(void *block, void *data)
{
    (void)data;
    free(block);
}

static int re_collect(lua_State *lua)
{
    struct expression *expression = luaL_checkudata(lua, 1, METATABLE);
    script_memory_give(lua, expression->size);
    pcre2_code_free(expression->code);
    *expression = (struct expression){ 0 };
    return 0;
}

/* ---- compiling ---- */

static uint32_t read_flags(lua_State *lua)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
    for (const char *flag = luaL_optstring(lua, 2, ""); *flag; flag++) {
        if (*flag == 'i')
            options |= PCRE2_CASELESS;
        else if (*flag == 'm')
            options |= PCRE2_MULTILINE;
        else if (*flag == 's')
            options |= PCRE2_DOTALL;
        else if (*flag == 'x')
            options |= PCRE2_EXTENDED;
        else
            luaL_argerror(lua, 2, "flags are i, m, s and x");
    }
    return options;
}

/* Of this thread: a busy machine is not the script's fault. */
static int64_t cpu_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void charge_time(lua_State *lua, int64_t begun_ns)
{
    budget_charge(lua, (size_t)((cpu_ns() - begun_ns) / NS_PER_STEP));
}

static int re_compile(lua_State *lua)
{
    size_t len;
    int why = 0;
    PCRE2_SIZE where = 0;
    const char *pattern = luaL_checklstring(lua, 1, &len);
    uint32_t options = read_flags(lua);
    luaL_argcheck(lua, len <= PATTERN_MAX, 1, "at most 1000 bytes");
    budget_charge(lua, COST + len * 10);
    struct expression *expression = lua_newuserdatauv(lua, sizeof *expression, 0);
    *expression = (struct expression){ 0 };
    luaL_setmetatable(lua, METATABLE);
    int64_t begun_ns = cpu_ns();
    expression->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &why, &where, compiling);
    charge_time(lua, begun_ns);
    if (!expression->code) {
        PCRE2_UCHAR text[128];
        pcre2_get_error_message(why, text, sizeof text);
        return luaL_error(lua, "the expression, at byte %d: %s", (int)where + 1, (const char *)text);
    }
    pcre2_pattern_info(expression->code, PCRE2_INFO_CAPTURECOUNT, &expression->groups);
    luaL_argcheck(lua, expression->groups < GROUPS_MAX, 1, "at most 31 groups");
    pcre2_pattern_info(expression->code, PCRE2_INFO_SIZE, &expression->size);
    script_memory_take(lua, expression->size);
    return 1;
}

/* ---- matching ---- */

/* The match that runs on this thread. Most are over before they need a clock. */
static _Thread_local struct {
    unsigned items;
    int64_t begun_ns; /* 0: not looked yet */
} watch;

static int look_at_clock(pcre2_callout_block *block, void *data)
{
    (void)block, (void)data;
    if (++watch.items % ITEMS_PER_LOOK)
        return 0;
    if (!watch.begun_ns)
        watch.begun_ns = cpu_ns();
    return cpu_ns() - watch.begun_ns > MATCH_NS ? PCRE2_ERROR_MATCHLIMIT : 0;
}

static void charge_match(lua_State *lua)
{
    if (watch.begun_ns)
        charge_time(lua, watch.begun_ns);
    else
        budget_charge(lua, watch.items / ITEMS_PER_STEP);
}

static pcre2_match_data *match_data_of(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &matches);
    pcre2_match_data *data = *(pcre2_match_data **)lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return data;
}

/* From byte `from` on: the offsets, or NULL when there is none. */
static const PCRE2_SIZE *match_at(lua_State *lua, const struct expression *expression, struct carillon_str text,
                                  size_t from)
{
    budget_charge(lua, COST + (text.len - from) / 8);
    pcre2_match_data *data = match_data_of(lua);
    watch.items = 0;
    watch.begun_ns = 0;
    int n = pcre2_match(expression->code, (PCRE2_SPTR)text.ptr, text.len, from, from ? PCRE2_NO_UTF_CHECK : 0, data,
                        matching);
    charge_match(lua);
    if (n > 0)
        return pcre2_get_ovector_pointer(data);
    if (n == PCRE2_ERROR_NOMATCH)
        return NULL;
    if (n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_HEAPLIMIT || n == PCRE2_ERROR_DEPTHLIMIT)
        luaL_error(lua, "the expression takes too many steps on this text");
    PCRE2_UCHAR why[128];
    pcre2_get_error_message(n, why, sizeof why);
    luaL_error(lua, "the expression: %s", (const char *)why);
    return NULL;
}

static const struct expression *check_expression(lua_State *lua, struct carillon_str *text)
{
    const struct expression *expression = luaL_checkudata(lua, 1, METATABLE);
    text->ptr = luaL_checklstring(lua, 2, &text->len);
    luaL_argcheck(lua, text->len <= TEXT_MAX, 2, "at most 64 KB");
    return expression;
}

static void push_group(lua_State *lua, struct carillon_str text, const PCRE2_SIZE *offsets, uint32_t group)
{
    if (offsets[2 * group] == PCRE2_UNSET)
        lua_pushnil(lua);
    else
        lua_pushlstring(lua, text.ptr + offsets[2 * group], offsets[2 * group + 1] - offsets[2 * group]);
}

static int re_test(lua_State *lua)
{
    struct carillon_str text;
    const struct expression *expression = check_expression(lua, &text);
    lua_pushboolean(lua, match_at(lua, expression, text, 0) != NULL);
    return 1;
}

static int re_match(lua_State *lua)
{
    struct carillon_str text;
    const struct expression *expression = check_expression(lua, &text);
    const PCRE2_SIZE *offsets = match_at(lua, expression, text, 0);
    if (!offsets) {
        lua_pushnil(lua);
        return 1;
    }
    if (expression->groups == 0) {
        push_group(lua, text, offsets, 0);
        return 1;
    }
    for (uint32_t group = 1; group <= expression->groups; group++)
        push_group(lua, text, offsets, group);
    return (int)expression->groups;
}

static int re_find(lua_State *lua)
{
    struct carillon_str text;
    const struct expression *expression = check_expression(lua, &text);
    const PCRE2_SIZE *offsets = match_at(lua, expression, text, 0);
    if (!offsets) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, (lua_Integer)offsets[0] + 1);
    lua_pushinteger(lua, (lua_Integer)offsets[1]);
    return 2;
}

/* The character at `at`: an empty match goes on behind it. */
static size_t character_bytes(struct carillon_str text, size_t at)
{
    size_t len = 1;
    while (at + len < text.len && ((unsigned char)text.ptr[at + len] & 0xc0) == 0x80)
        len++;
    return len;
}

static int re_replace(lua_State *lua)
{
    struct carillon_str text, with;
    const struct expression *expression = check_expression(lua, &text);
    with.ptr = luaL_checklstring(lua, 3, &with.len);
    luaL_Buffer out;
    lua_Integer n = 0;
    size_t at = 0, size = 0;
    luaL_buffinit(lua, &out);
    while (at <= text.len && n < GSUB_MOST) {
        const PCRE2_SIZE *offsets = match_at(lua, expression, text, at);
        if (!offsets)
            break;
        size_t begin = offsets[0], end = offsets[1] > offsets[0] ? offsets[1] : offsets[0];
        n++;
        size += begin - at + with.len + 4;
        if (size > SCRIPT_STRING_MAX)
            return luaL_error(lua, "the text becomes too long");
        luaL_addlstring(&out, text.ptr + at, begin - at);
        luaL_addlstring(&out, with.ptr, with.len);
        at = end;
        if (end == begin) {
            size_t len = begin < text.len ? character_bytes(text, begin) : 1;
            if (begin < text.len)
                luaL_addlstring(&out, text.ptr + begin, len);
            at += len;
        }
    }
    if (at < text.len)
        luaL_addlstring(&out, text.ptr + at, text.len - at);
    luaL_pushresult(&out);
    lua_pushinteger(lua, n);
    return 2;
}

static int matches_collect(lua_State *lua)
{
    pcre2_match_data **data = lua_touserdata(lua, 1);
    pcre2_match_data_free(*data);
    *data = NULL;
    return 0;
}

static void open_matches(lua_State *lua)
{
    pcre2_match_data **data = lua_newuserdatauv(lua, sizeof(pcre2_match_data *), 0);
    *data = NULL;
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, matches_collect);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
    *data = pcre2_match_data_create(GROUPS_MAX, general);
    if (!*data)
        luaL_error(lua, "no memory for expressions");
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &matches);
}

void re_open(lua_State *lua)
{
    static const luaL_Reg events[] = { { "__gc", re_collect }, { NULL, NULL } };
    static const luaL_Reg methods[] = {
        { "test", re_test }, { "match", re_match }, { "find", re_find }, { "replace", re_replace }, { NULL, NULL }
    };
    if (!general) {
        general = pcre2_general_context_create(take_memory, give_memory, NULL);
        compiling = general ? pcre2_compile_context_create(general) : NULL;
        matching = general ? pcre2_match_context_create(general) : NULL;
        if (!compiling || !matching)
            abort();
        pcre2_set_match_limit(matching, MATCH_LIMIT);
        pcre2_set_depth_limit(matching, MATCH_LIMIT);
        pcre2_set_heap_limit(matching, HEAP_KB);
        pcre2_set_callout(matching, look_at_clock, NULL);
    }
    object_class_open(lua, METATABLE, events, methods);
    open_matches(lua);
}

void re_close_all(void)
{
    pcre2_match_context_free(matching);
    pcre2_compile_context_free(compiling);
    pcre2_general_context_free(general);
    general = NULL;
    compiling = NULL;
    matching = NULL;
}

static const struct script_function functions[] = {
    { "compile", "pattern, flags", "expression",
      "A regular expression of PCRE2, on UTF-8; flags of i (case), m (lines), s (dot matches line breaks), x (spaces "
      "do not "
      "count). Compile it once, outside the hook.",
      "a pattern that is none, of more than 1000 bytes or 31 groups; another flag", re_compile },
};
SCRIPT_CLASS(class_re, "re", "Regular expressions, each match with a bound of steps that raises an error.", functions);

static const struct script_function object_functions[] = {
    { "test", "text", "boolean", "Does it occur?", "no string, not UTF-8, more than 64 KB, too many steps", re_test },
    { "match", "text", "strings", "Its groups, or the whole match if it has none; nil if it does not occur.", "as test",
      re_match },
    { "find", "text", "first, last", "The bytes where it occurs first; nil.", "as test", re_find },
    { "replace", "text, with", "string, count",
      "Each occurrence (at most 1000) replaced by the text `with`, in which nothing has a meaning.",
      "as test; a result of more than 256 KB", re_replace },
};
const struct script_class class_re_object = {
    .name = "expression",
    .help = "A regular expression.",
    .functions = object_functions,
    .count = sizeof object_functions / sizeof *object_functions,
    .object = true,
};
