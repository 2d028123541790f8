#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 64, READY_FD = 3, COUNTER_FD = 4 };

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("carillon-bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

int64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void pin_to(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (sysconf(_SC_NPROCESSORS_ONLN) > core)
        sched_setaffinity(0, sizeof set, &set);
}

/* A child has the generator's core from it. */
static void unpin(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int core = 0; core < CPU_SETSIZE; core++)
        CPU_SET(core, &set); /* those that are not there are left out */
    sched_setaffinity(0, sizeof set, &set);
}

int64_t server_cpu_ns(const struct server *server)
{
    clockid_t clock;
    struct timespec ts;
    if (clock_getcpuclockid(server->pid, &clock) || clock_gettime(clock, &ts))
        die("the server is gone");
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void server_settle(const struct server *server)
{
    int64_t used = server_cpu_ns(server), before;
    do {
        before = used;
        usleep(50000);
        used = server_cpu_ns(server);
    } while (used - before > 1000000);
}

int64_t server_resident_bytes(const struct server *server)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)server->pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        die("%s cannot be read", path);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* ---- how often the daemon asks for memory ---- */

static void counter_make(struct server *server)
{
    FILE *file = tmpfile();
    if (!options.counter)
        die("--counter is missing");
    if (!file || ftruncate(fileno(file), sizeof(uint64_t)))
        die("no file to count in");
    server->counter = fcntl(fileno(file), F_DUPFD_CLOEXEC, COUNTER_FD + 1);
    fclose(file);
}

/* In the daemon's process, before it is the daemon. */
static void counter_hand_over(const struct server *server)
{
    dup2(server->counter, COUNTER_FD);
    setenv("CARILLON_BENCH_COUNTER", "4", 1);
    setenv("LD_PRELOAD", options.counter, 1);
}

uint64_t server_allocations(const struct server *server)
{
    uint64_t count = 0;
    if (pread(server->counter, &count, sizeof count, 0) != sizeof count)
        die("the count cannot be read");
    return count;
}

/* ---- the daemon ---- */

static const char *const fixed_settings[] = {
    "workers=1",
    "log.level=\"warning\"",
    "listen={{address=\"127.0.0.1:0\"}}",
    "plugins={\"websocket\",\"sqlite\"}",
    "web.enabled=false",
    "limits.publish_burst=1000000",
    "limits.publish_rate=1000000",
    "limits.connections_per_address=100000",
    "limits.idle=3600", /* the generator answers no pings */
};

static void daemon_exec(const struct server *server, const char *const *settings)
{
    const char *arguments[ARGUMENTS_MAX] = { options.daemon, "--ready-fd=3", "--state-dir", server->state_dir };
    static char plugins[4096];
    size_t n = 4;
    snprintf(plugins, sizeof plugins, "plugin_dirs={\"%s\"}", options.plugins);
    arguments[n++] = "--set";
    arguments[n++] = plugins;
    for (size_t i = 0; i < sizeof fixed_settings / sizeof fixed_settings[0]; i++) {
        arguments[n++] = "--set";
        arguments[n++] = fixed_settings[i];
    }
    for (; settings && *settings; settings++) {
        arguments[n++] = "--set";
        arguments[n++] = *settings;
    }
    execv(options.daemon, (char *const *)arguments);
    die("%s cannot be started: %s", options.daemon, strerror(errno));
}

static int port_from_ready(int fd)
{
    char line[512];
    ssize_t n = read(fd, line, sizeof line - 1);
    line[n > 0 ? n : 0] = '\0';
    const char *colon = strstr(line, "127.0.0.1:");
    if (!colon)
        die("the daemon did not start");
    return atoi(colon + strlen("127.0.0.1:"));
}

static char *guest_token(const struct server *server)
{
    char *body = server_request(server, "POST", "/api/v1/tokens", "{\"name\":\"bench\"}");
    json_t *answer = json_loads(body, 0, NULL);
    const char *token = json_string_value(json_object_get(answer, "token"));
    if (!token)
        die("no token in %s", body);
    char *copy = strdup(token);
    json_decref(answer);
    free(body);
    return copy;
}

void server_start_daemon(struct server *server, const char *const *settings)
{
    int ready[2];
    *server = (struct server){ .unpinned = server->unpinned, .counted = server->counted };
    const char *folder = getenv("TMPDIR");
    int len = snprintf(server->state_dir, sizeof server->state_dir, "%s/carillon-bench-XXXXXX",
                       folder && *folder ? folder : "/tmp");
    if (len >= (int)sizeof server->state_dir)
        die("TMPDIR is too long");
    if (!mkdtemp(server->state_dir) || pipe(ready))
        die("no folder for the daemon's state");
    if (server->counted)
        counter_make(server);
    server->pid = fork();
    if (server->pid == 0) {
        close(ready[0]);
        if (ready[1] != READY_FD) {
            dup2(ready[1], READY_FD);
            close(ready[1]);
        }
        if (server->counted)
            counter_hand_over(server);
        if (server->unpinned)
            unpin();
        else
            pin_to(SERVER_CORE);
        daemon_exec(server, settings);
    }
    close(ready[1]);
    server->port = port_from_ready(ready[0]);
    close(ready[0]);
    server->token = guest_token(server);
}

/* ---- the floor ---- */

void server_start_floor(struct server *server)
{
    int control[2], listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    *server = (struct server){ 0 };
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096) ||
        getsockname(listener, (struct sockaddr *)&address, &len) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control))
        die("no sockets for the floor");
    server->port = ntohs(address.sin_port);
    server->pid = fork();
    if (server->pid == 0) {
        close(control[0]);
        pin_to(SERVER_CORE);
        floor_run(listener, control[1]);
    }
    close(listener);
    close(control[1]);
    server->control = control[0];
}

void server_stop(struct server *server)
{
    int status;
    kill(server->pid, server->control ? SIGKILL : SIGTERM);
    waitpid(server->pid, &status, 0);
    if (server->control)
        close(server->control);
    if (server->counted)
        close(server->counter);
    free(server->token);
    if (server->state_dir[0]) {
        char command[128];
        snprintf(command, sizeof command, "rm -rf '%s'", server->state_dir);
        if (system(command))
            die("%s cannot be removed", server->state_dir);
    }
}

/* ---- one HTTP request ---- */

static int http_connect(const struct server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)server->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die("no connection to port %d: %s", server->port, strerror(errno));
    return fd;
}

char *server_request(const struct server *server, const char *method, const char *path, const char *body)
{
    char *text = malloc(65536), *end;
    int fd = http_connect(server);
    int len = snprintf(text, 65536,
                       "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n%s%s%s\r\n%s",
                       method, path, server->port, strlen(body), server->token ? "Authorization: Bearer " : "",
                       server->token ? server->token : "", server->token ? "\r\n" : "", body);
    if (write(fd, text, (size_t)len) != len)
        die("%s %s: not sent", method, path);
    size_t have = 0;
    for (ssize_t n; (n = read(fd, text + have, 65535 - have)) > 0;)
        have += (size_t)n;
    close(fd);
    text[have] = '\0';
    if (strncmp(text, "HTTP/1.1 2", 10) != 0 || !(end = strstr(text, "\r\n\r\n")))
        die("%s %s: %s", method, path, text);
    memmove(text, end + 4, strlen(end + 4) + 1);
    return text;
}
