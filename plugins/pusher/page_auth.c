/*
 * /pusher/auth and /pusher/user-auth: signatures for pages whose people have a token of the daemon, so that they need no
 * other backend. Who may subscribe to the channel gets one, and nobody else.
 */
#include "api.h"
#include "signature.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FORM_MAX = 4096, SOCKET_ID_MAX = 64 };

struct asked {
    carillon_handle request;
    struct channel_name name;
    size_t channel_len; /* 0: a sign-in */
    char socket_id[SOCKET_ID_MAX], channel[PUSHER_CHANNEL_NAME_MAX + 1];
};

/* ---- the answer ---- */

static void put_member(struct text *text, const struct carillon_user *user, const char *id_name)
{
    text_put_cstr(text, "{\"");
    text_put_cstr(text, id_name);
    text_put_cstr(text, "\":");
    text_put_json_str(text, user->id);
    text_put_cstr(text, ",\"user_info\":{\"name\":");
    text_put_json_str(text, user->name);
    text_put_cstr(text, "}}");
}

static bool sign(const struct carillon_app *app, const struct asked *asked, struct carillon_str member,
                 char signature[SIGNATURE_SIZE])
{
    struct carillon_str socket = { asked->socket_id, strlen(asked->socket_id) };
    const struct carillon_str channel[SIGNATURE_PARTS_MAX] = { socket, { asked->channel, asked->channel_len }, member };
    const struct carillon_str user[SIGNATURE_PARTS_MAX] = { socket, CARILLON_STR(""), CARILLON_STR("user"),
                                                            CARILLON_STR(""), member };
    return signature_make(app->secret, asked->channel_len ? channel : user, signature);
}

static void answer(const struct asked *asked, const struct carillon_app *app, const struct carillon_user *user)
{
    struct text member = { 0 }, json = { 0 };
    char signature[SIGNATURE_SIZE];
    bool named = !asked->channel_len || asked->name.presence;
    if (named)
        put_member(&member, user, asked->channel_len ? "user_id" : "id");
    if (member.failed || !sign(app, asked, text_str(&member), signature)) {
        api_refuse(asked->request, 500, "The server is short of memory");
        text_free(&member);
        return;
    }
    text_put_cstr(&json, "{\"auth\":\"");
    text_put(&json, app->key.ptr, app->key.len);
    text_put_cstr(&json, ":");
    text_put_cstr(&json, signature);
    text_put_cstr(&json, "\"");
    if (named) {
        text_put_cstr(&json, asked->channel_len ? ",\"channel_data\":" : ",\"user_data\":");
        text_put_json_str(&json, text_str(&member));
    }
    text_put_cstr(&json, "}");
    text_free(&member);
    api_reply(asked->request, &json);
}

static void checked(void *arg, const struct carillon_identity *who, const struct carillon_failure *failure)
{
    struct asked *asked = arg;
    const struct carillon_app *app = failure ? NULL : pusher.host->app_find(CARILLON_APP_BY_NAME, who->app);
    if (failure)
        api_refuse(asked->request, failure->status == 401 ? 401 : 403, failure->detail.ptr);
    else if (!app || !app->key.ptr || !app->enabled)
        api_refuse(asked->request, 403, "The app has no key, or is disabled");
    else
        answer(asked, app, &who->user);
    free(asked);
}

/* ---- the question ---- */

/* pusher-js posts a form, others JSON. */
static struct carillon_str field(const json_t *tree, const struct params *form, const char *name)
{
    const json_t *value = json_object_get(tree, name);
    if (json_is_string(value))
        return (struct carillon_str){ json_string_value(value), json_string_length(value) };
    return tree ? (struct carillon_str){ 0 } : params_get(form, name);
}

static bool keep(char *to, size_t room, struct carillon_str from)
{
    if (!from.len || from.len >= room)
        return false;
    memcpy(to, from.ptr, from.len + 1);
    return true;
}

static bool is_socket_id(const char *id)
{
    size_t first = strspn(id, "0123456789"),
           second = first && id[first] == '.' ? strspn(id + first + 1, "0123456789") : 0;
    return second && id[first + 1 + second] == '\0';
}

/* NULL: it is good. */
static const char *take(struct asked *asked, const json_t *tree, const struct params *form, bool sign_in)
{
    struct carillon_str channel = field(tree, form, "channel_name");
    if (!keep(asked->socket_id, sizeof asked->socket_id, field(tree, form, "socket_id")) ||
        !is_socket_id(asked->socket_id))
        return "socket_id is missing, or none";
    if (sign_in)
        return NULL;
    asked->name = channel_name_parse(channel);
    if (!keep(asked->channel, sizeof asked->channel, channel) || !asked->name.valid || !asked->name.authorise)
        return "channel_name is missing, or a channel that needs no signature";
    if (asked->name.encrypted)
        return "Only the app's own server has the keys of encrypted channels";
    asked->channel_len = channel.len;
    return NULL;
}

static struct carillon_str bearer(carillon_handle request)
{
    static const char scheme[] = "bearer ";
    struct carillon_str header = pusher.host->http_header(request, "authorization");
    if (!header.ptr || strncasecmp(header.ptr, scheme, sizeof scheme - 1) != 0)
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ header.ptr + sizeof scheme - 1, header.len - (sizeof scheme - 1) };
}

static void check(struct asked *asked, struct carillon_str token)
{
    const struct carillon_str whichever = { 0 }, channel = { asked->channel, asked->channel_len };
    enum carillon_result result = pusher.host->app_check(whichever, token, asked->channel_len ? channel : whichever,
                                                         checked, asked);
    if (result == CARILLON_OK)
        return;
    const struct carillon_failure failure = pusher.host->failure_of(result);
    api_refuse_failure(asked->request, &failure);
    free(asked);
}

static void handle(const struct carillon_http_request *request, void *user)
{
    struct params form;
    struct carillon_str token = bearer(request->handle);
    bool is_json = request->body.len && request->body.ptr[0] == '{';
    json_t *tree = is_json ? json_loadb(request->body.ptr, request->body.len, 0, NULL) : NULL;
    bool read = params_parse(&form, is_json ? (struct carillon_str){ 0 } : request->body);
    struct asked *asked = calloc(1, sizeof *asked);
    const char *problem = asked && read ? take(asked, tree, &form, user != NULL) : "The form cannot be read";
    if (asked)
        asked->request = request->handle;
    if (problem)
        api_refuse(request->handle, 400, problem);
    else if (!token.ptr)
        api_refuse(request->handle, 401, "A token of the daemon is needed, as Authorization: Bearer");
    if (problem || !token.ptr)
        free(asked);
    else
        check(asked, token);
    json_decref(tree);
    params_free(&form);
}

static char sign_in_mark;

static const struct carillon_http_route routes[] = {
    { .size = sizeof routes[0], .method = "POST", .pattern = "/pusher/auth", .body_max = FORM_MAX, .handle = handle },
    { .size = sizeof routes[0],
      .method = "POST",
      .pattern = "/pusher/user-auth",
      .body_max = FORM_MAX,
      .handle = handle,
      .user = &sign_in_mark },
};

enum carillon_result page_auth_add(void)
{
    enum carillon_result result = pusher.host->route_add(pusher.self, &routes[0]);
    return result == CARILLON_OK ? pusher.host->route_add(pusher.self, &routes[1]) : result;
}
