#include "listener/settings.h"

#include "base/log.h"
#include "listener/listener_private.h"

#include <stdlib.h>
#include <string.h>

enum { SOCKET_MODE = 0660, MS = 1000 };

static _Atomic(struct settings *) current;

const struct settings *settings_now(void)
{
    return atomic_load_explicit(&current, memory_order_acquire);
}

static void look_away(void *arg)
{
    (void)arg;
}

void settings_publish(struct settings *settings)
{
    struct settings *former = atomic_exchange(&current, settings);
    if (!former)
        return;
    listener_visit_workers(look_away, NULL); /* a worker that was asked to do this holds no pointer */
    settings_free(former);
}

bool string_list_add(struct string_list *list, struct carillon_str text)
{
    char **items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return false;
    list->items = items;
    items[list->count] = strndup(text.ptr, text.len);
    return items[list->count++] != NULL;
}

static void string_list_free(struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
}

struct listen_place *settings_add_place(struct settings *settings, struct carillon_str address)
{
    struct listen_place *places = realloc(settings->places, (settings->place_count + 1) * sizeof *places);
    if (!places)
        return NULL;
    settings->places = places;
    struct listen_place *place = &places[settings->place_count];
    *place = (struct listen_place){ .address = strndup(address.ptr, address.len), .mode = SOCKET_MODE };
    settings->place_count += place->address && settings->place_count < LISTEN_MAX;
    return place->address ? place : NULL;
}

struct settings *settings_new(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (!settings)
        return NULL;
    settings->headers_max = 16384;
    settings->connections_max = 100000;
    settings->connections_per_address = 100000;
    settings->descriptors_spare = 64;
    settings->frame_max = 1 << 17;
    settings->body_max = 2 << 20;
    settings->queue_session = 1 << 20;
    settings->queue_total = 256 << 20;
    settings->send_buffer = 65536;
    settings->first_byte_s = 10;
    settings->request_s = 30;
    settings->keepalive_s = 60;
    return settings;
}

static void places_free(struct listen_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(places[i].address);
        free(places[i].certificate);
        free(places[i].key);
    }
    free(places);
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    places_free(settings->places, settings->place_count);
    string_list_free(&settings->allowed_hosts);
    free(settings->proxies);
    free(settings);
}

/* ---- at a reload ---- */

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static const struct listen_place *find_place(const struct settings *settings, const struct listen_place *like)
{
    for (size_t i = 0; i < settings->place_count; i++)
        if (strcmp(settings->places[i].address, like->address) == 0)
            return &settings->places[i];
    return NULL;
}

/* What the place is from now on; fresh NULL: it is named no more. */
static void take_place(struct listen_place *to, const struct listen_place *former, const struct listen_place *fresh)
{
    const char *waits = NULL;
    if (!fresh)
        waits = "its end";
    else if (place_has_tls(fresh) != place_has_tls(former))
        waits = "TLS or none";
    else if (fresh->mode != former->mode)
        waits = "unix_mode";
    if (waits)
        log_warning("listener", "listen: %s: %s takes effect at the next start", former->address, waits);
    const struct listen_place *files = fresh && place_has_tls(fresh) == place_has_tls(former) ? fresh : former;
    *to = (struct listen_place){ .address = copy_text(former->address),
                                 .certificate = copy_text(files->certificate),
                                 .key = copy_text(files->key),
                                 .mode = former->mode,
                                 .proxy = fresh ? fresh->proxy : former->proxy };
}

enum carillon_result settings_keep(struct settings *settings, const struct settings *former)
{
    struct listen_place *places = calloc(former->place_count + 1, sizeof *places);
    if (!places)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < former->place_count; i++)
        take_place(&places[i], &former->places[i], find_place(settings, &former->places[i]));
    for (size_t i = 0; i < settings->place_count; i++)
        if (!find_place(former, &settings->places[i]))
            log_warning("listener", "listen: %s is listened on from the next start", settings->places[i].address);
    places_free(settings->places, settings->place_count);
    settings->places = places;
    settings->place_count = former->place_count;
    settings->headers_max = former->headers_max;
    for (size_t i = 0; i < former->place_count; i++)
        if (!places[i].address || place_has_tls(&places[i]) != place_has_tls(&former->places[i]))
            return CARILLON_NO_MEMORY;
    return CARILLON_OK;
}

