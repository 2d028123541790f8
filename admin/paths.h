/* Which scripts a command line means, and where their folder with lib is. */
#ifndef CARILLON_ADMIN_PATHS_H
#define CARILLON_ADMIN_PATHS_H

#include "command.h"
#include "lua/set/set.h"

struct path_list {
    char **paths; /* absolute */
    size_t count;
};

/* Adds a file, or of a folder and those below it the files that `wanted` takes, in order of their names. False: errno. */
bool paths_add(struct path_list *list, const char *path, bool (*wanted)(const char *path));
void paths_free(struct path_list *list);

bool path_is_script(const char *path);
bool path_is_lua(const char *path);
/* The path of a script, or where there is one, of the spec beside it; the caller frees it. NULL: there is none. */
char *path_of_spec(const char *path);

/*
 * The options for a set of these scripts: the daemon's defaults, and what the command line says. Points into all three; the
 * caller frees *directory.
 */
struct script_options options_of(const struct arguments *arguments, const struct path_list *scripts, char **directory);

/* The scripts that a folder means: those in its folder hooks if it has one, else those in itself. Says what is wrong. */
bool paths_of_set(struct path_list *list, const char *folder);
/* All that the arguments name, without specs. Says what is wrong. */
bool paths_of_scripts(struct path_list *list, const struct arguments *arguments);

#endif
