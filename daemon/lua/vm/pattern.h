/*
 * Lua's patterns with a step budget: the same language and the same results as Lua's own, whose matcher nothing can stop.
 *
 * Errors are Lua errors; a search that takes too many steps ends the script's thread (vm.h). Nothing is to be freed.
 */
#ifndef CARILLON_LUA_PATTERN_H
#define CARILLON_LUA_PATTERN_H

#include <carillon/types.h>
#include <lua.h>

enum { PATTERN_CAPTURES_MAX = 32 };

struct pattern_capture {
    const char *begin;
    ptrdiff_t len; /* or one of the marks of pattern.c */
};

struct pattern_match {
    lua_State *lua;
    struct carillon_str subject, pattern;
    unsigned depth; /* that may still be added */
    unsigned captures;
    struct pattern_capture capture[PATTERN_CAPTURES_MAX];
};

/* Matches at exactly this place, with the pattern from `from` on; returns the end of what matched, or NULL. */
const char *pattern_match_at(struct pattern_match *match, const char *at, size_t from);
/* Pushes capture i (from 0; 0 of a pattern without any is the whole match). */
void pattern_push_capture(struct pattern_match *match, unsigned i, const char *begin, const char *end);
/* Pushes all of them (begin != NULL: or the whole match if there are none) and returns how many. */
int pattern_push_captures(struct pattern_match *match, const char *begin, const char *end);

#endif
