#include "api.h"
#include "event_input.h"
#include "relay.h"

#include <stdlib.h>
#include <string.h>

/* An event on one channel. */
struct item {
    struct carillon_str channel;
    unsigned infos;
};

/* What is published for one request, and then answered together. */
struct job {
    carillon_handle request;
    const struct carillon_app *app;
    size_t left; /* publishes that are not answered yet */
    struct carillon_failure failure;
    bool batch, wants_info;
    bool foreign; /* asked for by another service's relay */
    size_t count;
    struct item items[]; /* behind them, in the same block, the channels' names */
};

/* ---- the answer ---- */

static void put_batch(struct text *json, const struct job *job, const struct carillon_channel_facts *facts)
{
    text_put_cstr(json, "{\"batch\":[");
    for (size_t i = 0; i < job->count; i++) {
        struct channel_name name = channel_name_parse(job->items[i].channel);
        text_put_cstr(json, i ? ",{" : "{");
        if (!name.user.ptr)
            api_info_put(json, job->items[i].infos, &name, &facts[i], true);
        text_put_cstr(json, "}");
    }
    text_put_cstr(json, "]}");
}

static void put_channels(struct text *json, const struct job *job, const struct carillon_channel_facts *facts)
{
    text_put_cstr(json, "{\"channels\":{");
    for (size_t i = 0; i < job->count; i++) {
        struct channel_name name = channel_name_parse(job->items[i].channel);
        text_put(json, ",", i > 0);
        text_put_json_str(json, job->items[i].channel);
        text_put_cstr(json, ":{");
        if (!name.user.ptr)
            api_info_put(json, job->items[i].infos, &name, &facts[i], true);
        text_put_cstr(json, "}");
    }
    text_put_cstr(json, "}}");
}

static void job_told(void *arg, const struct carillon_channel_facts *facts, size_t n)
{
    struct job *job = arg;
    struct text json = { 0 };
    if (n != job->count)
        api_refuse(job->request, 500, "The server is short of memory");
    else if (job->batch)
        put_batch(&json, job, facts);
    else
        put_channels(&json, job, facts);
    if (n == job->count)
        api_reply(job->request, &json);
    free(job);
}

static void job_ask(struct job *job)
{
    struct carillon_str *names = calloc(job->count, sizeof *names);
    enum carillon_result result = CARILLON_NO_MEMORY;
    for (size_t i = 0; names && i < job->count; i++)
        names[i] = job->items[i].channel;
    if (names)
        result = pusher.host->app_channels(job->app->name, names, job->count, job_told, job);
    free(names);
    if (result == CARILLON_OK)
        return;
    const struct carillon_failure failure = pusher.host->failure_of(result);
    api_refuse_failure(job->request, &failure);
    free(job);
}

static void job_finish(struct job *job)
{
    if (job->failure.status) {
        api_refuse_failure(job->request, &job->failure);
        free(job);
    } else if (job->wants_info) {
        job_ask(job);
    } else {
        api_reply_empty(job->request);
        free(job);
    }
}

static void job_published(void *arg, const struct carillon_published *what, const struct carillon_failure *failure)
{
    struct job *job = arg;
    (void)what;
    if (failure && !job->failure.status) {
        job->failure = *failure;
        job->failure.detail = CARILLON_STR("A channel did not take the event"); /* its own text ends with this call */
    }
    if (--job->left == 0)
        job_finish(job);
}

/* ---- publishing ---- */

static enum carillon_result publish(struct job *job, const struct event_input *input, struct carillon_str channel,
                                    struct carillon_str data)
{
    struct channel_name name = channel_name_parse(channel);
    uint64_t exclude = 0;
    if (name.user.ptr)
        return pusher.host->app_send(job->app->name, name.user, input->name, data);
    if (input->socket_id.ptr)
        socket_id_parse(input->socket_id, &exclude);
    const struct carillon_publish what = {
        .channel = channel, .event = input->name, .data = data, .foreign = job->foreign
    };
    enum carillon_result result = pusher.host->app_publish(job->app->name, &what, exclude, job_published, job);
    job->left += result == CARILLON_OK;
    return result;
}

/* Its channels join the job. */
static enum carillon_result publish_all(struct job *job, const struct event_input *input)
{
    char *json;
    size_t len;
    if (!event_data_to_json(input->data, &json, &len))
        return CARILLON_NO_MEMORY;
    enum carillon_result result = CARILLON_OK;
    for (size_t i = 0; i < input->channel_count && result == CARILLON_OK; i++) {
        struct item *item = &job->items[job->count];
        item->infos = input->infos;
        result = publish(job, input, item->channel, (struct carillon_str){ json, len });
        job->count++;
    }
    job->wants_info |= input->infos != 0;
    free(json);
    return result;
}

