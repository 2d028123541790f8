/*
 * The benchmark: one program that loads a daemon with WebSocket clients, and measures the same with bare sockets.
 *
 *   main.c     options, the plan, the table of results
 *   server.c   starts the daemon and the floor as processes of their own, on a core of their own; CPU time, memory
 *   floor.c    what it costs to send() the same bytes to as many sockets, and nothing else
 *   client.c   the clients, on one epoll
 *   pusher_client.c   those that speak Pusher's protocol, and a server of theirs
 *   count/     is loaded into a daemon to count what it allocates
 *   fanout.c connect.c durable.c stalled.c mongodb.c lua.c pusher.c presence.c   one measurement each
 */
#ifndef CARILLON_TESTS_BENCH_H
#define CARILLON_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_CORE = 0, CLIENT_CORE = 1, CLIENTS_MAX = 16000, DATA_BYTES = 100, FLOOR_BYTES_MAX = 1 << 20 };

/* ---- server.c ---- */

struct server {
    pid_t pid;
    int port;
    int control; /* the floor's: a struct order each */
    char *token; /* the daemon's: a signed-in guest */
    char state_dir[64];
    bool unpinned; /* set before it starts: its threads use every core */
    bool counted;  /* set before it starts: what it allocates is counted */
    int counter;   /* ... in this file */
};

struct order {
    uint32_t bytes;       /* to each socket, in one send() */
    uint32_t send_buffer; /* SO_SNDBUF of the sockets from now on; 0: as it is */
};

struct options {
    const char *daemon, *plugins;
    const char *counter; /* the shared object that counts allocations */
    const char *only;
    const char *mongodb; /* the connection string of a database that may be emptied; NULL: nothing is measured there */
    bool json, quick, small; /* quick: fewer rounds; small: fewer clients */
};
extern struct options options;

void server_start_daemon(struct server *server, const char *const *settings);
void server_start_floor(struct server *server);
void server_stop(struct server *server);
/* Nanoseconds of processor time that the process has used. */
int64_t server_cpu_ns(const struct server *server);
int64_t server_resident_bytes(const struct server *server);
/* Waits until it has nothing to do any more. */
void server_settle(const struct server *server);
/* How often it has asked for memory since it started; it was started with `counted`. */
uint64_t server_allocations(const struct server *server);
/* Sends a request, waits for the answer, returns its body, which the caller frees; dies unless the status is 2xx. */
char *server_request(const struct server *server, const char *method, const char *path, const char *body);
/* Never returns: the floor's process. */
void floor_run(int listener, int control);

int64_t now_ns(void);
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void pin_to(int core);

/* ---- client.c ---- */

enum { HELD_MAX = 600 };

struct client {
    int fd;
    bool websocket, ready, stalled;
    unsigned char held[HELD_MAX]; /* the beginning of a frame whose end has not come */
    size_t held_len;
    uint64_t skip; /* bytes of a frame still to come */
    uint64_t frames, bytes;
};

struct crowd {
    int epoll;
    size_t count;
    struct client *clients[CLIENTS_MAX];
    const char *sign;       /* how the frames begin that are counted */
    uint64_t frames, bytes; /* of all that are not stalled; frames: those with the sign */
    uint64_t frame_bytes;   /* of the last event */
};

