#include "frames_out.h"

#include <string.h>

static void put_string(struct text *text, const char *string)
{
    text_put_json_str(text, (struct carillon_str){ string, strlen(string) });
}

void frame_put_established(struct text *text, const char *socket_id, uint64_t activity_timeout)
{
    text_put_cstr(text, "{\"event\":\"pusher:connection_established\",\"data\":\"{\\\"socket_id\\\":\\\"");
    text_put_cstr(text, socket_id);
    text_put_cstr(text, "\\\",\\\"activity_timeout\\\":");
    text_put_uint(text, activity_timeout);
    text_put_cstr(text, "}\"}");
}

void frame_put_error(struct text *text, unsigned code, const char *message)
{
    text_put_cstr(text, "{\"event\":\"pusher:error\",\"data\":{\"code\":");
    if (code)
        text_put_uint(text, code);
    else
        text_put_cstr(text, "null");
    text_put_cstr(text, ",\"message\":");
    put_string(text, message);
    text_put_cstr(text, "}}");
}
