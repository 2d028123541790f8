#include "channel/query.h"

#include "base/str.h"
#include "channel/home.h"

#include <stdlib.h>

/* One home's part. What it says is in memory of the part, so that homes do not meet. */
struct part {
    struct task task;
    struct query *query;
    struct carillon_channel_facts *facts;
    struct shared_event **held; /* of each: the cached event whose strings it shows, or NULL */
    char **names;               /* of each, in a list: its name */
    size_t count, room;
};

struct query {
    const struct app *app;
    carillon_channels_fn done;
    void *arg;
    unsigned worker;
    bool lists; /* by prefix, which is the first name; else by names */
    atomic_uint left;
    size_t name_count;
    struct carillon_str *names;
    struct part parts[WORKER_MAX];
};

static bool part_grow(struct part *part)
{
    size_t room = part->room ? part->room * 2 : 8;
    struct carillon_channel_facts *facts = realloc(part->facts, room * sizeof *facts);
    part->facts = facts ? facts : part->facts;
    struct shared_event **held = realloc(part->held, room * sizeof(*held));
    part->held = held ? held : part->held;
    char **names = realloc(part->names, room * sizeof(*names));
    part->names = names ? names : part->names;
    if (facts && held && names)
        part->room = room;
    return facts && held && names;
}

/* What memory is short for is left out, as if nobody were there. */
static void part_add(struct part *part, struct carillon_str name, struct channel *channel)
{
    if (part->count == part->room && !part_grow(part))
        return;
    char *copy = malloc(name.len + 1);
    if (!copy)
        return;
    memcpy(copy, name.ptr, name.len);
    copy[name.len] = '\0';
    struct carillon_channel_facts *facts = &part->facts[part->count];
    struct shared_event *cached = channel ? cached_event(channel) : NULL;
    *facts = (struct carillon_channel_facts){ .name = { copy, name.len } };
    if (channel) {
        facts->subscriptions = channel->subscriber_count;
        facts->members = channel->roll.count;
    }
    if (cached) {
        facts->event = cached->pub.name;
        facts->data = cached->pub.data;
        facts->event_ttl_ms = cached_left_ms(channel);
    }
    part->held[part->count] = cached ? shared_event_ref(cached) : NULL;
    part->names[part->count++] = copy;
}

static void part_list_one(struct channel *channel, void *arg)
{
    struct part *part = arg;
    struct carillon_str prefix = part->query->names[0];
    bool fits = channel->name.len >= prefix.len && memcmp(channel->name.ptr, prefix.ptr, prefix.len) == 0;
    if (fits && channel->subscriber_count && channel_kind(channel->name) != CHANNEL_RESERVED)
        part_add(part, channel->name, channel);
}

static void part_look_up(struct part *part)
{
    const struct query *query = part->query;
    for (size_t i = 0; i < query->name_count; i++)
        if (home_of(query->app, query->names[i]) == worker_index())
            part_add(part, query->names[i], channel_find(query->app, query->names[i]));
}

static void part_free(struct part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        shared_event_unref(part->held[i]);
        free(part->names[i]);
    }
    free(part->facts);
    free(part->held);
    free(part->names);
}

/* Each part has its names in the order in which they were asked for. */
static size_t merge_asked(const struct query *query, struct carillon_channel_facts *all)
{
    size_t next[WORKER_MAX] = { 0 };
    for (size_t i = 0; i < query->name_count; i++) {
        unsigned home = home_of(query->app, query->names[i]);
        const struct part *part = &query->parts[home];
        bool there = next[home] < part->count && str_equal(part->facts[next[home]].name, query->names[i]);
        all[i] = there ? part->facts[next[home]++] : (struct carillon_channel_facts){ .name = query->names[i] };
    }
    return query->name_count;
}

static size_t merge_listed(const struct query *query, struct carillon_channel_facts *all)
{
    size_t n = 0;
    for (unsigned w = 0; w < workers_count(); w++)
        for (size_t i = 0; i < query->parts[w].count; i++)
            all[n++] = query->parts[w].facts[i];
    return n;
}

static void query_finish(struct task *task)
{
    struct query *query = ((struct part *)task)->query;
    size_t room = query->name_count + 1;
    for (unsigned w = 0; w < workers_count(); w++)
        room += query->parts[w].count;
    struct carillon_channel_facts *all = calloc(room, sizeof *all);
    size_t n = 0;
    if (all)
        n = query->lists ? merge_listed(query, all) : merge_asked(query, all);
    query->done(query->arg, all, n);
    free(all);
    for (unsigned w = 0; w < workers_count(); w++)
        part_free(&query->parts[w]);
    free(query->names);
    free(query);
}

static void part_run(struct task *task)
{
    struct part *part = (struct part *)task;
    struct query *query = part->query;
    if (query->lists)
        channels_each(query->app, part_list_one, part);
    else
        part_look_up(part);
    if (atomic_fetch_sub_explicit(&query->left, 1, memory_order_acq_rel) != 1)
        return;
    task->run = query_finish; /* the last one reports, on the worker that asked */
    post_task(query->worker, task);
}

static struct carillon_str *copy_names(const struct carillon_str *names, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += names[i].len + 1;
    struct carillon_str *copies = malloc(n * sizeof *copies + bytes + 1);
    char *to = copies ? (char *)(copies + n) : NULL;
    for (size_t i = 0; copies && i < n; i++) {
        if (names[i].len)
            memcpy(to, names[i].ptr, names[i].len);
        to[names[i].len] = '\0';
        copies[i] = (struct carillon_str){ to, names[i].len };
        to += names[i].len + 1;
    }
    return copies;
}

static enum carillon_result query_start(const struct query *what, const struct carillon_str *names, size_t n)
{
    struct query *query = calloc(1, sizeof *query);
    struct carillon_str *copies = copy_names(names, n);
    if (!query || !copies) {
        free(query);
        free(copies);
        return CARILLON_NO_MEMORY;
    }
    *query = *what;
    query->names = copies;
    query->name_count = n;
    query->worker = worker_index();
    atomic_init(&query->left, workers_count());
    for (unsigned w = 0; w < workers_count(); w++) {
        query->parts[w] = (struct part){ .task.run = part_run, .query = query };
        post_task(w, &query->parts[w].task);
    }
    return CARILLON_OK;
}

enum carillon_result channels_ask(const struct app *app, const struct carillon_str *names, size_t n,
                                  carillon_channels_fn done, void *arg)
{
    return query_start(&(struct query){ .app = app, .done = done, .arg = arg }, names, n);
}

enum carillon_result channels_list(const struct app *app, struct carillon_str prefix, carillon_channels_fn done,
                                   void *arg)
{
    return query_start(&(struct query){ .app = app, .done = done, .arg = arg, .lists = true }, &prefix, 1);
}
