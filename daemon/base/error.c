#include "base/error.h"

#include <stdio.h>
#include <string.h>

struct error_row {
    const char *code;
    unsigned status, close;
    bool retry;
    const char *title, *detail;
};

static const struct error_row rows[ERROR_COUNT] = {
#define ERROR_X(name, code_, status_, close_, retry_, title_, detail_)                                                 \
    [ERROR_##name] = { code_, status_, close_, retry_, title_, detail_ },
    ERRORS(ERROR_X)
#undef ERROR_X
};

static const struct error_row *find_row(enum error_code error)
{
    return &rows[error > ERROR_NONE && error < ERROR_COUNT ? error : ERROR_INTERNAL];
}

struct carillon_failure error_failure(enum error_code error)
{
    const struct error_row *row = find_row(error);
    return (struct carillon_failure){
        .code = row->code,
        .status = row->status,
        .detail = { row->detail, strlen(row->detail) },
        .retry = row->retry,
    };
}

enum error_code error_from_result(enum carillon_result result)
{
    switch (result) {
    case CARILLON_OK:
    case CARILLON_AGAIN:
    case CARILLON_DECLINED:
    case CARILLON_DUPLICATE:
        return ERROR_NONE;
    case CARILLON_INVALID:
        return ERROR_INVALID_REQUEST;
    case CARILLON_NOT_FOUND:
        return ERROR_NOT_FOUND;
    case CARILLON_EXISTS:
        return ERROR_EXISTS;
    case CARILLON_CONFLICT:
        return ERROR_CLIENT_ID_CONFLICT;
    case CARILLON_FORBIDDEN:
        return ERROR_FORBIDDEN;
    case CARILLON_UNAUTHORIZED:
        return ERROR_UNAUTHORIZED;
    case CARILLON_BUSY:
    case CARILLON_NO_MEMORY:
        return ERROR_BUSY;
    case CARILLON_TOO_LARGE:
        return ERROR_TOO_LARGE;
    case CARILLON_LIMIT:
        return ERROR_LIMIT_REACHED;
    case CARILLON_GONE:
        return ERROR_GONE;
    case CARILLON_UNKNOWN:
        return ERROR_OUTCOME_UNKNOWN;
    case CARILLON_UNAVAILABLE:
        return ERROR_STORAGE_UNAVAILABLE;
    case CARILLON_UNSUPPORTED:
        return ERROR_UNSUPPORTED;
    case CARILLON_STALE:
    case CARILLON_WRONG_THREAD:
    case CARILLON_INTERNAL:
        break;
    }
    return ERROR_INTERNAL;
}

enum error_code error_from_code(const char *code)
{
    for (int error = ERROR_NONE + 1; code && error < ERROR_COUNT; error++)
        if (strcmp(rows[error].code, code) == 0)
            return (enum error_code)error;
    return ERROR_NONE;
}

unsigned error_close_code(enum error_code error)
{
    enum { POLICY = 1008 };
    unsigned close = find_row(error)->close;
    return close ? close : POLICY;
}

unsigned error_close_code_of(const struct carillon_failure *failure)
{
    enum error_code error = error_from_code(failure->code);
    return error_close_code(error == ERROR_NONE ? ERROR_HOOK : error);
}

const char *result_text(enum carillon_result result)
{
    switch (result) {
#define CARILLON_X(name, value, text)                                                                                  \
    case CARILLON_##name:                                                                                              \
        return text;
        CARILLON_RESULTS(CARILLON_X)
#undef CARILLON_X
    }
    return "unknown result";
}

/* A hook's own code is in no row: it is a refusal by a hook. */
static const struct error_row *row_of_failure(const struct carillon_failure *failure)
{
    enum error_code error = error_from_code(failure->code);
    return find_row(error == ERROR_NONE ? ERROR_HOOK : error);
}

void error_write_problem_members(struct json_writer *writer, const struct carillon_failure *failure)
{
    const struct error_row *row = row_of_failure(failure);
    const char *code = failure->code ? failure->code : row->code;
    char type[160];
    int len = snprintf(type, sizeof type, "urn:carillon:error:%s", code);
    if (len < 0 || (size_t)len >= sizeof type)
        snprintf(type, sizeof type, "urn:carillon:error:%s", row->code);
    json_write_text(writer, "type", type);
    json_write_text(writer, "title", row->title);
    json_write_uint(writer, "status", failure->status ? failure->status : row->status);
    json_write_str_if(writer, "detail", failure->detail);
    json_write_text(writer, "code", code);
    json_write_bool(writer, "retry", failure->retry);
}

void error_write_problem(struct json_writer *writer, const char *name, const struct carillon_failure *failure)
{
    json_object_begin(writer, name);
    error_write_problem_members(writer, failure);
    json_object_end(writer);
}

static size_t copy_problem(const struct json_writer *writer, char *out, size_t room)
{
    struct carillon_str text = json_writer_str(writer);
    if (!text.ptr || text.len >= room)
        return 0;
    memcpy(out, text.ptr, text.len + 1);
    return text.len;
}

size_t error_format_problem(const struct carillon_failure *failure, char *out, size_t room)
{
    struct json_writer writer = { 0 };
    struct carillon_failure told = *failure;
    error_write_problem(&writer, NULL, &told);
    size_t len = copy_problem(&writer, out, room);
    if (!len) {
        json_writer_reset(&writer);
        told.detail = (struct carillon_str){ 0 };
        error_write_problem(&writer, NULL, &told);
        len = copy_problem(&writer, out, room);
    }
    json_writer_free(&writer);
    if (!len) { /* no memory, or a hook's code without end */
        int n = snprintf(out, room, "{\"title\":\"%s\",\"status\":%u}", row_of_failure(failure)->title,
                         failure->status);
        len = n > 0 && (size_t)n < room ? (size_t)n : 0;
    }
    return len;
}
