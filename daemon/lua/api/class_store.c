#include "base/error.h"
#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/api/checks.h"
#include "lua/api/fields.h"
#include "lua/api/message.h"
#include "lua/run/state.h"
#include "storage/storage.h"

#include <lauxlib.h>

enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 100, STEPS = 500, STEPS_MESSAGE = 50 };

/* ---- the answer ---- */

static void set_seconds(lua_State *lua, const char *name, int64_t ms)
{
    if (!ms)
        return;
    lua_pushnumber(lua, (lua_Number)ms / 1000);
    lua_setfield(lua, -2, name);
}

static void push_message(lua_State *lua, const struct carillon_message *message)
{
    lua_createtable(lua, 0, 8);
    lua_pushinteger(lua, (lua_Integer)message->pos);
    lua_setfield(lua, -2, "pos");
    set_text(lua, "id", message->id);
    set_text(lua, "user", message->author.id);
    set_text(lua, "name", message->author.name);
    set_text(lua, "text", message->text);
    set_text(lua, "data", message->data);
    set_text(lua, "reply_to", message->reply_to);
    set_seconds(lua, "at", message->created_ms);
    set_seconds(lua, "edited_at", message->edited_ms);
    set_seconds(lua, "deleted_at", message->deleted_ms);
}

static int history_finish(lua_State *lua, int status, lua_KContext context)
{
    const struct carillon_storage_request *request = script_answer(lua, history_finish);
    (void)status, (void)context;
    if (request->result != CARILLON_OK) {
        struct carillon_failure failure = error_failure(error_from_result(request->result));
        return push_failure(lua, failure.code, failure.detail);
    }
    lua_createtable(lua, (int)request->out.count, 0);
    for (size_t i = 0; i < request->out.count; i++) {
        const struct carillon_message *message = request->out.messages[i];
        budget_charge(lua, message->text.len / 16 + message->data.len / 16 + STEPS_MESSAGE);
        push_message(lua, message);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_pushboolean(lua, request->out.more);
    return 2;
}

static void history_done(struct carillon_storage_request *request, void *arg)
{
    struct script_call *call = arg;
    script_call_answer(call, request);
    storage_request_free(request);
}

static void history_cancel(void *request)
{
    storage_request_free(request);
}

/* ---- the question ---- */

struct question {
    struct carillon_str channel, app;
    int64_t before, after, limit; /* before 0, after -1: not told */
};

/* What it points to stays on Lua's stack. */
static struct question read_question(lua_State *lua)
{
    static const char *const names[] = { "before", "after", "limit", "app", NULL };
    struct question question = { 0 };
    luaL_checktype(lua, 1, LUA_TSTRING);
    question.channel.ptr = lua_tolstring(lua, 1, &question.channel.len);
    if (lua_isnoneornil(lua, 2)) {
        lua_settop(lua, 1);
        lua_createtable(lua, 0, 0);
    }
    lua_settop(lua, 2);
    fields_check(lua, 2, names, "store.history");
    question.before = field_integer(lua, 2, "before", 0, 1, INT64_MAX);
    question.after = field_integer(lua, 2, "after", -1, 0, INT64_MAX);
    question.limit = field_integer(lua, 2, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX);
    question.app = field_text(lua, 2, "app");
    if (question.before && question.after >= 0)
        luaL_error(lua, "store.history takes before or after, not both");
    return question;
}

int check_store_history(lua_State *lua)
{
    read_question(lua);
    return 0;
}

static int store_history(lua_State *lua)
{
    struct script_call *call = script_call_of(lua);
    caller_check_daemon(lua, "store.history");
    struct question question = read_question(lua);
    budget_charge(lua, STEPS);
    const struct app *app = caller_app(lua, question.app);
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_HISTORY, app->name);
    if (!request)
        return push_failure(lua, "busy", CARILLON_STR("memory is short"));
    request->in.conversation = storage_request_str(request, question.channel);
    request->in.before = (uint64_t)question.before;
    request->in.after = question.after > 0 ? (uint64_t)question.after : 0;
    request->in.from_start = question.after >= 0;
    request->in.limit = (uint32_t)question.limit;
    call->cancel = history_cancel;
    call->request = request;
    storage_submit(request, history_done, call);
    return script_wait_answer(lua, history_finish);
}

static const struct script_function functions[] = {
    { "history", "channel [, { before =, after =, limit =, app = }]",
      "list of { pos =, id =, user =, name =, text =, data =, reply_to =, at =, edited_at =, deleted_at = }, more "
      "or nil, code, text",
      "Messages of a stored channel, oldest first: the newest ones, those before a pos, or those after one (0: from "
      "the "
      "start); 20 if not told, at most 100. more: there are further ones. Of the message's app, whoever asks.",
      "another field or type of one, an app that there is not; both before and after; where nothing can wait. Returned "
      "as code: not_found, busy, unavailable and others of the storage",
      store_history },
};

SCRIPT_CLASS(class_store, "store", "What is stored.", functions);
