#include "api/list.h"
#include "api/input.h"

struct carillon_storage_request *list_request(struct call *call, enum carillon_storage_op op)
{
    uint32_t limit = query_limit(call);
    struct carillon_str cursor = query_str(call, "cursor", CURSOR_MAX);
    struct carillon_storage_request *request = input_end(call) ? call_request(call, op) : NULL;
    if (!request)
        return NULL;
    request->in.limit = limit;
    request->in.cursor = cursor;
    return request;
}

void list_begin(struct call *call)
{
    json_object_begin(&call->out, NULL);
    json_array_begin(&call->out, "items");
}

void list_reply(struct call *call, const struct carillon_storage_request *request)
{
    json_array_end(&call->out);
    if (request->out.more)
        json_write_str_if(&call->out, "cursor", request->out.cursor);
    json_object_end(&call->out);
    call_reply(call, 200);
}
