/* Answers that stay open. libwebsockets neither reads nor times them any more: their end is seen by conn_discard_input. */
#include "listener/http.h"
#include "listener/listener_private.h"

#include "base/handle.h"

enum carillon_result http_stream(carillon_handle handle, unsigned status, const struct carillon_http_param *headers,
                                 size_t header_count, carillon_handle *out)
{
    enum carillon_result why = CARILLON_OK;
    struct request *request = request_get(handle, &why);
    if (!request)
        return why;
    struct conn *conn = request->conn;
    if (request->answered || conn->kind != CONN_HTTP)
        return CARILLON_STALE;
    if (!request_count_client(request))
        return CARILLON_LIMIT;
    request->close_after = true; /* it ends with the connection */
    struct frame *frame = frame_new(
        respond_make_head(request, status, headers, header_count, -1, (struct carillon_str){ 0 }));
    carillon_handle opened = frame ? handle_open(HANDLE_CONN, conn) : 0;
    if (!opened || !conn_keep_origin(conn, request) || outq_push(&conn->queue, frame) != CARILLON_OK) {
        frame_unref(frame);
        handle_close(opened);
        return CARILLON_NO_MEMORY;
    }
    frame_unref(frame);
    conn->request = NULL;
    request_free(request);
    conn->kind = CONN_STREAM;
    conn->handle = *out = opened;
    wheel_clear(&conn->deadline);
    flush_join(conn);
    return CARILLON_OK;
}
