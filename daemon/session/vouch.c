#include "session/session.h"

#include "base/str.h"
#include "session/admit.h"
#include "session/registry.h"

/*
 * Whoever is signed in already stays who they are. Subscriptions from before keep the identity they were counted in with.
 */
static enum carillon_result vouch_take(struct session *session, const struct identity *identity)
{
    const struct identity *old = session->identity;
    if (old && !identity_is_anonymous(old)) {
        bool same = str_equal(old->user.id, identity->user.id);
        return same ? CARILLON_OK : CARILLON_FORBIDDEN;
    }
    session->identity = identity_ref(identity);
    identity_unref(old);
    registry_add(session);
    session_schedule_sweep(session);
    session_judge_vouched(session, identity);
    return CARILLON_OK;
}

enum carillon_result session_vouch(carillon_handle handle, const struct carillon_user *user, struct carillon_str info)
{
    enum carillon_result why = CARILLON_OK;
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    const struct identity *identity = identity_new_vouched(session->app, user, info);
    if (!identity)
        return CARILLON_NO_MEMORY;
    why = vouch_take(session, identity);
    identity_unref(identity);
    return why;
}