/* ---- from the configuration ---- */

static bool read_place(struct settings *settings, const struct config_value *value)
{
    const struct config_value *tls = config_field(value, "tls");
    struct carillon_str certificate = config_str(config_field(tls, "certificate")),
                        key = config_str(config_field(tls, "key"));
    struct carillon_str mode = config_str(config_field(value, "unix_mode"));
    struct listen_place *place = settings_add_place(settings, config_str(config_field(value, "address")));
    char *end = NULL;
    if (!place)
        return false;
    place->proxy = config_bool(config_field(value, "proxy"));
    place->certificate = certificate.len ? strndup(certificate.ptr, certificate.len) : NULL;
    place->key = key.len ? strndup(key.ptr, key.len) : NULL;
    place->mode = mode.len ? (unsigned)strtoul(mode.ptr, &end, 8) : SOCKET_MODE;
    if ((end && *end) || place->mode > 0777) {
        log_error("listener", "listen: unix_mode is an octal number such as \"0660\", not %s", mode.ptr);
        return false;
    }
    if (!place->certificate != !place->key) {
        log_error("listener", "listen: %s has a certificate or a key alone", place->address);
        return false;
    }
    return true;
}

static bool read_proxies(struct settings *settings, const struct config_value *list)
{
    size_t count = config_count(list);
    settings->proxies = calloc(count + 1, sizeof *settings->proxies);
    for (size_t i = 0; settings->proxies && i < count; i++) {
        struct carillon_str text = config_str(config_at(list, i));
        if (!cidr_parse(text, &settings->proxies[settings->proxy_count++])) {
            log_error("listener", "trusted_proxies: %s is neither an address nor a network such as 10.0.0.0/8",
                      text.ptr);
            return false;
        }
    }
    return settings->proxies != NULL;
}

static bool read_lists(struct settings *settings, const struct config *config)
{
    const struct config_value *places = config_find(config, "listen"), *hosts = config_find(config, "allowed_hosts");
    bool good = read_proxies(settings, config_find(config, "trusted_proxies"));
    for (size_t i = 0; good && i < config_count(places); i++)
        good = read_place(settings, config_at(places, i));
    for (size_t i = 0; good && i < config_count(hosts); i++)
        good = string_list_add(&settings->allowed_hosts, config_str(config_at(hosts, i)));
    return good;
}

static size_t size_of(const struct config *config, const char *path)
{
    return (size_t)config_int(config_find(config, path));
}

/* The wheel turns in whole seconds. */
static unsigned seconds_of(const struct config *config, const char *path)
{
    return (unsigned)((config_int(config_find(config, path)) + MS - 1) / MS);
}

struct settings *settings_read(const struct config *config)
{
    struct settings *settings = settings_new();
    if (!settings)
        return NULL;
    settings->headers_max = size_of(config, "limits.headers");
    settings->connections_max = size_of(config, "limits.connections");
    settings->connections_per_address = size_of(config, "limits.connections_per_address");
    settings->frame_max = size_of(config, "limits.frame");
    settings->body_max = size_of(config, "limits.body");
    settings->queue_session = size_of(config, "limits.queue");
    settings->queue_total = size_of(config, "limits.queue_total");
    settings->send_buffer = (int)size_of(config, "limits.send_buffer");
    settings->first_byte_s = seconds_of(config, "limits.first_byte");
    settings->request_s = seconds_of(config, "limits.request");
    settings->keepalive_s = seconds_of(config, "limits.keep_alive");
    if (read_lists(settings, config))
        return settings;
    settings_free(settings);
    return NULL;
}
