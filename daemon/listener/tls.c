#include "listener/listener_private.h"

#include "base/log.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

/* libwebsockets makes the contexts, one a worker and place; certificates are loaded here, so that they can be again. */
static SSL_CTX *contexts[WORKER_MAX][LISTEN_MAX];
static unsigned expected_worker;
static size_t expected_place;

/* Chain and key, and that they belong together. */
static bool load(SSL_CTX *context, const struct listen_place *place)
{
    return SSL_CTX_use_certificate_chain_file(context, place->certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, place->key, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
}

static bool check_place(const struct listen_place *place)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    bool good = context && load(context, place);
    if (!good) {
        char why[256];
        ERR_error_string_n(ERR_peek_error(), why, sizeof why);
        log_error("listener", "%s: the certificate %s or the key %s cannot be used: %s", place->address,
                  place->certificate, place->key, why);
        ERR_clear_error();
    }
    SSL_CTX_free(context);
    return good;
}

enum carillon_result tls_check(const struct settings *settings)
{
    for (size_t i = 0; i < settings->place_count; i++) {
        if (place_has_tls(&settings->places[i]) && !check_place(&settings->places[i]))
            return CARILLON_UNAVAILABLE;
    }
    return CARILLON_OK;
}

void tls_expect(const struct lworker *worker, size_t place)
{
    expected_worker = worker->index;
    expected_place = place;
}

int tls_prepare(void *ssl_ctx)
{
    contexts[expected_worker][expected_place] = ssl_ctx;
    SSL_CTX_set_min_proto_version(ssl_ctx, TLS1_2_VERSION);
    return load(ssl_ctx, &settings_now()->places[expected_place]) ? 0 : -1;
}

/* By the client's server name libwebsockets would choose the virtual host, and with it the certificate, of another place. */
void tls_made(const struct lworker *worker, size_t place)
{
    SSL_CTX *context = contexts[worker->index][place];
    if (context)
        SSL_CTX_set_tlsext_servername_callback(context, NULL);
}

static void reload_worker(void *arg)
{
    const struct settings *settings = settings_now();
    (void)arg;
    for (size_t i = 0; i < settings->place_count; i++) {
        SSL_CTX *context = contexts[worker_index()][i];
        if (context && !load(context, &settings->places[i])) {
            log_error("listener", "%s: the certificate changed while it was read; reload again",
                      settings->places[i].address);
            ERR_clear_error();
        }
    }
}

void tls_reload(void)
{
    listener_visit_workers(reload_worker, NULL);
}

void tls_forget(void)
{
    memset(contexts, 0, sizeof contexts);
}
