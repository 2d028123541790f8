/* luacheck, where it is installed, with what it has to know of the API. */
#ifndef CARILLON_ADMIN_LUACHECK_H
#define CARILLON_ADMIN_LUACHECK_H

#include <stdbool.h>

/* code: luacheck's, such as "W211". */
typedef void (*luacheck_listener)(const char *path, int line, const char *code, const char *message, void *user);
/* Looks at the files; false: it is not there, or cannot be run. */
bool luacheck_run(char *const *paths, unsigned long count, luacheck_listener found, void *user);

#endif
