/*
 * One opened store of the plugin under test, on a host of its own: the smallest that a storage plugin may ask for.
 *
 * Every test starts with an empty store. Requests are made with request(), filled, and run with run(); they live until
 * the test ends. Everything here asserts that it worked.
 */
#ifndef STORAGE_FIXTURE_H
#define STORAGE_FIXTURE_H

// cmocka wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <carillon/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READER_COUNT = 3 };

struct fixture {
    struct carillon_storage *store;
    struct carillon_storage_thread *writer, *readers[READER_COUNT];
    int64_t now_ms;
};

/* ---- the plugin, loaded once ---- */

/* settings: "name=value"; {dir} in a value becomes a fresh folder of the test. Prints and returns false on failure. */
bool plugin_load(const char *path, const char *const *settings, size_t n);
const struct carillon_storage_ops *plugin_ops(void);
/* Overrides an option until the next fixture_reset_options(). */
void option_set(const char *name, const char *value);
void option_reset(void);
struct carillon_str option_get(const char *name);
/* What the plugin logged last at warning or worse; "" if nothing since the test began. */
const char *last_log(void);
/* The wall clock that the plugin sees: moved by so much from the real one. */
void clock_move(int64_t ms);

/* ---- one test ---- */

int fixture_setup(void **state);
int fixture_teardown(void **state);
/* Closes threads and store, and opens them again. */
void fixture_close(struct fixture *f);
void fixture_open(struct fixture *f);
enum carillon_result fixture_try_open(struct fixture *f, char *error, size_t size);
void fixture_reopen(struct fixture *f);

struct carillon_storage_request *request_of(const char *app, enum carillon_storage_op op, const char *conversation,
                                            const char *user);
/* app "main" */
struct carillon_storage_request *request(enum carillon_storage_op op, const char *conversation, const char *user);
void request_free_all(void);
bool is_write(enum carillon_storage_op op);

/* Writes: a batch of one. Reads: on the first reader. Returns the request's result. */
enum carillon_result run(struct fixture *f, struct carillon_storage_request *r);
enum carillon_result run_batch(struct fixture *f, struct carillon_storage_request **requests, size_t n);

struct carillon_str str(const char *text);
struct carillon_str keep(struct carillon_storage_request *r, struct carillon_str value); /* a copy in its arena */
struct carillon_user user_of(const char *id); /* its name is the id with a capital letter */

#define assert_str(value, expected)                                                                                    \
    do {                                                                                                               \
        struct carillon_str assert_value_ = (value);                                                                   \
        assert_non_null(assert_value_.ptr);                                                                            \
        assert_int_equal(assert_value_.len, strlen(expected));                                                         \
        assert_string_equal(assert_value_.ptr, expected);                                                              \
    } while (0)
#define assert_absent(value) assert_null((value).ptr)
#define assert_result(actual, expected) assert_int_equal((int)(actual), (int)CARILLON_##expected)

/* ---- what most tests begin with ---- */

/* A conversation owned by `user`: epoch "e-<name>", title "<name>!". */
struct carillon_storage_request *create(struct fixture *f, const char *name, const char *user,
                                        enum carillon_visibility visibility);
/* A message with id `id`; asserts OK. */
struct carillon_message *say(struct fixture *f, const char *conversation, const char *user, const char *id,
                             const char *text);
/* pos of the message made */
uint64_t say_many(struct fixture *f, const char *conversation, const char *user, unsigned n);
struct carillon_storage_request *act(struct fixture *f, enum carillon_storage_op op, const char *conversation,
                                     const char *user, const char *id);
struct carillon_storage_request *react(struct fixture *f, const char *conversation, const char *user, const char *id,
                                       const char *emoji, bool remove);
struct carillon_storage_request *join(struct fixture *f, const char *conversation, const char *user,
                                      enum carillon_role role);
struct carillon_conversation *view(struct fixture *f, const char *conversation, const char *user);
struct carillon_message *get_message(struct fixture *f, const char *conversation, const char *id);

#endif
