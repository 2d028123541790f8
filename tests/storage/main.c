// packages: sqlite3
/*
 * The storage contract, held against a plugin:
 *
 *   storage-contract PLUGIN.so [--set NAME=VALUE]... [--sqlite] [--only GROUP]
 *
 * --set gives an option of the plugin, {dir} at its front is a fresh folder for each test. --sqlite adds what is true of
 * SQLite alone: files, faults, loss of power. The exit status is 0 when everything passed.
 */
#include "fixture.h"
#include "groups.h"

#include <stdio.h>

struct group {
    const char *name;
    int (*run)(void);
};

static const struct group contract[] = {
#define X(name) { #name, run_##name##_group },
    CONTRACT_GROUPS(X)
};
static const struct group sqlite[] = { SQLITE_GROUPS(X) };
#undef X

static int run_groups(const struct group *groups, size_t n, const char *only)
{
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        if (!only || strcmp(only, groups[i].name) == 0)
            failed += groups[i].run();
    }
    return failed;
}

int main(int argc, char **argv)
{
    const char *settings[32], *only = NULL, *plugin = NULL;
    size_t setting_count = 0;
    bool with_sqlite = false;
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--set") == 0 && has_value && setting_count < 32)
            settings[setting_count++] = argv[++i];
        else if (strcmp(argv[i], "--only") == 0 && has_value)
            only = argv[++i];
        else if (strcmp(argv[i], "--sqlite") == 0)
            with_sqlite = true;
        else if (!plugin && argv[i][0] != '-')
            plugin = argv[i];
        else
            return fprintf(stderr, "unknown argument %s\n", argv[i]), 2;
    }
    if (!plugin)
        return fprintf(stderr, "usage: storage-contract PLUGIN.so [--set NAME=VALUE]... [--sqlite] [--only GROUP]\n"),
               2;
    if (!plugin_load(plugin, settings, setting_count))
        return 2;
    int failed = run_groups(contract, sizeof(contract) / sizeof(*contract), only);
    if (with_sqlite)
        failed += run_groups(sqlite, sizeof(sqlite) / sizeof(*sqlite), only);
    return failed != 0;
}
