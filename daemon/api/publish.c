#include "api/input.h"
#include "api/messages.h"
#include "base/json_scan.h"
#include "message/event_name.h"
#include "message/json.h"
#include "session/seen.h"
#include "pipeline.h"

enum { BATCH_MAX = 100, EVENT_NAME_MAX = 100 };

/* ---- one publish of the body, or of a batch ---- */

/* For whom a server publishes; absent: itself. */
static struct carillon_user input_author(struct call *call)
{
    struct carillon_user user = { 0 };
    json_t *author = input_object(call, "author"), *body = call->body;
    if (!author)
        return user;
    call->body = author;
    user.id = input_str(call, "id", REQUIRED, 1, 128);
    user.name = input_line(call, "name", REQUIRED, 80);
    if (user.id.ptr && !user_id_valid(user.id))
        input_wrong(call, "id", "this is no user id");
    input_check(call);
    call->body = body;
    json_decref(author);
    return user;
}

static void set_event(struct call *call, struct action *action, struct carillon_str channel)
{
    struct carillon_storage_input *in = &action->request->in;
    struct carillon_str name = input_str(call, "event", REQUIRED, 1, EVENT_NAME_MAX);
    if (name.ptr && !event_name_valid(name))
        input_wrong(call, "event", "this has characters that are not allowed, or is a name of Carillon's own events");
    in->type = CARILLON_EVENT_EVENT;
    in->name = action_str(action, name);
    in->data = action_str(
        action, input_json(call, "data", OPTIONAL, app_channel_options(call_app(call), channel)->message_max));
}

static void set_message(struct call *call, struct action *action, struct carillon_str channel)
{
    struct message_input input = { 0 };
    struct carillon_str reply_to = input_reply_to(call);
    input_message(call, channel, &input);
    action_set_message(action, &input);
    action->request->in.reply_to = action_str(action, reply_to);
}

/* NULL: memory is short. Whether the input is right, input_check tells. */
static struct action *read_action(struct call *call)
{
    struct carillon_str channel = input_channel(call, "channel", REQUIRED);
    struct action *action = action_new(ACTION_PUBLISH, call->identity, channel.ptr ? channel : CARILLON_STR(""));
    if (!action)
        return NULL;
    struct carillon_user author = input_author(call);
    action->address = action_str(action, call->address);
    action->request->in.client_id = action_str(action, input_client_id(call));
    if (author.id.ptr) {
        action->request->in.user.id = action_str(action, author.id);
        action->request->in.user.name = action_str(action, author.name);
    }
    if (input_has(call, "event"))
        set_event(call, action, channel);
    else
        set_message(call, action, channel);
    return action;
}

static void note_author(struct call *call, const struct action *action)
{
    if (action->request->in.user.id.ptr && user_id_valid(action->request->in.user.id))
        user_note(call_app(call), action->request->in.user);
}

static void write_outcome(struct call *call, const struct action *action)
{
    const struct carillon_change *change = action->request->out.change;
    json_object_begin(&call->out, NULL);
    json_write_str(&call->out, "channel", action->request->in.conversation);
    json_write_str_if(&call->out, "epoch", action->epoch);
    if (action->epoch.ptr && action->pos)
        json_write_uint(&call->out, "pos", action->pos);
    if (change && change->message)
        json_write_message(&call->out, "message", change->message);
    if (action->duplicate)
        json_write_bool(&call->out, "duplicate", true);
    if (action->held)
        json_write_bool(&call->out, "held", true);
    json_object_end(&call->out);
}

static void published(struct call *call, struct action *action)
{
    write_outcome(call, action);
    call_reply(call, 200);
}

void publish_one(struct call *call)
{
    struct action *action = read_action(call);
    if (!action) {
        call_fail(call, ERROR_BUSY);
    } else if (!input_check(call)) {
        action_free(action);
        call_fail_fields(call, ERROR_INVALID_REQUEST);
    } else {
        note_author(call, action);
        call_act(call, action, published);
    }
}

/* ---- a batch ---- */

struct item {
    struct action *action; /* NULL: refused at once */
    struct carillon_failure failure;
    struct field_error errors[CALL_ERRORS_MAX];
    size_t error_count;
};

struct batch {
    size_t count, left;
    struct item items[BATCH_MAX];
};

static void write_item(struct call *call, const struct item *item)
{
    if (item->action && item->action->error == ERROR_NONE) {
        write_outcome(call, item->action);
        return;
    }
    call->error_count = item->error_count;
    for (size_t i = 0; i < item->error_count; i++)
        call->errors[i] = item->errors[i];
    call_write_problem(call, item->action ? &item->action->failure : &item->failure);
}

static void reply_batch(struct call *call)
{
    struct batch *batch = call->state;
    json_object_begin(&call->out, NULL);
    json_array_begin(&call->out, "items");
    for (size_t i = 0; i < batch->count; i++) {
        write_item(call, &batch->items[i]);
        if (batch->items[i].action)
            action_free(batch->items[i].action);
    }
    json_array_end(&call->out);
    json_object_end(&call->out);
    call_reply(call, 200);
}

static void item_done(struct action *action)
{
    struct call *call = action->arg;
    struct batch *batch = call->state;
    if (--batch->left == 0)
        reply_batch(call);
}

static void refuse_item(struct item *item, enum error_code error)
{
    item->action = NULL;
    item->failure = error_failure(error);
}

static void read_item(struct call *call, struct item *item, json_t *fields, struct carillon_str text)
{
    json_t *body = call->body;
    call->error_count = 0;
    call->text = text;
    if (!json_is_object(fields)) {
        refuse_item(item, ERROR_INVALID_REQUEST);
        return;
    }
    call->body = fields;
    item->action = read_action(call);
    bool good = input_check(call);
    call->body = body;
    if (item->action && good) {
        note_author(call, item->action);
        return;
    }
    for (size_t i = 0; i < call->error_count; i++)
        item->errors[item->error_count++] = call->errors[i];
    bool no_memory = !item->action;
    if (item->action)
        action_free(item->action);
    refuse_item(item, no_memory ? ERROR_BUSY : ERROR_INVALID_REQUEST);
}

/* All are submitted in their order before the first is answered, which comes from the loop. */
void publish_batch(struct call *call)
{
    struct batch *batch = call_alloc(call, sizeof *batch);
    json_t *items = json_incref(json_object_get(call->body, "items")), *each;
    struct carillon_str text = json_scan_member(call->text, "items");
    size_t i;
    json_object_del(call->body, "items");
    if (!json_is_array(items) || json_array_size(items) < 1 || json_array_size(items) > BATCH_MAX)
        input_wrong(call, "items", "a list of 1 to %d publishes is needed", BATCH_MAX);
    if (!batch || !input_end(call)) {
        json_decref(items);
        if (!batch)
            call_fail(call, ERROR_BUSY);
        return;
    }
    call->state = batch;
    json_array_foreach(items, i, each)
    {
        read_item(call, &batch->items[batch->count++], each, json_scan_element(text, i));
        batch->left += batch->items[i].action != NULL;
    }
    json_decref(items);
    if (!batch->left) {
        reply_batch(call);
        return;
    }
    for (i = 0; i < batch->count; i++)
        if (batch->items[i].action)
            pipeline_submit(batch->items[i].action, item_done, call);
}
