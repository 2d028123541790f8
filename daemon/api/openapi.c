#include "api/openapi.h"
#include "api/call.h"

void openapi_show(struct call *call)
{
    call_reply_text(call, 200, "application/json",
                    (struct carillon_str){ (const char *)openapi_json, openapi_json_len });
}
