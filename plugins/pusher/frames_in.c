#include "frames_in.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    enum frame_kind kind;
    const char *event;
} kinds[] = {
#define FRAME_X(name, text) { FRAME_##name, text },
    FRAME_KINDS(FRAME_X)
#undef FRAME_X
};

static struct carillon_str string_of(const json_t *value)
{
    if (!json_is_string(value))
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

static enum frame_kind kind_of(const char *event)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        bool prefix = kinds[i].kind == FRAME_CLIENT_EVENT;
        size_t len = strlen(kinds[i].event);
        if (prefix ? strncmp(event, kinds[i].event, len) == 0 : strcmp(event, kinds[i].event) == 0)
            return kinds[i].kind;
    }
    return FRAME_UNSUPPORTED;
}

/* A member's text as it stands there: a tree would change its numbers. */
static char *raw_member(const json_t *object, const char *name, struct carillon_str json, size_t *len)
{
    size_t n = 0;
    void *iter = json_object_iter((json_t *)(uintptr_t)object);
    while (iter && strcmp(json_object_iter_key(iter), name) != 0) {
        iter = json_object_iter_next((json_t *)(uintptr_t)object, iter);
        n++;
    }
    struct carillon_str raw = iter ? scan_member(json, n) : CARILLON_STR("null");
    char *copy = malloc(raw.len + 1);
    if (!copy)
        return NULL;
    *len = scan_compact(raw, copy);
    copy[*len] = '\0';
    return copy;
}

/* What stands in `data`: an object, or a string that holds one. */
static const json_t *inner_object(struct frame_in *frame)
{
    const json_t *data = json_object_get(frame->tree, "data");
    struct carillon_str text = string_of(data);
    if (!text.ptr)
        return data;
    if (!scan_is_deeper(text, FRAME_DEPTH_MAX))
        frame->inner = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    return frame->inner;
}

static void take_fields(struct frame_in *frame)
{
    const json_t *data = inner_object(frame);
    frame->channel = string_of(json_object_get(data, "channel"));
    frame->auth = string_of(json_object_get(data, "auth"));
    frame->channel_data = string_of(json_object_get(data, "channel_data"));
    frame->user_data = string_of(json_object_get(data, "user_data"));
}

static void malformed(struct frame_in *frame, const char *problem)
{
    frame->kind = FRAME_MALFORMED;
    frame->problem = problem;
}

static void take_client_event(struct frame_in *frame, struct carillon_str json)
{
    frame->channel = string_of(json_object_get(frame->tree, "channel"));
    frame->data_copy = raw_member(frame->tree, "data", json, &frame->data.len);
    frame->data.ptr = frame->data_copy;
    if (!frame->data_copy)
        malformed(frame, "The server is short of memory");
}

void frame_in_parse(struct frame_in *frame, const char *json, size_t len)
{
    struct carillon_str text = { json, len };
    *frame = (struct frame_in){ .kind = FRAME_MALFORMED, .problem = "Invalid JSON" };
    if (scan_is_deeper(text, FRAME_DEPTH_MAX)) {
        frame->problem = "JSON nested too deep";
        return;
    }
    frame->tree = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    frame->event = string_of(json_object_get(frame->tree, "event"));
    if (!frame->tree)
        return;
    if (!frame->event.ptr || strlen(frame->event.ptr) != frame->event.len) {
        frame->problem = "An event needs a name";
        return;
    }
    frame->kind = kind_of(frame->event.ptr);
    if (frame->kind == FRAME_CLIENT_EVENT)
        take_client_event(frame, text);
    else
        take_fields(frame);
}

void frame_in_free(struct frame_in *frame)
{
    json_decref(frame->tree);
    json_decref(frame->inner);
    free(frame->data_copy);
}

/* ---- members ---- */

static bool is_plain_text(struct carillon_str text, size_t max)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return false;
    return text.len > 0 && text.len <= max;
}

static const char *take_id(struct member *member, const json_t *id)
{
    if (json_is_integer(id)) {
        int len = snprintf(member->id_copy, sizeof member->id_copy, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
        member->id = (struct carillon_str){ member->id_copy, (size_t)len };
        return NULL;
    }
    member->id = string_of(id);
    if (!member->id.ptr)
        return "The user id is missing or no string";
    return is_plain_text(member->id, MEMBER_ID_MAX) ? NULL : "The user id is empty, too long or not plain text";
}

static const char *take_info(struct member *member, struct carillon_str json, size_t max)
{
    const json_t *info = json_object_get(member->tree, "user_info");
    struct carillon_str name = string_of(json_object_get(info, "name"));
    member->name = is_plain_text(name, MEMBER_NAME_MAX) ? name : member->id;
    if (!info)
        return NULL;
    member->info_copy = raw_member(member->tree, "user_info", json, &member->info.len);
    member->info.ptr = member->info_copy;
    if (!member->info_copy)
        return "The server is short of memory";
    return member->info.len <= max ? NULL : "The user object is too large";
}

static const char *take_watchlist(struct member *member, size_t max)
{
    const json_t *list = json_object_get(member->tree, "watchlist");
    if (list && !json_is_array(list))
        return "The watchlist is no array";
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct carillon_str user = string_of(json_array_get(list, i));
        if (!is_plain_text(user, MEMBER_ID_MAX))
            return "The watchlist holds something else than user ids";
        if (member->watch_count < max && member->watch_count < WATCHLIST_PARSE_MAX)
            member->watchlist[member->watch_count++] = user;
        else
            member->watch_cut = true;
    }
    return NULL;
}

void member_parse(struct member *member, struct carillon_str json, const char *key, size_t info_max, size_t watch_max)
{
    memset(member, 0, sizeof *member);
    member->problem = "The user object is no JSON object";
    if (!json.ptr || scan_is_deeper(json, FRAME_DEPTH_MAX))
        return;
    member->tree = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(member->tree))
        return;
    member->problem = take_id(member, json_object_get(member->tree, key));
    if (!member->problem)
        member->problem = take_info(member, json, info_max);
    if (!member->problem)
        member->problem = take_watchlist(member, watch_max);
}

void member_free(struct member *member)
{
    json_decref(member->tree);
    free(member->info_copy);
}
