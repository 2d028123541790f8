/* What only the fixture uses of the test host. */
#ifndef STORAGE_HOST_H
#define STORAGE_HOST_H

#include <stdbool.h>
#include <stdint.h>

void host_begin_test(void);
void host_end_test(void);
const char *host_folder(void);
int64_t host_now(void);
/* Deletes all documents of the database that the connection string names; mongodb_empty.c. */
bool mongodb_empty(const char *uri);

#endif
