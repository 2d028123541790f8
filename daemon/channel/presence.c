#include "channel/home.h"

#include "message/json.h"

/* One user on the channel, with however many sessions. */
struct present {
    UT_hash_handle hh;
    uint32_t sessions;
    struct carillon_user user;
    char strings[];
};

bool presence_wanted(const struct channel *channel)
{
    if (channel_kind(channel->name) == CHANNEL_PRESENCE)
        return true;
    return channel->state == CHANNEL_STORED && channel->options->presence;
}

static void presence_tell(struct channel *channel, enum carillon_event_type type, const struct carillon_user *user)
{
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_user(&data, "user", user);
    json_object_end(&data);
    distribute_passing(channel->app, channel->name, channel->name, event_type_name(type), user, json_writer_str(&data));
    json_writer_free(&data);
}

static struct present *present_new(const struct carillon_user *user)
{
    struct present *present = calloc(1, sizeof *present + user->id.len + user->name.len + 2);
    if (!present)
        abort();
    char *name = present->strings + user->id.len + 1;
    memcpy(present->strings, user->id.ptr, user->id.len);
    memcpy(name, user->name.ptr, user->name.len);
    present->user.id = (struct carillon_str){ present->strings, user->id.len };
    present->user.name = (struct carillon_str){ name, user->name.len };
    return present;
}

void presence_join(struct channel *channel, const struct carillon_user *user)
{
    struct present *present = NULL;
    HASH_FIND(hh, channel->present, user->id.ptr, user->id.len, present);
    if (present) {
        present->sessions++;
        return;
    }
    present = present_new(user);
    present->sessions = 1;
    HASH_ADD_KEYPTR(hh, channel->present, present->user.id.ptr, present->user.id.len, present);
    presence_tell(channel, CARILLON_EVENT_PRESENCE_JOINED, user);
}

void presence_leave(struct channel *channel, const struct carillon_user *user)
{
    struct present *present = NULL;
    HASH_FIND(hh, channel->present, user->id.ptr, user->id.len, present);
    if (!present || --present->sessions)
        return;
    HASH_DEL(channel->present, present);
    presence_tell(channel, CARILLON_EVENT_PRESENCE_LEFT, user);
    free(present);
}

struct carillon_user *presence_list(const struct channel *channel, size_t *n)
{
    size_t count = HASH_COUNT(channel->present), bytes = 0;
    const struct present *present;
    for (present = channel->present; present; present = present->hh.next)
        bytes += present->user.id.len + present->user.name.len + 2;
    struct carillon_user *users = malloc(count * sizeof *users + bytes + 1);
    *n = 0;
    if (!users)
        return NULL;
    char *to = (char *)(users + count);
    for (present = channel->present; present; present = present->hh.next) {
        size_t size = present->user.id.len + present->user.name.len + 2;
        memcpy(to, present->strings, size);
        users[*n].id = (struct carillon_str){ to, present->user.id.len };
        users[(*n)++].name = (struct carillon_str){ to + present->user.id.len + 1, present->user.name.len };
        to += size;
    }
    return users;
}

void presence_free(struct channel *channel)
{
    struct present *present, *next;
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
    struct carillon_user *users;
    size_t count, name_len;
    char name[];
};

static void query_answer(struct task *task)
{
    struct query *query = (struct query *)task;
    query->done(query->arg, query->users, query->count);
    free(query->users);
    free(query);
}

static void query_run(struct task *task)
{
    struct query *query = (struct query *)task;
    struct channel *channel = channel_find(query->app, (struct carillon_str){ query->name, query->name_len });
    if (channel)
        query->users = presence_list(channel, &query->count);
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
