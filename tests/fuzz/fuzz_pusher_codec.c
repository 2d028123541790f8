// sources: plugins/pusher/frames_in.c plugins/pusher/frames_out.c plugins/pusher/fallback_lines.c plugins/pusher/channel_name.c plugins/pusher/api_params.c plugins/wire/scan.c plugins/wire/percent.c plugins/wire/text.c
#include "api_params.h"
#include "channel_name.h"
#include "fallback_lines.h"
#include "frames_in.h"
#include "frames_out.h"

#include <stdlib.h>
#include <string.h>

/* Over HTTP the same frame comes back out of its line, which fits where its bound says. */
static void tell_line(struct carillon_str frame)
{
    size_t room = LINE_FRAME_MAX(frame.len);
    char *bytes = malloc(room);
    struct text line = text_in(bytes, room);
    line_put_frame(&line, frame);
    json_t *frames = line.failed ? NULL : json_loadb(line.bytes + 1, line.len - 2, JSON_ALLOW_NUL, NULL);
    const json_t *first = json_array_get(frames, 0);
    if (json_string_length(first) != frame.len || memcmp(json_string_value(first), frame.ptr, frame.len) != 0 ||
        memchr(line.bytes, '\n', line.len - 1))
        abort();
    json_decref(frames);
    free(bytes);
}

/* What is told of whatever came in is JSON, and fits where the size said that it would. */
static void tell(struct carillon_str text)
{
    json_t *whole = json_stringn(text.ptr, text.len);
    char *data = whole ? json_dumps(whole, JSON_ENCODE_ANY) : NULL;
    if (data) {
        const struct carillon_event event = { .type = CARILLON_EVENT_EVENT,
                                              .channel = CARILLON_STR("presence-x"),
                                              .routed = CARILLON_STR("presence-x"),
                                              .name = text,
                                              .data = { data, strlen(data) },
                                              .actor.id = text };
        size_t size = frame_event_size(&event);
        char *bytes = malloc(size);
        struct text out = text_in(bytes, size);
        frame_put_event(&out, &event);
        json_t *told = json_loadb(out.bytes, out.len, JSON_ALLOW_NUL, NULL);
        if (out.failed || !told)
            abort();
        tell_line(text_str(&out));
        json_decref(told);
        free(bytes);
    }
    free(data);
    json_decref(whole);
}

static void take_member(struct carillon_str text, const char *key)
{
    struct member *member = malloc(sizeof *member);
    member_parse(member, text, key, 1024, 100);
    if (!member->problem && (!member->id.len || member->watch_count > 100 || member->info.len > 1024))
        abort();
    member_free(member);
    free(member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    struct carillon_str text = { copy, size };
    struct frame_in frame;
    struct params *params = malloc(sizeof *params);
    memcpy(copy, data, size);
    copy[size] = '\0';
    frame_in_parse(&frame, copy, size);
    if (frame.kind == FRAME_MALFORMED && !frame.problem)
        abort();
    frame_in_free(&frame);
    take_member(text, "id");
    take_member(text, "user_id");
    struct channel_name name = channel_name_parse(text);
    if (name.valid && !size)
        abort();
    if (params_parse(params, text)) {
        struct text signed_text = { 0 };
        params_put_signed(params, &signed_text);
        text_free(&signed_text);
    }
    params_free(params);
    free(params);
    json_decref(frames_parse(text));
    tell(text);
    free(copy);
    return 0;
}