void crowd_open(struct crowd *crowd);
void crowd_close(struct crowd *crowd);
/* Closes the connections of the last n. */
void crowd_drop(struct crowd *crowd, size_t n);
/* Adds n clients; to a daemon each signs in and subscribes to the channel (NULL: to none). Returns when all are ready. */
void crowd_connect(struct crowd *crowd, const struct server *server, size_t n, const char *channel);
/* The parts of that, for other protocols: a new client that is in the crowd already, its handshake, a frame it waits for. */
struct client *crowd_add(struct crowd *crowd, const struct server *server);
void client_upgrade(struct client *client, const struct server *server, const char *path, const char *subprotocol);
/* The last n stop reading. */
void crowd_stall(struct crowd *crowd, size_t n);
/* Reads until the crowd has seen so many event frames (of a floor: bytes); dies after 30 s. */
void crowd_wait_frames(struct crowd *crowd, uint64_t frames);
void crowd_wait_bytes(struct crowd *crowd, uint64_t bytes);
/* One round of reading, waiting at most so long. */
void crowd_read(struct crowd *crowd, int wait_ms);
/* A text frame, as a client sends it. */
void client_send(struct client *client, const char *text);
/* So many of it, in one piece. */
void client_send_times(struct client *client, const char *text, unsigned times);
/* What has come to it is read and forgotten. */
void client_forget(struct client *client);
/* Blocking use: the next text frame into out; its length. */
size_t client_receive(struct client *client, char *out, size_t room);

/* ---- pusher_client.c ---- */

#define PUSHER_SETTINGS                                                                                                \
    "plugins={\"websocket\",\"pusher\",\"sqlite\"}",                                                                   \
        "apps={main={id=\"1\",key=\"bench-key\",secret=\"bench-secret-0123456789\",limits={client_events=1000000,"     \
        "members=20000,requests=0}}}"

struct pusher_client {
    struct client *client; /* in a crowd */
    char socket_id[64];
};

/* A new client in the crowd, whose connection is established. */
struct pusher_client pusher_connect(struct crowd *crowd, const struct server *server);
/* Sends a signed subscription; user NULL: not as a member. */
void pusher_ask(const struct pusher_client *client, const char *channel, const char *user);
void pusher_leave(const struct pusher_client *client, const char *channel);
/* Blocking use: reads until a whole message of this event has come, however long, and returns the bytes of its frames; so
   does pusher_settle, of a ping. */
uint64_t pusher_await(const struct pusher_client *client, const char *event);
void pusher_settle(const struct pusher_client *client);
/* The same all together: n clients that subscribe. */
void pusher_crowd(struct crowd *crowd, const struct server *server, size_t n, const char *channel);

/* A server of the app, with one connection that it keeps. */
struct pusher_server {
    int fd;
    int port;
};
void pusher_server_open(struct pusher_server *server, const struct server *daemon);
void pusher_server_close(struct pusher_server *server);
/* A signed POST; then waits for its answer, "{}". */
void pusher_post(const struct pusher_server *server, const char *path, const char *body);
void pusher_answered(const struct pusher_server *server);

/* ---- durable.c ---- */

enum { PUBLISHERS = 64 };

/* Creates the conversation "durable"; then each publisher sends its next when the one before is acknowledged. 1/s. */
double durable_together(const struct server *server, struct crowd *crowd, int64_t span_ns, double *cpu_us);
int64_t durable_span_ns(void);

/* ---- stalled.c ---- */

/* The 99th percentile of full fan-outs to `readers` of the channel "bench", in microseconds. */
double fanout_p99(struct crowd *crowd, struct client *publisher, size_t readers, unsigned times);

/* ---- results ---- */

void result_add(const char *name, double value, const char *unit, const char *target);
double median(double *values, size_t n);
double quantile(double *values, size_t n, double q);

/* Microseconds of the daemon's CPU a delivery: times `burst` events from the publisher to the crowd's channel "bench", the
   next when all have them. latencies: of each time, in microseconds; NULL: not wanted. */
double run_daemon(struct server *server, struct crowd *crowd, struct client *publisher, unsigned burst, unsigned times,
                  double *latencies);
/* Microseconds of the floor's CPU for each send() of so many bytes to the crowd, each in turn and all together `times`. */
double run_floor(struct server *server, struct crowd *crowd, uint32_t bytes, unsigned burst, unsigned times);

void measure_fanout(void);
void measure_connect(void);
void measure_durable(void);
void measure_stalled(void);
void measure_mongodb(void);
void measure_lua(void);
void measure_pusher(void);
void measure_presence(void);

#endif
