#include "listener/listener_private.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Worker 0 accepts for all and hands each socket to the worker that has the fewest connections. That spreads them evenly,
 * works for Unix sockets and passed ones too, and gives one place for the limits.
 *
 * A connection beyond a limit costs an answer of one packet, or with TLS, where that would cost a handshake first, none.
 */
enum { ACCEPTS_A_TURN = 64, RETRY_MS = 100, SEND_TIMEOUT_MS = 30000 };

static struct event **events;
static size_t event_count;
static struct timer retry;
static atomic_bool stopped = true;
static size_t descriptors_max;

size_t accept_count_connections(void)
{
    size_t count = 0;
    for (unsigned i = 0; i < workers_count(); i++)
        count += atomic_load_explicit(&lworker_at(i)->connections, memory_order_relaxed);
    return count;
}

bool accept_is_stopped(void)
{
    return atomic_load_explicit(&stopped, memory_order_relaxed);
}

/* ---- on the worker that gets it ---- */

struct handover {
    struct task task;
    int fd;
    size_t place;
    struct peer *peer;
};

static void take_over(struct task *task)
{
    struct handover *handover = (struct handover *)task;
    lworker_self()->now_ms = loop_monotonic_ms();
    if (!conn_new(handover->fd, handover->place, handover->peer)) {
        close(handover->fd);
        peer_leave(handover->peer);
    }
    /* It was counted when it was sent here, so that those that follow see it. */
    atomic_fetch_sub_explicit(&lworker_self()->connections, 1, memory_order_relaxed);
    free(handover);
}

static unsigned least_busy(void)
{
    unsigned least = 0;
    size_t fewest = SIZE_MAX;
    for (unsigned i = 0; i < workers_count(); i++) {
        size_t count = atomic_load_explicit(&lworker_at(i)->connections, memory_order_relaxed);
        if (count < fewest) {
            fewest = count;
            least = i;
        }
    }
    return least;
}

/* ---- on worker 0 ---- */

static bool hand_over(int fd, size_t place, struct peer *peer)
{
    struct handover *handover = malloc(sizeof *handover);
    unsigned worker = least_busy();
    if (!handover)
        return false;
    *handover = (struct handover){ .task.run = take_over, .fd = fd, .place = place, .peer = peer };
    atomic_fetch_add_explicit(&lworker_at(worker)->connections, 1, memory_order_relaxed);
    if (worker == worker_index())
        take_over(&handover->task);
    else
        post_task(worker, &handover->task);
    return true;
}

static void set_options(int fd, const struct settings *settings)
{
    int on = 1, timeout = SEND_TIMEOUT_MS;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (settings->send_buffer)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &settings->send_buffer, sizeof settings->send_buffer);
}

static struct carillon_str address_text(const struct sockaddr_storage *from, char text[ADDRESS_TEXT_MAX])
{
    const void *bytes = from->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)from)->sin6_addr
                                                    : (const void *)&((const struct sockaddr_in *)from)->sin_addr;
    char plain[ADDRESS_TEXT_MAX];
    if (from->ss_family == AF_UNIX)
        return CARILLON_STR("unix");
    if (!inet_ntop(from->ss_family, bytes, plain, sizeof plain) ||
        !address_normalize((struct carillon_str){ plain, strlen(plain) }, text))
        strcpy(text, "?");
    return (struct carillon_str){ text, strlen(text) };
}

static void refuse(int fd, const struct bound *bound, const char *address, bool by_address)
{
    const struct settings *settings = settings_now();
    bool descriptors_left = (size_t)fd + settings->descriptors_spare / 2 < descriptors_max;
    log_info("listener", "a connection from %s was refused: %s", address,
             by_address ? "too many from this address" : "too many in all");
    if (place_has_tls(&settings->places[bound->place]))
        close(fd);
    else
        refuse_socket(fd, ERROR_CONNECTION_LIMIT, descriptors_left);
}

static void welcome(int fd, const struct bound *bound, const struct sockaddr_storage *from)
{
    const struct settings *settings = settings_now();
    char text[ADDRESS_TEXT_MAX];
    bool from_unix = from->ss_family == AF_UNIX;
    struct carillon_str address = address_text(from, text);
    bool proxy = from_unix || settings->places[bound->place].proxy ||
                 cidr_contains(settings->proxies, settings->proxy_count, address);
    bool room = accept_count_connections() < settings->connections_max &&
                (size_t)fd + settings->descriptors_spare < descriptors_max;
    struct peer *peer = room ? peer_enter(address, proxy ? 0 : settings->connections_per_address) : NULL;
    if (!peer) {
        refuse(fd, bound, address.ptr, room);
        return;
    }
    if (!from_unix)
        set_options(fd, settings);
    if (!hand_over(fd, bound->place, peer)) {
        close(fd);
        peer_leave(peer);
    }
}

/* Out of descriptors: a listening socket stays readable, so it is left alone for a moment. */
static void rest(void)
{
    for (size_t i = 0; i < event_count; i++)
        event_del(events[i]);
    timer_start(&retry, RETRY_MS);
}

static void resume(struct timer *timer)
{
    (void)timer;
    for (size_t i = 0; i < event_count; i++)
        event_add(events[i], NULL);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage from = { .ss_family = AF_UNIX };
        socklen_t len = sizeof from;
        int accepted = accept4(fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            welcome(accepted, arg, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_error("listener", "no connection can be accepted: %s", strerror(errno));
            rest();
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

void accept_start(void)
{
    struct rlimit limit;
    descriptors_max = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (size_t)limit.rlim_cur : SIZE_MAX;
    events = calloc(bind_count(), sizeof(*events));
    timer_init(&retry, resume);
    refuse_open();
    for (size_t i = 0; events && i < bind_count(); i++) {
        struct event *event = event_new(worker_base(0), bind_at(i)->fd, EV_READ | EV_PERSIST, on_accept, bind_at(i));
        if (event && event_add(event, NULL) == 0)
            events[event_count++] = event;
    }
    atomic_store(&stopped, false);
}

void accept_stop(void)
{
    atomic_store(&stopped, true);
    timer_stop(&retry);
    refuse_close();
    for (size_t i = 0; i < event_count; i++)
        event_free(events[i]);
    free(events);
    events = NULL;
    event_count = 0;
}
