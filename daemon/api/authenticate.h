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

/*
 * Hooks at the point auth judge people at each request as they judge a session's sign-in: whom they keep out there, they keep
 * out here. Calls then() now, or later when they have decided; refused, the call fails. Keys of servers are not judged.
 */
void authenticate_judge(struct call *call, void (*then)(struct call *call));

#endif
