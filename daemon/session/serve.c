#include "session/serve.h"

#include "channel/attach.h"
#include "channel/home.h"
#include "pipeline.h"
#include "session/token.h"

#include <stdlib.h>

/* ---- publishing ---- */

struct publication {
    carillon_published_fn done;
    void *arg;
};

static void publication_done(struct action *action)
{
    struct publication *publication = action->arg;
    struct carillon_published what = { .pos = action->pos,
                                       .epoch = action->epoch,
                                       .channel = action->request->in.conversation,
                                       .duplicate = action->duplicate };
    publication->done(publication->arg, &what, action->error == ERROR_NONE ? NULL : &action->failure);
    free(publication);
    action_free(action);
}

static struct action *publication_action(const struct app *app, const struct carillon_publish *publish,
                                         carillon_handle exclude)
{
    struct carillon_user nobody = { CARILLON_STR(SERVER_USER_ID), CARILLON_STR(SERVER_USER_ID) };
    const struct identity *identity = identity_new_server(app, publish->author.id.ptr ? publish->author : nobody);
    struct action *action = identity ? action_new(ACTION_PUBLISH, identity, publish->channel) : NULL;
    identity_unref(identity);
    if (!action)
        return NULL;
    struct carillon_storage_input *in = &action->request->in;
    in->type = publish->event.ptr ? CARILLON_EVENT_EVENT : CARILLON_EVENT_MESSAGE_NEW;
    in->name = action_str(action, publish->event);
    in->text = action_str(action, publish->text);
    in->data = action_str(action, publish->data);
    in->client_id = action_str(action, publish->client_id);
    action->exclude = exclude;
    action->client_event = publish->client_event;
    action->foreign = publish->foreign;
    return action;
}

enum carillon_result serve_publish(const struct app *app, const struct carillon_publish *publish,
                                   carillon_handle exclude, carillon_published_fn done, void *arg)
{
    struct publication *publication = malloc(sizeof *publication);
    struct action *action = publication ? publication_action(app, publish, exclude) : NULL;
    if (!action) {
        free(publication);
        return CARILLON_NO_MEMORY;
    }
    *publication = (struct publication){ done, arg };
    pipeline_submit(action, publication_done, publication);
    return CARILLON_OK;
}

void serve_send(const struct app *app, struct carillon_str user, struct carillon_str event, struct carillon_str data)
{
    char room[PERSONAL_NAME_SIZE];
    distribute_passing(app, channel_name_personal(room, user), CARILLON_STR("#user"), event.ptr, NULL, data);
}

/* ---- who is this, and what may they see? ---- */

struct check {
    struct task task;
    struct identity *identity;
    enum error_code error;
    carillon_person_fn done;
    void *arg;
};

static void check_finish(struct check *check)
{
    struct carillon_identity who = { 0 };
    struct carillon_failure failure = error_failure(check->error);
    if (check->identity) {
        who = (struct carillon_identity){ .app = check->identity->app->name,
                                          .user = check->identity->user,
                                          .expires_ms = check->identity->expires_ms };
    }
    check->done(check->arg, &who, check->error == ERROR_NONE ? NULL : &failure);
    identity_unref(check->identity);
    free(check);
}

static void check_run(struct task *task)
{
    check_finish((struct check *)task);
}

static void check_probed(struct attach *attach)
{
    struct check *check = (struct check *)(uintptr_t)attach->cookie;
    check->error = attach->error;
    attach_free(attach);
    check_finish(check);
}

enum carillon_result serve_check(const struct app *app, struct carillon_str token, struct carillon_str channel,
                                 carillon_person_fn done, void *arg)
{
    struct check *check = calloc(1, sizeof *check);
    if (!check)
        return CARILLON_NO_MEMORY;
    *check = (struct check){ .task.run = check_run, .done = done, .arg = arg };
    check->error = token_verify(app, token, &check->identity);
    if (check->error == ERROR_NONE && channel.ptr && !channel_name_valid(channel))
        check->error = ERROR_INVALID_CHANNEL;
    struct attach *attach = NULL;
    if (check->error == ERROR_NONE && channel.ptr)
        attach = attach_new(check->identity->app, check->identity, channel, (struct carillon_str){ 0 }, 0);
    if (attach) {
        attach->probe = true;
        attach->cookie = (uintptr_t)check;
        attach->done = check_probed;
        channel_attach(attach);
    } else {
        if (check->error == ERROR_NONE && channel.ptr)
            check->error = ERROR_BUSY;
        post_task(worker_index(), &check->task);
    }
    return CARILLON_OK;
}
