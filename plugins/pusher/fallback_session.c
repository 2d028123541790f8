#include "fallback.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { LOOK_MS = 500, PIECE_BYTES = 32 * 1024 };

struct fallback {
    UT_hash_handle hh;
    struct client *client; /* NULL: closed; what is left waits for whoever asks next */
    carillon_handle conn;
    struct visit *visit; /* the poll or stream that is open; NULL: none */
    size_t units;        /* that its answer has so far */
    bool ready;          /* a stream takes a piece now */
    bool abandoned;      /* nobody is to be told how it ends */
    int64_t due_ms;      /* with a visit: a heartbeat; without: its end */
    struct text rest;    /* closed: what was not told */
    size_t key_len;
    char key[];
};

/* A worker's own; the array is made as the plugin begins. */
static struct home {
    struct fallback *sessions;
    bool timed;
} * homes;

static struct home *home_self(void)
{
    return &homes[pusher.host->worker_self()];
}

static int64_t due_after(const char *option)
{
    return pusher.host->monotonic_ms() + pusher.host->option_int(pusher.self, option);
}

/* ---- the table ---- */

static void look(void *arg);

static void start_timer(struct home *home)
{
    if (home->timed)
        return;
    home->timed = pusher.host->timer_start(pusher.self, LOOK_MS, look, home, NULL) == CARILLON_OK;
    if (!home->timed)
        pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "no timer: clients over HTTP that left are kept");
}

static struct fallback *find(const struct visit *visit)
{
    struct fallback *session;
    HASH_FIND(hh, home_self()->sessions, visit->key, visit->key_len, session);
    return session;
}

static struct fallback *session_new(const struct visit *visit)
{
    struct fallback *session = calloc(1, sizeof *session + visit->key_len);
    if (!session)
        return NULL;
    session->key_len = visit->key_len;
    memcpy(session->key, visit->key, visit->key_len);
    HASH_ADD(hh, home_self()->sessions, key, session->key_len, session);
    start_timer(home_self());
    return session;
}

static void session_free(struct home *home, struct fallback *session)
{
    HASH_DEL(home->sessions, session);
    text_free(&session->rest);
    free(session);
}

/* ---- what the client is told ---- */

/* Frames that wait, as many as the answer may still hold, and a piece at a time where it is a stream. */
struct filling {
    struct fallback *session;
    struct text text;
    size_t bytes_max;
};

static bool fill(void *arg, struct carillon_str frame)
{
    struct filling *filling = arg;
    if (filling->session->units > ANSWER_UNITS_MAX || filling->text.len >= filling->bytes_max)
        return false;
    text_put(&filling->text, frame.ptr, frame.len);
    filling->session->units += line_count_units(frame);
    return !filling->text.failed;
}

static struct text take_waiting(struct fallback *session, size_t bytes_max)
{
    struct filling filling = { .session = session, .bytes_max = bytes_max };
    pusher.host->conn_take(session->conn, fill, &filling);
    return filling.text;
}

static bool is_full(const struct fallback *session)
{
    return session->units > ANSWER_UNITS_MAX;
}

static void finish_visit(struct fallback *session, unsigned status, struct text *text)
{
    struct visit *visit = session->visit;
    session->visit = NULL;
    session->due_ms = due_after("fallback_grace");
    visit_end(visit, status, text);
}

/* After a full answer the client comes with its next one; it is not told anything before. */
static void give(struct fallback *session, struct text *text)
{
    session->ready = false;
    session->due_ms = due_after(is_full(session) ? "fallback_grace" : "fallback_heartbeat");
    visit_give(session->visit, text);
}

static void tell(struct fallback *session, struct text *text)
{
    if (session->visit->kind == VISIT_STREAM)
        give(session, text);
    else
        finish_visit(session, 200, text);
}

static void tell_waiting(struct fallback *session)
{
    if (!session->visit || !session->ready || !session->client)
        return;
    struct text text = take_waiting(session, session->visit->kind == VISIT_STREAM ? PIECE_BYTES : SIZE_MAX);
    if (text.len)
        tell(session, &text);
    else
        text_free(&text);
}

/* ---- its connection ---- */

static void conn_waiting(carillon_handle conn, void *state)
{
    (void)conn;
    tell_waiting(state);
}

/* Who has nothing open, or no room in it, is told with its next request. */
static void tell_closed(struct fallback *session)
{
    struct text nothing = { 0 };
    if (session->visit && !is_full(session)) {
        visit_end(session->visit, 200, &session->rest);
        session_free(home_self(), session);
        return;
    }
    if (session->visit)
        finish_visit(session, 200, &nothing);
    session->due_ms = due_after("fallback_grace");
}

static void conn_closed(carillon_handle conn, void *state, unsigned code, struct carillon_str reason)
{
    (void)conn;
    struct fallback *session = state;
    struct text nothing = { 0 };
    if (session->visit && is_full(session)) /* what waits is for the next answer */
        finish_visit(session, 200, &nothing);
    if (!session->visit)
        session->units = 0;
    session->rest = take_waiting(session, SIZE_MAX);
    line_put_close(&session->rest, code, reason);
    if (session->client)
        client_free(session->client);
    session->client = NULL;
    if (!session->abandoned) {
        tell_closed(session);
        return;
    }
    if (session->visit)
        finish_visit(session, 200, &nothing);
    session_free(home_self(), session);
}

