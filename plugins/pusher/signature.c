#include "signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
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

/* EVP takes the message in pieces; HMAC() itself wants it whole. */
static bool mac_parts(struct carillon_str secret, const struct carillon_str *parts, unsigned char mac[32])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)secret.ptr, secret.len);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = 32;
    bool good = key && context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1;
    for (size_t i = 0; good && i < SIGNATURE_PARTS_MAX && parts[i].ptr; i++) {
        good = i == 0 || EVP_DigestSignUpdate(context, ":", 1) == 1;
        good = good && EVP_DigestSignUpdate(context, parts[i].ptr, parts[i].len) == 1;
    }
    good = good && EVP_DigestSignFinal(context, mac, &len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
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
