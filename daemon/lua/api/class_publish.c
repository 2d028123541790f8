#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/api/checks.h"
#include "lua/api/fields.h"
#include "lua/run/say.h"
#include "lua/run/speech.h"
#include "pipeline.h"

#include <lauxlib.h>
#include <stdlib.h>

enum { STEPS = 1000 };

/* ---- what is said: a channel, and a text or a table ---- */

static struct carillon_str channel_at(lua_State *lua, int index)
{
    struct carillon_str channel = { 0 };
    luaL_checktype(lua, index, LUA_TSTRING);
    channel.ptr = lua_tolstring(lua, index, &channel.len);
    return channel;
}

/* {text = it} in the place of a text at index. */
static void make_table(lua_State *lua, int index)
{
    lua_settop(lua, index);
    if (lua_type(lua, index) != LUA_TSTRING)
        return;
    lua_createtable(lua, 0, 1);
    lua_insert(lua, index);
    lua_setfield(lua, index, "text");
}

/* But for the app. */
static struct speech read_words(lua_State *lua, const char *function)
{
    static const char *const names[] = { "text",      "event",    "data",     "user", "name",
                                         "client_id", "reply_to", "mentions", "app",  NULL };
    const struct script_state *state = script_vm_of(lua)->owner;
    struct speech speech = { .channel = channel_at(lua, 1), .user = state->set->options.bot };
    make_table(lua, 2);
    fields_check(lua, 2, names, function);
    speech.text = field_text(lua, 2, "text");
    speech.event = field_text(lua, 2, "event");
    speech.data = field_text(lua, 2, "data");
    speech.client_id = field_text(lua, 2, "client_id");
    speech.reply_to = field_text(lua, 2, "reply_to");
    speech.mentions = field_texts(lua, 2, "mentions", SPEECH_MENTIONS_MAX, &speech.mention_count);
    struct carillon_str user = field_text(lua, 2, "user"), name = field_text(lua, 2, "name");
    if (user.ptr)
        speech.user = (struct carillon_user){ user, name.ptr ? name : user };
    else if (name.ptr)
        luaL_error(lua, "the field 'name' of %s belongs to a 'user'", function);
    field_text(lua, 2, "app");
    return speech;
}

int check_publish(lua_State *lua)
{
    read_words(lua, "publish");
    return 0;
}

int check_bot_say(lua_State *lua)
{
    read_words(lua, "bot.say");
    return 0;
}

static struct speech read_speech(lua_State *lua, const char *function)
{
    caller_check_daemon(lua, function);
    struct speech speech = read_words(lua, function);
    speech.app = caller_app(lua, field_text(lua, 2, "app"));
    budget_charge(lua, (speech.text.len + speech.data.len) / 8 + STEPS);
    return speech;
}

static int failed(lua_State *lua, enum error_code error)
{
    struct carillon_failure failure = error_failure(error);
    return push_failure(lua, failure.code, failure.detail);
}

/* ---- publish: waits for the outcome ---- */

/* Between a call and what it published, which goes on when the call does not. */
struct publication {
    struct script_call *call;
};

static void publication_cancel(void *publication)
{
    ((struct publication *)publication)->call = NULL;
}

static void publication_done(struct action *action)
{
    struct publication *publication = action->arg;
    if (publication->call)
        script_call_answer(publication->call, action);
    free(publication);
    action_free(action);
}

static int publish_finish(lua_State *lua, int status, lua_KContext context)
{
    const struct action *action = script_answer(lua, publish_finish);
    (void)status, (void)context;
    if (action->error != ERROR_NONE)
        return push_failure(lua, action->failure.code, action->failure.detail);
    lua_createtable(lua, 0, 4);
    set_text(lua, "channel", action->request->in.conversation);
    set_text(lua, "id", action->request->in.id);
    set_text(lua, "epoch", action->epoch);
    if (action->pos) {
        lua_pushinteger(lua, (lua_Integer)action->pos);
        lua_setfield(lua, -2, "pos");
    }
    return 1;
}

static int publish(lua_State *lua)
{
    struct script_call *call = script_call_of(lua);
    struct speech speech = read_speech(lua, "publish");
    enum error_code error;
    struct publication *publication = malloc(sizeof *publication);
    struct action *action = publication ? speech_make(&speech, &error) : NULL;
    if (!action) {
        error = publication ? error : ERROR_BUSY;
        free(publication);
        return failed(lua, error);
    }
    publication->call = call;
    call->cancel = publication_cancel;
    call->request = publication;
    pipeline_submit_unjudged(action, publication_done, publication);
    return script_wait_answer(lua, publish_finish);
}

static const struct script_function functions[] = {
    { "publish",
      "channel, text or { text =, event =, data =, user =, name =, client_id =, reply_to =, mentions =, app = }",
      "{ channel =, id =, pos =, epoch = } or nil, code, text",
      "Publishes a message, or an event of the application's own, with all rights and past the hooks, and waits until "
      "it is "
      "stored. In the bot's name if no user is told.",
      "another field or type of one, an app that there is not; where nothing can wait. Returned as code: what the HTTP "
      "API answers, such as not_found, invalid, too_large, busy",
      publish },
};

SCRIPT_CLASS(class_publish, "", "Publishing.", functions);

/* ---- bot.say: does not ---- */

static int bot_say(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    struct speech speech = read_speech(lua, "bot.say");
    enum error_code error;
    struct action *action = speech_make(&speech, &error);
    if (!action)
        return luaL_error(lua, "the bot cannot say that: %s", error_failure(error).detail.ptr);
    if (say_add(state->running, action))
        return 0;
    action_free(action);
    return luaL_error(lua, "the bot says too much at once");
}

static const struct script_function bot_functions[] = {
    { "say", "channel, text or { text =, ... } as publish", "",
      "Says it in the name of lua.bot, without waiting, once the function has ended: behind the message that it "
      "answers. At "
      "most 16 times a call.",
      "another field or type of one, an app that there is not, what cannot be a message; more than 16 in a call",
      bot_say },
};

SCRIPT_CLASS(class_bot, "bot", "The bot of the scripts.", bot_functions);
