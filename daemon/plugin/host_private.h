/* The parts of the host table, one file each. */
#ifndef CARILLON_PLUGIN_HOST_PRIVATE_H
#define CARILLON_PLUGIN_HOST_PRIVATE_H

#include "plugin/ledger.h"

/* host_register.c */
enum carillon_result host_storage_add(struct carillon_plugin_self *self, const struct carillon_storage_ops *ops);
enum carillon_result host_route_add(struct carillon_plugin_self *self, const struct carillon_http_route *route);
enum carillon_result host_ws_endpoint_add(struct carillon_plugin_self *self,
                                          const struct carillon_ws_endpoint *endpoint);
enum carillon_result host_codec_add(struct carillon_plugin_self *self, const struct carillon_codec *codec,
                                    unsigned *id);
enum carillon_result host_hook_add(struct carillon_plugin_self *self, const struct carillon_hook *hook);

enum carillon_result host_counter_add(struct carillon_plugin_self *self, const struct carillon_metric *metric,
                                      unsigned *id);
enum carillon_result host_gauge_add(struct carillon_plugin_self *self, const struct carillon_metric *metric,
                                    carillon_gauge_fn read, void *arg);
enum carillon_result host_drain_add(struct carillon_plugin_self *self, const struct carillon_drain *drain);
enum carillon_result host_observer_add(struct carillon_plugin_self *self, const struct carillon_observer *observer);

/* host_app.c */
const struct carillon_app *host_app_find(enum carillon_app_by by, struct carillon_str value);
const struct carillon_app *host_app_at(size_t i);
enum carillon_result host_app_publish(struct carillon_str app, const struct carillon_publish *publish,
                                      carillon_handle exclude, carillon_published_fn done, void *arg);
enum carillon_result host_app_send(struct carillon_str app, struct carillon_str user, struct carillon_str event,
                                   struct carillon_str data);
enum carillon_result host_app_disconnect(struct carillon_str app, struct carillon_str user, carillon_count_fn done,
                                         void *arg);
enum carillon_result host_app_channels(struct carillon_str app, const struct carillon_str *names, size_t n,
                                       carillon_channels_fn done, void *arg);
enum carillon_result host_app_occupied(struct carillon_str app, struct carillon_str prefix, carillon_channels_fn done,
                                       void *arg);
enum carillon_result host_app_members(struct carillon_str app, struct carillon_str channel, carillon_users_fn done,
                                      void *arg);
enum carillon_result host_app_check(struct carillon_str app, struct carillon_str token, struct carillon_str channel,
                                    carillon_person_fn done, void *arg);
bool host_app_allows_origin(struct carillon_str name, struct carillon_str origin, struct carillon_str host);

/* host_timer.c */
enum carillon_result host_timer_start(struct carillon_plugin_self *self, int64_t after_ms, carillon_task_fn run,
                                      void *arg, carillon_handle *timer);
enum carillon_result host_timer_stop(carillon_handle timer);

/* host_hold.c */
enum carillon_result host_worker_post(struct carillon_plugin_self *self, unsigned worker, carillon_task_fn run,
                                      void *arg);
enum carillon_result host_conn_hold(struct carillon_plugin_self *self, struct carillon_str address,
                                    const struct carillon_hold *hold, void *state, carillon_handle *conn);
enum carillon_result host_stream_watch(carillon_handle conn, const struct carillon_stream_watch *watch, void *state);

/* host_fetch.c */
enum carillon_result host_http_fetch(struct carillon_plugin_self *self, const struct carillon_fetch *fetch,
                                     carillon_fetch_done_fn done, void *arg, carillon_handle *handle);

/* host_parts.c */
enum carillon_result host_conn_send_parts(carillon_handle conn, unsigned codec, const struct carillon_part *parts,
                                          size_t n);
size_t host_parts_copy(unsigned codec, const struct carillon_part *parts, size_t n, char *out);

/* host_session.c */
enum carillon_result host_conn_send(carillon_handle conn, struct carillon_str bytes);
enum carillon_result host_conn_close(carillon_handle conn, unsigned code, struct carillon_str reason);
enum carillon_result host_session_sign_in(carillon_handle session, struct carillon_str token, uint64_t cookie);
enum carillon_result host_session_redeem_ticket(carillon_handle session, struct carillon_str ticket, uint64_t cookie);
enum carillon_result host_session_sign_in_sealed(carillon_handle session, struct carillon_str sealed, uint64_t cookie);
enum carillon_result host_sign_in_seal(struct carillon_plugin_self *self, carillon_handle request,
                                       struct carillon_str app, enum carillon_credential kind,
                                       struct carillon_str credential, char *out, struct carillon_failure *failure);
struct carillon_failure host_failure_of(enum carillon_result result);

#endif
