#include "listener/listener_private.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, BOUND_MAX = 64, FIRST_PASSED = 3, ADDRESS_MAX = 300, PORT_DIGITS = 5 };

static struct bound bounds[BOUND_MAX];
static size_t bound_count;

size_t bind_count(void)
{
    return bound_count;
}

struct bound *bind_at(size_t i)
{
    return &bounds[i];
}

static struct bound *bound_add(int fd, int lock_fd, size_t place, const char *address)
{
    if (bound_count == BOUND_MAX)
        return NULL;
    struct bound *bound = &bounds[bound_count++];
    *bound = (struct bound){ .fd = fd, .lock_fd = lock_fd, .place = place, .address = strdup(address) };
    return bound;
}

/* What a socket is bound to; the kernel may have chosen the port. */
static bool address_of(int fd, char *out, size_t room)
{
    struct sockaddr_storage at = { 0 };
    socklen_t len = sizeof at;
    char host[ADDRESS_TEXT_MAX], port[8];
    if (getsockname(fd, (struct sockaddr *)&at, &len))
        return false;
    if (at.ss_family == AF_UNIX) {
        snprintf(out, room, "unix:%s", ((struct sockaddr_un *)&at)->sun_path);
        return true;
    }
    if (getnameinfo((struct sockaddr *)&at, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
        return false;
    snprintf(out, room, at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

/* ---- TCP: without SO_REUSEPORT, so the kernel itself refuses a second daemon ---- */

static int tcp_socket(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* "host:port" or "[v6]:port"; the host may be "*" or a name such as localhost. */
static bool address_split(const char *text, char *host, char *port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (!colon || len >= NI_MAXHOST || strlen(colon + 1) > PORT_DIGITS || !colon[1] ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) || atoi(colon + 1) > UINT16_MAX)
        return false;
    bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    snprintf(host, NI_MAXHOST, "%.*s", (int)(brackets ? len - 2 : len), brackets ? text + 1 : text);
    strcpy(port, colon + 1);
    return true;
}

static enum carillon_result bind_tcp(const char *text, size_t place)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found = NULL;
    char host[NI_MAXHOST], port[NI_MAXSERV], address[ADDRESS_MAX];
    if (!address_split(text, host, port)) {
        log_error("listener", "%s: not an address such as 127.0.0.1:8080, [::1]:8080, *:8080 or unix:/path", text);
        return CARILLON_INVALID;
    }
    int error = getaddrinfo(!host[0] || strcmp(host, "*") == 0 ? NULL : host, port, &hints, &found);
    if (error) {
        log_error("listener", "%s: %s", text, gai_strerror(error));
        return CARILLON_INVALID;
    }
    enum carillon_result result = CARILLON_OK;
    for (struct addrinfo *at = found; at && result == CARILLON_OK; at = at->ai_next) {
        int fd = tcp_socket(at);
        if (fd < 0 && at != found && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
            continue;
        if (fd < 0 || !address_of(fd, address, sizeof address) || !bound_add(fd, -1, place, address)) {
            log_error("listener", "%s: %s", text, strerror(errno));
            result = CARILLON_UNAVAILABLE;
        }
    }
    freeaddrinfo(found);
    return result;
}

/* ---- Unix sockets: a lock file tells a living daemon from a socket that was left behind ---- */

static int lock_take(const char *path)
{
    char name[sizeof((struct sockaddr_un *)0)->sun_path + 8];
    snprintf(name, sizeof name, "%s.lock", path);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static bool remove_stale(const char *path)
{
    struct stat info;
    if (lstat(path, &info))
        return true;
    if (!S_ISSOCK(info.st_mode)) {
        errno = ENOTSOCK;
        return false;
    }
    return unlink(path) == 0;
}

static int unix_socket(const struct sockaddr_un *at, unsigned mode)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t before = umask(0777); /* nobody may connect before the mode is set */
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)at, sizeof *at) == 0;
    umask(before);
    if (bound && chmod(at->sun_path, mode) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static enum carillon_result bind_unix(const char *path, unsigned mode, size_t place)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char address[ADDRESS_MAX];
    if (strlen(path) >= sizeof at.sun_path) {
        log_error("listener", "unix:%s: the path is too long", path);
        return CARILLON_INVALID;
    }
    strcpy(at.sun_path, path);
    int lock = lock_take(path);
    if (lock < 0) {
        log_error("listener", "unix:%s: %s", path,
                  errno == EWOULDBLOCK ? "another daemon listens here (it holds the .lock file)" : strerror(errno));
        return CARILLON_UNAVAILABLE;
    }
    int fd = remove_stale(path) ? unix_socket(&at, mode) : -1;
    snprintf(address, sizeof address, "unix:%s", path);
    struct bound *bound = fd >= 0 ? bound_add(fd, lock, place, address) : NULL;
    if (!bound) {
        log_error("listener", "unix:%s: %s", path, strerror(errno));
        close(lock);
        return CARILLON_UNAVAILABLE;
    }
    bound->unlink_path = strdup(path);
    return CARILLON_OK;
}

/* ---- sockets that the service manager passes (LISTEN_PID, LISTEN_FDS) replace the configured ones, in their order ---- */

static size_t take_passed(const struct settings *settings)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    char address[ADDRESS_MAX];
    if (!pid || !count || atol(pid) != (long)getpid())
        return 0;
    for (int fd = FIRST_PASSED; fd < FIRST_PASSED + atoi(count); fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        size_t place = (size_t)(fd - FIRST_PASSED);
        if (place >= settings->place_count || !address_of(fd, address, sizeof address) ||
            !bound_add(fd, -1, place, address))
            log_error("listener", "descriptor %d, which was passed, has no place in `listen`, or is no socket", fd);
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    return bound_count;
}

enum carillon_result bind_all(const struct settings *settings)
{
    enum carillon_result result = CARILLON_OK;
    if (take_passed(settings))
        return CARILLON_OK;
    for (size_t i = 0; i < settings->place_count && result == CARILLON_OK; i++) {
        const struct listen_place *place = &settings->places[i];
        bool is_unix = strncmp(place->address, "unix:", 5) == 0;
        result = is_unix ? bind_unix(place->address + 5, place->mode, i) : bind_tcp(place->address, i);
    }
    if (result == CARILLON_OK && !bound_count) {
        log_error("listener", "no address to listen on is configured");
        result = CARILLON_INVALID;
    }
    if (result != CARILLON_OK)
        bind_close_all();
    return result;
}

void bind_close_all(void)
{
    for (size_t i = 0; i < bound_count; i++) {
        close(bounds[i].fd);
        if (bounds[i].unlink_path)
            unlink(bounds[i].unlink_path);
        if (bounds[i].lock_fd >= 0)
            close(bounds[i].lock_fd);
        free(bounds[i].unlink_path);
        free(bounds[i].address);
    }
    bound_count = 0;
}
