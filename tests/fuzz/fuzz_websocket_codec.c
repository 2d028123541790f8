// sources: plugins/websocket/codec.c plugins/wire/scan.c plugins/wire/text.c
/* A client's frame: whatever comes, it is a request or has a failure to tell, and what is kept of it is JSON again. */
#include "codec.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_json(struct carillon_str json)
{
    if (!json.ptr)
        return;
    require(json.ptr[json.len] == '\0' || json.len > 0);
    json_t *tree = json_loadb(json.ptr, json.len, JSON_DECODE_ANY, NULL);
    require(tree);
    json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *frame = malloc(size + 1); /* the host puts a NUL behind a message */
    memcpy(frame, data, size);
    frame[size] = '\0';
    struct request request;
    bool ok = request_parse(&request, frame, size, 32);
    free(frame);
    check_json(request.id);
    if (ok) {
        require(request.type < REQUEST_TYPE_COUNT);
        check_json(request.data);
        for (size_t i = 0; i < request.mention_count; i++)
            require(strlen(request.mentions[i].ptr) == request.mentions[i].len);
    } else {
        require(request.failure.code && request.failure.detail.len > 0);
    }
    request_free(&request);
    return 0;
}
