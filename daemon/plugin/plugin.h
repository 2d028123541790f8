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
enum carillon_result plugins_declare(const char *const *names, size_t name_count, const char *const *dirs,
                                     size_t dir_count, bool skip_failures);
enum carillon_result plugins_init(struct config *config);
/*
 * A reload. What is listed and not loaded is declared by plugins_declare before the new configuration is checked, and dropped
 * by plugins_forget_new if it is refused. plugins_configure starts those, gives all the new snapshot (strings that plugins
 * hold stay valid), and unloads what is not listed any more: it admits nobody, its sessions are closed, and when they are
 * gone the rest is undone. A storage stays until the next start.
 */
bool plugin_is_loaded(const char *name);
void plugins_forget_new(void);
void plugins_configure(struct config *config);
/* In the opposite order of loading. Workers are joined, or the plugin's sessions are closed by the caller. */
void plugins_unload(void);

/* The storage that a plugin registered under this name; NULL: none. */
const struct carillon_storage_ops *plugins_find_storage(struct carillon_str name);

#endif
