#include "conversation.h"

#include "batch.h"
#include "change.h"
#include "member.h"
#include "message.h"
#include "operations.h"
#include "remains.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { EPOCH_BYTES = 8 };

/* ---- what is known in this transaction ---- */

static struct conversation *known(struct carillon_storage_thread *thread, struct carillon_str app,
                                  struct carillon_str name)
{
    struct conversation *found = NULL;
    size_t len = app.len + name.len + 2;
    char *key = malloc(len);
    if (!key)
        return NULL;
    memcpy(key, app.ptr, app.len);
    key[app.len] = '\0';
    memcpy(key + app.len + 1, name.ptr, name.len);
    key[len - 1] = '\0';
    HASH_FIND(hh, thread->conversations, key, len, found);
    if (!found && (found = calloc(1, sizeof(*found) + len))) {
        memcpy(found->key, key, len);
        found->app = (struct carillon_str){ found->key, app.len };
        found->name = (struct carillon_str){ found->key + app.len + 1, name.len };
        found->last_pos = -1; /* not looked up */
        HASH_ADD_KEYPTR(hh, thread->conversations, found->key, len, found);
    }
    free(key);
    if (!found)
        thread->failure = FAILURE_NO_MEMORY;
    return found;
}

static void read_numbers(struct conversation *conversation, const bson_t *doc)
{
    conversation->exists = true;
    conversation->last_pos = doc_get_int(doc, "last_pos");
    conversation->first_pos = doc_get_int(doc, "first_pos");
    conversation->member_count = doc_get_int(doc, "member_count");
    conversation->message_count = doc_get_int(doc, "message_count");
    conversation->last_message = doc_get_int(doc, "last_message");
    conversation->activity = doc_get_int(doc, "activity");
    conversation->visibility = doc_visibility_of(doc_peek_str(doc, "visibility"));
}

struct conversation *conversation_find(struct carillon_storage_thread *thread,
                                       const struct carillon_storage_request *request)
{
    struct carillon_str name = request->in.conversation;
    struct conversation *conversation = name.ptr && !thread->failure ? known(thread, request->app, name) : NULL;
    if (!conversation)
        return NULL;
    if (conversation->last_pos < 0) {
        bson_t *filter = bson_new();
        doc_str(filter, "app", request->app);
        doc_str(filter, "name", name);
        bson_t *doc = query_one(thread, COLLECTION_CONVERSATIONS, filter, NULL);
        if (thread->failure)
            return NULL;
        conversation->last_pos = 0;
        if (doc)
            read_numbers(conversation, doc);
        bson_destroy(doc);
    }
    return conversation->exists ? conversation : NULL;
}

/* Of one app: those of requests[first] and later ones that were not looked up yet. */
static void find_of_app(struct carillon_storage_thread *thread, struct carillon_storage_request **requests, size_t n,
                        struct carillon_str *names)
{
    struct carillon_str app = requests[0]->app;
    size_t count = 0;
    for (size_t i = 0; i < n && !thread->failure; i++) {
        struct carillon_str name = requests[i]->in.conversation;
        struct conversation *one = name.ptr && str_same(requests[i]->app, app) ? known(thread, app, name) : NULL;
        if (one && one->last_pos < 0) {
            one->last_pos = 0; /* unless it is found */
            names[count++] = one->name;
        }
    }
    if (!count)
        return;
    bson_t *filter = bson_new();
    doc_str(filter, "app", app);
    doc_in_strs(filter, "name", names, count);
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_CONVERSATIONS, filter, NULL);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));)
        read_numbers(known(thread, app, doc_peek_str(doc, "name")), doc);
}

void conversation_find_all(struct carillon_storage_thread *thread, struct carillon_storage_request **requests, size_t n)
{
    struct carillon_str *names = calloc(n, sizeof(*names));
    for (size_t i = 0; names && i < n; i++)
        find_of_app(thread, requests + i, n - i, names);
    free(names);
}

