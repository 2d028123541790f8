#include "lua/vm/binding.h"
#include "lua/vm/pattern.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/*
 * The functions that search are our own; the others are Lua's, called after their cost has been counted. Upvalue 1 of those
 * is Lua's function (sandbox.c).
 */

static size_t start_of(lua_Integer pos, size_t len)
{
    if (pos > 0)
        return (size_t)pos;
    if (pos == 0 || pos < -(lua_Integer)len)
        return 1;
    return len + (size_t)pos + 1;
}

static struct carillon_str text_at(lua_State *lua, int index)
{
    struct carillon_str text;
    text.ptr = luaL_checklstring(lua, index, &text.len);
    return text;
}

static bool is_plain(struct carillon_str pattern)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (pattern.ptr[i] && strchr("^$*+?.([%-", pattern.ptr[i]))
            return false;
    return true;
}

/* ---- find and match ---- */

static int find_plain(lua_State *lua, struct carillon_str subject, struct carillon_str what, size_t from)
{
    budget_charge(lua, (subject.len - from) / 8 + 1);
    const char *found = memmem(subject.ptr + from, subject.len - from, what.ptr, what.len);
    if (!found) {
        luaL_pushfail(lua);
        return 1;
    }
    lua_pushinteger(lua, found - subject.ptr + 1);
    lua_pushinteger(lua, found - subject.ptr + (lua_Integer)what.len);
    return 2;
}

/* The first match at or after *begin that does not end at `not_at`; the pattern's first `from` bytes are an anchor. */
static const char *find_next(struct pattern_match *match, const char **begin, const char *not_at, size_t from)
{
    const char *last = match->subject.ptr + match->subject.len;
    for (; *begin <= last; (*begin)++) {
        const char *end = pattern_match_at(match, *begin, from);
        if (end && end != not_at)
            return end;
        if (from)
            break;
    }
    return NULL;
}

static int search(lua_State *lua, bool find)
{
    struct pattern_match match = { .lua = lua, .subject = text_at(lua, 1), .pattern = text_at(lua, 2) };
    size_t from = start_of(luaL_optinteger(lua, 3, 1), match.subject.len) - 1;
    if (from > match.subject.len) {
        luaL_pushfail(lua);
        return 1;
    }
    if (find && (lua_toboolean(lua, 4) || is_plain(match.pattern)))
        return find_plain(lua, match.subject, match.pattern, from);
    size_t anchor = match.pattern.len && match.pattern.ptr[0] == '^';
    const char *begin = match.subject.ptr + from, *end = find_next(&match, &begin, NULL, anchor);
    if (!end) {
        luaL_pushfail(lua);
        return 1;
    }
    if (!find)
        return pattern_push_captures(&match, begin, end);
    lua_pushinteger(lua, begin - match.subject.ptr + 1);
    lua_pushinteger(lua, end - match.subject.ptr);
    return 2 + pattern_push_captures(&match, NULL, NULL);
}

static int string_find(lua_State *lua)
{
    return search(lua, true);
}

static int string_match(lua_State *lua)
{
    return search(lua, false);
}

/* ---- gmatch ---- */

/* Upvalues: subject, pattern, where to go on, the end of the last match (-1: none). */
static int gmatch_next(lua_State *lua)
{
    struct pattern_match match = { .lua = lua };
    match.subject.ptr = lua_tolstring(lua, lua_upvalueindex(1), &match.subject.len);
    match.pattern.ptr = lua_tolstring(lua, lua_upvalueindex(2), &match.pattern.len);
    lua_Integer from = lua_tointeger(lua, lua_upvalueindex(3)), last = lua_tointeger(lua, lua_upvalueindex(4));
    if (from > (lua_Integer)match.subject.len)
        return 0;
    const char *begin = match.subject.ptr + from;
    const char *end = find_next(&match, &begin, last < 0 ? NULL : match.subject.ptr + last, 0);
    lua_pushinteger(lua, end ? end - match.subject.ptr : (lua_Integer)match.subject.len + 1);
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return end ? pattern_push_captures(&match, begin, end) : 0;
}

