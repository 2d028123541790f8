#include "session/identity.h"
#include "loop/worker.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct patterns {
    bool given;
    size_t count;
    struct carillon_str *list;
};

/* What identity_new returns is its first member. One allocation: the lists and strings follow the struct. */
struct identity_record {
    struct identity identity;
    atomic_uint refs;
    struct patterns rights[IDENTITY_RIGHT_COUNT];
    bool create_given;
};

static const char *const claims[] = {
#define IDENTITY_X(name, claim) [IDENTITY_##name] = claim,
    IDENTITY_RIGHTS(IDENTITY_X)
#undef IDENTITY_X
};

static struct identity_record *record_of(const struct identity *identity)
{
    return (struct identity_record *)(uintptr_t)identity;
}

bool identity_rights_valid(const struct json_t *rights)
{
    if (!json_is_object(rights))
        return false;
    const json_t *create = json_object_get(rights, "create");
    if (create && !json_is_boolean(create))
        return false;
    for (size_t i = 0; i < IDENTITY_RIGHT_COUNT; i++) {
        json_t *list = json_object_get(rights, claims[i]), *pattern;
        size_t at;
        if (list && !json_is_array(list))
            return false;
        json_array_foreach(list, at, pattern) if (!json_is_string(pattern)) return false;
    }
    return true;
}

static size_t rights_size(const json_t *rights)
{
    size_t size = 0;
    for (size_t i = 0; i < IDENTITY_RIGHT_COUNT; i++) {
        json_t *list = json_object_get(rights, claims[i]), *pattern;
        size_t at;
        json_array_foreach(list, at, pattern) size += sizeof(struct carillon_str) + json_string_length(pattern) + 1;
    }
    return size;
}

/* Copies str to *end, which moves on. */
static struct carillon_str place_str(char **end, struct carillon_str str)
{
    if (!str.ptr)
        return str;
    char *copy = *end;
    memcpy(copy, str.ptr, str.len);
    copy[str.len] = '\0';
    *end += str.len + 1;
    return (struct carillon_str){ copy, str.len };
}

/* The arrays come before all strings, so that they are aligned. */
static void place_rights(struct identity_record *record, const json_t *rights, char **end)
{
    json_t *pattern;
    size_t at;
    for (size_t i = 0; i < IDENTITY_RIGHT_COUNT; i++) {
        json_t *list = json_object_get(rights, claims[i]);
        struct patterns *patterns = &record->rights[i];
        patterns->given = list != NULL;
        patterns->list = (struct carillon_str *)(void *)*end;
        patterns->count = json_array_size(list);
        *end += patterns->count * sizeof *patterns->list;
    }
    for (size_t i = 0; i < IDENTITY_RIGHT_COUNT; i++)
        json_array_foreach(json_object_get(rights, claims[i]), at, pattern) record->rights[i].list[at] = place_str(
            end, (struct carillon_str){ json_string_value(pattern), json_string_length(pattern) });
}

/* What identities are made from. */
struct maker {
    struct carillon_user user;
    struct carillon_str info, token_id;
    int64_t issued_ms, expires_ms;
};

static struct identity *identity_make(const struct app *app, const struct maker *from, const struct json_t *rights)
{
    size_t size = from->user.id.len + from->user.name.len + from->info.len + from->token_id.len + 4 +
                  rights_size(rights);
    struct identity_record *record = calloc(1, sizeof *record + size);
    if (!record)
        return NULL;
    char *end = (char *)(record + 1);
    struct identity *identity = &record->identity;
    atomic_init(&record->refs, 1);
    place_rights(record, rights, &end);
    identity->app = app;
    identity->user.id = place_str(&end, from->user.id);
    identity->user.name = place_str(&end, from->user.name);
    identity->info = place_str(&end, from->info);
    identity->token_id = place_str(&end, from->token_id);
    identity->issued_ms = from->issued_ms;
    identity->expires_ms = from->expires_ms;
    const json_t *create = json_object_get(rights, "create");
    record->create_given = create != NULL;
    identity->may_create = create ? json_is_true(create) : app_settings(app)->create == APP_WHO_EVERYBODY;
    return identity;
}

struct identity *identity_new(const struct app *app, struct carillon_user user, struct carillon_str token_id,
                              int64_t issued_ms, int64_t expires_ms, const struct json_t *rights)
{
    const struct maker from = { .user = user, .token_id = token_id, .issued_ms = issued_ms, .expires_ms = expires_ms };
    return identity_make(app, &from, rights);
}

struct identity *identity_new_vouched(const struct app *app, const struct carillon_user *user, struct carillon_str info)
{
    struct maker from = { .user = { CARILLON_STR(""), CARILLON_STR("") }, .issued_ms = loop_wall_ms() };
    if (user) {
        from.user = *user;
        from.info = info;
    }
    return identity_make(app, &from, NULL);
}

bool identity_is_anonymous(const struct identity *identity)
{
    return identity->user.id.len == 0;
}

struct identity *identity_new_server(const struct app *app, struct carillon_user as)
{
    struct identity *identity = identity_new(app, as, (struct carillon_str){ 0 }, 0, 0, NULL);
    if (identity)
        identity->server = identity->may_create = true;
    return identity;
}

struct identity *identity_ref(const struct identity *identity)
{
    struct identity_record *record = record_of(identity);
    atomic_fetch_add_explicit(&record->refs, 1, memory_order_relaxed);
    return &record->identity;
}

void identity_unref(const struct identity *identity)
{
    if (!identity)
        return;
    struct identity_record *record = record_of(identity);
    if (atomic_fetch_sub_explicit(&record->refs, 1, memory_order_acq_rel) == 1)
        free(record);
}

enum identity_answer identity_check(const struct identity *identity, enum identity_right right,
                                    struct carillon_str channel)
{
    if (identity->server)
        return IDENTITY_ALLOWED;
    const struct patterns *patterns = &record_of(identity)->rights[right];
    if (!patterns->given)
        return IDENTITY_SILENT;
    for (size_t i = 0; i < patterns->count; i++)
        if (pattern_match(patterns->list[i], channel))
            return IDENTITY_ALLOWED;
    return IDENTITY_DENIED;
}

struct json_t *identity_rights(const struct identity *identity)
{
    const struct identity_record *record = record_of(identity);
    json_t *rights = json_object();
    for (size_t i = 0; i < IDENTITY_RIGHT_COUNT; i++) {
        const struct patterns *patterns = &record->rights[i];
        if (!patterns->given)
            continue;
        json_t *list = json_array();
        for (size_t k = 0; k < patterns->count; k++)
            json_array_append_new(list, json_stringn(patterns->list[k].ptr, patterns->list[k].len));
        json_object_set_new(rights, claims[i], list);
    }
    if (record->create_given)
        json_object_set_new(rights, "create", json_boolean(identity->may_create));
    return rights;
}
