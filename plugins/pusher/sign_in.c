#include "client.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

/* The first answers of a watchlist, until all of it has been answered. */
struct watching {
    size_t left, online_count, offline_count, size;
    struct carillon_str *online, *offline;
    char *end;
    struct carillon_str lists[]; /* both of them, then the ids' bytes */
};

static struct watching *watching_new(const struct member *member)
{
    size_t n = member->watch_count, bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += member->watchlist[i].len + 1;
    struct watching *watching = calloc(1, sizeof *watching + 2 * n * sizeof watching->lists[0] + bytes);
    if (!watching)
        return NULL;
    watching->left = n;
    watching->online = watching->lists;
    watching->offline = watching->lists + n;
    watching->end = (char *)(watching->lists + 2 * n);
    watching->size = bytes;
    return watching;
}

static void tell_change(struct client *client, struct carillon_str user, bool online)
{
    struct text frame = { 0 };
    frame_put_watchlist(&frame, &user, online, &user, !online);
    client_send(client, &frame);
}

static void tell_first(struct client *client)
{
    struct watching *watching = client->watching;
    struct text frame = { 0 };
    frame_put_watchlist(&frame, watching->online, watching->online_count, watching->offline, watching->offline_count);
    client_send(client, &frame);
    free(watching);
    client->watching = NULL;
}

/* A change may come between the first answers; then there is no room for it, and it is told by itself. */
void client_watched(struct client *client, struct carillon_str user, bool online)
{
    struct watching *watching = client->watching;
    if (!watching || user.len + 1 > watching->size) {
        tell_change(client, user, online);
        return;
    }
    char *copy = memcpy(watching->end, user.ptr, user.len);
    copy[user.len] = '\0';
    watching->end += user.len + 1;
    watching->size -= user.len + 1;
    struct carillon_str kept = { copy, user.len };
    if (online)
        watching->online[watching->online_count++] = kept;
    else
        watching->offline[watching->offline_count++] = kept;
    if (--watching->left == 0)
        tell_first(client);
}

static void watch(struct client *client, const struct member *member)
{
    if (member->watch_cut)
        client_tell_error(client, PUSHER_CODE_WATCHLIST_LIMIT, "%s", pusher_code_message(PUSHER_CODE_WATCHLIST_LIMIT));
    if (!member->watch_count || client->watching)
        return;
    client->watching = watching_new(member);
    if (client->watching)
        pusher.host->session_watch(client->session, member->watchlist, member->watch_count);
}

/* The session knows the user; the client keeps the name for its own channel and for presence. */
static bool keep_user(struct client *client, const struct member *member)
{
    char *copy = malloc(member->id.len + 1);
    if (!copy)
        return false;
    memcpy(copy, member->id.ptr, member->id.len + 1);
    free(client->user_copy);
    client->user_copy = copy;
    client->user = (struct carillon_str){ copy, member->id.len };
    return true;
}

static bool id_is_plain(struct carillon_str id)
{
    struct channel_name as_name = channel_name_parse(id);
    return as_name.valid && id.ptr[0] != '#' && id.len <= MEMBER_ID_MAX;
}

static void accept(struct client *client, const struct frame_in *frame, const struct member *member)
{
    const struct carillon_user user = { member->id, member->name };
    enum carillon_result result = pusher.host->session_vouch(client->session, &user, member->info);
    if (result == CARILLON_FORBIDDEN) {
        client_tell_error(client, 0, "This connection is signed in as another user");
        return;
    }
    if (result != CARILLON_OK || !keep_user(client, member)) {
        client_close(client, PUSHER_CODE_OVER_CAPACITY);
        return;
    }
    struct text answer = { 0 };
    frame_put_signed_in(&answer, frame->user_data);
    client_send(client, &answer);
    watch(client, member);
}

void client_sign_in(struct client *client, const struct frame_in *frame)
{
    const struct carillon_app *app = client->app;
    char socket_id[SOCKET_ID_SIZE];
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { client_socket_id(client, socket_id), CARILLON_STR(""),
                                                             CARILLON_STR("user"), CARILLON_STR(""),
                                                             frame->user_data }; /* "id::user::data" */
    struct member member;
    if (!frame->user_data.ptr || !signature_authorises(app, parts, frame->auth)) {
        client_tell_error(client, 0, "Invalid signature of the sign-in");
        return;
    }
    member_parse(&member, frame->user_data, "id", (size_t)app->limits.member_data, (size_t)app->limits.watchlist);
    if (member.problem)
        client_tell_error(client, 0, "%s", member.problem);
    else if (member.id.ptr == member.id_copy || !id_is_plain(member.id))
        client_tell_error(client, 0, "The user id is no string of A-Z a-z 0-9 _ - = @ , . ;");
    else
        accept(client, frame, &member);
    member_free(&member);
}
