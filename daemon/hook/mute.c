#include "hook/mute.h"
#include "base/hash.h"
#include "base/log.h"
#include "loop/timer.h"
#include "loop/worker.h"
#include "session/load.h"

enum { KEY_MAX = 1024, SWEEP_SECONDS = 60 };

struct mute {
    UT_hash_handle hh;
    int64_t until_ms; /* monotonic */
    struct carillon_str text;
    size_t key_len;
    char key[]; /* app, user, channel, each with its NUL; then the text with its own */
};

/* On its way to a worker: becomes the table's entry there, or takes one away. */
struct mute_task {
    struct task task;
    struct mute *mute;
};

static _Thread_local struct mute *mutes;
static _Thread_local struct wheel_item sweep;

static size_t key_add(char *key, size_t at, struct carillon_str part)
{
    if (at + part.len + 1 > KEY_MAX)
        return at;
    memcpy(key + at, part.ptr, part.len);
    key[at + part.len] = '\0';
    return at + part.len + 1;
}

static size_t mute_key(char *key, struct carillon_str app, struct carillon_str user, struct carillon_str channel)
{
    return key_add(key, key_add(key, key_add(key, 0, app), user), channel);
}

static void mute_forget(struct mute *mute)
{
    HASH_DEL(mutes, mute);
    free(mute);
}

static void mutes_sweep(struct wheel_item *item)
{
    struct mute *mute, *next;
    int64_t now = loop_monotonic_ms();
    HASH_ITER (hh, mutes, mute, next)
        if (mute->until_ms <= now)
            mute_forget(mute);
    if (mutes)
        wheel_set(item, SWEEP_SECONDS);
}

static void mute_take(struct mute *mute)
{
    struct mute *older = NULL;
    HASH_FIND(hh, mutes, mute->key, mute->key_len, older);
    if (older)
        mute_forget(older);
    bool over = mute->until_ms <= loop_monotonic_ms(), full = HASH_COUNT(mutes) >= MUTES_MAX;
    if (full && !over)
        log_warning("hook", "%d people are muted, no more can be", MUTES_MAX);
    if (over || full) {
        free(mute);
        return;
    }
    HASH_ADD_KEYPTR(hh, mutes, mute->key, mute->key_len, mute);
    sweep.run = mutes_sweep;
    if (!sweep.link)
        wheel_set(&sweep, SWEEP_SECONDS);
}

static void mute_arrive(struct task *task)
{
    mute_take(((struct mute_task *)task)->mute);
    free(task);
}

static struct mute *mute_new(const char *key, size_t key_len, struct carillon_str text, int64_t until_ms)
{
    struct mute *mute = calloc(1, sizeof *mute + key_len + text.len + 1);
    if (!mute)
        abort(); /* must hold: who was silenced would go on elsewhere */
    mute->until_ms = until_ms;
    mute->key_len = key_len;
    memcpy(mute->key, key, key_len);
    if (text.ptr)
        mute->text = (struct carillon_str){ memcpy(mute->key + key_len, text.ptr, text.len), text.len };
    return mute;
}

/* For all workers. */
static void mute_spread(struct carillon_str app, const struct carillon_mute *what)
{
    char key[KEY_MAX];
    size_t len = mute_key(key, app, what->user, what->channel);
    int64_t until_ms = loop_monotonic_ms() + what->until_ms - loop_wall_ms();
    for (unsigned i = 0; i < workers_count(); i++) {
        if (i == worker_index())
            continue;
        struct mute_task *task = malloc(sizeof *task);
        if (!task)
            abort();
        *task = (struct mute_task){ .task.run = mute_arrive, .mute = mute_new(key, len, what->text, until_ms) };
        post_task(i, &task->task);
    }
    mute_take(mute_new(key, len, what->text, until_ms));
}

/* ---- the storage's copy, for the next start ---- */

static void mute_stored(struct carillon_storage_request *request, void *arg)
{
    (void)arg;
    if (request->result < 0 && request->result != CARILLON_UNSUPPORTED)
        log_warning("hook", "a mute is not stored and ends with this daemon (%s)", result_text(request->result));
    storage_request_free(request);
}

static void mute_store(struct carillon_str app, const struct carillon_mute *what)
{
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_MUTE_PUT, app);
    if (!request)
        return;
    request->in.now_ms = loop_wall_ms();
    request->in.user.id = storage_request_str(request, what->user);
    request->in.conversation = storage_request_str(request, what->channel);
    request->in.text = storage_request_str(request, what->text);
    request->in.expires_ms = what->until_ms;
    storage_submit(request, mute_stored, NULL);
}

static void take_page(const struct app *app, const struct carillon_storage_output *page)
{
    for (size_t i = 0; i < page->count; i++)
        mute_spread(app->name, &page->mutes[i]);
}

static void loaded(void)
{
}

static struct load load = {
    .op = CARILLON_STORAGE_MUTE_LIST,
    .refused = "who is muted cannot be read: nobody is before it is",
    .take = take_page,
    .loaded = loaded,
};

void mutes_load(void)
{
    load_start(&load);
}

void mute_set(struct carillon_str app, const struct carillon_mute *what)
{
    mute_spread(app, what);
    mute_store(app, what);
}

static bool mute_find(const struct action *action, struct carillon_str channel, struct carillon_str *text)
{
    char key[KEY_MAX];
    struct mute *mute = NULL;
    size_t len = mute_key(key, action->request->app, action_author(action)->id, channel);
    HASH_FIND(hh, mutes, key, len, mute);
    if (!mute || mute->until_ms <= loop_monotonic_ms())
        return false;
    *text = mute->text;
    return true;
}

bool mute_applies(const struct action *action, struct carillon_str *text)
{
    if (!mutes || action->identity->server)
        return false;
    return mute_find(action, action->request->in.conversation, text) || mute_find(action, CARILLON_STR("*"), text);
}

void mutes_free_worker(void)
{
    struct mute *mute, *next;
    wheel_clear(&sweep);
    HASH_ITER (hh, mutes, mute, next)
        mute_forget(mute);
}
