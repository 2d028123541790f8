#include "fallback_lines.h"
#include "frames_out.h"
#include "pusher.h"

static enum carillon_result encode_event(const struct carillon_event *event, struct carillon_encode *out)
{
    size_t size = frame_event_size(event);
    void *bytes = pusher.host->encode_alloc(out, size);
    if (!bytes)
        return CARILLON_NO_MEMORY;
    struct text text = text_in(bytes, size);
    frame_put_event(&text, event);
    if (text.failed)
        return CARILLON_NO_MEMORY;
    pusher.host->encode_done(out, text.len);
    return CARILLON_OK;
}

static enum carillon_result encode_members(const struct carillon_members *members, unsigned list,
                                           struct carillon_encode *out)
{
    size_t size = frame_members_size(members);
    void *bytes = pusher.host->encode_alloc(out, size);
    if (!bytes)
        return CARILLON_NO_MEMORY;
    struct text text = text_in(bytes, size);
    if (!frame_put_members(&text, members, (enum frame_list)list))
        return CARILLON_NO_MEMORY;
    pusher.host->encode_done(out, text.len);
    return CARILLON_OK;
}

static const struct carillon_codec codec = {
    .size = sizeof codec,
    .name = "pusher",
    .framing = CARILLON_FRAMING_WS_TEXT,
    .encode = encode_event,
    .encode_members = encode_members,
};

/* The frame is written into the end of the memory, and from there as a line into its beginning. */
static enum carillon_result encode_line(const struct carillon_event *event, struct carillon_encode *out)
{
    size_t size = frame_event_size(event), line_size = LINE_FRAME_MAX(size);
    char *bytes = pusher.host->encode_alloc(out, line_size + size);
    if (!bytes)
        return CARILLON_NO_MEMORY;
    struct text frame = text_in(bytes + line_size, size), line = text_in(bytes, line_size);
    frame_put_event(&frame, event);
    if (!frame.failed)
        line_put_frame(&line, text_str(&frame));
    if (frame.failed || line.failed)
        return CARILLON_NO_MEMORY;
    pusher.host->encode_done(out, line.len);
    return CARILLON_OK;
}

static const struct carillon_codec fallback_codec = {
    .size = sizeof fallback_codec,
    .name = "pusher-http",
    .framing = CARILLON_FRAMING_NONE,
    .encode = encode_line,
};

enum carillon_result codecs_add(void)
{
    enum carillon_result result = pusher.host->codec_add(pusher.self, &codec, &pusher.codec);
    if (result == CARILLON_OK)
        result = pusher.host->codec_add(pusher.self, &fallback_codec, &pusher.fallback_codec);
    return result;
}