static const struct carillon_hold hold = { .size = sizeof hold, .waiting = conn_waiting, .closed = conn_closed };

static void abandon(struct fallback *session)
{
    session->abandoned = true;
    pusher.host->conn_close(session->conn, 1000, CARILLON_STR(""));
}

/* ---- visits ---- */

static void open_visit(struct fallback *session, struct visit *visit)
{
    visit->session = session;
    session->visit = visit;
    session->units = 0;
    session->ready = true;
    session->due_ms = due_after("fallback_heartbeat");
}

static void refuse_visit(struct visit *visit, unsigned status, const char *why)
{
    struct text text = { 0 };
    text_put_cstr(&text, why);
    visit_end(visit, status, &text);
}

/* The listener has no room for one more. */
static void refuse_client(struct visit *visit)
{
    const char *why = pusher_code_message(PUSHER_CODE_OVER_CAPACITY);
    struct text text = { 0 };
    text_put_cstr(&text, LINE_OPEN.ptr);
    line_put_close(&text, PUSHER_CODE_OVER_CAPACITY, (struct carillon_str){ why, strlen(why) });
    visit_end(visit, 200, &text);
}

/* Its first words are told at the end of this turn, when they are all there. */
static void begin(struct visit *visit)
{
    const struct carillon_host *host = pusher.host;
    struct carillon_str address = { visit->address, strlen(visit->address) };
    struct fallback *session = session_new(visit);
    if (!session || host->conn_hold(pusher.self, address, &hold, session, &session->conn) != CARILLON_OK) {
        if (session)
            session_free(home_self(), session);
        refuse_client(visit);
        return;
    }
    host->conn_send(session->conn, LINE_OPEN);
    session->client = client_new(session->conn, &visit->arrival, pusher.fallback_codec);
    if (!session->client)
        host->conn_close(session->conn, PUSHER_CODE_OVER_CAPACITY, CARILLON_STR(""));
    open_visit(session, visit);
}

/* One answer at a time; but who has read a full one opens the next before the daemon sees the last one's end. */
static void go_on(struct fallback *session, struct visit *visit)
{
    struct text text = { 0 };
    if (session->visit && !is_full(session)) {
        refuse_visit(visit, 409, "The session has a request open\n");
        return;
    }
    if (session->visit)
        finish_visit(session, 200, &text);
    open_visit(session, visit);
    if (!session->client) {
        tell_closed(session);
        return;
    }
    activity_note(session->client, true);
    tell_waiting(session);
    if (session->visit && session->ready && session->visit->kind == VISIT_STREAM)
        give(session, &text); /* its head; a poll may have ended */
}

static void take_frames(struct visit *visit)
{
    struct fallback *session = find(visit);
    struct text nothing = { 0 };
    size_t i;
    json_t *frame;
    if (!session || !session->client) {
        refuse_visit(visit, 404, "No such session\n");
        return;
    }
    activity_note(session->client, true);
    json_array_foreach(visit->frames, i, frame)
        client_take(session->client, json_string_value(frame), json_string_length(frame));
    visit_end(visit, 204, &nothing);
}

void fallback_arrived(struct visit *visit)
{
    struct fallback *session = find(visit);
    if (visit->kind == VISIT_SEND)
        take_frames(visit);
    else if (session)
        go_on(session, visit);
    else
        begin(visit);
}

void fallback_taken(struct fallback *session)
{
    session->ready = true;
    tell_waiting(session);
}

void fallback_lost(struct fallback *session)
{
    session->visit = NULL;
    session->due_ms = due_after("fallback_grace");
    if (!is_full(session))
        abandon(session);
}

/* ---- time ---- */

static void heartbeat(struct fallback *session)
{
    struct text line = { 0 };
    session->due_ms = due_after("fallback_heartbeat");
    if (!session->ready) /* it does not read: it has enough to find out that we are here */
        return;
    text_put_cstr(&line, LINE_HEARTBEAT.ptr);
    session->units += LINE_HEARTBEAT.len;
    tell(session, &line);
}

static void look_at(struct home *home, struct fallback *session)
{
    if (!session->client)
        session_free(home, session);
    else if (!session->visit || is_full(session))
        abandon(session);
    else
        heartbeat(session);
}

static void look(void *arg)
{
    struct home *home = arg;
    struct fallback *session, *next;
    int64_t now = pusher.host->monotonic_ms();
    home->timed = false;
    HASH_ITER (hh, home->sessions, session, next)
        if (session->due_ms <= now)
            look_at(home, session);
    if (home->sessions)
        start_timer(home);
}

enum carillon_result fallback_open(void)
{
    homes = calloc(pusher.host->worker_count(), sizeof *homes);
    return homes ? CARILLON_OK : CARILLON_NO_MEMORY;
}

void fallback_close(void)
{
    for (size_t i = 0; homes && i < pusher.host->worker_count(); i++)
        while (homes[i].sessions)
            session_free(&homes[i], homes[i].sessions);
    free(homes);
    homes = NULL;
}