void conversation_forget_all(struct carillon_storage_thread *thread)
{
    struct conversation *conversation, *next;
    HASH_ITER (hh, thread->conversations, conversation, next) {
        HASH_DEL(thread->conversations, conversation);
        free(conversation);
    }
}

/*
 * Higher than all that this daemon gave out or saw, and near the clock in microseconds, so that daemons which do not
 * see each other's agree well enough: the list's order is for people.
 */
static int64_t next_activity(struct carillon_storage_thread *thread)
{
    atomic_int_least64_t *highest = &thread->store->activity;
    int64_t clock = mongodb_host->now_ms() * 1000, last = atomic_load(highest), next;
    do {
        next = last >= clock ? last + 1 : clock;
    } while (!atomic_compare_exchange_weak(highest, &last, next));
    return next;
}

void conversation_bump(struct carillon_storage_thread *thread, struct conversation *conversation)
{
    int64_t next = next_activity(thread);
    conversation->activity = next > conversation->activity ? next : conversation->activity + 1;
    conversation->dirty = true;
}

/*
 * What the daemons' change streams are told of a whole batch. It is written as one value, so that the event of the update
 * holds all of it; an event each change would cost the server a third of its time.
 */
static void write_news(bson_t *fields, const struct conversation *conversation)
{
    bson_t news;
    bson_append_document_begin(fields, "news", -1, &news);
    doc_str(&news, "app", conversation->app);
    doc_str(&news, "conversation", conversation->name);
    doc_int(&news, "pos", conversation->last_pos);
    if (conversation->news.from) {
        doc_int(&news, "from", conversation->news.from);
        doc_str(&news, "type", doc_type_word(conversation->news.type));
    }
    bson_append_document_end(fields, &news);
}

static void write_numbers(mongoc_bulk_operation_t *bulk, const struct conversation *conversation)
{
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER, fields;
    doc_str(&selector, "app", conversation->app);
    doc_str(&selector, "name", conversation->name);
    bson_append_document_begin(&update, "$set", -1, &fields);
    doc_int(&fields, "last_pos", conversation->last_pos);
    doc_int(&fields, "first_pos", conversation->first_pos);
    doc_int(&fields, "member_count", conversation->member_count);
    doc_int(&fields, "message_count", conversation->message_count);
    doc_int(&fields, "last_message", conversation->last_message);
    doc_int(&fields, "activity", conversation->activity);
    if (conversation->news.any)
        write_news(&fields, conversation);
    bson_append_document_end(&update, &fields);
    mongoc_bulk_operation_update_one_with_opts(bulk, &selector, &update, NULL, NULL);
    bson_destroy(&selector);
    bson_destroy(&update);
}

void conversation_flush(struct carillon_storage_thread *thread)
{
    bson_t opts = BSON_INITIALIZER, reply;
    bson_error_t error;
    size_t count = 0;
    if (thread->failure)
        return;
    query_session_opts(thread, &opts);
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(
        thread->collections[COLLECTION_CONVERSATIONS], &opts);
    for (struct conversation *one = thread->conversations; one; one = one->hh.next) {
        if (!one->dirty)
            continue;
        write_numbers(bulk, one);
        one->dirty = false;
        one->news = (struct news){ 0 };
        count++;
    }
    if (count) {
        if (!mongoc_bulk_operation_execute(bulk, &reply, &error))
            query_fail(thread, &error, &reply);
        bson_destroy(&reply);
    }
    mongoc_bulk_operation_destroy(bulk);
    bson_destroy(&opts);
}

/* ---- operations ---- */

static void insert_conversation(struct carillon_storage_thread *thread, const struct conversation *conversation)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str title = in->text.ptr ? in->text : CARILLON_STR("");
    bson_t *doc = query_app(thread);
    doc_str(doc, "name", in->conversation);
    doc_str(doc, "epoch", in->name);
    doc_str(doc, "title", title);
    doc_int(doc, "sum", conversation_sum(title, in->visibility));
    doc_user(doc, "creator", in->user);
    doc_str(doc, "visibility", doc_visibility_word(in->visibility));
    doc_time(doc, "created", in->now_ms);
    doc_int(doc, "last_pos", conversation->last_pos);
    doc_int(doc, "first_pos", conversation->first_pos);
    doc_int(doc, "member_count", conversation->member_count);
    doc_int(doc, "message_count", 0);
    doc_int(doc, "last_message", 0);
    doc_int(doc, "activity", conversation->activity);
    query_insert(thread, COLLECTION_CONVERSATIONS, doc);
}

