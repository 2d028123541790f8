/*
 * The tables from which the scripts' world is made: what is registered, the reference (`carillonctl lua reference`) and what
 * the lint knows all come from them. One file class_*.c or lib_*.c each.
 */
#ifndef CARILLON_LUA_BINDING_H
#define CARILLON_LUA_BINDING_H

#include "lua/vm/vm.h"

struct script_function {
    const char *name;
    const char *arguments; /* as one writes them, without parentheses */
    const char *returns;   /* "" for nothing */
    const char *help;
    const char *errors; /* what it raises, and which codes it returns; "" for none, NULL: it is no function */
    lua_CFunction run;  /* NULL: prelude.lua has it */
};

struct script_class {
    const char *name; /* the global table; "" for global functions */
    const char *help;
    const struct script_function *functions;
    size_t count;
    bool object; /* no global table: what the fields and methods of an object are */
};

/* X(name of the struct script_class), in the reference's order. */
#define SCRIPT_CLASSES(X)                                                                                              \
    X(class_hook)                                                                                                      \
    X(class_verdict)                                                                                                   \
    X(class_message)                                                                                                   \
    X(class_log)                                                                                                       \
    X(class_metric)                                                                                                    \
    X(class_metric_object)                                                                                             \
    X(class_time)                                                                                                      \
    X(class_timer)                                                                                                     \
    X(class_kv)                                                                                                        \
    X(class_limit)                                                                                                     \
    X(class_text)                                                                                                      \
    X(class_set)                                                                                                       \
    X(class_set_object)                                                                                                \
    X(class_match)                                                                                                     \
    X(class_re)                                                                                                        \
    X(class_re_object)                                                                                                 \
    X(class_json)                                                                                                      \
    X(class_settings)                                                                                                  \
    X(class_http)                                                                                                      \
    X(class_store)                                                                                                     \
    X(class_publish)                                                                                                   \
    X(class_bot)                                                                                                       \
    X(class_audit)                                                                                                     \
    X(class_admin)                                                                                                     \
    X(lib_base)                                                                                                        \
    X(lib_coroutine)                                                                                                   \
    X(lib_string)                                                                                                      \
    X(lib_table)                                                                                                       \
    X(lib_utf8)                                                                                                        \
    X(lib_math)

#define SCRIPT_X(name) extern const struct script_class name;
SCRIPT_CLASSES(SCRIPT_X)
#undef SCRIPT_X

/* What specs have besides (testing.lua), and what their run returns. */
extern const struct script_class class_spec, class_result;

extern const struct script_class *const *const script_classes;
extern const size_t script_class_count;

#define SCRIPT_CLASS(NAME, TITLE, HELP, TABLE)                                                                         \
    const struct script_class NAME = {                                                                                 \
        .name = (TITLE), .help = (HELP), .functions = (TABLE), .count = sizeof(TABLE) / sizeof *(TABLE)                \
    }

/* Stands in a table for Lua's own function of that name. */
int script_stock(lua_State *lua);
/* Raises an error unless it is a table that scripts may write to. */
void table_check_writable(lua_State *lua, int index);
int script_require(lua_State *lua);
/* The text at index as normal.h has it; good until the next call in this state. Charges for it; an error if it is no UTF-8. */
struct carillon_str check_normal(lua_State *lua, int index);
void set_open(lua_State *lua);
void re_open(lua_State *lua);
void json_open(lua_State *lua);
void metric_open(lua_State *lua);
/* Main thread, when no state is left. */
void re_close_all(void);
void metrics_free(void);
/* The metatable of a kind of userdata, in a new state: scripts reach its methods, and not what Lua alone may call. */
struct luaL_Reg;
void object_class_open(lua_State *lua, const char *name, const struct luaL_Reg *events, const struct luaL_Reg *methods);

#endif
