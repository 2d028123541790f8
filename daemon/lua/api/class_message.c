#include "lua/vm/binding.h"
#include "lua/api/message.h"
#include "lua/set/points.h"

#include <lauxlib.h>
#include <string.h>

#define METATABLE "carillon.message"

/* X(NAME, "field", expression for a struct carillon_str of the call c, points that have it, "help"); elsewhere it is nil. */
#define MESSAGE_FIELDS(X)                                                                                              \
    X(APP, "app", c->app, POINTS_ALL, "The app's name; connect: nil if only the sign-in will tell.")                   \
    X(CHANNEL, "channel", c->channel, POINTS_ALL & ~POINTS_OF_SESSIONS, "The channel's name.")                         \
    X(USER, "user", c->user.id, POINTS_ALL & ~POINT_BIT(CONNECT),                                                      \
      "The id of the author, or of who acts; message.deliver: of who receives it.")                                    \
    X(NAME, "name", c->user.name, POINTS_ALL & ~POINT_BIT(CONNECT), "Their name as others see it.")                    \
    X(TEXT, "text", c->text, POINTS_OF_BODIES & ~POINT_BIT(CLIENT_EVENT),                                              \
      "The text; of an edit the new one; nil where there is none.")                                                    \
    X(DATA, "data", c->data, POINTS_OF_BODIES, "The application's own data, as JSON text.")                            \
    X(EVENT, "event", c->event, EVENT_POINTS,                                                                          \
      "client.event, message.publish: the name of an application's own event, nil for a message; presence: "           \
      "\"joined\" or \"left\"; message.deliver: \"message.new\" or \"message.edited\".")                               \
    X(ID, "id", c->message, ID_POINTS, "The message's id.")                                                            \
    X(REPLY_TO, "reply_to", c->reply_to, POINT_BIT(MESSAGE_PUBLISH), "The id of the message that it answers.")         \
    X(CLIENT_ID, "client_id", c->client_id, POINT_BIT(MESSAGE_PUBLISH) | POINT_BIT(MESSAGE_DELIVER),                   \
      "The author's own id for it.")                                                                                   \
    X(AUTHOR, "author", c->author.id, POINT_BIT(MESSAGE_DELIVER), "Who wrote it.")                                     \
    X(ADDRESS, "address", c->address, ADDRESS_POINTS, "The client's address.")

#define EVENT_POINTS                                                                                                   \
    (POINT_BIT(MESSAGE_PUBLISH) | POINT_BIT(CLIENT_EVENT) | POINT_BIT(PRESENCE) | POINT_BIT(MESSAGE_DELIVER))
#define ID_POINTS                                                                                                      \
    (POINT_BIT(MESSAGE_PUBLISH) | POINT_BIT(MESSAGE_EDIT) | POINT_BIT(MESSAGE_DELETE) | POINT_BIT(MESSAGE_DELIVER))
#define ADDRESS_POINTS (POINTS_OF_ACTIONS | POINTS_OF_SESSIONS | POINT_BIT(SUBSCRIBE))

enum field {
#define MESSAGE_X(name, text, value, points, help) FIELD_##name,
    MESSAGE_FIELDS(MESSAGE_X)
#undef MESSAGE_X
        FIELD_POINT,
    FIELD_SERVER,
    FIELD_ACTIVE,
    FIELD_MENTIONS
};

static struct carillon_str field_of(const struct carillon_hook_call *c, enum field field)
{
    switch (field) {
#define MESSAGE_X(name, text, value, points, help)                                                                     \
    case FIELD_##name:                                                                                                 \
        return (points)&1u << c->point ? value : (struct carillon_str){ 0 };
        MESSAGE_FIELDS(MESSAGE_X)
#undef MESSAGE_X
    case FIELD_POINT:
    case FIELD_SERVER:
    case FIELD_ACTIVE:
    case FIELD_MENTIONS:
        break;
    }
    return (struct carillon_str){ 0 };
}

