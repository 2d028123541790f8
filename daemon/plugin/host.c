#include "plugin/host_private.h"

#include "base/arena.h"
#include "base/log.h"
#include "channel/external.h"
#include "fanout/codec.h"
#include "hook/hook.h"
#include "http_client/http_client.h"
#include "listener/http.h"
#include "loop/worker.h"
#include "session/limits.h"
#include "session/online.h"
#include "session/session.h"
#include "stats/stats.h"

#include <stdio.h>
#include <string.h>

static void host_log(struct carillon_plugin_self *self, enum carillon_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void host_log(struct carillon_plugin_self *self, enum carillon_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_writev(level, self->descriptor->name, format, args);
    va_end(args);
}

static const struct config_value *host_option(struct carillon_plugin_self *self, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s.%s", self->descriptor->name, name);
    return config_find(atomic_load(&self->config), path);
}

static bool option_is_bool(const struct carillon_plugin_self *self, const char *name)
{
    for (size_t i = 0; i < self->descriptor->option_count; i++)
        if (strcmp(self->descriptor->options[i].name, name) == 0)
            return self->descriptor->options[i].type == CARILLON_OPTION_BOOL;
    return false;
}

static int64_t host_option_int(struct carillon_plugin_self *self, const char *name)
{
    const struct config_value *value = host_option(self, name);
    return option_is_bool(self, name) ? config_bool(value) : config_int(value);
}

static struct carillon_str host_option_str(struct carillon_plugin_self *self, const char *name)
{
    return config_str(host_option(self, name));
}

static void host_storage_changed(struct carillon_plugin_self *self, struct carillon_str app,
                                 struct carillon_str conversation, uint64_t pos, enum carillon_event_type type)
{
    (void)self;
    external_changed(app, conversation, pos, type);
}

static void host_storage_told(struct carillon_plugin_self *self, struct carillon_str app,
                              struct carillon_str conversation, const struct carillon_change *change)
{
    (void)self;
    external_told(app, conversation, change);
}

const struct carillon_host plugin_host = {
    .size = sizeof plugin_host,
    .abi_major = CARILLON_ABI_MAJOR,
    .abi_minor = CARILLON_ABI_MINOR,
    .log = host_log,
    .arena_alloc = arena_alloc,
    .option_int = host_option_int,
    .option_str = host_option_str,
    .now_ms = loop_wall_ms,
    .monotonic_ms = loop_monotonic_ms,
    .storage_add = host_storage_add,
    .route_add = host_route_add,
    .ws_endpoint_add = host_ws_endpoint_add,
    .codec_add = host_codec_add,
    .hook_add = host_hook_add,
    .timer_start = host_timer_start,
    .timer_stop = host_timer_stop,
    .hook_resume = hook_resume,
    .encode_alloc = codec_encode_alloc,
    .encode_done = codec_encode_done,
    .http_header = http_header,
    .http_query = http_query,
    .http_respond = http_respond,
    .http_respond_failure = http_respond_failure,
    .http_stream = http_stream,
    .conn_send = host_conn_send,
    .conn_close = host_conn_close,
    .session_open = session_open,
    .session_sign_in = host_session_sign_in,
    .session_redeem_ticket = host_session_redeem_ticket,
    .session_subscribe = session_subscribe,
    .session_unsubscribe = session_unsubscribe,
    .session_publish = session_publish,
    .session_typing = session_typing,
    .session_mark_read = session_mark_read,
    .session_presence = session_presence,
    .session_positions = session_positions,
    .session_identity = session_identity,
    .sign_in_seal = host_sign_in_seal,
    .session_sign_in_sealed = host_session_sign_in_sealed,
    .failure_of = host_failure_of,
    .json_depth_max = session_json_depth,
    .app_find = host_app_find,
    .app_at = host_app_at,
    .app_allows_origin = host_app_allows_origin,
    .session_vouch = session_vouch,
    .session_subscribe_with = session_subscribe_with,
    .session_watch = session_watch,
    .app_publish = host_app_publish,
    .app_send = host_app_send,
    .app_disconnect = host_app_disconnect,
    .app_channels = host_app_channels,
    .app_occupied = host_app_occupied,
    .app_members = host_app_members,
    .app_check = host_app_check,
    .observer_add = host_observer_add,
    .http_fetch = host_http_fetch,
    .http_cancel = http_client_cancel,
    .storage_changed = host_storage_changed,
    .counter_add = host_counter_add,
    .gauge_add = host_gauge_add,
    .counter_count = stats_add_own,
    .drain_add = host_drain_add,
    .storage_told = host_storage_told,
    .worker_count = workers_count,
    .worker_self = worker_index,
    .worker_post = host_worker_post,
    .http_wait = http_wait,
    .conn_hold = host_conn_hold,
    .conn_take = conn_take,
    .stream_watch = host_stream_watch,
    .conn_send_parts = host_conn_send_parts,
    .parts_copy = host_parts_copy,
};
