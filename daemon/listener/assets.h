/*
 * The web app's files, read at start and served from memory with ETag, cache rules and precompressed variants.
 */
#ifndef CARILLON_LISTENER_ASSETS_H
#define CARILLON_LISTENER_ASSETS_H

#include "config/config.h"

/* Main thread, before the workers start: reads web.directory. Files under assets/ have their hash in the name and are
   immutable; index.html answers every path without a dot that no route takes (the app's own routes), with the strict CSP. */
enum carillon_result assets_load(const struct config *config);
/* The same from a folder, with directives for the policy; for tests. */
enum carillon_result assets_load_folder(const char *folder, struct carillon_str more_policy);
void assets_free(void);

#endif
