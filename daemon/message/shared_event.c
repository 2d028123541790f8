#include "message/shared_event.h"

#include "loop/worker.h"

#include <stdlib.h>
#include <string.h>

static void copy_str(struct carillon_str *str, char **to)
{
    if (!str->ptr)
        return;
    memcpy(*to, str->ptr, str->len);
    str->ptr = *to;
    *to += str->len;
    *(*to)++ = '\0';
}

struct shared_event *shared_event_new(const struct carillon_event *what, struct carillon_str topic)
{
    struct carillon_event pub = *what;
    struct carillon_str routed = topic.ptr ? topic : what->channel;
    struct carillon_str *strings[] = { &pub.app,      &pub.channel,    &pub.epoch, &pub.name, &pub.data,
                                       &pub.actor.id, &pub.actor.name, &pub.info,  &routed };
    const size_t n = sizeof strings / sizeof strings[0];
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += strings[i]->ptr ? strings[i]->len + 1 : 0;
    struct shared_event *event = malloc(sizeof *event + bytes);
    if (!event)
        return NULL;
    char *to = event->strings;
    for (size_t i = 0; i < n; i++)
        copy_str(strings[i], &to);
    pub.routed = routed;
    event->pub = pub;
    event->author_only = false;
    event->made_ms = loop_monotonic_ms();
    event->size = sizeof *event + bytes;
    atomic_init(&event->refs, 1);
    for (size_t i = 0; i < EVENT_FORMS; i++)
        atomic_init(&event->forms[i], NULL);
    return event;
}

struct shared_event *shared_event_ref(struct shared_event *event)
{
    atomic_fetch_add_explicit(&event->refs, 1, memory_order_relaxed);
    return event;
}

void shared_event_unref(struct shared_event *event)
{
    if (!event || atomic_fetch_sub_explicit(&event->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < EVENT_FORMS; i++)
        buffer_unref(atomic_load_explicit(&event->forms[i], memory_order_relaxed));
    free(event);
}
