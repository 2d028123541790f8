#include "base/json_writer.h"
#include "loop/worker.h"
#include "lua/shared/audit.h"
#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/api/message.h"
#include "lua/run/state.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum {
    NAME_MAX_LEN = 40,
    FIELDS_MAX = 32,
    LINE_MAX_LEN = 3500,
    STEPS = 500
}; /* a line of the daemon's log has 4096 bytes */

/* X("name", field of the hook's call): what each line says by itself of the message. */
#define AUDIT_FIELDS(X)                                                                                                \
    X("app", app)                                                                                                      \
    X("channel", channel)                                                                                              \
    X("user", user.id)                                                                                                 \
    X("message", message)

static bool is_own(const char *name)
{
    static const char *const own[] = { "at", "hook", "point",
#define AUDIT_X(name, field) name,
                                       AUDIT_FIELDS(AUDIT_X)
#undef AUDIT_X
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], name) == 0)
            return true;
    return false;
}

/* All before anything is written, since an error would lose the writer's memory. */
static void check_fields(lua_State *lua)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t count = 0, bytes = 0, len = 0;
    luaL_checktype(lua, 1, LUA_TTABLE);
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        int type = lua_type(lua, -1);
        const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tolstring(lua, -2, &len) : "";
        if (!*name || len > NAME_MAX_LEN || strspn(name, allowed) != len)
            luaL_error(lua, "audit wants fields with names of letters, digits and _");
        if (is_own(name))
            luaL_error(lua, "the field '%s' of audit is filled in by itself", name);
        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
            luaL_error(lua, "the field '%s' of audit is no string, number or boolean", name);
        bytes += len + (type == LUA_TSTRING ? lua_rawlen(lua, -1) : 20);
        if (++count > FIELDS_MAX || bytes > LINE_MAX_LEN)
            luaL_error(lua, "audit takes at most %d fields and %d bytes", FIELDS_MAX, LINE_MAX_LEN);
    }
    budget_charge(lua, STEPS + bytes);
}

static void write_number(lua_State *lua, struct json_writer *line, const char *name)
{
    char text[32];
    lua_Number number = lua_tonumber(lua, -1);
    if (lua_isinteger(lua, -1))
        json_write_int(line, name, lua_tointeger(lua, -1));
    else if (isfinite(number))
        json_write_raw(line, name, (struct carillon_str){ text, (size_t)lua_number2str(text, sizeof text, number) });
    else
        json_write_text(line, name, number > 0 ? "inf" : number < 0 ? "-inf" : "nan");
}

static void write_fields(lua_State *lua, struct json_writer *line)
{
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        const char *name = lua_tostring(lua, -2);
        struct carillon_str text = { 0 };
        if (lua_type(lua, -1) == LUA_TSTRING) {
            text.ptr = lua_tolstring(lua, -1, &text.len);
            json_write_str(line, name, text);
        } else if (lua_isboolean(lua, -1)) {
            json_write_bool(line, name, lua_toboolean(lua, -1));
        } else {
            write_number(lua, line, name);
        }
    }
}

static void write_circumstances(const struct script_state *state, struct json_writer *line)
{
    const struct script_call *call = state->running;
    json_write_int(line, "at", loop_wall_ms());
    json_write_text(line, "hook", caller_name(state));
    if (!call || !call->box || !call->box->call)
        return;
    json_write_text(line, "point", script_point_name(call->box->call->point));
#define AUDIT_X(name, field) json_write_str_if(line, name, call->box->call->field);
    AUDIT_FIELDS(AUDIT_X)
#undef AUDIT_X
}

static int audit(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    struct json_writer line = { 0 };
    caller_check_daemon(lua, "audit");
    check_fields(lua);
    json_object_begin(&line, NULL);
    write_circumstances(state, &line);
    write_fields(lua, &line);
    json_object_end(&line);
    struct carillon_str text = json_writer_str(&line);
    bool written = text.ptr && audit_write(text);
    json_writer_free(&line);
    lua_pushboolean(lua, written);
    return 1;
}

static const struct script_function functions[] = {
    { "audit", "{ name = string, number or boolean, ... }", "boolean",
      "Puts a line of JSON on record, in the file lua.audit or, without one, in the daemon's log: these fields, and at "
      "(milliseconds since 1970), hook, point, app, channel, user, message. false: more lines than lua.audit_rate a "
      "second.",
      "no table of names with strings, numbers and booleans, or of those that are filled in; more than 32 fields or "
      "3500 bytes; while the script is loaded",
      audit },
};

SCRIPT_CLASS(class_audit, "", "Putting things on record.", functions);
