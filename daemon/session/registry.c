#include "session/registry.h"

#include "base/hash.h"
#include "loop/post.h"
#include "session/online.h"
#include "session/session.h"

#include <stdatomic.h>

/* A user's sessions on this worker. */
struct user_sessions {
    UT_hash_handle hh;
    struct session *first;
    struct scoped_key key; /* cut to the id's length */
};

static _Thread_local struct user_sessions *users;

static struct user_sessions *user_find(const struct app *app, struct carillon_str id, struct scoped_key *key,
                                       size_t *len)
{
    struct user_sessions *user = NULL;
    *len = scoped_key_make(key, app, id.ptr, id.len);
    if (*len)
        HASH_FIND(hh, users, key, *len, user);
    return user;
}

void registry_add(struct session *session)
{
    struct scoped_key key;
    size_t len;
    if (identity_is_anonymous(session->identity))
        return;
    struct user_sessions *user = user_find(session->app, session->identity->user.id, &key, &len);
    online_enter(session->app, session->identity->user.id);
    if (!user) {
        user = calloc(1, offsetof(struct user_sessions, key) + len);
        if (!user || !len)
            abort(); /* must hold: a session nobody finds could not be disconnected */
        memcpy(&user->key, &key, len);
        HASH_ADD_KEYPTR(hh, users, &user->key, len, user);
    }
    session->user_next = user->first;
    session->user_link = &user->first;
    if (user->first)
        user->first->user_link = &session->user_next;
    user->first = session;
}

void registry_remove(struct session *session)
{
    struct scoped_key key;
    size_t len;
    if (!session->user_link)
        return;
    *session->user_link = session->user_next;
    if (session->user_next)
        session->user_next->user_link = session->user_link;
    session->user_link = NULL;
    online_leave(session->app, session->identity->user.id);
    struct user_sessions *user = user_find(session->app, session->identity->user.id, &key, &len);
    if (user && !user->first) {
        HASH_DEL(users, user);
        free(user);
    }
}

void registry_each(const struct app *app, struct carillon_str id, void (*fn)(struct session *session, void *arg),
                   void *arg)
{
    struct scoped_key key;
    size_t len;
    struct user_sessions *user = user_find(app, id, &key, &len);
    for (struct session *session = user ? user->first : NULL, *next; session; session = next) {
        next = session->user_next;
        fn(session, arg);
    }
}

/* ---- the same on every worker ---- */

struct sweep_all;

/* One worker's part of it. */
struct part {
    struct task task;
    struct sweep_all *all;
};

struct sweep_all {
    const struct app *app;
    struct carillon_str user, text; /* text: the token's id, or the channel */
    enum error_code error;
    void (*at_worker)(struct sweep_all *all);
    void (*done)(void *arg, size_t n);
    void *arg;
    unsigned worker;
    atomic_size_t count;
    atomic_uint left;
    struct part parts[WORKER_MAX];
    char strings[];
};

static void sweep_finish(struct task *task)
{
    struct sweep_all *all = ((struct part *)task)->all;
    if (all->done)
        all->done(all->arg, atomic_load(&all->count));
    free(all);
}

static void sweep_part(struct task *task)
{
    struct sweep_all *all = ((struct part *)task)->all;
    all->at_worker(all);
    if (atomic_fetch_sub_explicit(&all->left, 1, memory_order_acq_rel) != 1)
        return;
    task->run = sweep_finish; /* the last one reports, on the worker that asked */
    post_task(all->worker, task);
}

static void sweep_start(const struct sweep_all *what)
{
    struct sweep_all *all = calloc(1, sizeof *all + what->user.len + what->text.len + 2);
    if (!all)
        abort();
    all->app = what->app;
    all->error = what->error;
    all->at_worker = what->at_worker;
    all->done = what->done;
    all->arg = what->arg;
    all->worker = worker_index();
    char *text = all->strings + what->user.len + 1;
    if (what->user.ptr)
        all->user = (struct carillon_str){ memcpy(all->strings, what->user.ptr, what->user.len), what->user.len };
    if (what->text.ptr)
        all->text = (struct carillon_str){ memcpy(text, what->text.ptr, what->text.len), what->text.len };
    atomic_init(&all->left, workers_count());
    for (unsigned i = 0; i < workers_count(); i++) {
        all->parts[i] = (struct part){ .task.run = sweep_part, .all = all };
        post_task(i, &all->parts[i].task);
    }
}

static void disconnect_one(struct session *session, void *arg)
{
    struct sweep_all *all = arg;
    struct carillon_str id = session->identity->token_id;
    if (all->text.ptr && (id.len != all->text.len || memcmp(id.ptr, all->text.ptr, id.len) != 0))
        return;
    if (session->closing)
        return;
    session_close(session, all->error, 0);
    atomic_fetch_add(&all->count, 1);
}

static void disconnect_here(struct sweep_all *all)
{
    registry_each(all->app, all->user, disconnect_one, all);
}

void sessions_disconnect(const struct app *app, struct carillon_str user, struct carillon_str token_id,
                         enum error_code error, void (*done)(void *arg, size_t n), void *arg)
{
    struct sweep_all what = { .app = app,
                              .user = user,
                              .text = token_id,
                              .error = error,
                              .at_worker = disconnect_here,
                              .done = done,
                              .arg = arg };
    sweep_start(&what);
}

static void evict_subscription(struct subscription *subscription, void *arg)
{
    struct sweep_all *all = arg;
    struct carillon_failure failure = error_failure(all->error);
    session_drop_subscription(subscription, &failure);
}

static void evict_session(struct session *session, void *arg)
{
    struct sweep_all *all = arg;
    struct subscription *subscription = session_find_subscription(session, all->text);
    if (subscription)
        evict_subscription(subscription, all);
}

static void evict_here(struct sweep_all *all)
{
    struct topic *topic = all->user.ptr ? NULL : topic_find(all->app, all->text);
    if (all->user.ptr)
        registry_each(all->app, all->user, evict_session, all);
    else if (topic)
        topic_each(topic, evict_subscription, all);
}

void sessions_evict(const struct app *app, struct carillon_str channel, struct carillon_str user, enum error_code error)
{
    struct sweep_all what = { .app = app, .user = user, .text = channel, .error = error, .at_worker = evict_here };
    sweep_start(&what);
}

void registry_free_worker(void)
{
    struct user_sessions *user, *next;
    HASH_ITER (hh, users, user, next) {
        HASH_DEL(users, user);
        free(user);
    }
}
