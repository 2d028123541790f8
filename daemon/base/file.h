/* Files. They block: the main thread, or a thread of one's own. */
#ifndef CARILLON_BASE_FILE_H
#define CARILLON_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* In one piece where the kernel takes it so, as it does but for a full disk. False, with errno: not all of it was written. */
bool file_write_all(int fd, const char *text, size_t len);

#endif
