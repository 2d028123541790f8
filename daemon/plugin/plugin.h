/*
 * Plugins: finding, checking and loading shared objects, and undoing what they registered.
 *
 * All on the main thread. An object is opened with RTLD_LOCAL and stays mapped after unload (RTLD_NODELETE).
 */
#ifndef CARILLON_PLUGIN_PLUGIN_H
#define CARILLON_PLUGIN_PLUGIN_H

#include "config/config.h"
#include <carillon/plugin.h>

/*
 * plugins_load takes the names of option `plugins` from `plugin_dirs` (a name with a '/' is a file), in two steps, since the
 * plugins' options have to be declared before the configuration can be checked: plugins_declare opens and checks each
 * object and declares its options; plugins_init calls init with the complete configuration. A failure is logged with file,
 * reason and cure; with plugin_failure = "skip" the others go on, else the result is the failure.
 */
enum carillon_result plugins_declare(const char *const *names, size_t name_count, const char *const *dirs, size_t dir_count,
                                     bool skip_failures);
enum carillon_result plugins_init(struct config *config);
/* A reload: the strings that plugins hold stay valid, option_* answer from the new snapshot. */
void plugins_configure(struct config *config);
/* In the opposite order of loading. Workers are joined, or the plugin's sessions are closed by the caller. */
void plugins_unload(void);

/* The storage that a plugin registered under this name; NULL: none. */
const struct carillon_storage_ops *plugins_find_storage(struct carillon_str name);

#endif
