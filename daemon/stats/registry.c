#include "stats/registry.h"
#include "stats/slots.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { METRICS_MAX = 1024 };

static struct registered *registered;
static size_t registered_count;
static bool counter_used[OWN_COUNTERS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const table_families[] = {
#define STATS_X(name, family, label, value, help) family,
    STATS_COUNTERS(STATS_X)
#undef STATS_X
#define STATS_X(name, family, label, value, buckets, help) family,
        STATS_HISTOGRAMS(STATS_X)
#undef STATS_X
            "connections_closed_total",
    "errors_total",
    "build_info",
};

static bool is_family_name(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_", others[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    return *name && strchr(first, *name) && strspn(name, others) == strlen(name);
}

/* name="value" pairs parted by commas; a quote or backslash in a value is escaped. */
static bool is_label_list(const char *p)
{
    for (;;) {
        size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        if (len == 0 || (*p >= '0' && *p <= '9') || p[len] != '=' || p[len + 1] != '"')
            return false;
        for (p += len + 2; *p != '"'; p++) {
            if (*p == '\0' || *p == '\n')
                return false;
            if (*p == '\\' && *++p != '\\' && *p != '"' && *p != 'n')
                return false;
        }
        if (*++p == '\0')
            return true;
        if (*p++ != ',')
            return false;
    }
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static enum carillon_result check(const struct stat_metric *metric, bool gauge)
{
    size_t len = strlen(metric->family);
    bool total = len > 6 && strcmp(metric->family + len - 6, "_total") == 0;
    if (!is_family_name(metric->family) || total == gauge || !metric->help ||
        (metric->labels && !is_label_list(metric->labels)))
        return CARILLON_INVALID;
    for (size_t i = 0; i < sizeof table_families / sizeof table_families[0]; i++)
        if (strcmp(metric->family, table_families[i]) == 0)
            return CARILLON_EXISTS;
    for (const struct registered *other = registered; other; other = other->next)
        if (strcmp(other->family, metric->family) == 0 &&
            (other->gauge != gauge || is_same(other->labels, metric->labels)))
            return CARILLON_EXISTS;
    return registered_count < METRICS_MAX ? CARILLON_OK : CARILLON_LIMIT;
}

static void free_metric(struct registered *metric)
{
    free(metric->family);
    free(metric->labels);
    free(metric->help);
    free(metric);
}

static struct registered *new_metric(const struct stat_metric *from)
{
    struct registered *metric = calloc(1, sizeof *metric);
    if (!metric)
        return NULL;
    metric->family = strdup(from->family);
    metric->labels = from->labels ? strdup(from->labels) : NULL;
    metric->help = strdup(from->help);
    metric->owner = from->owner;
    if (metric->family && metric->help && !metric->labels == !from->labels)
        return metric;
    free_metric(metric);
    return NULL;
}

static void insert(struct registered *metric)
{
    struct registered **place = &registered;
    while (*place && strcmp((*place)->family, metric->family) <= 0)
        place = &(*place)->next;
    metric->next = *place;
    *place = metric;
    registered_count++;
}

static bool take_counter(unsigned *id)
{
    for (unsigned i = 0; i < OWN_COUNTERS_MAX; i++)
        if (!counter_used[i]) {
            counter_used[i] = true;
            slots_clear(SLOT_OWN + i);
            *id = i;
            return true;
        }
    return false;
}

/* Under the lock. */
static enum carillon_result add(const struct stat_metric *from, const struct registered *like, unsigned *id)
{
    enum carillon_result result = check(from, like->gauge);
    if (result != CARILLON_OK)
        return result;
    struct registered *metric = new_metric(from);
    if (!metric)
        return CARILLON_NO_MEMORY;
    metric->gauge = like->gauge;
    metric->read = like->read;
    metric->arg = like->arg;
    if (!like->gauge && !take_counter(&metric->counter)) {
        free_metric(metric);
        return CARILLON_LIMIT;
    }
    if (id)
        *id = metric->counter;
    insert(metric);
    return CARILLON_OK;
}

static enum carillon_result add_locked(const struct stat_metric *from, const struct registered *like, unsigned *id)
{
    pthread_mutex_lock(&lock);
    enum carillon_result result = add(from, like, id);
    pthread_mutex_unlock(&lock);
    return result;
}

enum carillon_result stats_register_counter(const struct stat_metric *metric, unsigned *id)
{
    return add_locked(metric, &(struct registered){ .gauge = false }, id);
}

enum carillon_result stats_register_gauge(const struct stat_metric *metric, double (*read)(void *arg), void *arg)
{
    return add_locked(metric, &(struct registered){ .gauge = true, .read = read, .arg = arg }, NULL);
}

void stats_withdraw(const void *owner)
{
    pthread_mutex_lock(&lock);
    struct registered **place = &registered;
    while (*place) {
        struct registered *metric = *place;
        if (metric->owner != owner) {
            place = &metric->next;
            continue;
        }
        *place = metric->next;
        registered_count--;
        if (!metric->gauge)
            counter_used[metric->counter] = false;
        free_metric(metric);
    }
    pthread_mutex_unlock(&lock);
}

void registry_visit(void (*visit)(const struct registered *metric, const struct registered *before, void *arg),
                    void *arg)
{
    pthread_mutex_lock(&lock);
    const struct registered *before = NULL;
    for (const struct registered *metric = registered; metric; before = metric, metric = metric->next)
        visit(metric, before, arg);
    pthread_mutex_unlock(&lock);
}
