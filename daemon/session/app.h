/*
 * Apps: the tenants, as the configuration describes them. Apps never see each other.
 *
 * A struct app lives as long as the daemon, under the same address over all reloads: sessions, channels and keys of tables
 * point at it. Its settings are an immutable set that a reload replaces; older ones are kept until the end, since channels
 * point into them (reloads are few, a set is small).
 */
#ifndef CARILLON_SESSION_APP_H
#define CARILLON_SESSION_APP_H

#include "config/config.h"
#include <carillon/app.h>

/* Who may do something on a channel whose token says nothing about it. */
enum app_who { APP_WHO_NOBODY, APP_WHO_SERVER, APP_WHO_MEMBERS, APP_WHO_EVERYBODY };

/* From the first pattern of the app's `channels` that matches; units: bytes, ms. */
struct channel_options {
    bool stored;   /* may be a conversation: publishing to one that exists is stored */
    bool presence; /* joins and leaves are told, `users` on subscribe; always for presence- channels */
    bool client_events;
    enum app_who publish, subscribe;
    size_t message_max;
    uint32_t ring_events; /* the recent events kept for recovery; 0: no ring */
    size_t ring_bytes;
    int64_t ring_ttl;
    int64_t retention_age;
    uint64_t retention_count;
};

struct app_settings {
    bool guest, guest_names_unique;
    uint32_t guest_rate; /* sign-ins a minute and address; 0: any number */
    enum app_who create; /* conversations */
    int64_t token_ttl;
    struct app_details *details; /* rules, keys, origins: session/app_private.h */
};

struct app {
    struct carillon_str name;
    _Atomic(struct app_settings *) newest;
};

/* Main thread. INVALID, logged, leaves the set that is. */
enum carillon_result apps_load(const struct config *config);
void apps_free(void);
/* Any thread. */
const struct app_settings *app_settings(const struct app *app);
/* Any thread. name absent or empty: the default app. NULL: no such app. */
const struct app *app_find(struct carillon_str name);
/* Any thread. By what its clients and servers know; NULL: no such app. */
const struct app *app_find_by(enum carillon_app_by by, struct carillon_str value);
/* Any thread. What plugins are shown of it; good until the daemon ends, and as it was when it was asked for. */
const struct carillon_app *app_shown(const struct app *app);
size_t apps_count(void);
const struct app *app_at(size_t i);
const struct channel_options *app_channel_options(const struct app *app, struct carillon_str channel);
/* May a page from this Origin use the app (`origins`; "*" any)? The listener accepts the request's own host by itself. */
bool app_allows_origin(const struct app *app, struct carillon_str origin);
/* The app whose server key this is, compared in constant time; *key_name for the log. NULL: none. */
const struct app *app_find_by_api_key(struct carillon_str key, struct carillon_str *key_name);
/* '*' stands for any text, also none; the rest is literal. */
bool pattern_match(struct carillon_str pattern, struct carillon_str text);

#endif
