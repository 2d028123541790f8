#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEX_SIZE = 2 * EVP_MAX_MD_SIZE + 1, FIRST_BYTES = 256, TEXT_MAX = 2048 };

#define APP_KEY "bench-key"
#define APP_SECRET "bench-secret-0123456789"

static void put_hex(char out[HEX_SIZE], const unsigned char *digest, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
}

static void sign(char out[HEX_SIZE], const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    HMAC(EVP_sha256(), APP_SECRET, sizeof APP_SECRET - 1, (const unsigned char *)text, strlen(text), digest, &len);
    put_hex(out, digest, len);
}

/* ---- messages, whole and however long ---- */

static void take_bytes(struct client *client, unsigned char *out, size_t n)
{
    size_t had = client->held_len < n ? client->held_len : n;
    memcpy(out, client->held, had);
    client->held_len -= had;
    memmove(client->held, client->held + had, client->held_len);
    while (had < n) {
        ssize_t got = recv(client->fd, out + had, n - had, MSG_WAITALL);
        if (got <= 0)
            die("the server closed a Pusher client: %s", got ? strerror(errno) : "no reason given");
        had += (size_t)got;
    }
}

/* One frame: its first bytes behind *have, as many as there is room for; its length is added to *length. True: the last of
   its message. */
static bool take_frame(struct client *client, char first[FIRST_BYTES], size_t *have, uint64_t *length)
{
    static unsigned char bytes[1 << 16];
    take_bytes(client, bytes, 2);
    bool last = bytes[0] & 0x80;
    uint64_t left = bytes[1] & 0x7f;
    *length += 2;
    if (left >= 126) {
        size_t more = left == 126 ? 2 : 8;
        *length += more;
        take_bytes(client, bytes, more);
        left = 0;
        for (size_t i = 0; i < more; i++)
            left = left << 8 | bytes[i];
    }
    *length += left;
    while (left) {
        size_t n = left < sizeof bytes ? (size_t)left : sizeof bytes;
        take_bytes(client, bytes, n);
        size_t kept = n < FIRST_BYTES - 1 - *have ? n : FIRST_BYTES - 1 - *have;
        memcpy(first + *have, bytes, kept);
        *have += kept;
        left -= n;
    }
    return last;
}

static uint64_t await_message(struct client *client, const char *event, char first[FIRST_BYTES])
{
    char begin[96];
    int len = snprintf(begin, sizeof begin, "{\"event\":\"%s\"", event);
    uint64_t length;
    do {
        size_t have = 0;
        length = 0;
        while (!take_frame(client, first, &have, &length))
            continue;
        first[have] = '\0';
        if (strncmp(first, "{\"event\":\"pusher:error\"", 23) == 0)
            die("waiting for %s: %s", event, first);
    } while (strncmp(first, begin, (size_t)len) != 0);
    return length;
}

uint64_t pusher_await(const struct pusher_client *client, const char *event)
{
    char first[FIRST_BYTES];
    return await_message(client->client, event, first);
}

void pusher_settle(const struct pusher_client *client)
{
    client_send(client->client, "{\"event\":\"pusher:ping\",\"data\":{}}");
    pusher_await(client, "pusher:pong");
}

/* ---- clients ---- */

struct pusher_client pusher_connect(struct crowd *crowd, const struct server *server)
{
    static const char before[] = "\\\"socket_id\\\":\\\"";
    struct pusher_client made = { .client = crowd_add(crowd, server) };
    char first[FIRST_BYTES];
    client_upgrade(made.client, server, "/app/" APP_KEY "?protocol=7&client=bench&version=1", NULL);
    await_message(made.client, "pusher:connection_established", first);
    const char *id = strstr(first, before);
    if (!id || sscanf(id + sizeof before - 1, "%63[0-9.]", made.socket_id) != 1)
        die("no socket id in %s", first);
    return made;
}

void pusher_ask(const struct pusher_client *client, const char *channel, const char *user)
{
    char data[256] = "", escaped[256] = "", text[TEXT_MAX], hex[HEX_SIZE];
    if (user) {
        snprintf(data, sizeof data, ":{\"user_id\":\"%s\",\"user_info\":{\"name\":\"%s\"}}", user, user);
        snprintf(escaped, sizeof escaped,
                 ",\"channel_data\":\"{\\\"user_id\\\":\\\"%s\\\",\\\"user_info\\\":{\\\"name\\\":\\\"%s\\\"}}\"", user,
                 user);
    }
    snprintf(text, sizeof text, "%s:%s%s", client->socket_id, channel, data);
    sign(hex, text);
    snprintf(text, sizeof text,
             "{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"%s\",\"auth\":\"" APP_KEY ":%s\"%s}}", channel,
             hex, escaped);
    client_send(client->client, text);
}

void pusher_leave(const struct pusher_client *client, const char *channel)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text, "{\"event\":\"pusher:unsubscribe\",\"data\":{\"channel\":\"%s\"}}", channel);
    client_send(client->client, text);
}

void pusher_crowd(struct crowd *crowd, const struct server *server, size_t n, const char *channel)
{
    for (size_t i = 0; i < n; i++) {
        struct pusher_client client = pusher_connect(crowd, server);
        pusher_ask(&client, channel, NULL);
        pusher_await(&client, "pusher_internal:subscription_succeeded");
    }
}

/* ---- the app's server ---- */

void pusher_server_open(struct pusher_server *server, const struct server *daemon)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)daemon->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    server->port = daemon->port;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || connect(server->fd, (struct sockaddr *)&address, sizeof address))
        die("the app's server cannot connect: %s", strerror(errno));
}

void pusher_server_close(struct pusher_server *server)
{
    close(server->fd);
}

void pusher_post(const struct pusher_server *server, const char *path, const char *body)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    char md5[HEX_SIZE], hex[HEX_SIZE], query[256], text[8192];
    EVP_Digest(body, strlen(body), digest, &digest_len, EVP_md5(), NULL);
    put_hex(md5, digest, digest_len);
    snprintf(query, sizeof query, "auth_key=" APP_KEY "&auth_timestamp=%lld&auth_version=1.0&body_md5=%s",
             (long long)time(NULL), md5);
    snprintf(text, sizeof text, "POST\n%s\n%s", path, query);
    sign(hex, text);
    int len = snprintf(text, sizeof text,
                       "POST %s?%s&auth_signature=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       path, query, hex, server->port, strlen(body), body);
    if (len >= (int)sizeof text || send(server->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        die("a trigger could not be sent");
}

void pusher_answered(const struct pusher_server *server)
{
    char text[TEXT_MAX];
    size_t have = 0;
    do {
        ssize_t n = recv(server->fd, text + have, sizeof text - 1 - have, 0);
        if (n <= 0)
            die("the app's server got no answer");
        have += (size_t)n;
        text[have] = '\0';
    } while (!strstr(text, "\r\n\r\n{}"));
    if (strncmp(text, "HTTP/1.1 200", 12) != 0)
        die("a trigger was refused: %s", text);
}
