/*
 * The daemon's one secret: 32 random bytes in a file that only its user may read, made at the first start. Keys for each
 * purpose are derived from it, so that nothing signed for one passes for another.
 */
#ifndef CARILLON_SESSION_SECRET_H
#define CARILLON_SESSION_SECRET_H

#include <carillon/types.h>

enum { SECRET_BYTES = 32 };

/* Main thread, at start. Reads the file, or makes it; what is wrong is logged. */
enum carillon_result secret_open(const char *path);
void secret_close(void);
/* Any thread. label: says what the key is for. */
void secret_derive(const char *label, unsigned char key[SECRET_BYTES]);
/* Any thread. HMAC-SHA256; false if OpenSSL has no memory. */
bool secret_mac(const unsigned char key[SECRET_BYTES], const void *bytes, size_t len, unsigned char mac[SECRET_BYTES]);

#endif
