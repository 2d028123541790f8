#include "http_client/client_private.h"

#include "loop/watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * libcurl says which sockets and which one timer it wants to hear of, and is called when they have something to say. It is
 * never waited for: what it would wait for by itself are names, which its threads resolve, and the end of those threads,
 * which CURLOPT_QUICK_EXIT leaves to themselves.
 */
enum { KEPT_CONNECTIONS = 64, KEPT_SECONDS = 60 };

/*
 * libcurl 7.88 closes the socket of a failed attempt before it says so, and by then the number may be another thread's, or
 * that of its own next attempt. So what is watched is a descriptor of ours for the same connection.
 */
struct socket {
    TAILQ_ENTRY(socket) link;
    struct watch watch;
    curl_socket_t number; /* libcurl's */
    struct client *client;
};

/* ---- what has ended ---- */

static void multi_collect(struct client *client)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left))) {
        struct fetch *fetch = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
        fetch_finish(fetch, code);
    }
}

static void multi_act(struct client *client, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(client->multi, fd, what, &running);
    multi_collect(client);
}

/* ---- sockets ---- */

static void socket_ready(struct watch *watch, unsigned what)
{
    struct socket *socket = (struct socket *)((char *)watch - offsetof(struct socket, watch));
    multi_act(socket->client, socket->number,
              (what & WATCH_READ ? CURL_CSELECT_IN : 0) | (what & WATCH_WRITE ? CURL_CSELECT_OUT : 0));
}

static bool socket_watch(struct socket *socket, unsigned what)
{
    int fd = fcntl(socket->number, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return false;
    watch_init(&socket->watch, fd, socket_ready);
    watch_set(&socket->watch, what);
    return true;
}

static void socket_unwatch(struct socket *socket)
{
    watch_set(&socket->watch, 0);
    close(socket->watch.fd);
}

static void socket_free(struct socket *socket)
{
    socket_unwatch(socket);
    TAILQ_REMOVE(&socket->client->sockets, socket, link);
    free(socket);
}

static struct socket *socket_new(struct client *client, curl_socket_t number)
{
    struct socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    socket->client = client;
    socket->number = number;
    if (!socket_watch(socket, 0)) {
        free(socket);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&client->sockets, socket, link);
    curl_multi_assign(client->multi, number, socket);
    return socket;
}

bool multi_renew_socket(struct client *client, curl_socket_t number)
{
    struct socket *socket;
    TAILQ_FOREACH (socket, &client->sockets, link) {
        if (socket->number != number)
            continue;
        unsigned what = socket->watch.wanted;
        socket_unwatch(socket);
        if (socket_watch(socket, what))
            return true;
        TAILQ_REMOVE(&client->sockets, socket, link);
        curl_multi_assign(client->multi, number, NULL);
        free(socket);
        return false;
    }
    return true;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct client *client = arg;
    struct socket *socket = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            socket_free(socket);
        return 0;
    }
    if (!socket && !(socket = socket_new(client, fd)))
        return -1;
    watch_set(&socket->watch, (what & CURL_POLL_IN ? WATCH_READ : 0u) | (what & CURL_POLL_OUT ? WATCH_WRITE : 0u));
    return 0;
}

/* ---- the timer ---- */

static int on_timer(CURLM *multi, long after_ms, void *arg)
{
    struct client *client = arg;
    (void)multi;
    if (after_ms < 0)
        timer_stop(&client->timer);
    else
        timer_start(&client->timer, after_ms);
    return 0;
}

static void timer_fired(struct timer *timer)
{
    struct client *client = (struct client *)((char *)timer - offsetof(struct client, timer));
    multi_act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- the handle ---- */

enum carillon_result multi_open(struct client *client)
{
    client->multi = curl_multi_init();
    if (!client->multi)
        return CARILLON_NO_MEMORY;
    timer_init(&client->timer, timer_fired);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    return CARILLON_OK;
}

void multi_close(struct client *client)
{
    struct socket *socket;
    curl_multi_cleanup(client->multi);
    while ((socket = TAILQ_FIRST(&client->sockets)))
        socket_free(socket);
    timer_stop(&client->timer);
}

enum carillon_result multi_start(struct fetch *fetch)
{
    struct client *client = fetch->client;
    int64_t left_ms = fetch->began_ms + fetch->total_ms - loop_monotonic_ms();
    curl_easy_setopt(fetch->easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 1 ? left_ms : 1));
    curl_easy_setopt(fetch->easy, CURLOPT_MAXAGE_CONN, (long)KEPT_SECONDS);
    return curl_multi_add_handle(client->multi, fetch->easy) == CURLM_OK ? CARILLON_OK : CARILLON_NO_MEMORY;
}

void multi_stop(struct fetch *fetch)
{
    curl_multi_remove_handle(fetch->client->multi, fetch->easy);
}
