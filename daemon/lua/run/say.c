#include "lua/run/say.h"
#include "base/log.h"
#include "pipeline.h"

#include <stdatomic.h>

static _Atomic unsigned all_under_way;
static _Thread_local unsigned under_way;

/* Those that wait for the next turn of the loop, in their order. */
static _Thread_local struct action *first, **last;
static _Thread_local bool sender_posted;
static struct task senders[WORKER_MAX]; /* static, since one may be under way as its worker ends */

static void count(int change)
{
    under_way += (unsigned)change;
    atomic_fetch_add(&all_under_way, (unsigned)change);
}

static void say_done(struct action *action)
{
    if (action->error != ERROR_NONE)
        log_notice("lua", "what a bot says could not go to %s: %s", action->request->in.conversation.ptr,
                   action->failure.code);
    count(-1);
    action_free(action);
}

static void send_all(struct task *task)
{
    (void)task;
    sender_posted = false;
    while (first) {
        struct action *action = first;
        first = action->next;
        action->next = NULL;
        pipeline_submit_unjudged(action, say_done, NULL);
    }
    last = NULL;
}

/* From the loop: the verdict of a hook is at work only when the hook has returned. */
static void send_soon(struct action *action)
{
    action->next = NULL;
    if (!first)
        last = &first;
    *last = action;
    last = &action->next;
    if (sender_posted)
        return;
    sender_posted = true;
    senders[worker_index()].run = send_all;
    post_task(worker_index(), &senders[worker_index()]);
}

bool say_add(struct script_call *call, struct action *action)
{
    if (call->say_count == SAYS_CALL_MAX || under_way >= call->state->set->options.waiting_max)
        return false;
    count(1);
    call->say_count++;
    action->next = call->says;
    call->says = action;
    return true;
}

void says_release(struct script_call *call)
{
    struct action *oldest = NULL;
    while (call->says) {
        struct action *action = call->says;
        call->says = action->next;
        action->next = oldest;
        oldest = action;
    }
    while (oldest) {
        struct action *action = oldest;
        oldest = action->next;
        send_soon(action);
    }
}

unsigned says_count(void)
{
    return atomic_load(&all_under_way);
}

void says_end_worker(void)
{
    while (first) {
        struct action *action = first;
        first = action->next;
        count(-1);
        action_free(action);
    }
    last = NULL;
}
