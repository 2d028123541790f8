#include "admission.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 4 };

static enum pusher_code judge_protocol(struct carillon_str text, unsigned *protocol)
{
    if (!text.len)
        return PUSHER_CODE_NO_PROTOCOL;
    if (text.len > DIGITS_MAX || strspn(text.ptr, "0123456789") != text.len)
        return PUSHER_CODE_BAD_VERSION;
    *protocol = (unsigned)strtoul(text.ptr, NULL, 10);
    return *protocol >= PROTOCOL_MIN && *protocol <= PROTOCOL_MAX ? PUSHER_CODE_NONE : PUSHER_CODE_UNSUPPORTED_PROTOCOL;
}

static enum pusher_code judge_app(const struct carillon_app *app, bool secure, bool origin_allowed)
{
    if (!app)
        return PUSHER_CODE_NO_SUCH_APP;
    if (!app->enabled)
        return PUSHER_CODE_APP_DISABLED;
    if (app->tls_only && !secure)
        return PUSHER_CODE_TLS_ONLY;
    return origin_allowed ? PUSHER_CODE_NONE : PUSHER_CODE_UNAUTHORISED;
}

struct admission admission_judge(const struct carillon_app *app, struct carillon_str protocol, bool secure,
                                 bool origin_allowed)
{
    struct admission admission = { 0 };
    enum pusher_code bad_protocol = judge_protocol(protocol, &admission.protocol);
    admission.refused = judge_app(app, secure, origin_allowed);
    if (admission.refused == PUSHER_CODE_NONE)
        admission.refused = bad_protocol;
    return admission;
}
