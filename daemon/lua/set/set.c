#include "lua/set/set.h"
#include "base/cidr.h"
#include "lua/set/commands.h"
#include "lua/set/load.h"
#include "lua/set/settings.h"
#include "lua/trial/trial.h"
#include "lua/run/state.h"
#include "session/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

/* ---- the hooks ---- */

static void hook_free(struct script_hook *hook)
{
    for (size_t i = 0; i < hook->hook.channel_count; i++)
        free((char *)(uintptr_t)hook->hook.channels[i]);
    free((void *)(uintptr_t)hook->hook.channels);
    free((char *)(uintptr_t)hook->hook.app);
    free((char *)(uintptr_t)hook->hook.id);
    free(hook->file);
    free(hook);
}

static const char **copy_list(const char *const *list, size_t n)
{
    const char **copy = calloc(n + 1, sizeof *copy);
    if (!copy)
        abort();
    for (size_t i = 0; i < n; i++)
        copy[i] = copy_text(list[i]);
    return copy;
}

static struct script_hook *hook_copy(const struct script_hook *made)
{
    struct script_hook *hook = malloc(sizeof *hook);
    if (!hook)
        abort();
    *hook = *made;
    hook->hook.id = copy_text(made->hook.id);
    hook->hook.user = hook;
    hook->file = copy_text(made->file);
    if (made->hook.app)
        hook->hook.app = copy_text(made->hook.app);
    if (made->hook.channels)
        hook->hook.channels = copy_list(made->hook.channels, made->hook.channel_count);
    return hook;
}

struct script_hook *script_set_find_hook(const struct script_set *set, const char *id)
{
    for (size_t i = 0; i < set->hook_count; i++)
        if (strcmp(set->hooks[i]->hook.id, id) == 0)
            return set->hooks[i];
    return NULL;
}

static struct script_hook *set_append(struct script_set *set, const struct script_hook *made)
{
    struct script_hook **hooks = realloc(set->hooks, (set->hook_count + 1) * sizeof *hooks);
    if (!hooks)
        abort();
    set->hooks = hooks;
    struct script_hook *hook = hook_copy(made);
    hook->set = set;
    hook->index = (unsigned)set->hook_count;
    hooks[set->hook_count++] = hook;
    return hook;
}

static bool same_point(const struct script_hook *hook, const struct script_hook *made)
{
    return hook->hook.point == made->hook.point && hook->moment == made->moment;
}

struct script_hook *script_set_add_hook(struct script_set *set, struct script_state *state,
                                        const struct script_hook *made, char *error)
{
    unsigned index = state->function_count;
    struct script_hook *hook = script_set_find_hook(set, made->hook.id);
    if (state->worker == 0 && hook) {
        snprintf(error, SCRIPT_ERROR_SIZE, "the id '%s' is taken by %s:%d", made->hook.id, hook->file, hook->line);
        return NULL;
    }
    if (state->worker > 0 && (!hook || hook->index != index || !same_point(hook, made))) {
        snprintf(error, SCRIPT_ERROR_SIZE, "the hooks of a script must be the same each time it is loaded");
        return NULL;
    }
    if (index == state->function_room) {
        state->function_room = index ? 2 * index : 16;
        int *functions = realloc(state->functions, state->function_room * sizeof *functions);
        if (!functions)
            abort();
        state->functions = functions;
    }
    state->function_count++;
    return hook ? hook : set_append(set, made);
}

static int compare_hooks(const void *a, const void *b)
{
    const struct script_hook *left = *(struct script_hook *const *)a, *right = *(struct script_hook *const *)b;
    if (left->hook.priority != right->hook.priority)
        return left->hook.priority < right->hook.priority ? -1 : 1;
    int by_file = strcmp(left->file, right->file);
    int by_place = by_file ? by_file : left->line - right->line;
    return by_place ? by_place : (left->index < right->index ? -1 : 1);
}

/* ---- the set ---- */

void script_set_free(struct script_set *set)
{
    if (!set)
        return;
    for (unsigned i = 0; i < set->state_count; i++)
        script_state_free(set->states[i]);
    for (size_t i = 0; i < set->hook_count; i++)
        hook_free(set->hooks[i]);
    free(set->hooks);
    script_set_free_commands(set);
    sources_free(set);
    free(set->lib);
    for (size_t i = 0; i < set->http_allow_count; i++)
        free((char *)(uintptr_t)set->http_allow[i].ptr);
    free(set->http_allow);
    free(set->bot_id);
    free(set->bot_name);
    free(set);
}

static bool load_states(struct script_set *set, unsigned workers, char *error)
{
    for (unsigned i = 0; i < workers; i++) {
        struct script_state *state = script_state_new(set, i);
        set->states[i] = state;
        set->state_count = i + 1;
        if (!state) {
            snprintf(error, SCRIPT_ERROR_SIZE, "no memory for a Lua state");
            return false;
        }
        if (!settings_load(state, error) || !trial_prepare(state, error) || !scripts_run(state, error))
            return false;
        if (state->function_count != set->hook_count || state->command_count != set->command_count) {
            snprintf(error, SCRIPT_ERROR_SIZE,
                     "the hooks and commands of a script must be the same each time it is loaded");
            return false;
        }
    }
    return true;
}

/* Strings of the options that scripts need later, in memory of the set's own. */
static bool take_options(struct script_set *set, char *error)
{
    struct script_options *options = &set->options;
    set->http_allow = calloc(options->http_allow_count + 1, sizeof *set->http_allow);
    if (!set->http_allow)
        abort();
    for (; set->http_allow_count < options->http_allow_count; set->http_allow_count++) {
        const char *network = copy_text(options->http_allow[set->http_allow_count]);
        struct carillon_str text = { network, strlen(network) };
        struct cidr cidr;
        set->http_allow[set->http_allow_count] = text;
        if (!cidr_parse(text, &cidr)) {
            snprintf(error, SCRIPT_ERROR_SIZE, "lua.http_allow: '%s' is no network", network);
            set->http_allow_count++;
            return false;
        }
    }
    if (!options->bot.id.ptr)
        options->bot = (struct carillon_user){ CARILLON_STR("bot"), CARILLON_STR("Bot") };
    if (!user_id_valid(options->bot.id) || !user_name_valid(options->bot.name)) {
        snprintf(error, SCRIPT_ERROR_SIZE, "lua.bot and lua.bot_name are no user's id and name");
        return false;
    }
    set->bot_id = copy_text(options->bot.id.ptr);
    set->bot_name = copy_text(options->bot.name.ptr);
    options->bot = (struct carillon_user){ { set->bot_id, options->bot.id.len },
                                           { set->bot_name, options->bot.name.len } };
    options->http_allow = NULL;
    options->http_allow_count = 0;
    return true;
}

struct script_set *script_set_load(const struct script_options *options, unsigned workers, char *error)
{
    struct script_set *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->options = *options;
    *error = '\0';
    if (!take_options(set, error) || !sources_read(set, error) || !load_states(set, workers, error)) {
        script_set_free(set);
        return NULL;
    }
    if (set->hook_count)
        qsort(set->hooks, set->hook_count, sizeof *set->hooks, compare_hooks);
    set->options.scripts = NULL; /* they are the caller's */
    set->options.script_count = 0;
    set->options.directory = NULL;
    set->options.settings = NULL;
    return set;
}
