#include "api_params.h"
#include "percent.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool take_one(struct params *params, char *item)
{
    char *value = strchr(item, '=');
    struct param param = { .name.ptr = item, .value.ptr = value ? value + 1 : "" };
    if (value)
        *value = '\0';
    if (params->count == PARAMS_MAX || !percent_decode(item, &param.name.len) ||
        (value && !percent_decode(value + 1, &param.value.len)))
        return false;
    params->list[params->count++] = param;
    return true;
}

bool params_parse(struct params *params, struct carillon_str query)
{
    params->count = 0;
    params->copy = strndup(query.ptr ? query.ptr : "", query.len);
    for (char *rest = params->copy; rest;) {
        char *item = strsep(&rest, "&");
        if (*item && !take_one(params, item))
            return false;
    }
    return params->copy != NULL;
}

void params_free(struct params *params)
{
    free(params->copy);
}

struct carillon_str params_get(const struct params *params, const char *name)
{
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->list[i].name.ptr, name) == 0)
            return params->list[i].value;
    return (struct carillon_str){ 0 };
}

/* Equal names keep their order: they are compared by where they stand. */
static int compare(const void *a, const void *b)
{
    const struct param *one = *(const struct param *const *)a, *other = *(const struct param *const *)b;
    int order = strcasecmp(one->name.ptr, other->name.ptr);
    return order ? order : (one > other) - (one < other);
}

static void put_lower(struct text *text, struct carillon_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        text_put(text, &c, 1);
    }
}

void params_put_signed(const struct params *params, struct text *text)
{
    const struct param *sorted[PARAMS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < params->count; i++)
        if (strcasecmp(params->list[i].name.ptr, "auth_signature") != 0)
            sorted[n++] = &params->list[i];
    if (n)
        qsort(sorted, n, sizeof sorted[0], compare);
    for (size_t i = 0; i < n; i++) {
        text_put(text, "&", i > 0);
        put_lower(text, sorted[i]->name);
        text_put(text, "=", 1);
        text_put(text, sorted[i]->value.ptr, sorted[i]->value.len);
    }
}
