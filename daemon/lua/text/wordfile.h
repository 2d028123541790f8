/*
 * Word lists in files, shared by all states and read again when the file changes. One of a path, for as long as the daemon
 * runs scripts.
 */
#ifndef CARILLON_LUA_WORDFILE_H
#define CARILLON_LUA_WORDFILE_H

#include "lua/text/words.h"

struct wordfile;

/* The main thread, while scripts are loaded. path: absolute. NULL: error (512 bytes) says why. */
struct wordfile *wordfile_get(const char *path, char *error);
/* Any thread: the list as it is now, a reference. */
struct words *wordfile_words(struct wordfile *file);
/* Main thread: looks whether files have changed; a faulty one is logged, and the list stays as it was. */
void wordfiles_look(void);
/* Main thread, when no state is left. */
void wordfiles_free(void);

#endif
