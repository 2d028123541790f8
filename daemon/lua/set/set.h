/*
 * A set: the scripts of one configuration, compiled once for every worker, and the hooks that they registered.
 *
 * A set is made on the main thread and does not change after that, but that its states are given back one by one, each on
 * its worker. Every state runs the same texts, so a hook has the same number in each.
 */
#ifndef CARILLON_LUA_SET_H
#define CARILLON_LUA_SET_H

#include "lua/set/points.h"
#include "lua/vm/vm.h"

struct config_value;
struct script_meter;
struct script_state;
struct trial;

struct script_source {
    char *path;   /* of the file */
    char *name;   /* as messages show it: below the scripts' folder */
    char *folder; /* where its require looks first */
    char *text;
    size_t len;
};

struct script_hook {
    struct carillon_hook hook; /* user: this struct */
    enum script_moment moment; /* NONE: hook.point */
    struct script_set *set;
    char *file;
    int line;
    unsigned index; /* of its function, in each state */
    int64_t timeout_ms;
    struct script_meter *meter;
};

/* From the configuration's section `lua`. Strings belong to whoever made it. */
struct script_options {
    const char *directory; /* with lib/ in it */
    const char *settings;  /* a file, below the directory if it is relative; NULL or "": none */
    const char *const *scripts;
    size_t script_count;
    struct script_budget budget;
    const char *const *http_allow; /* networks */
    size_t http_allow_count;
    struct carillon_user bot; /* absent: "bot", "Bot" */
    unsigned waiting_max;
    int faults_max;
    int64_t pause_ms;
    struct trial *trial; /* for whom the set is; NULL: the daemon */
};

enum { SCRIPT_STATES_MAX = 64, SCRIPT_ERROR_SIZE = 1024 };

struct script_set {
    struct script_set
        *older; /* all that were made, until the end: a message may still be on its way through their hooks */
    struct script_options options;
    struct script_source *sources;
    size_t source_count;
    char *lib; /* the folder of shared modules */
    struct carillon_str *http_allow;
    size_t http_allow_count;
    char *bot_id, *bot_name;
    struct script_hook **hooks; /* by number, until the set is complete; then in the order in which they run */
    size_t hook_count;
    struct script_command *commands; /* by number: lua/set/commands.h */
    size_t command_count;
    unsigned state_count;
    struct script_state *states[SCRIPT_STATES_MAX]; /* NULL: given back */
};

/*
 * Main thread. Reads the scripts and runs them in `workers` states. NULL: error (SCRIPT_ERROR_SIZE bytes) says why, with file
 * and line.
 */
struct script_set *script_set_load(const struct script_options *options, unsigned workers, char *error);
void script_set_free(struct script_set *set);
/* Hook number `index` of a set that is complete; NULL: none. */
struct script_hook *script_set_find_hook(const struct script_set *set, const char *id);

/* For hook.on, while the set is loaded: the next one of this state. NULL: error says why. In states after the first the
   hook is looked up and must be the same. */
struct script_hook *script_set_add_hook(struct script_set *set, struct script_state *state,
                                        const struct script_hook *made, char *error);

/* A file's text, NUL-terminated; NULL: error says why. */
char *script_file_read(const char *path, size_t *len, char *error);

#endif
