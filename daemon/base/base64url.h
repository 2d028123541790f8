/*
 * base64url without padding (RFC 4648 section 5). Pure; any thread.
 */
#ifndef CARILLON_BASE_BASE64URL_H
#define CARILLON_BASE_BASE64URL_H

#include <carillon/types.h>

/* The characters that so many bytes take, without the NUL. */
#define BASE64URL_LEN(bytes) (((bytes)*4 + 2) / 3)

/* Writes a NUL too: out has room for BASE64URL_LEN(len) + 1. Returns how many characters. */
size_t base64url_encode(const void *bytes, size_t len, char *out);
/* False for other characters, a wrong length or stray bits at the end, or when it does not fit into room. */
bool base64url_decode(struct carillon_str text, void *out, size_t room, size_t *len);

#endif
