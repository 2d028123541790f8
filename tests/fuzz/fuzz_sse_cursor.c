// sources: plugins/sse/cursor.c plugins/sse/channels.c plugins/wire/percent.c plugins/wire/text.c
/* A cursor, and a list of channels: what was taken is written the same again. */
#include "channels.h"
#include "cursor.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_cursor(struct carillon_str input)
{
    static struct cursor cursor, again;
    if (!cursor_parse(&cursor, input))
        return;
    struct text text = { 0 };
    cursor_put(&text, cursor.sealed, cursor.places, cursor.place_count);
    require(cursor_parse(&again, text_str(&text)));
    require(again.place_count == cursor.place_count);
    for (size_t i = 0; i < cursor.place_count; i++)
        require(again.places[i].pos == cursor.places[i].pos && again.places[i].epoch.len == cursor.places[i].epoch.len);
    text_free(&text);
}

static void check_channels(struct carillon_str input)
{
    struct channels channels;
    if (!channels_parse(&channels, input, CURSOR_PLACES_MAX)) {
        require(channels.count > 0 && channels.count <= CURSOR_PLACES_MAX);
        for (size_t i = 0; i < channels.count; i++)
            require(channels.names[i].len > 0 && strlen(channels.names[i].ptr) == channels.names[i].len);
    }
    channels_free(&channels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *input = malloc(size + 1);
    memcpy(input, data, size);
    input[size] = '\0';
    check_cursor((struct carillon_str){ input, size });
    check_channels((struct carillon_str){ input, size });
    free(input);
    return 0;
}
