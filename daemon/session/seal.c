#include "session/seal.h"
#include "base/base64url.h"
#include "session/secret.h"
#include "session/token.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static unsigned char key[SECRET_BYTES];

void seals_open(void)
{
    secret_derive("seal", key);
}

/*
 * `joined` is room for a MAC, followed by the bytes. The purpose, with its NUL, is put right before the bytes while the
 * MAC is computed over both, and the MAC goes to *mac. Purposes are literals, shorter than a MAC.
 */
static bool seal_mac(const char *purpose, unsigned char *joined, size_t len, unsigned char mac[SECRET_BYTES])
{
    size_t purpose_len = strlen(purpose) + 1;
    if (purpose_len > SECRET_BYTES)
        return false;
    unsigned char *from = joined + SECRET_BYTES - purpose_len;
    memcpy(from, purpose, purpose_len);
    return secret_mac(key, from, purpose_len + len, mac);
}

size_t token_seal(const char *purpose, const void *bytes, size_t len, char *out, size_t room)
{
    unsigned char mac[SECRET_BYTES];
    size_t written = 0;
    if (room < BASE64URL_LEN(SECRET_BYTES + len) + 1)
        return 0;
    unsigned char *joined = malloc(SECRET_BYTES + len);
    if (!joined)
        return 0;
    memcpy(joined + SECRET_BYTES, bytes, len);
    if (seal_mac(purpose, joined, len, mac)) {
        memcpy(joined, mac, SECRET_BYTES);
        written = base64url_encode(joined, SECRET_BYTES + len, out);
    }
    free(joined);
    return written;
}

size_t token_unseal(const char *purpose, struct carillon_str sealed, void *out, size_t room)
{
    unsigned char given[SECRET_BYTES], mac[SECRET_BYTES];
    size_t len = 0;
    unsigned char *joined = malloc(SECRET_BYTES + room);
    bool good = joined && base64url_decode(sealed, joined, SECRET_BYTES + room, &len) && len > SECRET_BYTES;
    if (good) {
        memcpy(given, joined, SECRET_BYTES);
        len -= SECRET_BYTES;
        good = seal_mac(purpose, joined, len, mac) && CRYPTO_memcmp(mac, given, SECRET_BYTES) == 0;
    }
    if (good)
        memcpy(out, joined + SECRET_BYTES, len);
    free(joined);
    return good ? len : 0;
}