static int string_gmatch(lua_State *lua)
{
    struct carillon_str subject = text_at(lua, 1);
    text_at(lua, 2);
    size_t from = start_of(luaL_optinteger(lua, 3, 1), subject.len) - 1;
    lua_settop(lua, 2);
    lua_pushinteger(lua, (lua_Integer)(from > subject.len ? subject.len + 1 : from));
    lua_pushinteger(lua, -1);
    lua_pushcclosure(lua, gmatch_next, 4);
    return 1;
}

/* ---- gsub ---- */

static void add_replacement(struct pattern_match *match, luaL_Buffer *buffer, struct carillon_str with,
                            const char *begin, const char *end)
{
    for (size_t i = 0; i < with.len; i++) {
        char c = with.ptr[i];
        if (c != '%') {
            luaL_addchar(buffer, c);
            continue;
        }
        c = ++i < with.len ? with.ptr[i] : '\0';
        if (c == '%') {
            luaL_addchar(buffer, '%');
        } else if (c == '0') {
            luaL_addlstring(buffer, begin, (size_t)(end - begin));
        } else if (c >= '1' && c <= '9') {
            pattern_push_capture(match, (unsigned)(c - '1'), begin, end);
            luaL_tolstring(match->lua, -1, NULL); /* a position is a number */
            lua_remove(match->lua, -2);
            luaL_addvalue(buffer);
        } else {
            luaL_error(match->lua, "invalid use of '%%' in replacement string");
        }
    }
    budget_charge(match->lua, with.len / 16 + 1);
    if (luaL_bufflen(buffer) > SCRIPT_STRING_MAX)
        luaL_error(match->lua, "the string gets too long");
}

/* With a string as replacement; prelude.lua does those with tables and functions by gsub_next. */
static int gsub_text(lua_State *lua)
{
    struct pattern_match match = { .lua = lua, .subject = text_at(lua, 1), .pattern = text_at(lua, 2) };
    struct carillon_str with = text_at(lua, 3);
    lua_Integer n = 0, most = luaL_optinteger(lua, 4, (lua_Integer)match.subject.len + 1);
    size_t anchor = match.pattern.len && match.pattern.ptr[0] == '^';
    const char *at = match.subject.ptr, *last = NULL, *stop = at + match.subject.len;
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    while (n < most) {
        const char *begin = at, *end = find_next(&match, &begin, last, anchor);
        if (!end)
            break;
        luaL_addlstring(&buffer, at, (size_t)(begin - at));
        add_replacement(&match, &buffer, with, begin, end);
        n++;
        at = last = end;
        if (anchor)
            break;
    }
    luaL_addlstring(&buffer, at, (size_t)(stop - at));
    luaL_pushresult(&buffer);
    lua_pushinteger(lua, n);
    return 2;
}

/* (subject, pattern, from, last, first) gives begin, end, captures ... (or only the first) of the next match, both counted
   from 0; nothing: none. */
static int gsub_next(lua_State *lua)
{
    struct pattern_match match = { .lua = lua, .subject = text_at(lua, 1), .pattern = text_at(lua, 2) };
    lua_Integer from = luaL_checkinteger(lua, 3), last = luaL_checkinteger(lua, 4);
    size_t anchor = match.pattern.len && match.pattern.ptr[0] == '^';
    if (from < 0 || (size_t)from > match.subject.len || (anchor && from > 0))
        return 0;
    const char *begin = match.subject.ptr + from;
    const char *end = find_next(&match, &begin, last < 0 ? NULL : match.subject.ptr + last, anchor);
    if (!end)
        return 0;
    lua_pushinteger(lua, begin - match.subject.ptr);
    lua_pushinteger(lua, end - match.subject.ptr);
    if (!lua_toboolean(lua, 5))
        return 2 + pattern_push_captures(&match, begin, end);
    pattern_push_capture(&match, 0, begin, end);
    return 3;
}

/* ---- Lua's own, with their cost counted ---- */

