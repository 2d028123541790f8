/*
 * What session/ alone knows of an app. Immutable after apps_load; strings are the configuration snapshot's, which the
 * set of apps holds.
 */
#ifndef CARILLON_SESSION_APP_PRIVATE_H
#define CARILLON_SESSION_APP_PRIVATE_H

#include "session/app.h"
#include "session/jws.h"
#include <carillon/app.h>
#include <openssl/sha.h>

struct channel_rule {
    struct carillon_str pattern;
    struct channel_options options;
};

/* A backend's key. Its tokens must carry issuer and audience where these are set. */
struct app_jwt_key {
    struct jws_key key;
    struct carillon_str issuer, audience;
};

/* Only its digest is kept: comparing digests tells nothing about the key, however long it takes. */
struct app_server_key {
    struct carillon_str name;
    unsigned char digest[SHA256_DIGEST_LENGTH];
};

struct app_details {
    struct channel_rule *rules;
    struct app_jwt_key *jwt_keys;
    struct app_server_key *server_keys;
    struct carillon_str *origins;
    size_t rule_count, jwt_key_count, server_key_count, origin_count;
    struct carillon_app shown;
    struct carillon_webhook *webhooks;     /* shown.webhooks */
    struct carillon_relay *relays;         /* shown.relays */
    struct carillon_str *outgoing_strings; /* all that their lists name */
};

/* app_credentials.c: fills details->shown. What is wrong is logged. */
enum carillon_result app_load_credentials(struct app_details *details, struct carillon_str name,
                                          const struct config_value *from);
/* app_outgoing.c: the same for webhooks and relays. */
enum carillon_result app_load_outgoing(struct app_details *details, const struct config_value *from);
/* Said once the credentials are known. */
void app_warn_of_unsigned(const struct carillon_app *shown);
/* No app has a key and only this machine reaches the daemon: this one gets the well-known ones. */
void app_give_development_key(struct app_details *details);

#endif
