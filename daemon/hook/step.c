#include "hook/hook.h"
#include "loop/worker.h"

#include <stdlib.h>

struct judgement {
    hook_answered_fn answered;
    void *arg;
};

static void step_end(struct action *action)
{
    struct judgement *judgement = action->arg;
    judgement->answered(judgement->arg, action->error == ERROR_NONE ? NULL : &action->failure);
    free(judgement);
    action_free(action);
}

static void step_answer(struct task *task)
{
    step_end((struct action *)task);
}

static void step_refused(struct action *action)
{
    action->task.run = step_answer;
    post_task(worker_index(), &action->task);
}

/* Only a subscription is a request about a channel: the others are ordered by who asks, or told to whom it concerns. */
static bool step_is_gated(const struct hook_step *step)
{
    return step->point == CARILLON_HOOK_SUBSCRIBE;
}

void hook_judge(const struct hook_step *step, hook_answered_fn answered, void *arg)
{
    struct judgement *judgement = malloc(sizeof *judgement);
    struct action *action = judgement ? action_new_step(step->app, step->identity, step->channel) : NULL;
    if (!action)
        abort(); /* must hold: nobody would be answered */
    *judgement = (struct judgement){ answered, arg };
    action->session = step->session;
    action->address = action_str(action, step->address);
    action->request->in.name = action_str(action, step->event);
    action->done = step_end;
    action->arg = judgement;
    hook_run(action, step->point, step_is_gated(step), step_end, step_refused);
}

static void told(void *arg, const struct carillon_failure *failure)
{
    (void)arg;
    (void)failure;
}

void hook_tell(const struct hook_step *step)
{
    hook_judge(step, told, NULL);
}
