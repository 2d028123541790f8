/* Reading scripts and running them in a new state. Main thread; shared by the files of lua/. */
#ifndef CARILLON_LUA_LOAD_H
#define CARILLON_LUA_LOAD_H

#include "lua/set/set.h"

/* Fills set->sources and set->lib from the options: a script is a file, or a folder whose *.lua are meant but for *_spec.lua. */
bool sources_read(struct script_set *set, char *error);
void sources_free(struct script_set *set);
/* Runs all of them in a state, which gets their hooks. */
bool scripts_run(struct script_state *state, char *error);
/* Runs one text more in it, such as a test; globals: a registry reference of its table of globals, 0: a new one. */
bool script_run(struct script_state *state, const struct script_source *source, int globals, char *error);

#endif
