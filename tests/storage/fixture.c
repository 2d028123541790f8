#include "fixture.h"
#include "host.h"

#include "base/arena.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BOUND = 8 << 20 };

struct kept {
    struct carillon_storage_request request;
    struct kept *next;
};

static struct kept *kept;

struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

struct carillon_str keep(struct carillon_storage_request *r, struct carillon_str value)
{
    return arena_str(r->arena, value);
}

struct carillon_user user_of(const char *id)
{
    static _Thread_local char names[8][128];
    static _Thread_local unsigned next;
    if (!id)
        return (struct carillon_user){ 0 };
    char *name = names[next++ % 8];
    snprintf(name, sizeof(names[0]), "%s", id);
    name[0] = (char)toupper((unsigned char)name[0]);
    return (struct carillon_user){ str(id), str(name) };
}

bool is_write(enum carillon_storage_op op)
{
    enum { W = 1, G = 1, R = 0 };
    static const bool writes[] = {
#define X(name, text, kind) [CARILLON_STORAGE_##name] = kind,
        CARILLON_STORAGE_OPS(X)
#undef X
    };
    return writes[op];
}

struct carillon_storage_request *request_of(const char *app, enum carillon_storage_op op, const char *conversation,
                                            const char *user)
{
    struct kept *entry = calloc(1, sizeof(*entry));
    assert_non_null(entry);
    entry->next = kept;
    kept = entry;
    struct carillon_storage_request *r = &entry->request;
    r->arena = arena_new(ARENA_BOUND);
    assert_non_null(r->arena);
    r->op = op;
    r->app = keep(r, str(app));
    if (conversation)
        r->in.conversation = keep(r, str(conversation));
    struct carillon_user who = user_of(user);
    r->in.user = (struct carillon_user){ keep(r, who.id), keep(r, who.name) };
    r->in.now_ms = is_write(op) ? host_now() : 0;
    r->in.limit = 100;
    return r;
}

struct carillon_storage_request *request(enum carillon_storage_op op, const char *conversation, const char *user)
{
    return request_of("main", op, conversation, user);
}

void request_free_all(void)
{
    while (kept) {
        struct kept *entry = kept;
        kept = entry->next;
        arena_free(entry->request.arena);
        free(entry);
    }
}

enum carillon_result fixture_try_open(struct fixture *f, char *error, size_t size)
{
    const struct carillon_storage_ops *ops = plugin_ops();
    enum carillon_result result = ops->open(&f->store, error, size);
    if (result != CARILLON_OK) {
        f->store = NULL;
        return result;
    }
    assert_result(ops->thread_open(f->store, true, &f->writer), OK);
    for (int i = 0; i < READER_COUNT; i++)
        assert_result(ops->thread_open(f->store, false, &f->readers[i]), OK);
    return CARILLON_OK;
}

void fixture_open(struct fixture *f)
{
    char error[256] = "";
    enum carillon_result result = fixture_try_open(f, error, sizeof(error));
    if (result != CARILLON_OK)
        fail_msg("open: %s", error);
}

void fixture_close(struct fixture *f)
{
    const struct carillon_storage_ops *ops = plugin_ops();
    if (!f->store)
        return;
    for (int i = 0; i < READER_COUNT; i++)
        ops->thread_close(f->readers[i]);
    ops->thread_close(f->writer);
    ops->close(f->store);
    f->store = NULL;
}

void fixture_reopen(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f);
}

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_begin_test();
    fixture_open(f);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    request_free_all();
    host_end_test();
    free(f);
    return 0;
}

enum carillon_result run_batch(struct fixture *f, struct carillon_storage_request **requests, size_t n)
{
    return plugin_ops()->write(f->writer, requests, n);
}

enum carillon_result run(struct fixture *f, struct carillon_storage_request *r)
{
    r->result = CARILLON_INTERNAL;
    if (!is_write(r->op)) {
        plugin_ops()->read(f->readers[0], r);
        return r->result;
    }
    enum carillon_result result = run_batch(f, &r, 1);
    if (result != CARILLON_OK)
        assert_int_equal(r->result, result);
    return r->result;
}

struct carillon_storage_request *create(struct fixture *f, const char *name, const char *user,
                                        enum carillon_visibility visibility)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_CREATE, name, user);
    r->in.name = arena_printf(r->arena, "e-%s", name);
    r->in.text = arena_printf(r->arena, "%s!", name);
    r->in.visibility = visibility;
    assert_result(run(f, r), OK);
    return r;
}

struct carillon_message *say(struct fixture *f, const char *conversation, const char *user, const char *id,
                             const char *text)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, conversation, user);
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = keep(r, str(id));
    r->in.text = keep(r, str(text));
    assert_result(run(f, r), OK);
    assert_non_null(r->out.change);
    assert_non_null(r->out.change->message);
    return r->out.change->message;
}

uint64_t say_many(struct fixture *f, const char *conversation, const char *user, unsigned n)
{
    static unsigned serial;
    uint64_t pos = 0;
    while (n) {
        struct carillon_storage_request *batch[256];
        unsigned count = n < 256 ? n : 256;
        for (unsigned i = 0; i < count; i++) {
            batch[i] = request(CARILLON_STORAGE_APPEND, conversation, user);
            batch[i]->in.type = CARILLON_EVENT_MESSAGE_NEW;
            batch[i]->in.id = arena_printf(batch[i]->arena, "many-%u", ++serial);
            batch[i]->in.text = arena_printf(batch[i]->arena, "message number %u", serial);
        }
        assert_result(run_batch(f, batch, count), OK);
        pos = batch[count - 1]->out.change->pos;
        n -= count;
    }
    return pos;
}

struct carillon_storage_request *act(struct fixture *f, enum carillon_storage_op op, const char *conversation,
                                     const char *user, const char *id)
{
    struct carillon_storage_request *r = request(op, conversation, user);
    r->in.id = keep(r, str(id));
    run(f, r);
    return r;
}

struct carillon_storage_request *react(struct fixture *f, const char *conversation, const char *user, const char *id,
                                       const char *emoji, bool remove)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_REACT, conversation, user);
    r->in.id = keep(r, str(id));
    r->in.emoji = keep(r, str(emoji));
    r->in.remove = remove;
    run(f, r);
    return r;
}

struct carillon_storage_request *join(struct fixture *f, const char *conversation, const char *user,
                                      enum carillon_role role)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_SET, conversation, user);
    r->in.member = r->in.user;
    r->in.role = role;
    assert_result(run(f, r), OK);
    return r;
}

struct carillon_conversation *view(struct fixture *f, const char *conversation, const char *user)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_GET, conversation, user);
    assert_result(run(f, r), OK);
    assert_non_null(r->out.conversation);
    return r->out.conversation;
}

struct carillon_message *get_message(struct fixture *f, const char *conversation, const char *id)
{
    struct carillon_storage_request *r = act(f, CARILLON_STORAGE_MESSAGE_GET, conversation, NULL, id);
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 1);
    return r->out.messages[0];
}
