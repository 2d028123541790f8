/* What scripts see of a message: fields read from the hook's call as long as that lasts. On the state's thread. */
#ifndef CARILLON_LUA_MESSAGE_H
#define CARILLON_LUA_MESSAGE_H

#include <carillon/hook.h>
#include <lua.h>

struct message_box {
    const struct carillon_hook_call *call; /* NULL: it is over */
};

/* Pushes it. */
struct message_box *message_push(lua_State *lua, const struct carillon_hook_call *call);
/* The call has ended; may be NULL. */
void message_box_close(struct message_box *box);

/* What a hook may say besides its first verdict. */
struct verdict_room {
    struct carillon_verdict more[CARILLON_VERDICTS_MAX - 1];
};

/*
 * Reads what a hook returned, the values from `first` to the top of the stack: nothing (nil) is PASS; others than the first
 * go into the room, and verdict->then leads to them. Strings live as long as the values do. False: they are no verdicts;
 * then why (a literal) says what is wrong.
 */
bool verdict_read(lua_State *lua, int first, struct carillon_verdict *verdict, struct verdict_room *room,
                  const char **why);
enum { VERDICT_WHY_SIZE = 200 };
/* May a hook at this point say all that, in this form? False: why (VERDICT_WHY_SIZE bytes) tells. */
bool verdict_fits(enum carillon_hook_point point, const struct carillon_verdict *verdict, char *why);

/* Makes the metatables of both, in a new state. */
void message_open(lua_State *lua);
void verdict_open(lua_State *lua);

#endif
