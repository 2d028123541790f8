#include "lua/vm/binding.h"
#include "lua/run/state.h"
#include "lua/text/wordfile.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METATABLE "carillon.set"
enum { FIND_STEPS = 400000 }; /* some milliseconds */

/* Either a file's, whatever it holds at the moment, or words of its own. */
struct set_box {
    struct wordfile *file;
    struct words *words;
};

static struct set_box *push_box(lua_State *lua)
{
    struct set_box *box = lua_newuserdatauv(lua, sizeof *box, 0);
    *box = (struct set_box){ 0 };
    luaL_setmetatable(lua, METATABLE);
    return box;
}

static int set_collect(lua_State *lua)
{
    struct set_box *box = luaL_checkudata(lua, 1, METATABLE);
    if (box->words)
        script_memory_give(lua, words_bytes(box->words));
    words_unref(box->words);
    box->words = NULL;
    return 0;
}

/* A reference; nothing that may raise an error comes before it is given back. */
static struct words *take_words(const struct set_box *box)
{
    return box->file ? wordfile_words(box->file) : words_ref(box->words);
}

/* ---- making ---- */

static bool path_is_inside(const char *name)
{
    if (!*name || *name == '/')
        return false;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}

static int set_load(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    const char *name = luaL_checkstring(lua, 1);
    char path[PATH_MAX], error[512];
    if (!state->loading)
        return luaL_error(lua, "set.load works only while the script is loaded");
    luaL_argcheck(lua, path_is_inside(name), 1, "a path below the scripts' folder");
    if (snprintf(path, sizeof path, "%s/%s", state->set->options.directory, name) >= (int)sizeof path)
        return luaL_error(lua, "the path is too long");
    struct set_box *box = push_box(lua);
    box->file = wordfile_get(path, error);
    return box->file ? 1 : luaL_error(lua, "%s", error);
}

/* A list of entries as the text of a file. */
static void push_lines(lua_State *lua, int list)
{
    luaL_Buffer lines;
    lua_Integer n = luaL_len(lua, list);
    luaL_argcheck(lua, n >= 0 && n <= 10000, list, "at most 10000 words: longer lists are for files");
    budget_charge(lua, (size_t)n * 20);
    luaL_buffinit(lua, &lines);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(lua, list, i) != LUA_TSTRING)
            luaL_error(lua, "a list of strings");
        size_t len;
        const char *word = lua_tolstring(lua, -1, &len);
        if (len > WORD_MAX || memchr(word, '\n', len))
            luaL_error(lua, "a word has at most 200 bytes and no line break");
        luaL_addvalue(&lines);
        luaL_addchar(&lines, '\n');
    }
    luaL_pushresult(&lines);
}

static int set_of(lua_State *lua)
{
    char error[256];
    struct carillon_str text;
    luaL_checktype(lua, 1, LUA_TTABLE);
    struct set_box *box = push_box(lua);
    push_lines(lua, 1);
    text.ptr = lua_tolstring(lua, -1, &text.len);
    budget_charge(lua, text.len);
    box->words = words_parse(text, error);
    if (!box->words)
        return luaL_error(lua, "%s", error);
    script_memory_take(lua, words_bytes(box->words));
    lua_pop(lua, 1);
    return 1;
}

/* ---- asking ---- */

static int set_has(lua_State *lua)
{
    const struct set_box *box = luaL_checkudata(lua, 1, METATABLE);
    struct carillon_str normal = check_normal(lua, 2);
    struct words *words = take_words(box);
    bool has = words_has(words, normal);
    words_unref(words);
    lua_pushboolean(lua, has);
    return 1;
}

static int set_length(lua_State *lua)
{
    const struct set_box *box = luaL_checkudata(lua, 1, METATABLE);
    struct words *words = take_words(box);
    size_t count = words_count(words);
    words_unref(words);
    lua_pushinteger(lua, (lua_Integer)count);
    return 1;
}

static int match_any(lua_State *lua)
{
    char found[WORD_MAX];
    const struct set_box *box = luaL_checkudata(lua, 1, METATABLE);
    struct carillon_str normal = check_normal(lua, 2);
    struct words *words = take_words(box);
    size_t left = FIND_STEPS;
    struct carillon_str word = words_find(words, normal, &left);
    size_t len = word.len;
    if (word.ptr)
        memcpy(found, word.ptr, len); /* the list may be another one as soon as it is given back */
    words_unref(words);
    budget_charge(lua, FIND_STEPS - left); /* only now: what it does not return from may hold no reference */
    if (!left)
        return luaL_error(lua, "the set takes too many steps on this text");
    if (word.ptr)
        lua_pushlstring(lua, found, len);
    else
        lua_pushnil(lua);
    return 1;
}

void set_open(lua_State *lua)
{
    static const luaL_Reg events[] = { { "__gc", set_collect }, { "__len", set_length }, { NULL, NULL } };
    static const luaL_Reg methods[] = { { "has", set_has }, { NULL, NULL } };
    object_class_open(lua, METATABLE, events, methods);
}

static const struct script_function set_functions[] = {
    { "load", "path", "set",
      "The words of a file below `lua.directory`, one a line (`#` begins a comment), read again when it changes. A "
      "word with "
      "`*` before or behind it counts inside longer ones, too. Only while the script is loaded.",
      "a file that is not there, outside of `lua.directory`, or not a list; not while the script is loaded", set_load },
    { "of", "words", "set", "The same from a list of at most 10000 strings.",
      "no list of strings; more than 10000, one of more than 200 bytes or with a line break", set_of },
};

static const struct script_function object_functions[] = {
    { "has", "text", "boolean", "Is the whole text one of its entries?", "no string, not UTF-8", set_has },
};

static const struct script_function match_functions[] = {
    { "any", "set, text", "string",
      "An entry of the set that occurs in the text, as it stands in the list; nil: none does.",
      "no set; no string, not UTF-8, too many steps", match_any },
};

SCRIPT_CLASS(
    class_set, "set",
    "Words and phrases to look for. They and the texts are compared as text.normalize makes them: without case, "
    "accents composed, look-alikes of Latin letters as those.",
    set_functions);
const struct script_class class_set_object = {
    .name = "set object",
    .help = "A set. `#set` is the number of its entries.",
    .functions = object_functions,
    .count = sizeof object_functions / sizeof *object_functions,
    .object = true,
};
SCRIPT_CLASS(class_match, "match", "Looking for words.", match_functions);
