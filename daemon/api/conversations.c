#include "api/access.h"
#include "api/input.h"
#include "api/list.h"
#include "base/fold.h"
#include "base/uuid.h"
#include "channel/channel.h"
#include "message/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_MAX = 200, SCANNED_MAX = 2000, SLUG_MAX = 60, QUERY_MAX = 200 };

#define SCOPES(X)                                                                                                      \
    X(BOTH, "")                                                                                                        \
    X(MINE, "mine")                                                                                                    \
    X(PUBLIC, "public")                                                                                                \
    X(ALL, "all")

enum scope {
#define SCOPE_X(name, text) SCOPE_##name,
    SCOPES(SCOPE_X)
#undef SCOPE_X
        SCOPE_COUNT
};

/* ---- the list ---- */

struct listing {
    enum scope scope;
    struct carillon_str wanted; /* of the title, folded; absent: any */
    struct carillon_str cursor;
    uint32_t limit;
    size_t shown, scanned;
};

static enum scope query_scope(struct call *call)
{
    static const char *const names[] = {
#define SCOPE_X(name, text) text,
        SCOPES(SCOPE_X)
#undef SCOPE_X
    };
    struct carillon_str word = query_str(call, "scope", 16);
    for (size_t i = 0; word.ptr && i < SCOPE_COUNT; i++)
        if (strcmp(word.ptr, names[i]) == 0)
            return (enum scope)i;
    if (word.ptr)
        input_wrong(call, "scope", "this must be mine, public or all");
    return SCOPE_BOTH;
}

static bool is_shown(const struct call *call, const struct listing *listing, const struct carillon_conversation *each)
{
    if (!may_read(call->identity, each) ||
        (listing->scope == SCOPE_PUBLIC && each->visibility != CARILLON_VISIBILITY_PUBLIC))
        return false;
    if (!listing->wanted.len)
        return true;
    char *title = fold_text(each->title);
    bool fits = title && strstr(title, listing->wanted.ptr);
    free(title);
    return fits;
}

static void list_page(struct call *call, struct carillon_storage_request *before);

/* A page of which nothing is shown is not worth an answer: the next is read, up to a bound. */
static void page_read(struct call *call, struct carillon_storage_request *request)
{
    struct listing *listing = call->state;
    const struct carillon_storage_output *out = &request->out;
    for (size_t i = 0; i < out->count; i++) {
        if (!is_shown(call, listing, &out->conversations[i]))
            continue;
        json_write_conversation(&call->out, NULL, &out->conversations[i]);
        listing->shown++;
    }
    listing->scanned += out->count;
    if (listing->shown || !out->more || listing->scanned >= SCANNED_MAX)
        list_reply(call, request);
    else
        list_page(call, request);
}

/* The page after another, or the first that was asked for. */
static void list_page(struct call *call, struct carillon_storage_request *before)
{
    const struct listing *listing = call->state;
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_CONVERSATION_LIST);
    if (!request)
        return;
    request->in.limit = listing->limit;
    request->in.cursor = before ? storage_request_str(request, before->out.cursor) : listing->cursor;
    if (before)
        call_drop(call, before);
    request->in.any = listing->scope == SCOPE_ALL || (call->identity->server && listing->scope != SCOPE_MINE);
    request->in.public_too = listing->scope != SCOPE_MINE;
    call_ask(call, request, page_read);
}

static struct carillon_str query_folded(struct call *call, const char *name)
{
    struct carillon_str given = query_str(call, name, QUERY_MAX);
    char *folded = given.ptr ? fold_text(given) : NULL;
    struct carillon_str kept = folded ? call_str(call, (struct carillon_str){ folded, strlen(folded) })
                                      : (struct carillon_str){ 0 };
    free(folded);
    return kept;
}

void conversations_list(struct call *call)
{
    struct listing *listing = call_alloc(call, sizeof *listing);
    if (!listing) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    listing->scope = query_scope(call);
    listing->limit = query_limit(call);
    listing->wanted = query_folded(call, "query");
    listing->cursor = query_str(call, "cursor", CURSOR_MAX);
    if (listing->scope == SCOPE_ALL && !call->identity->server)
        input_wrong(call, "scope", "only servers may see all");
    if (!input_end(call))
        return;
    call->state = listing;
    list_begin(call);
    list_page(call, NULL);
}

/* ---- one ---- */

static void show(struct call *call, const struct carillon_conversation *conversation)
{
    json_write_conversation(&call->out, NULL, conversation);
    call_reply(call, 200);
}

void conversations_show(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    if (input_end(call))
        call_with_conversation(call, channel, show);
}

/* ---- creating ---- */

struct creation {
    struct carillon_str channel, title;
    enum carillon_visibility visibility;
    bool named; /* by the client; else we may choose another */
};

/* What the title is in a channel's name: "Lunch & Games!" becomes "lunch-games". */
static size_t make_slug(struct carillon_str title, char slug[SLUG_MAX + 1])
{
    size_t len = 0;
    for (size_t i = 0; i < title.len && len < SLUG_MAX; i++) {
        char c = title.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            slug[len++] = c;
        else if (len && slug[len - 1] != '-')
            slug[len++] = '-';
    }
    while (len && slug[len - 1] == '-')
        len--;
    slug[len] = '\0';
    return len;
}

