/*
 * GET /bad/handle uses handles that are stale, of another kind, of another worker or made up, and answers with what the
 * host functions returned: each must be an error, none a crash.
 */
#include <carillon/plugin.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const struct carillon_host *host;
static struct carillon_plugin_self *self;
static _Atomic(carillon_handle) answered; /* the last request that was answered */

static int use_as_everything(carillon_handle handle, char *out, size_t room)
{
    static const struct carillon_str word = CARILLON_STR("word");
    static const struct carillon_verdict verdict = { .kind = CARILLON_VERDICT_PASS };
    static const struct carillon_session_ops ops = { .size = sizeof ops };
    const struct carillon_publish publish = { .channel = word, .text = word };
    const struct carillon_failure failure = { "bad", 500, word, false };
    struct carillon_position position;
    struct carillon_identity identity;
    carillon_handle made;
    const int results[] = {
        host->timer_stop(handle),
        host->hook_resume(handle, &verdict),
        host->http_respond(handle, 200, NULL, 0, word),
        host->http_respond_failure(handle, &failure),
        host->http_stream(handle, 200, NULL, 0, &made),
        host->conn_send(handle, word),
        host->conn_close(handle, 1000, word),
        host->session_open(self, handle, (struct carillon_str){ 0 }, &ops, 0, NULL, &made),
        host->session_sign_in(handle, word, 0),
        host->session_redeem_ticket(handle, word, 0),
        host->session_sign_in_sealed(handle, word, 0),
        host->session_subscribe(handle, word, (struct carillon_str){ 0 }, 0, 0),
        host->session_unsubscribe(handle, word),
        host->session_publish(handle, &publish, 0),
        host->session_typing(handle, word, true),
        host->session_mark_read(handle, word, 1, 0),
        host->session_presence(handle, word, 0),
        host->session_identity(handle, &identity),
    };
    bool nothing = !host->http_header(handle, "host").ptr && !host->http_query(handle, "x").ptr &&
                   host->session_positions(handle, &position, 1) == 0;
    int len = snprintf(out, room, "%s", nothing ? "nothing" : "something");
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        len += snprintf(out + len, room - (size_t)len, " %d", results[i]);
    return len + snprintf(out + len, room - (size_t)len, "\n");
}

static void try_handles(const struct carillon_http_request *request, void *user)
{
    (void)user;
    char out[4096];
    carillon_handle timer = 0, handle = request->handle;
    host->timer_start(self, 3600000, NULL, NULL, &timer); /* no function: refused, and no handle is made */
    const carillon_handle handles[] = {
        0, UINT64_MAX, handle + 1, handle ^ (UINT64_C(1) << 40), timer, atomic_load(&answered),
    };
    int len = 0;
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        len += use_as_everything(handles[i], out + len, sizeof out - (size_t)len);
    host->http_respond(handle, 200, NULL, 0, (struct carillon_str){ out, (size_t)len });
    int again = host->http_respond(handle, 200, NULL, 0, CARILLON_STR("a second answer"));
    host->log(self, CARILLON_LOG_NOTICE, "second answer: %d", again);
    atomic_store(&answered, handle);
}

static const struct carillon_http_route route = {
    .size = sizeof route, .method = "GET", .pattern = "/bad/handle", .handle = try_handles
};

static enum carillon_result init(const struct carillon_host *table, struct carillon_plugin_self *me, char *error)
{
    (void)error;
    host = table;
    self = me;
    return host->route_add(self, &route);
}

CARILLON_PLUGIN("bad_handle", "1", .init = init);
