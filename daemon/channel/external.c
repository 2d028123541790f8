#include "channel/external.h"

#include "base/log.h"
#include "channel/home.h"
#include "message/change_copy.h"
#include "session/registry.h"
#include "stats/stats.h"

enum { CHANGE_BOUND = 16 << 20 };

/* On its way to the conversation's home. */
struct note {
    struct task task;
    const struct app *app;
    uint64_t pos;
    struct carillon_arena *arena;         /* what the change is in; NULL: without the change */
    const struct carillon_change *change; /* the one at pos; NULL: it has to be read */
    bool load; /* it is of interest to people who do not subscribe: invited, left, a new conversation */
    bool loaded;
    size_t name_len;
    char name[];
};

/* ---- looking at a conversation again: is it one now, how far does it go, is it the same life? ---- */

static void look_again(struct channel *channel);

/* Another life has begun since the look did: one of the same name was created, or this one has ended. */
static bool look_is_old(const struct carillon_storage_request *request, const struct channel *channel)
{
    return channel->state == CHANNEL_STORED && strcmp(request->in.name.ptr, channel->epoch) != 0;
}

static void look_done(struct carillon_storage_request *request, void *arg)
{
    struct channel *channel = arg;
    const struct carillon_conversation *found = request->out.conversation;
    channel->holds--;
    if (look_is_old(request, channel)) {
        look_again(channel);
    } else if (request->result == CARILLON_NOT_FOUND && channel->state == CHANNEL_STORED) {
        channel_end_conversation(channel);
    } else if (request->result == CARILLON_OK && channel->state == CHANNEL_UNSTORED) {
        channel_set_stored(channel, found);
        channel->last_pos = found->first_pos - 1; /* its subscribers have seen nothing of it */
        order_know(channel, found->last_pos);
    } else if (request->result == CARILLON_OK && strcmp(channel->epoch, found->epoch.ptr) != 0) {
        log_notice("channel", "%s has another epoch: its subscribers read it again", channel->name.ptr);
        channel_set_stored(channel, found);
        sessions_evict(channel->app, channel->name, (struct carillon_str){ 0 }, ERROR_GONE);
    } else if (request->result == CARILLON_OK) {
        order_know(channel, found->last_pos);
    }
    storage_request_free(request);
}

static void look_again(struct channel *channel)
{
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CONVERSATION_GET,
                                                                   channel->app->name);
    if (!request)
        return;
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.name = storage_request_str(request, (struct carillon_str){ channel->epoch, strlen(channel->epoch) });
    channel->holds++;
    storage_submit(request, look_done, channel);
}

static bool may_be_conversation(const struct channel *channel)
{
    return channel->state == CHANNEL_STORED || (channel->state == CHANNEL_UNSTORED && channel->options->stored &&
                                                channel_kind(channel->name) != CHANNEL_RESERVED);
}

static void look_if_conversation(struct channel *channel)
{
    if (may_be_conversation(channel))
        look_again(channel);
}

/* ---- one conversation ---- */

static void note_free(struct note *note)
{
    arena_free(note->arena);
    free(note);
}

/* Loaded for this note's sake: it was told where the conversation is now, and the note says what was new. */
static void step_back(struct channel *channel, const struct note *note)
{
    if (channel->last_pos >= note->pos)
        channel->last_pos = note->pos - 1;
}

static void note_run(struct task *task)
{
    struct note *note = (struct note *)task;
    struct carillon_str name = { note->name, note->name_len };
    struct channel *channel = channel_find(note->app, name);
    if (!channel && note->load && !note->loaded) {
        channel = channel_get(note->app, name);
        note->loaded = channel != NULL;
    }
    if (channel && channel->state == CHANNEL_LOADING) {
        channel_wait(channel, &note->task);
        return;
    }
    if (channel && channel->state == CHANNEL_STORED && note->pos) {
        if (note->loaded)
            step_back(channel, note);
        if (note->change)
            order_told(channel, note->change);
        else
            order_know(channel, note->pos);
    } else if (channel) {
        look_if_conversation(channel);
    }
    note_free(note);
}

static bool concerns_others(enum carillon_event_type type)
{
    switch (type) {
    case CARILLON_EVENT_MEMBER_JOINED:
    case CARILLON_EVENT_MEMBER_LEFT:
    case CARILLON_EVENT_CONVERSATION_CREATED:
    case CARILLON_EVENT_CONVERSATION_UPDATED:
        return true;
    default:
        return false;
    }
}

static struct note *note_new(struct carillon_str app_name, struct carillon_str conversation, uint64_t pos,
                             enum carillon_event_type type)
{
    const struct app *app = app_name.len ? app_find(app_name) : NULL;
    struct note *note = app ? calloc(1, sizeof *note + conversation.len + 1) : NULL;
    if (!note)
        return NULL; /* an app that is not served here */
    *note = (struct note){ .task.run = note_run, .app = app, .pos = pos, .load = concerns_others(type) };
    note->name_len = conversation.len;
    memcpy(note->name, conversation.ptr, conversation.len);
    return note;
}

static void note_post(struct note *note)
{
    post_task(home_of(note->app, (struct carillon_str){ note->name, note->name_len }), &note->task);
}

void external_told(struct carillon_str app, struct carillon_str conversation, const struct carillon_change *change)
{
    if (!workers_count())
        return; /* a tool has opened the storage */
    stats_count(STAT_EXTERNAL);
    struct note *note = note_new(app, conversation, change->pos, change->type);
    if (!note)
        return;
    note->arena = arena_new(CHANGE_BOUND);
    note->change = note->arena ? change_copy(note->arena, change) : NULL; /* without it, the home reads it */
    note_post(note);
}

/* ---- all of them ---- */

static void look_at_all(void *arg)
{
    (void)arg;
    channels_each_of_worker(look_if_conversation);
}

void external_changed(struct carillon_str app_name, struct carillon_str conversation, uint64_t pos,
                      enum carillon_event_type type)
{
    if (!workers_count())
        return; /* a tool has opened the storage */
    stats_count(STAT_EXTERNAL);
    if (!conversation.ptr) {
        for (unsigned i = 0; i < workers_count(); i++)
            post_call(i, look_at_all, NULL);
        return;
    }
    struct note *note = note_new(app_name, conversation, pos, type);
    if (note)
        note_post(note);
}

/* ---- the end ---- */

static void note_drop(struct task *task)
{
    note_free((struct note *)task);
}

void external_drop(struct task *waiting)
{
    for (struct task *task = waiting, *next; task; task = next) {
        next = task->next;
        if (task->run == note_run)
            note_drop(task);
    }
}

void external_close(void)
{
    post_take_back(note_run, note_drop);
}