struct conversation *conversation_create(struct carillon_storage_thread *thread,
                                         const struct carillon_storage_request *request)
{
    struct conversation *conversation = thread->failure ? NULL : known(thread, request->app, request->in.conversation);
    if (!conversation)
        return NULL;
    conversation->exists = true;
    conversation->last_pos = conversation->member_count = 0;
    conversation->first_pos = 1;
    conversation->visibility = request->in.visibility;
    conversation->activity = next_activity(thread);
    insert_conversation(thread, conversation);
    return conversation;
}

enum carillon_result create_conversation(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->conversation.len || !in->name.len)
        return CARILLON_INVALID;
    if (conversation_find(thread, request)) {
        conversation_answer(thread, false);
        return CARILLON_EXISTS;
    }
    /* Another program has deleted one of this name just now, and what belonged to it still goes. */
    if (thread->batch->careful && remains_any(thread))
        return CARILLON_BUSY;
    struct conversation *conversation = conversation_create(thread, request);
    if (!conversation)
        return CARILLON_UNAVAILABLE;
    bson_value_t key = member_new_key();
    struct change change = { .type = CARILLON_EVENT_CONVERSATION_CREATED,
                             .actor = in->user,
                             .visibility = in->visibility,
                             .name = in->text.ptr ? in->text : CARILLON_STR(""),
                             .key = &key };
    change_add(thread, conversation, &change);
    if (in->user.id.len)
        member_add(thread, conversation, in->user, CARILLON_ROLE_OWNER, &key);
    change_answer(thread, &change);
    conversation_answer(thread, false);
    return CARILLON_OK;
}

bool conversation_new_epoch(char epoch[CONVERSATION_EPOCH_SIZE])
{
    unsigned char random[EPOCH_BYTES];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return false;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(epoch + i * 2, 3, "%02x", random[i]);
    return true;
}

int64_t conversation_sum(struct carillon_str title, enum carillon_visibility visibility)
{
    return message_sum(title) + (int64_t)visibility;
}

void conversation_rename(struct carillon_storage_thread *thread, struct conversation *conversation,
                         struct carillon_str title, enum carillon_visibility visibility)
{
    bson_t *filter = query_app(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, "name", conversation->name);
    doc_str(fields, "title", title);
    doc_str(fields, "visibility", doc_visibility_word(visibility));
    doc_int(fields, "sum", conversation_sum(title, visibility));
    doc_operator(update, "$set", fields);
    query_update(thread, COLLECTION_CONVERSATIONS, filter, update);
    conversation->visibility = visibility;
}

enum carillon_result update_conversation(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    bson_t *filter = query_app(thread);
    doc_str(filter, "name", in->conversation);
    bson_t *doc = query_one(thread, COLLECTION_CONVERSATIONS, filter, NULL);
    struct carillon_str old = doc ? doc_get_str(thread, doc, "title") : (struct carillon_str){ 0 };
    bson_destroy(doc);
    struct carillon_str title = in->text.ptr ? in->text : old;
    enum carillon_visibility visibility = in->set_visibility ? in->visibility : conversation->visibility;
    if (visibility != conversation->visibility || !str_same(title, old)) {
        struct change change = {
            .type = CARILLON_EVENT_CONVERSATION_UPDATED, .actor = in->user, .visibility = visibility, .name = title
        };
        conversation_rename(thread, conversation, title, visibility);
        change_add(thread, conversation, &change);
        change_answer(thread, &change);
    }
    conversation_answer(thread, false);
    return CARILLON_OK;
}
