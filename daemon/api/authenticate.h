/*
 * Who calls: the Authorization header against the route's access.
 */
#ifndef CARILLON_API_AUTHENTICATE_H
#define CARILLON_API_AUTHENTICATE_H

#include "api/call.h"

/* Sets call->identity. */
enum error_code authenticate(struct call *call);
/* The same whatever the route says. */
enum error_code authenticate_bearer(struct call *call);

#endif
