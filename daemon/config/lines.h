/*
 * Finds out on which line of a file each option is written, by looking at the text: Lua itself forgets it for what stands
 * inside a table constructor.
 *
 * It knows assignments to names (`log.level = ...`) and literal tables, which is how configurations are written. What is
 * put together by functions, loops or locals it does not see; the caller then takes the line of the statement that
 * assigned it, or of the table around it. Pure.
 */
#ifndef CARILLON_CONFIG_LINES_H
#define CARILLON_CONFIG_LINES_H

#include <carillon/types.h>

enum { LINES_PATH_MAX = 512 };

/* Paths look like "apps.main.channels[2].pattern". A later line of the same path is the newer assignment. */
typedef void lines_found_fn(void *arg, const char *path, int line);
void lines_find(const char *text, size_t len, lines_found_fn *found, void *arg);

/* Appends a step to a path of `len` bytes in a buffer of LINES_PATH_MAX; key NULL: the index. Returns the new length, or 0
   when it does not fit. */
size_t lines_append_step(char *path, size_t len, struct carillon_str key, int64_t index);

#endif
