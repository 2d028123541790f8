/* The texts of a message that is no daemon's: in tests of scripts, and in recordings. */
#ifndef CARILLON_LUA_TRIAL_FIELDS_H
#define CARILLON_LUA_TRIAL_FIELDS_H

/* The app of messages and of all else that names none: as the daemon's first is called if nobody names it. */
#define TRIAL_APP_NAME "main"
#define TRIAL_APP CARILLON_STR(TRIAL_APP_NAME)

/* X(name in Lua, member of struct carillon_hook_call, default): what tests and recordings say of a message, and
   what it is if they do not. */
#define TRIAL_TEXTS(X)                                                                                                 \
    X("app", app, TRIAL_APP_NAME)                                                                                      \
    X("channel", channel, "chat-1")                                                                                    \
    X("user", user.id, "u-1")                                                                                          \
    X("name", user.name, "Ada")                                                                                        \
    X("text", text, NULL)                                                                                              \
    X("data", data, NULL)                                                                                              \
    X("event", event, NULL)                                                                                            \
    X("id", message, NULL)                                                                                             \
    X("reply_to", reply_to, NULL)                                                                                      \
    X("client_id", client_id, NULL)                                                                                    \
    X("author", author.id, NULL)                                                                                       \
    X("address", address, "192.0.2.1")

#endif