/* Names of invited ones are not to be guessed from their titles: a taken name would tell of them. */
static struct carillon_str choose_channel(struct call *call, const struct creation *creation, bool taken)
{
    char slug[SLUG_MAX + 1], random[RANDOM_NAME_SIZE], name[SLUG_MAX + RANDOM_NAME_SIZE + 2];
    size_t len = make_slug(creation->title, slug);
    bool plain = creation->visibility == CARILLON_VISIBILITY_PUBLIC && len && !taken &&
                 channel_kind((struct carillon_str){ slug, len }) == CHANNEL_PUBLIC;
    random_make_name(random);
    int n = plain ? snprintf(name, sizeof name, "%s", slug)
                  : snprintf(name, sizeof name, "c%s%s-%.8s", len ? "-" : "", slug, random);
    return call_str(call, (struct carillon_str){ name, (size_t)n });
}

static void create(struct call *call);

static void created(struct call *call, struct action *action)
{
    struct creation *creation = call->state;
    if (action->error == ERROR_EXISTS && !creation->named) {
        creation->channel = choose_channel(call, creation, true);
        creation->named = true;
        create(call);
    } else if (action->error != ERROR_NONE) {
        call_fail_action(call, action);
    } else {
        call_reply_conversation(call, 201, creation->channel);
    }
}

static void create(struct call *call)
{
    const struct creation *creation = call->state;
    struct action *action = call_action(call, ACTION_CREATE, creation->channel);
    if (!action)
        return;
    action->request->in.text = action_str(action, creation->title);
    action->request->in.visibility = creation->visibility;
    call_act_raw(call, action, created);
}

static enum carillon_visibility input_visibility(struct call *call, enum field_need need)
{
    struct carillon_str word = input_str(call, "visibility", need, 1, 16);
    bool public = word.ptr && strcmp(word.ptr, visibility_name(CARILLON_VISIBILITY_PUBLIC)) == 0;
    if (word.ptr && !public && strcmp(word.ptr, visibility_name(CARILLON_VISIBILITY_INVITED)) != 0)
        input_wrong(call, "visibility", "this must be public or invited");
    return public ? CARILLON_VISIBILITY_PUBLIC : CARILLON_VISIBILITY_INVITED;
}

/* The configuration has the last word on what a channel of this name may be. */
static void check_options(struct call *call, struct carillon_str channel, enum carillon_visibility visibility)
{
    const struct channel_options *options = app_channel_options(call_app(call), channel);
    if (!options->stored)
        input_wrong(call, "channel", "the configuration allows no conversation of this name");
    else if (visibility == CARILLON_VISIBILITY_PUBLIC && options->subscribe != APP_WHO_EVERYBODY)
        input_wrong(call, "visibility", "the configuration allows no public conversation of this name");
}

void conversations_create(struct call *call)
{
    struct creation *creation = call_alloc(call, sizeof *creation);
    if (!creation) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    creation->channel = input_channel(call, "channel", OPTIONAL);
    creation->title = input_line(call, "title", REQUIRED, TITLE_MAX);
    creation->visibility = input_visibility(call, REQUIRED);
    creation->named = creation->channel.ptr != NULL;
    if (!creation->named && creation->title.ptr)
        creation->channel = choose_channel(call, creation, false);
    if (!call->error_count)
        check_options(call, creation->channel, creation->visibility);
    if (!input_end(call))
        return;
    call->state = creation;
    create(call);
}

/* ---- changing ---- */

static void changed(struct call *call, struct action *action)
{
    (void)action;
    call_reply_conversation(call, 200, call->captures[0]);
}

void conversations_update(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    bool set_visibility = input_has(call, "visibility");
    struct carillon_str title = input_line(call, "title", OPTIONAL, TITLE_MAX);
    enum carillon_visibility visibility = input_visibility(call, OPTIONAL);
    if (!title.ptr && !set_visibility && !call->error_count)
        input_wrong(call, "title", "title or visibility is needed");
    if (set_visibility && !call->error_count)
        check_options(call, channel, visibility);
    struct action *action = input_end(call) ? call_action(call, ACTION_UPDATE, channel) : NULL;
    if (!action)
        return;
    action->request->in.text = action_str(action, title);
    action->request->in.visibility = visibility;
    action->request->in.set_visibility = set_visibility;
    call_act(call, action, changed);
}

/* ---- joining and leaving ---- */

static void join(struct call *call, const struct carillon_conversation *conversation)
{
    if (conversation->role != CARILLON_ROLE_NONE) {
        show(call, conversation);
        return;
    }
    struct action *action = call_action(call, ACTION_MEMBER, call->captures[0]);
    if (!action)
        return;
    action->request->in.member = action->identity->user;
    action->request->in.role = CARILLON_ROLE_MEMBER;
    call_act(call, action, changed);
}

void conversations_join(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    if (input_end(call))
        call_with_conversation(call, channel, join);
}

static void left(struct call *call, struct action *action)
{
    (void)action;
    call_reply_empty(call);
}

void conversations_leave(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    struct action *action = input_end(call) ? call_action(call, ACTION_MEMBER, channel) : NULL;
    if (!action)
        return;
    action->request->in.member = action->identity->user;
    action->request->in.remove = true;
    call_act(call, action, left);
}
