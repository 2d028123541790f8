#include "socket_id.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

static unsigned char key[32];

bool socket_ids_open(void)
{
    return RAND_bytes(key, sizeof key) == 1;
}

bool socket_id_draw(carillon_handle session, uint64_t *number)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    if (!HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)&session, sizeof session, mac, NULL))
        return false;
    memcpy(number, mac, sizeof *number);
    return true;
}

void socket_id_put(carillon_handle session, uint64_t number, char out[SOCKET_ID_SIZE])
{
    snprintf(out, SOCKET_ID_SIZE, "%" PRIu64 ".%" PRIu64, number, session);
}

bool socket_id_make(carillon_handle session, char out[SOCKET_ID_SIZE])
{
    uint64_t number;
    out[0] = '\0';
    if (!socket_id_draw(session, &number))
        return false;
    socket_id_put(session, number, out);
    return true;
}