static int call_own(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

/* By the length of what is given: upper, lower, reverse, len, sub, byte, char, utf8. */
static int counted(lua_State *lua)
{
    size_t cost = 1, len;
    for (int i = 1; i <= lua_gettop(lua); i++)
        if (lua_type(lua, i) == LUA_TSTRING && lua_tolstring(lua, i, &len))
            cost += len / 16;
    budget_charge(lua, cost);
    return call_own(lua);
}

static int string_rep(lua_State *lua)
{
    struct carillon_str text = text_at(lua, 1), between = { 0 };
    lua_Integer n = luaL_checkinteger(lua, 2);
    between.ptr = luaL_optlstring(lua, 3, "", &between.len);
    if (n > 0 && (text.len + between.len) > (size_t)SCRIPT_STRING_MAX / (size_t)n)
        return luaL_error(lua, "resulting string too large");
    if (n > SCRIPT_STRING_MAX) /* of nothing, but one by one */
        lua_pushinteger(lua, 0), lua_replace(lua, 2);
    budget_charge(lua, n > 0 ? (size_t)n * (text.len + between.len) / 16 + (size_t)n / 4 + 1 : 1);
    return call_own(lua);
}

/* A value with __tostring would be asked by Lua's format, which could not be stopped: it is shown as it is. */
static int string_format(lua_State *lua)
{
    size_t cost = 1, len;
    for (int i = 1; i <= lua_gettop(lua); i++) {
        if (lua_type(lua, i) == LUA_TSTRING && lua_tolstring(lua, i, &len)) {
            cost += len / 8;
        } else if (lua_type(lua, i) == LUA_TTABLE || lua_type(lua, i) == LUA_TUSERDATA) {
            lua_pushfstring(lua, "%s: %p", luaL_typename(lua, i), lua_topointer(lua, i));
            lua_replace(lua, i);
        }
    }
    budget_charge(lua, cost);
    return call_own(lua);
}

static const struct script_function functions[] = {
    { "byte", "text [, from [, to]]", "number ...", "The bytes from one place to another.",
      "an argument of another type", counted },
    { "char", "byte, ...", "string", "The string of these bytes.", "an argument of another type; a code that cannot be",
      counted },
    { "find", "text, pattern [, from [, plain]]", "from, to, captures ... or nil", "Where the pattern is found.",
      "an argument of another type; a pattern that is none", string_find },
    { "format", "format, ...", "string", "As in C; a table is shown as it is, without its __tostring.",
      "an argument of another type; a format that is none", string_format },
    { "gmatch", "text, pattern [, from]", "function", "For a loop over all matches.",
      "an argument of another type; a pattern that is none", string_gmatch },
    { "gsub", "text, pattern, replacement [, most]", "string, number",
      "All matches replaced, by a string with %1, a table's entry, or what a function returns.",
      "an argument of another type; a pattern that is none; a replacement of another type", NULL },
    { "len", "text", "number", "How many bytes.", "an argument of another type", counted },
    { "lower", "text", "string", "With ASCII letters in lower case; see text.fold.", "an argument of another type",
      counted },
    { "match", "text, pattern [, from]", "captures ... or nil", "What the pattern captures, or all that it matches.",
      "an argument of another type; a pattern that is none", string_match },
    { "rep", "text, times [, between]", "string", "Repeated, at most to 256 KB.",
      "an argument of another type; a string beyond 256 KB", string_rep },
    { "reverse", "text", "string", "The bytes in the opposite order.", "an argument of another type", counted },
    { "sub", "text, from [, to]", "string", "A part; negative places count from the end.",
      "an argument of another type", counted },
    { "upper", "text", "string", "With ASCII letters in upper case.", "an argument of another type", counted },
    { "gsub_next", NULL, NULL, NULL, NULL, gsub_next },
    { "gsub_text", NULL, NULL, NULL, NULL, gsub_text },
};

SCRIPT_CLASS(lib_string, "string",
             "Lua's strings, but that what searches counts its steps. Not there: dump, pack, packsize, unpack.",
             functions);

static const struct script_function utf8_functions[] = {
    { "char", "code, ...", "string", "The text of these code points.",
      "an argument of another type; a code that cannot be", counted },
    { "codepoint", "text [, from [, to]]", "number ...", "The code points of the characters that start there.",
      "an argument of another type", counted },
    { "codes", "text", "function ...", "For a loop: place, code.", "an argument of another type", counted },
    { "len", "text [, from [, to]]", "number or nil, place", "How many characters; nil and where it is not UTF-8.",
      "an argument of another type", counted },
    { "offset", "text, n [, from]", "number", "Where the n-th character begins.", "an argument of another type",
      counted },
};

SCRIPT_CLASS(lib_utf8, "utf8", "Lua's utf8 library.", utf8_functions);
