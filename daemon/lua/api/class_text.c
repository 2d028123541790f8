#include "lua/vm/binding.h"
#include "lua/text/normal.h"
#include "base/utf8.h"

#include <lauxlib.h>
#include <stdlib.h>

enum { COST = 20, PER_BYTE = 2, WORDS_MOST = 1000 };

static struct carillon_str check_text(lua_State *lua, int index)
{
    struct carillon_str text;
    text.ptr = luaL_checklstring(lua, index, &text.len);
    budget_charge(lua, COST + text.len * PER_BYTE);
    return text;
}

struct carillon_str check_normal(lua_State *lua, int index)
{
    struct script_vm *vm = script_vm_of(lua);
    struct carillon_str text = check_text(lua, index), normal = { 0 };
    free(vm->scratch);
    normal.ptr = vm->scratch = normal_text(text, &normal.len);
    if (!normal.ptr)
        luaL_argerror(lua, index, "no UTF-8");
    if (normal.len > SCRIPT_STRING_MAX)
        luaL_argerror(lua, index, "too long");
    return normal;
}

static int text_normalize(lua_State *lua)
{
    struct carillon_str normal = check_normal(lua, 1);
    lua_pushlstring(lua, normal.ptr, normal.len);
    return 1;
}

static int text_words(lua_State *lua)
{
    struct carillon_str text = check_text(lua, 1);
    if (!utf8_is_valid(text.ptr, text.len))
        return luaL_error(lua, "the text is not UTF-8");
    size_t begin = 0, len;
    lua_Integer n = 0;
    lua_newtable(lua);
    for (size_t at = 0; at <= text.len && n < WORDS_MOST; at += len) {
        bool inside = at < text.len && normal_is_word(text.ptr + at, text.len - at, &len);
        if (at == text.len)
            len = 1;
        if (inside)
            continue;
        if (at > begin) {
            budget_charge(lua, COST);
            lua_pushlstring(lua, text.ptr + begin, at - begin);
            lua_rawseti(lua, -2, ++n);
        }
        begin = at + len;
    }
    return 1;
}

static int text_length(lua_State *lua)
{
    struct carillon_str text = check_text(lua, 1);
    lua_Integer n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    lua_pushinteger(lua, n);
    return 1;
}

static const struct script_function functions[] = {
    { "normalize", "text", "string",
      "For comparing, not for showing: NFKC, lower case, without invisible characters, and what looks like a Latin "
      "letter or "
      "digit as that one. An error if it is not UTF-8.",
      "no string, not UTF-8, more than 64 KB", text_normalize },
    { "words", "text", "list", "Its runs of letters and digits, in any script, as they stand; at most 1000.",
      "no string, not UTF-8", text_words },
    { "length", "text", "integer", "How many characters (code points) it has.", "no string, not UTF-8", text_length },
};

SCRIPT_CLASS(class_text, "text", "Text in any language.", functions);
