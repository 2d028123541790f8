#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 512, READ_MAX = 1 << 16, SENT_MAX = 16384, PATIENCE_MS = 30000 };

void crowd_open(struct crowd *crowd)
{
    memset(crowd, 0, sizeof *crowd);
    crowd->sign = "{\"type\":\"event\",\"channel\":\"bench";
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
}

void crowd_drop(struct crowd *crowd, size_t n)
{
    for (; n; n--) {
        struct client *client = crowd->clients[--crowd->count];
        close(client->fd);
        free(client);
    }
}

void crowd_close(struct crowd *crowd)
{
    crowd_drop(crowd, crowd->count);
    close(crowd->epoll);
}

/* ---- sending: masked with zeros, which is a mask like any other ---- */

static size_t frame_put(unsigned char *to, const char *text)
{
    size_t len = strlen(text), head = 2;
    to[0] = 0x81;
    if (len < 126) {
        to[1] = (unsigned char)(0x80 | len);
    } else {
        to[1] = 0x80 | 126;
        to[2] = (unsigned char)(len >> 8);
        to[3] = (unsigned char)len;
        head = 4;
    }
    memset(to + head, 0, 4);
    memcpy(to + head + 4, text, len);
    return head + 4 + len;
}

void client_send_times(struct client *client, const char *text, unsigned times)
{
    static unsigned char frames[SENT_MAX];
    size_t len = 0;
    for (unsigned i = 0; i < times; i++) {
        if (len + strlen(text) + 8 > SENT_MAX)
            die("%zu bytes at once are too many for the generator", len);
        len += frame_put(frames + len, text);
    }
    if (send(client->fd, frames, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("a frame could not be sent: %s", strerror(errno));
}

void client_send(struct client *client, const char *text)
{
    client_send_times(client, text, 1);
}

void client_forget(struct client *client)
{
    char bytes[65536];
    while (recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
}

/* ---- receiving ---- */

/* Length of the frame at p (0: its head is not complete), and where its payload starts. */
static uint64_t frame_length(const unsigned char *p, size_t have, size_t *head)
{
    if (have < 2)
        return 0;
    unsigned short_len = p[1] & 0x7f;
    *head = short_len == 126 ? 4 : short_len == 127 ? 10 : 2;
    if (have < *head)
        return 0;
    uint64_t len = short_len;
    if (short_len >= 126) {
        len = 0;
        for (size_t i = 2; i < *head; i++)
            len = len << 8 | p[i];
    }
    return *head + len;
}

static bool has_sign(const struct crowd *crowd, const unsigned char *payload, size_t have)
{
    size_t len = strlen(crowd->sign);
    return have >= len && memcmp(payload, crowd->sign, len) == 0;
}

/* Of a frame that is too long to be held the rest is passed over. */
static size_t client_skip(struct client *client, size_t n)
{
    size_t skipped = client->skip < n ? (size_t)client->skip : n;
    client->skip -= skipped;
    return skipped;
}

/* Counts the frames in what was read; a cut one is held until its end comes. */
static void client_count(struct crowd *crowd, struct client *client, const unsigned char *p, size_t n)
{
    client->held_len = 0;
    size_t skipped = client_skip(client, n);
    p += skipped;
    n -= skipped;
    while (n) {
        size_t head = 0;
        uint64_t length = frame_length(p, n, &head);
        if (!length || (length > n && n <= HELD_MAX)) {
            memmove(client->held, p, n);
            client->held_len = n;
            return;
        }
        if (has_sign(crowd, p + head, n - head)) {
            client->frames++;
            crowd->frames++;
            crowd->frame_bytes = length;
        }
        size_t had = length < n ? (size_t)length : n;
        client->skip = length - had;
        p += had;
        n -= had;
    }
}

static void client_read(struct crowd *crowd, struct client *client)
{
    static unsigned char bytes[READ_MAX + HELD_MAX];
    memcpy(bytes, client->held, client->held_len);
    ssize_t n = recv(client->fd, bytes + client->held_len, READ_MAX, MSG_DONTWAIT);
    if (n <= 0) {
        if (n < 0 && errno == EAGAIN)
            return;
        die("a client was closed by the server");
    }
    client->bytes += (uint64_t)n;
    crowd->bytes += (uint64_t)n;
    if (client->websocket)
        client_count(crowd, client, bytes, client->held_len + (size_t)n);
}

void crowd_read(struct crowd *crowd, int wait_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(crowd->epoll, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < n; i++)
        client_read(crowd, events[i].data.ptr);
}

static void check_patience(int64_t begun)
{
    if (now_ns() - begun > (int64_t)PATIENCE_MS * 1000000)
        die("what was sent did not arrive within %d s", PATIENCE_MS / 1000);
}

void crowd_wait_frames(struct crowd *crowd, uint64_t frames)
{
    for (int64_t begun = now_ns(); crowd->frames < frames; check_patience(begun))
        crowd_read(crowd, 1000);
}

void crowd_wait_bytes(struct crowd *crowd, uint64_t bytes)
{
    for (int64_t begun = now_ns(); crowd->bytes < bytes; check_patience(begun))
        crowd_read(crowd, 1000);
}

size_t client_receive(struct client *client, char *out, size_t room)
{
    for (;;) {
        size_t head = 0;
        uint64_t length = frame_length(client->held, client->held_len, &head);
        if (length && length <= client->held_len) {
            size_t payload = length - head < room - 1 ? (size_t)length - head : room - 1;
            memcpy(out, client->held + head, payload);
            out[payload] = '\0';
            client->held_len -= length;
            memmove(client->held, client->held + length, client->held_len);
            return payload;
        }
        struct pollfd wait = { .fd = client->fd, .events = POLLIN };
        if (poll(&wait, 1, PATIENCE_MS) != 1)
            die("no answer within %d s", PATIENCE_MS / 1000);
        ssize_t n = recv(client->fd, client->held + client->held_len, HELD_MAX - client->held_len, 0);
        if (n <= 0)
            die("the server closed a client");
        client->held_len += (size_t)n;
    }
}

/* ---- connecting ---- */

static struct client *client_new(const struct server *server)
{
    struct client *client = calloc(1, sizeof *client);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)server->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address))
        die("a client cannot connect: %s", strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return client;
}

void client_upgrade(struct client *client, const struct server *server, const char *path, const char *subprotocol)
{
    char text[1024];
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                       path, server->port, subprotocol ? "Sec-WebSocket-Protocol: " : "",
                       subprotocol ? subprotocol : "", subprotocol ? "\r\n" : "");
    if (send(client->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        die("no upgrade could be sent");
    for (size_t have = 0; have < 4 || memcmp(text + have - 4, "\r\n\r\n", 4) != 0; have++)
        if (have == sizeof text || recv(client->fd, text + have, 1, 0) != 1)
            die("the upgrade was refused");
    if (strncmp(text, "HTTP/1.1 101", 12) != 0)
        die("the upgrade was refused: %.80s", text);
    client->websocket = true;
}

static void client_expect(struct client *client, const char *type)
{
    char frame[HELD_MAX], sign[64];
    snprintf(sign, sizeof sign, "{\"type\":\"%s\"", type);
    do
        client_receive(client, frame, sizeof frame);
    while (strncmp(frame, "{\"type\":\"event\"", 15) == 0);
    if (strncmp(frame, sign, strlen(sign)) != 0)
        die("expected %s, got %s", type, frame);
}

static void client_sign_in(struct client *client, const struct server *server, const char *channel)
{
    char text[4096];
    snprintf(text, sizeof text, "{\"type\":\"connect\",\"id\":1,\"token\":\"%s\"}", server->token);
    client_send(client, text);
    client_expect(client, "connected");
    if (!channel)
        return;
    snprintf(text, sizeof text, "{\"type\":\"subscribe\",\"id\":2,\"channel\":\"%s\"}", channel);
    client_send(client, text);
    client_expect(client, "subscribed");
}

struct client *crowd_add(struct crowd *crowd, const struct server *server)
{
    struct client *client = client_new(server);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event);
    if (crowd->count == CLIENTS_MAX)
        die("more than %d clients", CLIENTS_MAX);
    crowd->clients[crowd->count++] = client;
    return client;
}

void crowd_connect(struct crowd *crowd, const struct server *server, size_t n, const char *channel)
{
    for (size_t i = 0; i < n; i++) {
        struct client *client = crowd_add(crowd, server);
        if (server->token) {
            client_upgrade(client, server, "/ws", "carillon.v1");
            client_sign_in(client, server, channel);
        }
    }
}

void crowd_stall(struct crowd *crowd, size_t n)
{
    for (size_t i = crowd->count - n; i < crowd->count; i++) {
        int little = 1; /* the kernel's least: what the server sends soon stays with the server */
        crowd->clients[i]->stalled = true;
        setsockopt(crowd->clients[i]->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
        epoll_ctl(crowd->epoll, EPOLL_CTL_DEL, crowd->clients[i]->fd, NULL);
    }
}
