#include "bench.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int sockets[CLIENTS_MAX];
static size_t count;

/* All that are waiting: an order is for every socket that was connected before it. */
static void accept_all(int listener)
{
    int on = 1;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockets[count++] = fd;
    }
}

static void send_order(int fd, const char *bytes, const struct order *order)
{
    if (order->send_buffer)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &order->send_buffer, sizeof order->send_buffer);
    if (send(fd, bytes, order->bytes, MSG_NOSIGNAL) != (ssize_t)order->bytes)
        _exit(1);
}

/* The least that any server has to do: one send() a socket. Commands come from the load generator. */
void floor_run(int listener, int control)
{
    static char bytes[FLOOR_BYTES_MAX];
    int epoll = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = control;
    epoll_ctl(epoll, EPOLL_CTL_ADD, control, &event);
    memset(bytes, 'x', sizeof bytes);
    while (epoll_wait(epoll, &event, 1, -1) >= 0) {
        struct order order;
        accept_all(listener);
        if (event.data.fd == listener)
            continue;
        if (read(control, &order, sizeof order) != sizeof order)
            break;
        for (size_t i = 0; i < count; i++)
            send_order(sockets[i], bytes, &order);
    }
    _exit(0);
}
