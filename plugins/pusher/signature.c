#include "signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

static void put_hex(const unsigned char *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

/* ---- each thread keeps a context: to make one takes OpenSSL some forty pieces of memory ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t kept;
static bool keeps;

static void context_free(void *context)
{
    EVP_MAC_CTX_free(context);
}

static void prepare(void)
{
    keeps = pthread_key_create(&kept, context_free) == 0;
}

static EVP_MAC_CTX *context_new(void)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                  OSSL_PARAM_construct_end() };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    if (context && EVP_MAC_CTX_set_params(context, params) == 1 && pthread_setspecific(kept, context) == 0)
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

static EVP_MAC_CTX *context_of_thread(void)
{
    pthread_once(&once, prepare);
    EVP_MAC_CTX *context = keeps ? pthread_getspecific(kept) : NULL;
    return context || !keeps ? context : context_new();
}

static bool mac_parts(struct carillon_str secret, const struct carillon_str *parts, unsigned char mac[32])
{
    EVP_MAC_CTX *context = context_of_thread();
    size_t len = 0;
    bool good = context && EVP_MAC_init(context, (const unsigned char *)secret.ptr, secret.len, NULL) == 1;
    for (size_t i = 0; good && i < SIGNATURE_PARTS_MAX && parts[i].ptr; i++) {
        good = i == 0 || EVP_MAC_update(context, (const unsigned char *)":", 1) == 1;
        good = good && EVP_MAC_update(context, (const unsigned char *)parts[i].ptr, parts[i].len) == 1;
    }
    return good && EVP_MAC_final(context, mac, &len, 32) == 1;
}

bool signature_make(struct carillon_str secret, const struct carillon_str parts[SIGNATURE_PARTS_MAX],
                    char out[SIGNATURE_SIZE])
{
    unsigned char mac[32];
    bool good = secret.len && mac_parts(secret, parts, mac);
    if (good)
        put_hex(mac, sizeof mac, out);
    return good;
}

bool signature_matches(struct carillon_str secret, const struct carillon_str parts[SIGNATURE_PARTS_MAX],
                       struct carillon_str signature)
{
    char expected[SIGNATURE_SIZE];
    if (signature.len != SIGNATURE_SIZE - 1 || !signature_make(secret, parts, expected))
        return false;
    return CRYPTO_memcmp(expected, signature.ptr, SIGNATURE_SIZE - 1) == 0;
}

bool signature_authorises(const struct carillon_app *app, const struct carillon_str parts[SIGNATURE_PARTS_MAX],
                          struct carillon_str auth)
{
    size_t key_len = app->key.len;
    if (auth.len <= key_len || memcmp(auth.ptr, app->key.ptr, key_len) != 0 || auth.ptr[key_len] != ':')
        return false;
    struct carillon_str signature = { auth.ptr + key_len + 1, auth.len - key_len - 1 };
    return signature_matches(app->secret, parts, signature);
}

bool md5_make(struct carillon_str bytes, char out[MD5_TEXT_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(bytes.ptr ? bytes.ptr : "", bytes.len, digest, &len, EVP_md5(), NULL) != 1 || len != 16)
        return false;
    put_hex(digest, len, out);
    return true;
}

bool md5_matches(struct carillon_str bytes, struct carillon_str hex)
{
    char text[MD5_TEXT_SIZE];
    if (hex.len != MD5_TEXT_SIZE - 1 || !md5_make(bytes, text))
        return false;
    return CRYPTO_memcmp(text, hex.ptr, sizeof text - 1) == 0;
}
