/*
 * Tokens: any text, any claims under a right signature, any header and payload under a right HMAC, any sealed text.
 * Whatever is accepted was signed as its key demands and names a user as it should.
 */
#include "base/base64url.h"
#include "base/hash.h"
#include "config/config.h"
#include "loop/worker.h"
#include "session/jws.h"
#include "session/options.h"
#include "session/revocation.h"
#include "session/token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET "0123456789abcdef0123456789abcdef"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void open_once(void)
{
    static bool opened;
    if (opened)
        return;
    opened = true;
    char folder[] = "/tmp/carillon-fuzz-XXXXXX", path[64];
    hash_seed_init();
    require(workers_create(1) == CARILLON_OK && mkdtemp(folder));
    snprintf(path, sizeof path, "%s/fuzz.lua", folder);
    FILE *file = fopen(path, "w");
    require(file);
    fputs("apps = { main = { jwt_keys = { { algorithm = 'HS256', key = '" SECRET "' } } } }", file);
    fclose(file);
    struct config *config = NULL;
    struct config_problems problems = { 0 };
    struct config_sources sources = { .file = path, .state_dir = folder };
    require(session_declare_options() == CARILLON_OK && config_load(&sources, &config, &problems) == CARILLON_OK);
    require(apps_load(config) == CARILLON_OK && tokens_open(config) == CARILLON_OK);
    revocations_set_loaded();
    unlink(path);
    snprintf(path, sizeof path, "%s/token.key", folder);
    unlink(path);
    rmdir(folder);
}

/* Verifies, and looks at what came out. True: accepted. */
static bool verify(const char *token, size_t len)
{
    struct identity *identity;
    enum error_code error = token_verify(NULL, (struct carillon_str){ token, len }, &identity);
    require((error == ERROR_NONE) == (identity != NULL));
    if (!identity)
        return false;
    require(user_id_valid(identity->user.id) && user_name_valid(identity->user.name));
    require(identity->expires_ms > loop_wall_ms() && !identity->server && !identity->own_token);
    identity_check(identity, IDENTITY_PUBLISH, identity->user.name);
    json_decref(identity_rights(identity));
    identity_unref(identity);
    return true;
}

static void try_claims(const char *text, size_t len)
{
    const struct jws_key key = { JWS_HS256, CARILLON_STR(""), CARILLON_STR(SECRET) };
    json_t *claims = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    char *token = json_is_object(claims) ? jws_sign(&key, claims) : NULL;
    if (token)
        verify(token, strlen(token));
    free(token);
    json_decref(claims);
}

/* header, a NUL, payload: signed with the right secret whatever the header says. */
static void try_header(const char *text, size_t len)
{
    const char *end = memchr(text, '\0', len);
    size_t header = end ? (size_t)(end - text) : len, payload = end ? len - header - 1 : 0;
    char *token = malloc(BASE64URL_LEN(len) + 64);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len;
    size_t used = base64url_encode(text, header, token);
    token[used++] = '.';
    used += base64url_encode(text + len - payload, payload, token + used);
    HMAC(EVP_sha256(), SECRET, sizeof SECRET - 1, (unsigned char *)token, used, mac, &mac_len);
    token[used++] = '.';
    used += base64url_encode(mac, mac_len, token + used);
    if (verify(token, used)) {
        json_t *head = json_loadb(text, header, 0, NULL);
        require(strcmp(json_string_value(json_object_get(head, "alg")), "HS256") == 0);
        json_decref(head);
    }
    free(token);
}

static void try_sealed(const char *text, size_t len)
{
    char out[256], sealed[512];
    require(token_unseal("fuzz", (struct carillon_str){ text, len }, out, sizeof out) == 0);
    size_t take = len < 200 ? len : 200;
    size_t written = token_seal("fuzz", text, take, sealed, sizeof sealed);
    require(take == 0 || token_unseal("fuzz", (struct carillon_str){ sealed, written }, out, sizeof out) == take);
    require(memcmp(out, text, take) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_once();
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    switch (data[0] % 4) {
    case 0:
        require(!verify(text, size - 1));
        break;
    case 1:
        try_claims(text, size - 1);
        break;
    case 2:
        try_header(text, size - 1);
        break;
    default:
        try_sealed(text, size - 1);
    }
    return 0;
}
