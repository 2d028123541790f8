#include "listener/settings.h"

#include "base/log.h"
#include "listener/listener_private.h"

#include <stdlib.h>
#include <string.h>

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

struct settings *settings_new(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (!settings)
        return NULL;
    settings->socket_mode = 0660;
    settings->headers_max = 16384;
    settings->connections_max = 100000;
    settings->connections_per_address = 100000;
    settings->descriptors_spare = 64;
    settings->queue_session = 1 << 20;
    settings->queue_total = 512 << 20;
    settings->send_buffer = 65536;
    settings->first_byte_s = 10;
    settings->body_s = 30;
    settings->request_s = 30;
    settings->keepalive_s = 60;
    return settings;
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    string_list_free(&settings->listen);
    string_list_free(&settings->allowed_hosts);
    free(settings->proxies);
    free(settings->certificate);
    free(settings->key);
    free(settings);
}
