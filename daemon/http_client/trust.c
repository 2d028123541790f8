#include "http_client/trust.h"

#include "base/log.h"
#include "loop/post.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* struct trust is OpenSSL's X509_STORE, which counts references and may be looked up in from any thread. */
static X509_STORE *store; /* main thread */
static char *store_file;

static X509_STORE *store_of(struct trust *trust)
{
    return (X509_STORE *)trust;
}

static X509_STORE *store_load(void)
{
    const char *file = store_file ? store_file : curl_version_info(CURLVERSION_NOW)->cainfo;
    X509_STORE *loaded = X509_STORE_new();
    if (!loaded)
        return NULL;
    X509_STORE_set_flags(loaded, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    if (!file || X509_STORE_load_file(loaded, file) != 1)
        log_error("http_client", "no certificates can be read from %s: no server is trusted over https",
                  file ? file : "any file");
    return loaded;
}

void trust_configure(const char *file)
{
    trust_close();
    store_file = file ? strdup(file) : NULL;
}

void trust_close(void)
{
    X509_STORE_free(store);
    store = NULL;
    free(store_file);
    store_file = NULL;
}

/* Each worker's question, on its way to the main thread and back; static, since it may be under way as the daemon stops. */
static struct question {
    struct task task;
    X509_STORE *answer;
    void (*got)(struct trust *trust);
} questions[WORKER_MAX];

static void question_answered(struct task *task)
{
    struct question *question = (struct question *)task;
    struct trust *trust = (struct trust *)question->answer;
    question->answer = NULL;
    question->got(trust);
}

static void question_arrives(struct task *task)
{
    struct question *question = (struct question *)task;
    if (!store)
        store = store_load();
    if (store && X509_STORE_up_ref(store) == 1)
        question->answer = store;
    question->task.run = question_answered;
    post_task((unsigned)(question - questions), &question->task);
}

void trust_ask(void (*got)(struct trust *trust))
{
    struct question *question = &questions[worker_index()];
    question->task.run = question_arrives;
    question->got = got;
    post_task(WORKER_MAIN, &question->task);
}

void trust_free(struct trust *trust)
{
    X509_STORE_free(store_of(trust));
}

void trust_apply(struct trust *trust, void *ssl_ctx)
{
    SSL_CTX_set1_cert_store(ssl_ctx, store_of(trust));
}