static struct job *job_new(const struct api_call *call, const struct event_input *inputs, size_t n, bool batch)
{
    size_t count = 0, bytes = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < inputs[i].channel_count; k++, count++)
            bytes += inputs[i].channels[k].len + 1;
    struct job *job = calloc(1, sizeof *job + count * sizeof job->items[0] + bytes);
    if (!job)
        return NULL;
    job->request = call->request->handle;
    job->app = call->app;
    job->batch = batch;
    job->foreign = pusher.host->http_header(call->request->handle, RELAY_HEADER_LOWER).ptr != NULL;
    struct item *items = job->items;
    char *to = (char *)(job->items + count);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < inputs[i].channel_count; k++) {
            struct carillon_str from = inputs[i].channels[k];
            items->channel = (struct carillon_str){ memcpy(to, from.ptr, from.len), from.len };
            to += from.len;
            *to++ = '\0';
            items++;
        }
    return job;
}

static void run(const struct api_call *call, const struct event_input *inputs, size_t n, bool batch)
{
    struct job *job = job_new(call, inputs, n, batch);
    if (!job) {
        api_refuse(call->request->handle, 500, "The server is short of memory");
        return;
    }
    job->left = 1; /* until all are under way */
    for (size_t i = 0; i < n && !job->failure.status; i++) {
        enum carillon_result result = publish_all(job, &inputs[i]);
        if (result != CARILLON_OK)
            job->failure = pusher.host->failure_of(result);
    }
    if (--job->left == 0)
        job_finish(job);
}

/* ---- reading ---- */

static json_t *body_tree(const struct api_call *call)
{
    struct carillon_str body = call->request->body;
    return body.ptr ? json_loadb(body.ptr, body.len, 0, NULL) : NULL;
}

static struct input_problem read_one(const struct api_call *call, json_t **tree, struct event_input *input)
{
    *tree = body_tree(call);
    if (call->request->body.len && !*tree) {
        *input = (struct event_input){ 0 };
        return (struct input_problem){ 400, "The body is no JSON" };
    }
    return *tree ? event_input_from_json(input, *tree) : event_input_from_params(input, &call->params);
}

void api_events(struct api_call *call)
{
    json_t *tree;
    struct event_input input;
    struct input_problem problem = read_one(call, &tree, &input);
    if (!problem.status)
        problem = event_input_check(&input, call->app, false);
    if (problem.status)
        api_refuse(call->request->handle, problem.status, problem.why);
    else
        run(call, &input, 1, false);
    event_input_free(&input);
    json_decref(tree);
}

void api_user_events(struct api_call *call)
{
    json_t *tree;
    struct event_input input;
    struct input_problem problem = read_one(call, &tree, &input);
    char name[sizeof SERVER_TO_USER + 256];
    struct carillon_str user = api_capture(call, 1);
    if (!problem.status)
        problem = event_input_check(&input, call->app, true);
    int len = snprintf(name, sizeof name, SERVER_TO_USER "%.*s", user.len < 256 ? (int)user.len : 255, user.ptr);
    struct carillon_str channel = { name, (size_t)len };
    if (!problem.status && !channel_name_parse(channel).valid)
        problem = (struct input_problem){ 400, "This is no user id" };
    if (problem.status) {
        api_refuse(call->request->handle, problem.status, problem.why);
    } else {
        struct event_input one = input;
        one.channels = &channel;
        one.channel_count = 1;
        run(call, &one, 1, false);
    }
    event_input_free(&input);
    json_decref(tree);
}

/* ---- batches ---- */

static struct input_problem read_batch(const struct api_call *call, const json_t *list, struct event_input *inputs)
{
    struct input_problem problem = { 0 };
    for (size_t i = 0; i < json_array_size(list) && !problem.status; i++) {
        problem = event_input_from_json(&inputs[i], json_array_get(list, i));
        if (!problem.status && inputs[i].channel_count != 1)
            problem = (struct input_problem){ 400, "An event of a batch has one channel" };
        if (!problem.status)
            problem = event_input_check(&inputs[i], call->app, false);
    }
    return problem;
}

void api_batch(struct api_call *call)
{
    json_t *tree = body_tree(call);
    const json_t *list = json_object_get(tree, "batch");
    size_t n = json_array_size(list);
    struct event_input *inputs = NULL;
    struct input_problem problem = { 400, "batch is missing, empty or no list" };
    if (json_is_array(list) && n > (size_t)call->app->limits.batch)
        problem.why = "The batch has too many events";
    else if (n && (inputs = calloc(n, sizeof *inputs)) != NULL)
        problem = read_batch(call, list, inputs);
    if (problem.status)
        api_refuse(call->request->handle, problem.status, problem.why);
    else
        run(call, inputs, n, true);
    for (size_t i = 0; inputs && i < n; i++)
        event_input_free(&inputs[i]);
    free(inputs);
    json_decref(tree);
}
