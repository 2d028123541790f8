/*
 * Answers to clients that libwebsockets never gets to know: a few bytes into a socket that has just been accepted, and
 * for headers that it would drop without a word. On plain sockets; with TLS an answer would cost a handshake first.
 */
#include "listener/listener_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_SIZE = 1024, LINGERING_MAX = 32, LINGER_MS = 1000 };

void refuse_send(int fd, enum error_code error)
{
    char body[PROBLEM_SIZE_MIN], answer[ANSWER_SIZE];
    struct carillon_failure failure = error_failure(error);
    size_t len = error_format_problem(&failure, body, sizeof body);
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n%s"
                     "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                     failure.status, respond_reason(failure.status), failure.retry ? "Retry-After: 1\r\n" : "", len,
                     body);
    if (n > 0 && (size_t)n < sizeof answer)
        send(fd, answer, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
}

/* ---- a moment for the client to read its answer: closed at once, what it sends would make the kernel take it back ---- */

static struct {
    int fd;
    int64_t since_ms;
} lingering[LINGERING_MAX]; /* the oldest first; of worker 0 */
static size_t lingering_count;
static struct timer linger_timer;

static void close_oldest(void)
{
    char bytes[4096];
    while (recv(lingering[0].fd, bytes, sizeof bytes, MSG_DONTWAIT) == sizeof bytes)
        ;
    close(lingering[0].fd);
    memmove(&lingering[0], &lingering[1], --lingering_count * sizeof lingering[0]);
}

static void linger_ends(struct timer *timer)
{
    int64_t now = loop_monotonic_ms();
    while (lingering_count && now - lingering[0].since_ms >= LINGER_MS)
        close_oldest();
    if (lingering_count)
        timer_start(timer, lingering[0].since_ms + LINGER_MS - now);
}

void refuse_open(void)
{
    timer_init(&linger_timer, linger_ends);
}

void refuse_close(void)
{
    timer_stop(&linger_timer);
    while (lingering_count)
        close_oldest();
}

void refuse_socket(int fd, enum error_code error, bool linger)
{
    refuse_send(fd, error);
    if (!linger) {
        close(fd);
        return;
    }
    if (lingering_count == LINGERING_MAX)
        close_oldest();
    lingering[lingering_count].fd = fd;
    lingering[lingering_count++].since_ms = loop_monotonic_ms();
    if (lingering_count == 1)
        timer_start(&linger_timer, LINGER_MS);
}

/* ---- headers ---- */

/* How many of these bytes belong to the headers; *ended: with them they end. goes_on: others came before, perhaps with a
   part of the empty line. */
static size_t measure_head(const char *bytes, size_t len, bool goes_on, bool *ended)
{
    static const char end[] = "\r\n\r\n";
    const char *found = memmem(bytes, len, end, sizeof end - 1);
    for (size_t cut = 1; !found && goes_on && cut < sizeof end - 1; cut++) {
        if (len >= sizeof end - 1 - cut && memcmp(bytes, end + cut, sizeof end - 1 - cut) == 0)
            found = bytes;
    }
    *ended = found != NULL;
    return found ? (size_t)(found - bytes) : len;
}

/* libwebsockets notes each parameter and each header that it knows in a table of so many, and drops who sends more. */
enum { HEAD_PARTS_MOST = 90 };
static_assert(HEAD_PARTS_MOST + 3 < WSI_TOKEN_COUNT, "libwebsockets was built without some of its headers");

static uint16_t count(const char *bytes, size_t len, char wanted)
{
    size_t n = 0;
    const char *end = bytes + len;
    while (n <= HEAD_PARTS_MOST && (bytes = memchr(bytes, wanted, (size_t)(end - bytes)))) {
        bytes++;
        n++;
    }
    return (uint16_t)n;
}

/* The parts of headers that are within the bound of bytes. */
static void head_count(struct conn *conn, const char *bytes, size_t len)
{
    if (conn->head.lines == 0) {
        const char *line_end = memchr(bytes, '\n', len);
        conn->head.params += count(bytes, line_end ? (size_t)(line_end - bytes) : len, '&');
    }
    conn->head.lines += count(bytes, len, '\n');
}

static bool head_refused(struct conn *conn, enum error_code error)
{
    if (conn->wsi && lws_partial_buffered(conn->wsi))
        return false;
    refuse_send(conn->fd, error);
    conn_linger(conn);
    return true;
}

bool refuse_long_head(struct conn *conn)
{
    char *look = (char *)lworker_self()->scratch;
    bool ended = false;
    ssize_t n = recv(conn->fd, look, HEAD_READ_MAX, MSG_PEEK | MSG_DONTWAIT);
    if (n <= 0)
        return false;
    bool begins = conn->head.bytes == 0;
    if (begins)
        conn->head.lines = conn->head.params = 0;
    size_t len = measure_head(look, (size_t)n, !begins, &ended);
    size_t room = settings_now()->headers_max - conn->head.bytes;
    head_count(conn, look, len < room ? len : room);
    size_t parts = (size_t)conn->head.lines + conn->head.params;
    if (len <= room && parts <= HEAD_PARTS_MOST) {
        conn->head.bytes = ended ? 0 : conn->head.bytes + (uint32_t)len;
        if (begins && !ended)
            wheel_set(&conn->deadline, settings_now()->request_s);
        return false;
    }
    bool in_line = conn->head.lines == 0 || (len <= room && conn->head.params > conn->head.lines);
    if (!head_refused(conn, in_line ? ERROR_URI_TOO_LONG : ERROR_HEADERS_TOO_LARGE))
        conn_kill(conn);
    return true;
}

bool refuse_late_head(struct conn *conn)
{
    return conn->kind == CONN_HTTP && !conn->tls && conn->head.bytes > 0 && head_refused(conn, ERROR_REQUEST_TIMEOUT);
}
