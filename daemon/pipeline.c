#include "pipeline.h"
#include "loop/worker.h"
#include "base/hash.h"
#include "base/uuid.h"
#include "channel/channel.h"
#include "channel/submit.h"
#include "hook/copy.h"
#include "hook/hook.h"
#include "hook/mute.h"

static const struct {
    int point;
    bool refused_of_muted;
} kinds[] = {
#define ACTION_X(name, op, point, muted) { (point), (muted) },
    ACTION_KINDS(ACTION_X)
#undef ACTION_X
};

/* ---- the way back ---- */

static void copies_follow(struct action *action)
{
    if (action->copies && action->error == ERROR_NONE && !action->shadowed && !action->held)
        copies_send(action);
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
    action->ended = copies_follow;
    action->done = done;
    action->arg = arg;
    if (channel_name_valid(action->request->in.conversation) &&
        channel_kind(action->request->in.conversation) != CHANNEL_RESERVED)
        return true;
    action_complete(action, ERROR_INVALID_CHANNEL);
    return false;
}

void pipeline_refuse(struct action *action, void (*done)(struct action *action), enum error_code error)
{
    action->done = done;
    action_complete(action, error);
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
