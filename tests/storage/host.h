/* What only the fixture uses of the test host. */
#ifndef STORAGE_HOST_H
#define STORAGE_HOST_H

#include <stdint.h>

void host_begin_test(void);
void host_end_test(void);
const char *host_folder(void);
int64_t host_now(void);

#endif
