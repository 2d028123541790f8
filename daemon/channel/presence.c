#include "channel/home.h"

#include "message/json.h"

/* One user on the channel, with however many sessions. */
struct present {
    UT_hash_handle hh;
    uint32_t sessions;
    struct carillon_user user;
    struct carillon_str info;
    size_t size; /* of strings */
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
    json_write_user(&data, "user", &present->user);
    if (present->info.ptr)
        json_write_raw(&data, "info", present->info);
    json_object_end(&data);
    distribute_own(channel,
                   &(struct carillon_event){
                       .type = type, .actor = present->user, .info = present->info, .data = json_writer_str(&data) });
    json_writer_free(&data);
    presence_observe(channel, type, present->user.id);
}

static struct carillon_str copy_to(char **to, struct carillon_str text)
{
    if (!text.ptr)
        return text;
    char *copy = memcpy(*to, text.ptr, text.len);
    copy[text.len] = '\0';
    *to += text.len + 1;
    return (struct carillon_str){ copy, text.len };
}

static struct present *present_new(const struct identity *identity)
{
    const struct carillon_user *user = &identity->user;
    size_t size = user->id.len + user->name.len + identity->info.len + 3;
    struct present *present = calloc(1, sizeof *present + size);
    if (!present)
        abort();
    char *to = present->strings;
    present->user.id = copy_to(&to, user->id);
    present->user.name = copy_to(&to, user->name);
    present->info = copy_to(&to, identity->info);
    present->size = size;
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

size_t presence_count(const struct channel *channel)
{
    return HASH_COUNT(channel->present);
}

void presence_join(struct channel *channel, const struct identity *identity)
{
    struct present *present = present_find(channel, identity->user.id);
    if (present) {
        present->sessions++;
        return;
    }
    present = present_new(identity);
    present->sessions = 1;
    HASH_ADD_KEYPTR(hh, channel->present, present->user.id.ptr, present->user.id.len, present);
    presence_tell(channel, CARILLON_EVENT_PRESENCE_JOINED, present);
}

void presence_leave(struct channel *channel, const struct carillon_user *user)
{
    struct present *present = present_find(channel, user->id);
    if (!present || --present->sessions)
        return;
    HASH_DEL(channel->present, present);
    presence_tell(channel, CARILLON_EVENT_PRESENCE_LEFT, present);
    free(present);
}

struct carillon_user *presence_list(const struct channel *channel, size_t *n, struct carillon_str **infos)
{
    size_t count = HASH_COUNT(channel->present), bytes = 0;
    const struct present *present;
    for (present = channel->present; present; present = present->hh.next)
        bytes += present->size;
    struct carillon_user *users = malloc(count * (sizeof *users + sizeof **infos) + bytes + 1);
    *n = 0;
    if (!users)
        return NULL;
    *infos = (struct carillon_str *)(users + count);
    char *to = (char *)(*infos + count);
    for (present = channel->present; present; present = present->hh.next) {
        users[*n].id = copy_to(&to, present->user.id);
        users[*n].name = copy_to(&to, present->user.name);
        (*infos)[(*n)++] = copy_to(&to, present->info);
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
    struct carillon_str *infos;
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
        query->users = presence_list(channel, &query->count, &query->infos);
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
