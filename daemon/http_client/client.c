#include "http_client/client_private.h"

#include "base/handle.h"
#include "base/log.h"
#include "loop/post.h"

#include <stdatomic.h>
#include <stdlib.h>

#define HTTP_CLIENT_X(name, value, max, help)                                                                          \
    static atomic_uint bound_##name = value;                                                                           \
    unsigned http_client_bound_##name(void)                                                                            \
    {                                                                                                                  \
        return atomic_load_explicit(&bound_##name, memory_order_relaxed);                                              \
    }
HTTP_CLIENT_BOUNDS(HTTP_CLIENT_X)
#undef HTTP_CLIENT_X

static _Thread_local struct client *self;
static _Thread_local bool ended;

/* ---- the configuration ---- */

#define TEXT_OF(number) #number

enum carillon_result http_client_declare_options(void)
{
    static const struct carillon_option options[] = {
#define HTTP_CLIENT_X(name_, value, max_, help_)                                                                       \
    { .name = #name_,                                                                                                  \
      .type = CARILLON_OPTION_INT,                                                                                     \
      .unit = "requests",                                                                                              \
      .min = 1,                                                                                                        \
      .max = (max_),                                                                                                   \
      .default_value = TEXT_OF(value),                                                                                 \
      .help = (help_) },
        HTTP_CLIENT_BOUNDS(HTTP_CLIENT_X)
#undef HTTP_CLIENT_X
            { .name = "ca_file",
              .type = CARILLON_OPTION_PATH,
              .help = "The certificates that servers are checked with, in PEM form, in place of the system's." }
    };
    return config_declare("http_client", options, sizeof options / sizeof *options);
}

/* Those that it has serve until the others are there. */
static void client_renew_trust(void *arg)
{
    (void)arg;
    if (self && self->trust)
        queue_ask_trust(self);
}

void http_client_configure(const struct config *config)
{
#define HTTP_CLIENT_X(name, value, max, help)                                                                          \
    atomic_store(&bound_##name, (unsigned)config_int(config_find(config, "http_client." #name)));
    HTTP_CLIENT_BOUNDS(HTTP_CLIENT_X)
#undef HTTP_CLIENT_X
    trust_configure(config_str(config_find(config, "http_client.ca_file")).ptr);
    for (unsigned i = 0; i < workers_count(); i++)
        if (post_call(i, client_renew_trust, NULL) != CARILLON_OK)
            log_warning("http_client", "worker %u goes on with the certificates that it has", i);
}

enum carillon_result http_client_open(const struct config *config)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        log_error("http_client", "libcurl cannot be initialised");
        return CARILLON_UNAVAILABLE;
    }
    http_client_configure(config);
    return CARILLON_OK;
}

void http_client_close(void)
{
    trust_close();
    curl_global_cleanup();
}

/* ---- a worker's ---- */

struct client *client_self(void)
{
    return self;
}

static struct client *client_new(void)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    TAILQ_INIT(&client->all);
    TAILQ_INIT(&client->owners);
    TAILQ_INIT(&client->sockets);
    TAILQ_INIT(&client->ghosts);
    timer_init(&client->starter, queue_run);
    if (multi_open(client) == CARILLON_OK)
        return client;
    free(client);
    return NULL;
}

enum carillon_result http_client_fetch(const void *owner, const struct carillon_fetch *wish,
                                       carillon_fetch_done_fn done, void *arg, carillon_handle *handle)
{
    struct fetch *fetch = NULL;
    if (worker_index() >= workers_count())
        return CARILLON_WRONG_THREAD;
    if (ended)
        return CARILLON_UNAVAILABLE;
    if (!self && !(self = client_new()))
        return CARILLON_NO_MEMORY;
    enum carillon_result result = fetch_new(self, wish, &fetch);
    if (result != CARILLON_OK)
        return result;
    fetch->done = done;
    fetch->arg = arg;
    result = queue_admit(self, owner, fetch);
    if (result != CARILLON_OK)
        fetch_free(fetch);
    else if (handle)
        *handle = fetch->handle;
    return result;
}

enum carillon_result http_client_cancel(carillon_handle handle)
{
    enum carillon_result why = CARILLON_OK;
    struct fetch *fetch = handle_get(handle, HANDLE_FETCH, &why);
    if (fetch)
        fetch_drop(fetch);
    return why;
}

/* The oldest that was there at a moment; `done` may add others, and cancel any. */
static struct fetch *fetch_find(const void *key, uint64_t until)
{
    struct fetch *fetch;
    TAILQ_FOREACH (fetch, &self->all, in_all)
        if (fetch->number <= until && (!key || fetch->owner->key == key))
            return fetch;
    return NULL;
}

void http_client_cancel_all(const void *owner)
{
    struct fetch *fetch;
    uint64_t until = self ? self->last_number : 0;
    while (self && (fetch = fetch_find(owner, until)))
        fetch_finish_as(fetch, CARILLON_FETCH_CANCELLED, NULL);
}

void http_client_end_worker(void)
{
    struct client *client = self;
    ended = true;
    if (!client)
        return;
    http_client_cancel_all(NULL);
    self = NULL;
    timer_stop(&client->starter);
    ghosts_free(client);
    multi_close(client);
    if (client->trust)
        trust_free(client->trust);
    free(client);
}
