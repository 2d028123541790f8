/*
 * Which addresses may be reached: public ones, and the networks that a request's owner names. Pure; any thread.
 */
#ifndef CARILLON_HTTP_CLIENT_GUARD_H
#define CARILLON_HTTP_CLIENT_GUARD_H

#include "base/cidr.h"
#include <sys/socket.h>

/* An IP address as text, without brackets or port; what is no address is refused. */
bool guard_admits(struct carillon_str address, const struct cidr *allow, size_t allow_count);
bool guard_admits_socket(const struct sockaddr *address, const struct cidr *allow, size_t allow_count);

#endif
