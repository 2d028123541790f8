#include "channel/home.h"

#include "base/str.h"
#include "hook/hook.h"
#include "message/json.h"

/* One user on the channel, with however many sessions. */
struct present {
    UT_hash_handle hh;
    uint64_t serial; /* tells one stay from the next */
    uint32_t sessions;
    bool shown; /* else hooks hide it, or have not judged it yet */
    struct roll_entry entry;
    char strings[];
};

bool presence_wanted(const struct channel *channel)
{
    if (channel_kind(channel->name) == CHANNEL_PRESENCE)
        return true;
    return channel->state == CHANNEL_STORED && channel->options->presence;
}

static void presence_observe(const struct channel *channel, enum carillon_event_type type, struct carillon_str user)
{
    if (channel_kind(channel->name) != CHANNEL_PRESENCE)
        return;
    observe(&(struct carillon_happening){ .kind = type == CARILLON_EVENT_PRESENCE_JOINED
                                                      ? CARILLON_HAPPENING_MEMBER_ADDED
                                                      : CARILLON_HAPPENING_MEMBER_REMOVED,
                                          .app = channel->app->name,
                                          .channel = channel->name,
                                          .user = user });
}

static void presence_tell(struct channel *channel, enum carillon_event_type type, const struct present *present)
{
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_user(&data, "user", &present->entry.user);
    if (present->entry.info.ptr)
        json_write_raw(&data, "info", present->entry.info);
    json_object_end(&data);
    distribute_own(channel, &(struct carillon_event){ .type = type,
                                                      .actor = present->entry.user,
                                                      .info = present->entry.info,
                                                      .data = json_writer_str(&data) });
    json_writer_free(&data);
    presence_observe(channel, type, present->entry.user.id);
}

static struct present *present_new(const struct identity *identity)
{
    const struct carillon_user *user = &identity->user;
    size_t size = str_packed_size(user->id) + str_packed_size(user->name) + str_packed_size(identity->info);
    struct present *present = calloc(1, sizeof *present + size);
    if (!present)
        abort();
    char *to = present->strings;
    present->entry.user.id = str_pack(&to, user->id);
    present->entry.user.name = str_pack(&to, user->name);
    present->entry.info = str_pack(&to, identity->info);
    return present;
}

static struct present *present_find(const struct channel *channel, struct carillon_str user)
{
    struct present *present = NULL;
    HASH_FIND(hh, channel->present, user.ptr, user.len, present);
    return present;
}

bool presence_has_room(const struct channel *channel, struct carillon_str user, uint32_t max)
{
    return !max || HASH_COUNT(channel->present) < max || present_find(channel, user);
}

/* ---- what hooks say of it ---- */

static struct hook_step presence_step(const struct channel *channel, const struct identity *identity, const char *event)
{
    return (struct hook_step){ .point = CARILLON_HOOK_PRESENCE,
                               .app = channel->app,
                               .identity = identity,
                               .channel = channel->name,
                               .event = { event, strlen(event) } };
}

static bool presence_is_hooked(const struct channel *channel)
{
    return hooks_at(CARILLON_HOOK_PRESENCE, channel->app->name, channel->name);
}

static void present_show(struct channel *channel, struct present *present)
{
    present->shown = true;
    roll_add(&channel->roll, &present->entry);
    presence_tell(channel, CARILLON_EVENT_PRESENCE_JOINED, present);
}

/* A stay that is judged; the channel may be gone when the verdict comes, and the user too. */
struct judged_stay {
    const struct app *app;
    const struct identity *identity;
    uint64_t serial;
    size_t name_len;
    char name[];
};

static void stay_judged(void *arg, const struct carillon_failure *refused)
{
    struct judged_stay *stay = arg;
    struct channel *channel = channel_find(stay->app, (struct carillon_str){ stay->name, stay->name_len });
    struct present *present = channel ? present_find(channel, stay->identity->user.id) : NULL;
    if (present && present->serial == stay->serial && !refused)
        present_show(channel, present);
    identity_unref(stay->identity);
    free(stay);
}

static void present_judge(struct channel *channel, const struct present *present, const struct identity *identity)
{
    struct judged_stay *stay = malloc(sizeof *stay + channel->name.len);
    struct hook_step step = presence_step(channel, identity, "joined");
    if (!stay)
        abort(); /* must hold: who is there would not be known */
    stay->app = channel->app;
    stay->identity = identity_ref(identity);
    stay->serial = present->serial;
    stay->name_len = channel->name.len;
    memcpy(stay->name, channel->name.ptr, channel->name.len);
    hook_judge(&step, stay_judged, stay);
}

/* ---- coming and going ---- */

void presence_join(struct channel *channel, const struct identity *identity)
{
    static _Thread_local uint64_t serial;
    struct present *present = present_find(channel, identity->user.id);
    if (present) {
        present->sessions++;
        return;
    }
    present = present_new(identity);
    present->sessions = 1;
    present->serial = ++serial;
    HASH_ADD_KEYPTR(hh, channel->present, present->entry.user.id.ptr, present->entry.user.id.len, present);
    if (presence_is_hooked(channel))
        present_judge(channel, present, identity);
    else
        present_show(channel, present);
}

void presence_leave(struct channel *channel, const struct identity *identity)
{
    struct present *present = present_find(channel, identity->user.id);
    if (!present || --present->sessions)
        return;
    HASH_DEL(channel->present, present);
    if (present->shown) {
        roll_remove(&channel->roll, &present->entry);
        presence_tell(channel, CARILLON_EVENT_PRESENCE_LEFT, present);
    }
    if (presence_is_hooked(channel)) {
        struct hook_step step = presence_step(channel, identity, "left");
        hook_tell(&step);
    }
    free(present);
}

void presence_free(struct channel *channel)
{
    struct present *present, *next;
    roll_free(&channel->roll);
    HASH_ITER (hh, channel->present, present, next) {
        HASH_DEL(channel->present, present);
        free(present);
    }
}

/* ---- asked from any worker ---- */

struct query {
    struct task task;
    const struct app *app;
    unsigned worker;
    void (*done)(void *arg, const struct carillon_user *users, size_t n);
    void *arg;
    struct carillon_roster *roster;
    size_t name_len;
    char name[];
};

static void query_answer(struct task *task)
{
    struct query *query = (struct query *)task;
    struct carillon_user *users = query->roster ? roster_users(query->roster) : NULL;
    query->done(query->arg, users, users ? query->roster->count : 0);
    free(users);
    roster_unref(query->roster);
    free(query);
}

static void query_run(struct task *task)
{
    struct query *query = (struct query *)task;
    struct channel *channel = channel_find(query->app, (struct carillon_str){ query->name, query->name_len });
    if (channel)
        query->roster = roll_call(&channel->roll);
    query->task.run = query_answer;
    post_task(query->worker, &query->task);
}

void channel_query_presence(const struct app *app, struct carillon_str name,
                            void (*done)(void *arg, const struct carillon_user *users, size_t n), void *arg)
{
    struct query *query = calloc(1, sizeof *query + name.len + 1);
    if (!query)
        abort();
    query->task.run = query_run;
    query->app = app;
    query->worker = worker_index();
    query->done = done;
    query->arg = arg;
    query->name_len = name.len;
    memcpy(query->name, name.ptr, name.len);
    post_task(home_of(app, name), &query->task);
}
