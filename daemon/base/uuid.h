/*
 * UUIDs of version 7 (RFC 9562, section 5.7): sortable by the time they were made. Any thread.
 */
#ifndef CARILLON_BASE_UUID_H
#define CARILLON_BASE_UUID_H

#include <carillon/types.h>

enum { UUID_TEXT_SIZE = 37, RANDOM_NAME_SIZE = 17 };

/* Lower-case text with a NUL. */
void uuid_make_v7(char out[UUID_TEXT_SIZE], int64_t now_ms);
/* 64 random bits as 16 hexadecimal digits and a NUL: names for epochs and the like. */
void random_make_name(char out[RANDOM_NAME_SIZE]);
/* len random bytes from the kernel. */
void random_fill(void *out, size_t len);

#endif
