#include "listener/listener_private.h"

#include "base/log.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

static SSL_CTX *contexts[WORKER_MAX];

/* Chain and key, and that they belong together. */
static bool load(SSL_CTX *context, const struct settings *settings)
{
    return SSL_CTX_use_certificate_chain_file(context, settings->certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, settings->key, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
}

enum carillon_result tls_check(const struct settings *settings)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    bool good = context && settings->certificate && settings->key && load(context, settings);
    if (!good) {
        char why[256] = "no certificate or no key is configured";
        if (ERR_peek_last_error())
            ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
        log_error("listener", "TLS: certificate %s, key %s: %s", settings->certificate ? settings->certificate : "none",
                  settings->key ? settings->key : "none", why);
        ERR_clear_error();
    }
    SSL_CTX_free(context);
    return good ? CARILLON_OK : CARILLON_UNAVAILABLE;
}

int tls_prepare(struct lworker *worker, void *ssl_ctx)
{
    contexts[worker->index] = ssl_ctx;
    SSL_CTX_set_min_proto_version(ssl_ctx, TLS1_2_VERSION);
    return load(ssl_ctx, settings_now()) ? 0 : -1;
}

static void reload_worker(void *arg)
{
    SSL_CTX *context = contexts[worker_index()];
    if (context && !load(context, arg)) {
        log_error("listener", "TLS: the certificate changed while it was read; read it again");
        ERR_clear_error();
    }
}

enum carillon_result tls_reload(const struct settings *settings)
{
    enum carillon_result result = tls_check(settings);
    if (result == CARILLON_OK)
        listener_visit_workers(reload_worker, (void *)(uintptr_t)settings);
    return result;
}
