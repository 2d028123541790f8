/*
 * Host and Origin, for those who judge them by themselves. Pure; any thread.
 */
#ifndef CARILLON_LISTENER_POLICY_H
#define CARILLON_LISTENER_POLICY_H

#include <carillon/types.h>

/* "https://example.org:8443" belongs to the Host example.org:8443; a default port may be written or not. */
bool policy_same_host(struct carillon_str origin, struct carillon_str host);
/* A page of this machine itself: localhost or a loopback address, on any port. */
bool policy_is_local_origin(struct carillon_str origin);

#endif
