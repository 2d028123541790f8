#include "api.h"

#include <stdlib.h>
#include <string.h>

/* What is kept until the homes have answered. */
struct question {
    carillon_handle request;
    unsigned infos;
};

static struct question *question_new(const struct api_call *call, unsigned infos)
{
    struct question *question = malloc(sizeof *question);
    if (question)
        *question = (struct question){ call->request->handle, infos };
    return question;
}

static void asked(const struct api_call *call, struct question *question, enum carillon_result result)
{
    if (question && result == CARILLON_OK)
        return;
    free(question);
    const struct carillon_failure failure = pusher.host->failure_of(question ? result : CARILLON_NO_MEMORY);
    api_refuse_failure(call->request->handle, &failure);
}

/* ---- all that are occupied ---- */

static void put_listed(struct text *text, const struct carillon_channel_facts *facts, unsigned infos)
{
    struct channel_name name = channel_name_parse(facts->name);
    text_put_json_str(text, facts->name);
    text_put_cstr(text, ":{");
    api_info_put(text, infos, &name, facts, true);
    text_put_cstr(text, "}");
}

static void channels_told(void *arg, const struct carillon_channel_facts *channels, size_t n)
{
    struct question *question = arg;
    struct text json = { 0 };
    text_put_cstr(&json, "{\"channels\":{");
    for (size_t i = 0; i < n; i++) {
        text_put(&json, ",", i > 0);
        put_listed(&json, &channels[i], question->infos);
    }
    text_put_cstr(&json, "}}");
    api_reply(question->request, &json);
    free(question);
}

void api_channels(struct api_call *call)
{
    struct carillon_str prefix = params_get(&call->params, "filter_by_prefix");
    bool presence = prefix.len >= 9 && memcmp(prefix.ptr, "presence-", 9) == 0;
    unsigned infos;
    if (!api_info_parse(params_get(&call->params, "info"), &infos) || infos & 1u << API_INFO_CACHE) {
        api_refuse(call->request->handle, 400, "info names something that cannot be asked about channels");
        return;
    }
    if (infos & 1u << API_INFO_USER_COUNT && !presence) {
        api_refuse(call->request->handle, 400, "user_count may only be asked with filter_by_prefix=presence-");
        return;
    }
    struct question *question = question_new(call, infos);
    enum carillon_result result = CARILLON_OK;
    if (question)
        result = pusher.host->app_occupied(call->app->name, prefix, channels_told, question);
    asked(call, question, result);
}

/* ---- one ---- */

static void channel_told(void *arg, const struct carillon_channel_facts *channels, size_t n)
{
    struct question *question = arg;
    struct text json = { 0 };
    struct carillon_channel_facts none = { 0 };
    const struct carillon_channel_facts *facts = n ? channels : &none;
    struct channel_name name = channel_name_parse(facts->name);
    text_put_cstr(&json, facts->subscriptions ? "{\"occupied\":true" : "{\"occupied\":false");
    api_info_put(&json, question->infos, &name, facts, false);
    text_put_cstr(&json, "}");
    api_reply(question->request, &json);
    free(question);
}

void api_channel(struct api_call *call)
{
    struct carillon_str channel = api_capture(call, 1);
    struct channel_name name = channel_name_parse(channel);
    unsigned infos;
    bool good = name.valid && !name.user.ptr && api_info_parse(params_get(&call->params, "info"), &infos);
    for (unsigned i = 0; good && i < API_INFO_COUNT; i++)
        good = !(infos & 1u << i) || api_info_applies((enum api_info)i, &name);
    if (!good) {
        api_refuse(call->request->handle, 400, "This is no channel, or info does not apply to it");
        return;
    }
    struct question *question = question_new(call, infos);
    enum carillon_result result = CARILLON_OK;
    if (question)
        result = pusher.host->app_channels(call->app->name, &channel, 1, channel_told, question);
    asked(call, question, result);
}

/* ---- who is there ---- */

static void users_told(void *arg, const struct carillon_user *users, size_t n)
{
    struct question *question = arg;
    struct text json = { 0 };
    text_put_cstr(&json, "{\"users\":[");
    for (size_t i = 0; i < n; i++) {
        text_put_cstr(&json, i ? ",{\"id\":" : "{\"id\":");
        text_put_json_str(&json, users[i].id);
        text_put_cstr(&json, "}");
    }
    text_put_cstr(&json, "]}");
    api_reply(question->request, &json);
    free(question);
}

void api_channel_users(struct api_call *call)
{
    struct carillon_str channel = api_capture(call, 1);
    struct channel_name name = channel_name_parse(channel);
    if (!name.valid || !name.presence) {
        api_refuse(call->request->handle, 400, "Users can only be asked for on presence channels");
        return;
    }
    struct question *question = question_new(call, 0);
    enum carillon_result result = CARILLON_OK;
    if (question)
        result = pusher.host->app_members(call->app->name, channel, users_told, question);
    asked(call, question, result);
}
