#include "fallback_lines.h"

void line_put_frame(struct text *text, struct carillon_str frame)
{
    text_put(text, "a[", 2);
    text_put_json_str(text, frame);
    text_put(text, "]\n", 2);
}

void line_put_close(struct text *text, unsigned code, struct carillon_str reason)
{
    text_put(text, "c[", 2);
    text_put_uint(text, code);
    text_put(text, ",", 1);
    text_put_json_str(text, reason);
    text_put(text, "]\n", 2);
}

/* One a character, two for those beyond the basic plane, which take four bytes. */
size_t line_count_units(struct carillon_str utf8)
{
    size_t units = 0;
    for (size_t i = 0; i < utf8.len; i++) {
        unsigned char byte = (unsigned char)utf8.ptr[i];
        units += ((byte & 0xc0) != 0x80) + (byte >= 0xf0);
    }
    return units;
}

json_t *frames_parse(struct carillon_str body)
{
    json_t *frames = body.len ? json_loadb(body.ptr, body.len, 0, NULL) : NULL;
    size_t i;
    json_t *frame;
    bool good = json_is_array(frames);
    json_array_foreach(frames, i, frame) good = good && json_is_string(frame);
    if (good)
        return frames;
    json_decref(frames);
    return NULL;
}
