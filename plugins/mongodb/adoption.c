#include "adoption.h"

#include <stdio.h>
#include <string.h>

enum { USER_ID_MAX = 128, USER_NAME_MAX = 80 };

bson_t *adoption_by_key(const bson_value_t *key)
{
    bson_t *filter = bson_new();
    bson_append_value(filter, "_id", -1, key);
    return filter;
}

struct carillon_str adoption_app(struct carillon_storage_thread *thread, const bson_t *doc)
{
    const char *foreign = thread->store->foreign_app;
    struct carillon_str app = doc_peek_str(doc, "app");
    return app.len ? app : (struct carillon_str){ foreign, strlen(foreign) };
}

bool adoption_find_place(struct carillon_storage_thread *thread, struct adoption *adoption, const bson_t *from)
{
    adoption->request = (struct carillon_storage_request){ .app = adoption_app(thread, from),
                                                           .in = { .conversation = doc_peek_str(from, "conversation"),
                                                                   .now_ms = mongodb_host->now_ms() } };
    thread->request = &adoption->request;
    adoption->conversation = conversation_find(thread, &adoption->request);
    if (!adoption->conversation && adoption->doc && !adoption->past && !thread->failure)
        adoption_refuse(adoption, "there is no such conversation");
    return adoption->conversation != NULL;
}

bool adoption_has_another(struct carillon_storage_thread *thread, enum collection in, const struct adoption *adoption,
                          bson_t *filter)
{
    bson_t other;
    bson_append_document_begin(filter, "_id", -1, &other);
    bson_append_value(&other, "$ne", -1, adoption->key);
    bson_append_document_end(filter, &other);
    return query_any(thread, in, filter);
}

int64_t adoption_set(struct carillon_storage_thread *thread, enum collection in, const struct adoption *adoption,
                     bson_t *fields)
{
    bson_t *update = bson_new();
    doc_operator(update, "$set", fields);
    return query_update(thread, in, adoption_by_key(adoption->key), update);
}

void adoption_refuse(const struct adoption *adoption, const char *why)
{
    char *key = bson_as_relaxed_extended_json(adoption->doc, NULL);
    store_log(WARNING, "what another program wrote is left alone, %s: %.160s", why, key ? key : "");
    bson_free(key);
}

bool adoption_is_name(struct carillon_str name, size_t max)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=@,.;";
    return name.len >= 1 && name.len <= max && strspn(name.ptr, allowed) == name.len;
}

bool adoption_is_text(struct carillon_str text, size_t max)
{
    return text.ptr && text.len <= max && bson_utf8_validate(text.ptr, text.len, false);
}

bool adoption_user(const bson_t *doc, const char *field, struct carillon_user *user)
{
    char path[64];
    user->id = doc_peek_str(doc, field);
    snprintf(path, sizeof(path), "%s.id", field);
    if (!user->id.ptr)
        user->id = doc_peek_str(doc, path);
    snprintf(path, sizeof(path), "%s.name", field);
    user->name = doc_peek_str(doc, path);
    if (!user->name.len || !adoption_is_text(user->name, USER_NAME_MAX))
        user->name = user->id;
    return adoption_is_name(user->id, USER_ID_MAX);
}
