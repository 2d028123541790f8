#include "api/input.h"
#include "api/list.h"
#include "message/json.h"

#include <stdlib.h>
#include <string.h>

void me_show(struct call *call)
{
    json_t *rights = identity_rights(call->identity);
    char *text = json_dumps(rights, JSON_COMPACT);
    json_object_begin(&call->out, NULL);
    json_write_user(&call->out, "user", &call->identity->user);
    json_write_int(&call->out, "expires_at", call->identity->expires_ms);
    if (text)
        json_write_raw(&call->out, "rights", (struct carillon_str){ text, strlen(text) });
    json_object_end(&call->out);
    free(text);
    json_decref(rights);
    call_reply(call, 200);
}

/* ---- export ---- */

static void exported(struct call *call, struct carillon_storage_request *request)
{
    const struct carillon_storage_output *out = &request->out;
    bool first = !request->in.cursor.ptr;
    json_object_begin(&call->out, NULL);
    json_array_begin(&call->out, "items");
    for (size_t i = 0; i < out->count; i++)
        json_write_message(&call->out, NULL, out->messages[i]);
    json_array_end(&call->out);
    if (first) {
        json_array_begin(&call->out, "conversations");
        for (size_t i = 0; i < out->conversation_count; i++)
            json_write_conversation(&call->out, NULL, &out->conversations[i]);
        json_array_end(&call->out);
    }
    if (out->more)
        json_write_str_if(&call->out, "cursor", out->cursor);
    json_object_end(&call->out);
    call_reply(call, 200);
}

void me_export(struct call *call)
{
    struct carillon_storage_request *request = list_request(call, CARILLON_STORAGE_USER_EXPORT);
    if (request)
        call_ask(call, request, exported);
}
