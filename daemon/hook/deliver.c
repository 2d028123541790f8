#include "hook/deliver.h"
#include "base/json_scan.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "hook/explain.h"
#include "hook/hook.h"
#include "hook/registry.h"
#include "hook/verdict.h"
#include "stats/stats.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* One event on one worker: what hooks are shown of it is read once, for the first receiver. */
struct hook_delivery {
    const struct hook_chain *chain;
    struct shared_event *event;
    struct carillon_hook_call shown;
    struct carillon_str text, data; /* as the event has them; data is JSON within the event's */
    json_t *values[5];              /* what shown points to */
    size_t value_count;
    char *own_text, *own_data; /* for one receiver */
};

/* ---- what is shown ---- */

/* A string within JSON that the daemon wrote. */
static struct carillon_str read_string(struct hook_delivery *delivery, struct carillon_str json)
{
    json_t *value = json.ptr ? json_loadb(json.ptr, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
    if (!json_is_string(value)) {
        json_decref(value);
        return (struct carillon_str){ 0 };
    }
    delivery->values[delivery->value_count++] = value;
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

static struct carillon_str read_member(struct hook_delivery *delivery, struct carillon_str object, const char *name)
{
    return object.ptr ? read_string(delivery, json_scan_member(object, name)) : (struct carillon_str){ 0 };
}

static void delivery_show(struct hook_delivery *delivery)
{
    const struct carillon_event *event = &delivery->event->pub;
    struct carillon_str message = json_scan_member(event->data, "message");
    struct carillon_str author = message.ptr ? json_scan_member(message, "author") : (struct carillon_str){ 0 };
    delivery->shown = (struct carillon_hook_call){
        .point = CARILLON_HOOK_MESSAGE_DELIVER,
        .app = event->app,
        .channel = event->channel,
        .event = event->name,
        .message = read_member(delivery, message, "id"),
        .client_id = read_member(delivery, message, "client_id"),
        .author = { read_member(delivery, author, "id"), read_member(delivery, author, "name") },
    };
    delivery->text = read_member(delivery, message, "text");
    if (message.ptr)
        delivery->data = json_scan_member(message, "data");
}

/* With the NUL behind it that every string has. */
static struct carillon_str copy_for_receiver(char **copy, struct carillon_str str)
{
    char *older = *copy;
    *copy = str.ptr ? strndup(str.ptr, str.len) : NULL;
    free(older);
    return *copy ? (struct carillon_str){ *copy, str.len } : (struct carillon_str){ 0 };
}

struct hook_delivery *hook_delivery_begin(const struct app *app, struct shared_event *event)
{
    if (event->pub.type != CARILLON_EVENT_MESSAGE_NEW && event->pub.type != CARILLON_EVENT_MESSAGE_EDITED)
        return NULL;
    if (!hooks_at(CARILLON_HOOK_MESSAGE_DELIVER, app->name, event->pub.channel))
        return NULL;
    struct hook_delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery)
        abort(); /* must hold: it would go to whom a rule keeps it from */
    delivery->chain = hook_chain_at(CARILLON_HOOK_MESSAGE_DELIVER);
    delivery->event = event;
    delivery_show(delivery);
    return delivery;
}

void hook_delivery_end(struct hook_delivery *delivery)
{
    for (size_t i = 0; delivery && i < delivery->value_count; i++)
        json_decref(delivery->values[i]);
    if (delivery) {
        free(delivery->own_text);
        free(delivery->own_data);
    }
    free(delivery);
}

/* ---- another text ---- */

/* Puts a value in the place of an older one, which lies within the text; the caller frees it. */
static struct carillon_str splice(struct carillon_str text, struct carillon_str old, struct carillon_str value)
{
    size_t before = (size_t)(old.ptr - text.ptr), len = text.len - old.len + value.len;
    char *to = malloc(len + 1);
    if (!to)
        abort(); /* must hold: the receiver would be told what a rule keeps from them */
    memcpy(to, text.ptr, before);
    memcpy(to + before, value.ptr, value.len);
    memcpy(to + before + value.len, old.ptr + old.len, text.len - before - old.len);
    to[len] = '\0';
    return (struct carillon_str){ to, len };
}

/* The event with another value of its message's member, if the message has it; takes over the reference. */
static struct shared_event *event_with(struct shared_event *event, const char *name, struct carillon_str value)
{
    struct carillon_event pub = event->pub;
    struct carillon_str message = json_scan_member(pub.data, "message");
    struct carillon_str old = message.ptr ? json_scan_member(message, name) : (struct carillon_str){ 0 };
    if (!old.ptr)
        return event;
    pub.data = splice(pub.data, old, value);
    struct shared_event *other = shared_event_new(&pub, event->pub.routed);
    if (!other)
        abort();
    free((char *)pub.data.ptr);
    shared_event_unref(event);
    return other;
}

static void modify(struct hook_delivery *delivery, const struct carillon_verdict *verdict, struct shared_event **event)
{
    if (verdict->body.ptr) {
        struct json_writer text = { 0 };
        json_write_str(&text, NULL, verdict->body);
        *event = event_with(*event, "text", json_writer_str(&text));
        json_writer_free(&text);
        delivery->shown.text = copy_for_receiver(&delivery->own_text, verdict->body);
    }
    if (verdict->data.ptr) {
        *event = event_with(*event, "data", verdict->data);
        delivery->shown.data = copy_for_receiver(&delivery->own_data, verdict->data);
    }
}

/* ---- asking ---- */

static bool delivery_fault(const struct carillon_hook *hook, const char *wrong)
{
    stats_count(STAT_HOOK_FAULTY);
    log_warning("hook", "hook %s gave a verdict that %s; the message is %s", hook->id, wrong,
                hook->fail_open ? "delivered" : "kept from the receiver");
    return hook->fail_open;
}

/* One hook about one receiver; false: the receiver does not get it. */
static bool ask(struct hook_delivery *delivery, const struct carillon_hook *hook, struct shared_event **event)
{
    static const enum stat_counter counters[] = { [CARILLON_VERDICT_PASS] = STAT_HOOK_PASS,
                                                  [CARILLON_VERDICT_DROP] = STAT_HOOK_DROP,
                                                  [CARILLON_VERDICT_MODIFY] = STAT_HOOK_MODIFY };
    struct carillon_verdict verdict = { 0 };
    enum carillon_verdict_kind kind = hook->run(&delivery->shown, &verdict, hook->user);
    const char *wrong = verdicts_wrong(CARILLON_HOOK_MESSAGE_DELIVER, kind, &verdict);
    if (wrong)
        return delivery_fault(hook, wrong);
    for (const struct carillon_verdict *one = &verdict; one; one = one->then) {
        kind = one == &verdict ? kind : one->kind;
        stats_count(counters[kind]);
        if (kind == CARILLON_VERDICT_MODIFY)
            modify(delivery, one, event);
        if (kind == CARILLON_VERDICT_DROP)
            explain_delivery(hook, &delivery->shown, one);
    }
    return kind != CARILLON_VERDICT_DROP;
}

struct shared_event *hook_deliver(struct hook_delivery *delivery, carillon_handle session,
                                  const struct identity *receiver)
{
    struct shared_event *event = shared_event_ref(delivery->event);
    delivery->shown.session = session;
    delivery->shown.user = receiver->user;
    delivery->shown.text = delivery->text;
    delivery->shown.data = copy_for_receiver(&delivery->own_data, delivery->data);
    bool gets = true;
    for (size_t i = 0; gets && i < delivery->chain->count; i++) {
        const struct carillon_hook *hook = delivery->chain->entries[i].hook;
        if (hook_matches(hook, delivery->shown.app, delivery->shown.channel))
            gets = ask(delivery, hook, &event);
    }
    if (gets)
        return event;
    shared_event_unref(event);
    return NULL;
}
