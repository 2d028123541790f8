#include "session/online.h"

#include "base/hash.h"
#include "channel/attach.h"
#include "loop/post.h"
#include "session/session.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* ---- at the user's home ---- */

struct watcher {
    struct watcher *prev, *next;
    carillon_handle session;
    unsigned worker;
};

struct online {
    UT_hash_handle hh;
    uint32_t sessions;
    struct watcher *watchers;
    struct scoped_key key; /* cut to the id's length */
};

static _Thread_local struct online *users;

/* What is sent to a home, and what comes back: one user each. */
enum note_kind { NOTE_ENTER, NOTE_LEAVE, NOTE_WATCH, NOTE_UNWATCH, NOTE_TOLD };

struct note {
    struct task task;
    enum note_kind kind;
    const struct app *app;
    carillon_handle session; /* WATCH, UNWATCH, TOLD */
    unsigned worker;
    bool online; /* TOLD */
    size_t len;
    char user[];
};

static struct carillon_str note_user(const struct note *note)
{
    return (struct carillon_str){ note->user, note->len };
}

static struct note *note_new(enum note_kind kind, const struct app *app, struct carillon_str user)
{
    struct note *note = calloc(1, sizeof *note + user.len + 1);
    if (!note)
        abort(); /* must hold: the count would be wrong for ever */
    note->kind = kind;
    note->app = app;
    note->worker = worker_index();
    note->len = user.len;
    memcpy(note->user, user.ptr, user.len);
    return note;
}

static void told_run(struct task *task)
{
    struct note *note = (struct note *)task;
    struct session *session = session_get(note->session, NULL);
    struct carillon_str user = note_user(note);
    if (session && !session->closing && session->ops->watched)
        session->ops->watched(session->handle, session->state, &user, 1, note->online);
    free(note);
}

static void tell_watcher(const struct note *about, const struct watcher *watcher, bool online)
{
    struct note *told = note_new(NOTE_TOLD, about->app, note_user(about));
    told->session = watcher->session;
    told->online = online;
    told->task.run = told_run;
    post_task(watcher->worker, &told->task);
}

static void tell_watchers(const struct note *about, const struct online *online)
{
    const struct watcher *watcher;
    DL_FOREACH (online->watchers, watcher)
        tell_watcher(about, watcher, online->sessions > 0);
}

static void watcher_add(const struct note *note, struct online *online)
{
    struct watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher)
        return; /* it is told nothing, as if nobody came */
    watcher->session = note->session;
    watcher->worker = note->worker;
    DL_APPEND(online->watchers, watcher);
    tell_watcher(note, watcher, online->sessions > 0);
}

static void watcher_remove(const struct note *note, struct online *online)
{
    struct watcher *watcher, *next;
    DL_FOREACH_SAFE (online->watchers, watcher, next) {
        if (watcher->session != note->session)
            continue;
        DL_DELETE(online->watchers, watcher);
        free(watcher);
        return;
    }
}

static struct online *online_get(const struct note *note)
{
    struct scoped_key key;
    struct online *online = NULL;
    size_t len = scoped_key_make(&key, note->app, note->user, note->len);
    if (!len)
        return NULL;
    HASH_FIND(hh, users, &key, len, online);
    if (online)
        return online;
    online = calloc(1, offsetof(struct online, key) + len);
    if (!online)
        abort();
    memcpy(&online->key, &key, len);
    HASH_ADD_KEYPTR(hh, users, &online->key, len, online);
    return online;
}

static void online_release(struct online *online)
{
    if (online->sessions || online->watchers)
        return;
    HASH_DEL(users, online);
    free(online);
}

static void note_run(struct task *task)
{
    struct note *note = (struct note *)task;
    struct online *online = online_get(note);
    if (online && note->kind == NOTE_ENTER && online->sessions++ == 0)
        tell_watchers(note, online);
    else if (online && note->kind == NOTE_LEAVE && online->sessions && --online->sessions == 0)
        tell_watchers(note, online);
    else if (online && note->kind == NOTE_WATCH)
        watcher_add(note, online);
    else if (online && note->kind == NOTE_UNWATCH)
        watcher_remove(note, online);
    if (online)
        online_release(online);
    free(note);
}

static void note_send(enum note_kind kind, const struct app *app, struct carillon_str user, carillon_handle session)
{
    struct note *note = note_new(kind, app, user);
    note->session = session;
    note->task.run = note_run;
    post_task(home_of(app, user), &note->task);
}

void online_enter(const struct app *app, struct carillon_str user)
{
    note_send(NOTE_ENTER, app, user, 0);
}

void online_leave(const struct app *app, struct carillon_str user)
{
    if (!channel_worker_ended())
        note_send(NOTE_LEAVE, app, user, 0);
}

/* ---- on the session's worker ---- */

struct watch_list {
    size_t count;
    struct carillon_str users[]; /* then their bytes */
};

static struct watch_list *watch_list_new(const struct carillon_str *from, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += from[i].len + 1;
    struct watch_list *list = calloc(1, sizeof *list + n * sizeof list->users[0] + bytes);
    if (!list)
        return NULL;
    char *to = (char *)(list->users + n);
    list->count = n;
    for (size_t i = 0; i < n; i++) {
        memcpy(to, from[i].ptr, from[i].len);
        list->users[i] = (struct carillon_str){ to, from[i].len };
        to += from[i].len + 1;
    }
    return list;
}

enum carillon_result session_watch(carillon_handle handle, const struct carillon_str *watched, size_t n)
{
    enum carillon_result why = CARILLON_OK;
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    struct watch_list *list = watch_list_new(watched, n);
    if (!list)
        return CARILLON_NO_MEMORY;
    online_unwatch(session);
    session->watching = list;
    for (size_t i = 0; i < n; i++)
        note_send(NOTE_WATCH, session->app, list->users[i], handle);
    return CARILLON_OK;
}

void online_unwatch(struct session *session)
{
    struct watch_list *list = session->watching;
    for (size_t i = 0; list && i < list->count && !channel_worker_ended(); i++)
        note_send(NOTE_UNWATCH, session->app, list->users[i], session->handle);
    free(list);
    session->watching = NULL;
}

void online_free_worker(void)
{
    struct online *online, *next;
    HASH_ITER (hh, users, online, next) {
        struct watcher *watcher, *behind;
        DL_FOREACH_SAFE (online->watchers, watcher, behind)
            free(watcher);
        HASH_DEL(users, online);
        free(online);
    }
}
