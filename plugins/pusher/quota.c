#include "client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* How many connections an app has, on all workers. Apps are few and connections come seldom: a list and a lock. */
struct quota {
    struct quota *next;
    size_t connections, len;
    char app[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct quota *quotas;

static struct quota *quota_get(struct carillon_str app)
{
    for (struct quota *quota = quotas; quota; quota = quota->next)
        if (quota->len == app.len && memcmp(quota->app, app.ptr, app.len) == 0)
            return quota;
    struct quota *quota = calloc(1, sizeof *quota + app.len);
    if (!quota)
        return NULL;
    memcpy(quota->app, app.ptr, app.len);
    quota->len = app.len;
    quota->next = quotas;
    return quotas = quota;
}

bool quota_take(const struct carillon_app *app, struct quota **out)
{
    size_t max = (size_t)app->limits.connections;
    pthread_mutex_lock(&lock);
    struct quota *quota = quota_get(app->name);
    bool good = quota && (!max || quota->connections < max);
    if (good) {
        quota->connections++;
        *out = quota;
    }
    pthread_mutex_unlock(&lock);
    return good;
}

void quota_give_back(struct quota *quota)
{
    if (!quota)
        return;
    pthread_mutex_lock(&lock);
    quota->connections--;
    pthread_mutex_unlock(&lock);
}

void quotas_free(void)
{
    for (struct quota *next; quotas; quotas = next) {
        next = quotas->next;
        free(quotas);
    }
}
