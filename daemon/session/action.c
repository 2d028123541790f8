#include "session/action.h"
#include "loop/worker.h"
#include "stats/stats.h"

#include <stdlib.h>

static const enum carillon_storage_op operations[] = {
#define ACTION_X(name, op, point, muted) (op),
    ACTION_KINDS(ACTION_X)
#undef ACTION_X
};

static struct action *action_make(enum action_kind kind, struct carillon_str app, const struct identity *identity,
                                  struct carillon_str channel)
{
    struct action *action = calloc(1, sizeof *action);
    if (!action)
        return NULL;
    action->kind = kind;
    action->request = storage_request_new(operations[kind], app);
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
    if (action->ended)
        action->ended(action);
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
