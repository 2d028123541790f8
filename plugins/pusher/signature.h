/*
 * Signatures with an app's secret: HMAC-SHA256 in lower-case hex. Compared in constant time. Pure; any thread.
 */
#ifndef CARILLON_PUSHER_SIGNATURE_H
#define CARILLON_PUSHER_SIGNATURE_H

#include <carillon/app.h>

enum { SIGNATURE_SIZE = 65, MD5_TEXT_SIZE = 33 }; /* with their NULs */

/* Of the parts, with ':' between them; an absent one ends the list. False: OpenSSL has no memory. */
enum { SIGNATURE_PARTS_MAX = 6 };
bool signature_make(struct carillon_str secret, const struct carillon_str parts[SIGNATURE_PARTS_MAX],
                    char out[SIGNATURE_SIZE]);
/* Is this the bare hex signature of the parts? */
bool signature_matches(struct carillon_str secret, const struct carillon_str parts[SIGNATURE_PARTS_MAX],
                       struct carillon_str signature);
/* Is auth the app's key, ':' and the signature of the parts? */
bool signature_authorises(const struct carillon_app *app, const struct carillon_str parts[SIGNATURE_PARTS_MAX],
                          struct carillon_str auth);
bool md5_make(struct carillon_str bytes, char out[MD5_TEXT_SIZE]);
bool md5_matches(struct carillon_str bytes, struct carillon_str hex);

#endif
