#include "config/value.h"

#include <string.h>

struct config *config_ref(struct config *config)
{
    atomic_fetch_add(&config->references, 1);
    return config;
}

void config_unref(struct config *config)
{
    if (config && atomic_fetch_sub(&config->references, 1) == 1)
        arena_free(config->arena);
}

static const struct config_value *find_named(const struct config_value *value, const char *name, size_t len)
{
    for (size_t i = 0; i < value->count; i++) {
        struct config_value *item = value->items[i];
        const char *own = value->kind == VALUE_FIELDS ? value->fields[i].name : item->key.ptr;
        if (own && strlen(own) == len && memcmp(own, name, len) == 0)
            return item;
    }
    return NULL;
}

const struct config_value *config_find(const struct config *config, const char *path)
{
    const struct config_value *value = config->root;
    while (value) {
        size_t len = strcspn(path, ".");
        value = find_named(value, path, len);
        if (!path[len])
            return value;
        path += len + 1;
    }
    return NULL;
}

const struct config_value *config_field(const struct config_value *value, const char *name)
{
    return value ? find_named(value, name, strlen(name)) : NULL;
}

bool config_bool(const struct config_value *value)
{
    return value && value->number;
}

int64_t config_int(const struct config_value *value)
{
    return value ? value->number : 0;
}

struct carillon_str config_str(const struct config_value *value)
{
    return value ? value->text : (struct carillon_str){ 0 };
}

size_t config_count(const struct config_value *value)
{
    return value && value->kind == VALUE_LIST ? value->count : 0;
}

const struct config_value *config_at(const struct config_value *value, size_t i)
{
    return i < config_count(value) ? value->items[i] : NULL;
}

struct carillon_str config_key(const struct config_value *value)
{
    return value ? value->key : (struct carillon_str){ 0 };
}

static bool str_equal(struct carillon_str a, struct carillon_str b)
{
    if (!a.ptr || !b.ptr)
        return a.ptr == b.ptr;
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool config_equal(const struct config_value *a, const struct config_value *b)
{
    if (!a || !b)
        return a == b;
    if (a->kind != b->kind || a->count != b->count || a->number != b->number || !str_equal(a->text, b->text) ||
        !str_equal(a->key, b->key))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!config_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static void list_restarts(const struct config_value *older, const struct config_value *newer, const char *prefix,
                          void (*told)(void *arg, const char *path), void *arg)
{
    for (size_t i = 0; i < newer->count; i++) {
        const struct carillon_option *option = &newer->fields[i];
        const struct config_value *before = older ? config_field(older, option->name) : NULL;
        char path[256];
        int len = snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", option->name);
        if (len < 0 || (size_t)len >= sizeof path || config_equal(before, newer->items[i]))
            continue;
        if (option->flags & CARILLON_OPTION_RESTART)
            told(arg, path);
        else if (option->type == CARILLON_OPTION_RECORD)
            list_restarts(before, newer->items[i], path, told, arg);
    }
}

void config_list_restarts(const struct config *older, const struct config *newer,
                          void (*told)(void *arg, const char *path), void *arg)
{
    list_restarts(older->root, newer->root, "", told, arg);
}
