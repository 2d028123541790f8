#include "api/call.h"
#include "api/erasure.h"
#include "session/throttle.h"

enum { ERASURES_AT_ONCE = 5, ERASURE_INTERVAL_US = 60000000 };

static void erasure_told(enum error_code error, bool complete, void *arg)
{
    if (error != ERROR_NONE)
        call_fail(arg, error);
    else if (complete)
        call_reply_empty(arg);
    else
        call_reply_accepted(arg);
}

void me_erase(struct call *call)
{
    if (throttle_take("erase", call_app(call)->name, call->identity->user.id, ERASURES_AT_ONCE, ERASURE_INTERVAL_US))
        erasure_begin(call->identity, erasure_told, call);
    else
        call_fail(call, ERROR_RATE_LIMITED);
}