static void push_mentions(lua_State *lua, const struct carillon_hook_call *call)
{
    lua_createtable(lua, (int)call->mention_count, 0);
    for (size_t i = 0; i < call->mention_count; i++) {
        lua_pushlstring(lua, call->mentions[i].ptr, call->mentions[i].len);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

/* Upvalue 1: names to numbers. */
static int message_index(lua_State *lua)
{
    const struct message_box *box = lua_touserdata(lua, 1);
    lua_settop(lua, 2);
    if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNUMBER)
        return luaL_error(lua, "a message has no such field");
    if (!box->call)
        return luaL_error(lua, "the message has gone its way: keep what you need of it");
    enum field field = (enum field)lua_tointeger(lua, -1);
    if (field == FIELD_POINT) {
        lua_pushstring(lua, script_point_name(box->call->point));
    } else if (field == FIELD_SERVER) {
        lua_pushboolean(lua, box->call->server);
    } else if (field == FIELD_ACTIVE) {
        lua_pushboolean(lua, box->call->active);
    } else if (field == FIELD_MENTIONS) {
        push_mentions(lua, box->call);
    } else {
        struct carillon_str value = field_of(box->call, field);
        if (value.ptr)
            lua_pushlstring(lua, value.ptr, value.len);
        else
            lua_pushnil(lua);
    }
    return 1;
}

static int message_newindex(lua_State *lua)
{
    return luaL_error(lua, "a message is changed by returning modify{ text = ... }");
}

static int message_tostring(lua_State *lua)
{
    lua_pushliteral(lua, "message");
    return 1;
}

void message_open(lua_State *lua)
{
    luaL_newmetatable(lua, METATABLE);
    lua_newtable(lua);
#define MESSAGE_X(name, text, value, points, help) lua_pushinteger(lua, FIELD_##name), lua_setfield(lua, -2, text);
    MESSAGE_FIELDS(MESSAGE_X)
#undef MESSAGE_X
    lua_pushinteger(lua, FIELD_POINT);
    lua_setfield(lua, -2, "point");
    lua_pushinteger(lua, FIELD_SERVER);
    lua_setfield(lua, -2, "server");
    lua_pushinteger(lua, FIELD_ACTIVE);
    lua_setfield(lua, -2, "active");
    lua_pushinteger(lua, FIELD_MENTIONS);
    lua_setfield(lua, -2, "mentions");
    lua_pushcclosure(lua, message_index, 1);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, message_newindex);
    lua_setfield(lua, -2, "__newindex");
    lua_pushcfunction(lua, message_tostring);
    lua_setfield(lua, -2, "__tostring");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
}

struct message_box *message_push(lua_State *lua, const struct carillon_hook_call *call)
{
    struct message_box *box = lua_newuserdatauv(lua, sizeof *box, 0);
    box->call = call;
    luaL_setmetatable(lua, METATABLE);
    return box;
}

void message_box_close(struct message_box *box)
{
    if (box)
        box->call = NULL;
}

static const struct script_function fields[] = {
#define MESSAGE_X(name, text, value, points, help) { text, NULL, "string or nil", help, NULL, NULL },
    MESSAGE_FIELDS(MESSAGE_X)
#undef MESSAGE_X
        { "point", NULL, "string", "Which hook point this is, such as \"message.publish\".", NULL, NULL },
    { "server", NULL, "boolean", "The application's own server acts, with its key.", NULL, NULL },
    { "active", NULL, "boolean", "typing: it began, else it stopped.", NULL, NULL },
    { "mentions", NULL, "table", "A list of the ids of those who are mentioned.", NULL, NULL },
};

const struct script_class class_message = {
    .name = "msg",
    .help = "What a hook is called with. It can be read until the hook's verdict; fields that it has not are an error.",
    .functions = fields,
    .count = sizeof fields / sizeof *fields,
    .object = true,
};
