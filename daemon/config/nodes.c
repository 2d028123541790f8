#include "config/lines.h"
#include "config/vm_private.h"

#include <lauxlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, NODES_MAX = 50000 };

/* Stack: 1.. the caller's; `paths` is the index of the table of paths to lines. */
struct taker {
    lua_State *lua;
    struct carillon_arena *arena;
    const char *file;
    int paths;
    size_t count;
    char path[LINES_PATH_MAX];
};

static struct node *take(struct taker *taker, size_t path_len, int line, unsigned depth);

static void *reserve(struct taker *taker, size_t size)
{
    void *memory = arena_alloc(taker->arena, size);
    if (!memory)
        luaL_error(taker->lua, "the file sets too much");
    return memory;
}

/* Of the entry of the table at `table` whose key is at `key`: as the assignment ran, as the text tells, or the table's. */
static int find_line(struct taker *taker, int table, int key, bool path_known, int fallback)
{
    lua_State *lua = taker->lua;
    int top = lua_gettop(lua), line = 0;
    if (path_known && lua_getfield(lua, taker->paths, taker->path) == LUA_TNUMBER)
        line = (int)lua_tointeger(lua, -1);
    if (!line) {
        lua_getfield(lua, LUA_REGISTRYINDEX, VM_LINES);
        lua_pushvalue(lua, table);
        if (lua_rawget(lua, -2) == LUA_TTABLE) {
            lua_pushvalue(lua, key);
            if (lua_rawget(lua, -2) == LUA_TNUMBER)
                line = (int)lua_tointeger(lua, -1);
        }
    }
    lua_settop(lua, top);
    return line ? line : fallback;
}

/* One entry, whose key is below the value on top of the stack. NULL: nobody set it. */
static struct node *take_entry(struct taker *taker, int table, size_t path_len, int line, unsigned depth)
{
    lua_State *lua = taker->lua;
    int key = lua_gettop(lua) - 1;
    if (lua_istable(lua, -1) && environment_made(lua, -1))
        return NULL;
    struct carillon_str name = { 0 };
    int64_t index = 0;
    if (lua_type(lua, key) == LUA_TSTRING)
        name.ptr = lua_tolstring(lua, key, &name.len);
    else if (lua_isinteger(lua, key))
        index = lua_tointeger(lua, key);
    else
        luaL_error(lua, "%s: a key is %s instead of a name", path_len ? taker->path : "the file",
                   luaL_typename(lua, key));
    bool nameable = (depth ? path_len > 0 : name.ptr != NULL) && name.len < LINES_PATH_MAX;
    size_t longer = nameable ? lines_append_step(taker->path, path_len, name, index) : 0;
    line = find_line(taker, table, key, longer > 0, line);
    struct node *node = take(taker, longer, line, depth + 1);
    taker->path[path_len] = '\0';
    if (name.ptr)
        node->key = arena_str(taker->arena, name).ptr;
    if (name.ptr && (!node->key || strlen(node->key) != name.len))
        luaL_error(lua, "a name holds a zero byte");
    node->index = index;
    return node;
}

static void take_table(struct taker *taker, struct node *node, size_t path_len, int line, unsigned depth)
{
    lua_State *lua = taker->lua;
    int table = lua_gettop(lua);
    size_t room = 0;
    luaL_checkstack(lua, 10, "nested too deep");
    for (lua_pushnil(lua); lua_next(lua, table); lua_pop(lua, 1))
        room++;
    node->items = reserve(taker, room * sizeof(struct node *));
    for (lua_pushnil(lua); lua_next(lua, table); lua_pop(lua, 1)) {
        struct node *item = take_entry(taker, table, path_len, line, depth);
        if (item)
            node->items[node->count++] = item;
    }
    node_sort(node);
}

/* The value on top of the stack. */
static struct node *take(struct taker *taker, size_t path_len, int line, unsigned depth)
{
    lua_State *lua = taker->lua;
    if (depth > DEPTH_MAX)
        luaL_error(lua, "tables are nested more than %d deep, or hold themselves", DEPTH_MAX);
    if (++taker->count > NODES_MAX)
        luaL_error(lua, "more than %d values are set", NODES_MAX);
    struct node *node = reserve(taker, sizeof *node);
    node->file = taker->file;
    node->line = line;
    switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
        node->kind = NODE_BOOL;
        node->boolean = lua_toboolean(lua, -1);
        break;
    case LUA_TNUMBER:
        node->kind = lua_isinteger(lua, -1) ? NODE_INT : NODE_FLOAT;
        node->fraction = lua_tonumber(lua, -1);
        node->integer = lua_tointeger(lua, -1);
        break;
    case LUA_TSTRING:
        node->kind = NODE_STRING;
        node->string.ptr = lua_tolstring(lua, -1, &node->string.len);
        node->string = arena_str(taker->arena, node->string);
        if (!node->string.ptr)
            luaL_error(lua, "the file sets too much");
        break;
    case LUA_TTABLE:
        node->kind = NODE_TABLE;
        take_table(taker, node, path_len, line, depth);
        break;
    default:
        node->kind = NODE_OTHER;
        break;
    }
    return node;
}

struct node *nodes_take(lua_State *lua, const char *file)
{
    struct vm *vm = *(struct vm **)lua_getextraspace(lua);
    struct taker taker = { .lua = lua, .arena = vm->arena, .file = file, .paths = lua_gettop(lua) };
    lua_pushvalue(lua, -2);
    struct node *node = take(&taker, 0, 0, 0);
    lua_pop(lua, 1);
    return node;
}
