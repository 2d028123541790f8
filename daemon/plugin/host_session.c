#include "plugin/host_private.h"

#include "listener/conn.h"
#include "listener/http.h"
#include "listener/ws_frame.h"
#include "session/sealed.h"
#include "session/session.h"

#include <string.h>

static struct buffer *bytes_for(const struct conn *conn, struct carillon_str bytes)
{
    if (conn_is_websocket(conn))
        return ws_frame_build_text(bytes.ptr, bytes.len);
    struct buffer *buffer = buffer_new(bytes.len);
    if (buffer)
        memcpy(buffer->bytes, bytes.ptr, bytes.len);
    return buffer;
}

enum carillon_result host_conn_send(carillon_handle handle, struct carillon_str bytes)
{
    enum carillon_result why = CARILLON_OK;
    struct conn *conn = conn_get(handle, &why);
    if (!conn)
        return why;
    struct frame *frame = frame_new(bytes_for(conn, bytes));
    if (!frame)
        return CARILLON_NO_MEMORY;
    why = conn_queue(conn, frame);
    frame_unref(frame);
    if (why == CARILLON_LIMIT) /* an answer that is lost would be waited for: better no connection than a silent one */
        conn_close_slow(conn);
    return why;
}

enum carillon_result host_conn_close(carillon_handle handle, unsigned code, struct carillon_str reason)
{
    enum carillon_result why = CARILLON_OK;
    struct conn *conn = conn_get(handle, &why);
    if (conn)
        conn_close(conn, code, reason, false);
    return why;
}

enum carillon_result host_session_sign_in(carillon_handle session, struct carillon_str token, uint64_t cookie)
{
    return session_sign_in(session, CARILLON_CREDENTIAL_TOKEN, token, cookie);
}

enum carillon_result host_session_redeem_ticket(carillon_handle session, struct carillon_str ticket, uint64_t cookie)
{
    return session_sign_in(session, CARILLON_CREDENTIAL_TICKET, ticket, cookie);
}

enum carillon_result host_session_sign_in_sealed(carillon_handle session, struct carillon_str sealed, uint64_t cookie)
{
    return session_sign_in(session, CARILLON_CREDENTIAL_SEALED, sealed, cookie);
}

enum carillon_result host_sign_in_seal(struct carillon_plugin_self *self, carillon_handle request,
                                       struct carillon_str app_name, enum carillon_credential kind,
                                       struct carillon_str credential, char *out, struct carillon_failure *failure)
{
    struct identity *identity = NULL;
    const struct app *app = app_name.ptr ? app_find(app_name) : NULL;
    bool known = app || !app_name.ptr;
    (void)self;
    enum error_code error = known ? credential_check(app, kind, credential, &identity) : ERROR_UNKNOWN_APP;
    enum carillon_result result = CARILLON_UNAUTHORIZED;
    if (error == ERROR_NONE && !http_belongs_to(request, identity->app)) {
        identity_unref(identity);
        error = ERROR_ORIGIN_REFUSED;
    }
    if (error == ERROR_NONE) {
        result = identity_seal(identity, out);
        error = result == CARILLON_OK ? ERROR_NONE : ERROR_TOO_LARGE;
        identity_unref(identity);
    }
    if (error != ERROR_NONE)
        *failure = error_failure(error);
    return result;
}

struct carillon_failure host_failure_of(enum carillon_result result)
{
    return error_failure(error_from_result(result));
}
