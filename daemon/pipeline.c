#include "pipeline.h"
#include "loop/worker.h"
#include "base/hash.h"
#include "base/uuid.h"
#include "channel/channel.h"
#include "channel/submit.h"
#include "hook/copy.h"
#include "hook/hook.h"
#include "hook/mute.h"
#include "stats/stats.h"

#include <stdlib.h>

static const struct {
    enum carillon_storage_op op;
    int point;
    bool refused_of_muted;
} kinds[] = {
#define PIPELINE_X(name, op, point, muted) { (op), (point), (muted) },
    PIPELINE_ACTIONS(PIPELINE_X)
#undef PIPELINE_X
};

static struct action *action_make(enum action_kind kind, struct carillon_str app, const struct identity *identity,
                                  struct carillon_str channel)
{
    struct action *action = calloc(1, sizeof *action);
    if (!action)
        return NULL;
    action->kind = kind;
    action->request = storage_request_new(kinds[kind].op, app);
    if (!action->request) {
        free(action);
        return NULL;
    }
    action->identity = identity ? identity_ref(identity) : NULL;
    action->worker = worker_index();
    action->begun_ns = loop_monotonic_ns();
    action->request->in.conversation = action_str(action, channel);
    return action;
}

struct action *action_new(enum action_kind kind, const struct identity *identity, struct carillon_str channel)
{
    return action_make(kind, identity->app->name, identity, channel);
}

struct action *action_new_step(const struct app *app, const struct identity *identity, struct carillon_str channel)
{
    return action_make(ACTION_STEP, app ? app->name : (struct carillon_str){ 0 }, identity, channel);
}

const struct carillon_user *action_author(const struct action *action)
{
    const struct carillon_user *user = &action->request->in.user;
    return user->id.ptr || !action->identity ? user : &action->identity->user;
}

struct carillon_str action_str(struct action *action, struct carillon_str str)
{
    return storage_request_str(action->request, str);
}

void action_free(struct action *action)
{
    identity_unref(action->identity);
    storage_request_free(action->request);
    free(action);
}

/* ---- the way back ---- */

static enum stat_counter publish_outcome(const struct action *action)
{
    if (action->error == ERROR_OUTCOME_UNKNOWN)
        return STAT_PUBLISH_UNKNOWN;
    if (action->error != ERROR_NONE)
        return STAT_PUBLISH_REFUSED;
    if (action->duplicate)
        return STAT_PUBLISH_DUPLICATE;
    return action->request->out.change && action->pos ? STAT_PUBLISH_STORED : STAT_PUBLISH_PASSED;
}

static void action_finish(struct task *task)
{
    struct action *action = (struct action *)task;
    if (action->kind == ACTION_PUBLISH) {
        stats_count(publish_outcome(action));
        stats_observe(STAT_PUBLISH_TIME, (uint64_t)(loop_monotonic_ns() - action->begun_ns));
    }
    if (action->copies && action->error == ERROR_NONE && !action->shadowed && !action->held)
        copies_send(action);
    action->done(action);
}

void action_complete(struct action *action, enum error_code error)
{
    if (error != ERROR_NONE && action->error == ERROR_NONE) {
        action->error = error;
        action->failure = error_failure(error);
    }
    action->task.run = action_finish;
    post_task(action->worker, &action->task);
}

static void action_refused(struct action *action)
{
    action_complete(action, action->error);
}

/* ---- the way in ---- */

static void home_arrive(struct task *task)
{
    channel_submit((struct action *)task);
}

static void action_to_home(struct action *action)
{
    struct carillon_str channel = action->request->in.conversation;
    if (action->rerouted && !channel_name_valid(channel)) {
        action_complete(action, ERROR_INVALID_CHANNEL);
        return;
    }
    unsigned home = home_of(action->identity->app, channel);
    if (home == worker_index())
        return channel_submit(action);
    action->task.run = home_arrive;
    post_task(home, &action->task);
}

/* A client id stands for what was submitted, not for what hooks made of it. */
static void digest_submitted(struct carillon_storage_input *in)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    const struct carillon_str parts[] = { in->text, in->name, in->data, in->reply_to };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uint64_t len = parts[i].ptr ? parts[i].len + 1 : 0;
        XXH3_128bits_update(&state, &len, sizeof len);
        if (parts[i].ptr)
            XXH3_128bits_update(&state, parts[i].ptr, parts[i].len);
    }
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
    memcpy(in->submitted, canonical.digest, sizeof in->submitted);
}

static void action_prepare(struct action *action)
{
    struct carillon_storage_input *in = &action->request->in;
    in->now_ms = loop_wall_ms();
    if (!action->identity->server || !in->user.id.ptr)
        in->user = action->identity->user;
    if (action->kind == ACTION_PUBLISH) {
        char id[UUID_TEXT_SIZE];
        uuid_make_v7(id, in->now_ms);
        in->id = action_str(action, (struct carillon_str){ id, UUID_TEXT_SIZE - 1 });
        digest_submitted(in);
    } else if (action->kind == ACTION_CREATE) {
        char epoch[RANDOM_NAME_SIZE];
        random_make_name(epoch);
        in->name = action_str(action, (struct carillon_str){ epoch, RANDOM_NAME_SIZE - 1 });
    }
}

static int action_hook_point(const struct action *action)
{
    return action->client_event ? CARILLON_HOOK_CLIENT_EVENT : kinds[action->kind].point;
}

static bool action_is_muted(struct action *action)
{
    struct carillon_str text = { 0 };
    if (!kinds[action->kind].refused_of_muted || !mute_applies(action, &text))
        return false;
    action->error = ERROR_MUTED;
    action->failure = error_failure(ERROR_MUTED);
    if (text.ptr)
        action->failure.detail = action_str(action, text);
    return true;
}

static void action_judge(struct action *action)
{
    int point = action_hook_point(action);
    bool gated = action->kind != ACTION_TYPING;
    if (point >= 0 &&
        (hooks_at((enum carillon_hook_point)point, action->identity->app->name, action->request->in.conversation) ||
         (gated && hook_must_wait(action))))
        hook_run(action, (enum carillon_hook_point)point, gated, action_to_home, action_refused);
    else
        action_to_home(action);
}

static bool action_begin(struct action *action, void (*done)(struct action *action), void *arg)
{
    action->done = done;
    action->arg = arg;
    if (channel_name_valid(action->request->in.conversation) &&
        channel_kind(action->request->in.conversation) != CHANNEL_RESERVED)
        return true;
    action_complete(action, ERROR_INVALID_CHANNEL);
    return false;
}

void pipeline_forward(struct action *action, void (*done)(struct action *action), void *arg)
{
    if (action_begin(action, done, arg))
        action_to_home(action);
}

void pipeline_submit_unjudged(struct action *action, void (*done)(struct action *action), void *arg)
{
    if (!action_begin(action, done, arg))
        return;
    action_prepare(action);
    action_to_home(action);
}

void pipeline_submit(struct action *action, void (*done)(struct action *action), void *arg)
{
    if (!action_begin(action, done, arg))
        return;
    action_prepare(action);
    if (action_is_muted(action))
        action_complete(action, ERROR_MUTED);
    else
        action_judge(action);
}
