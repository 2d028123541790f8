/* The chains: order, patterns, replacing a whole set; and which verdicts a point knows. */
#include "hook/registry.h"
#include "hook/hook.h"
#include "hook/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const struct carillon_str main_app = { "main", 4 };

/* Owners are told apart by their addresses only. */
static char owners[2];
#define OWNER(i) ((const struct carillon_plugin_self *)(const void *)&owners[i])

static enum carillon_verdict_kind pass(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    (void)call, (void)verdict, (void)user;
    return CARILLON_VERDICT_PASS;
}

static struct carillon_hook hook(const char *id, int priority)
{
    return (struct carillon_hook){
        .size = sizeof(struct carillon_hook), .id = id, .point = CARILLON_HOOK_TYPING, .priority = priority, .run = pass
    };
}

static void assert_chain(const char *const *ids, size_t n)
{
    const struct hook_chain *chain = hook_chain_at(CARILLON_HOOK_TYPING);
    assert_int_equal(chain ? chain->count : 0, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(chain->entries[i].hook->id, ids[i]);
}

static int teardown(void **state)
{
    (void)state;
    hooks_free();
    return 0;
}

static void test_they_run_by_priority_then_as_added(void **state)
{
    struct carillon_hook hooks[] = { hook("b", 1), hook("d", 5), hook("a", -1), hook("c", 1) };
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(hook_add(OWNER(0), &hooks[i]), CARILLON_OK);
    assert_chain((const char *const[]){ "a", "b", "c", "d" }, 4);
    assert_int_equal(hook_add(OWNER(0), &hooks[0]), CARILLON_EXISTS);
    assert_int_equal(hook_add(OWNER(1), &hooks[0]), CARILLON_OK);
    assert_chain((const char *const[]){ "a", "b", "c", "b", "d" }, 5);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
    struct carillon_hook nameless = hook(NULL, 0), pointless = hook("p", 0), empty = hook("e", 0);
    (void)state;
    pointless.point = CARILLON_HOOK_POINT_COUNT;
    empty.run = NULL;
    assert_int_equal(hook_add(OWNER(0), &nameless), CARILLON_INVALID);
    assert_int_equal(hook_add(OWNER(0), &pointless), CARILLON_INVALID);
    assert_int_equal(hook_add(OWNER(0), &empty), CARILLON_INVALID);
    assert_null(hook_chain_at(CARILLON_HOOK_TYPING));
}

static void test_a_set_replaces_the_owners_older_one(void **state)
{
    struct carillon_hook first[] = { hook("a", 1), hook("b", 2) }, second[] = { hook("c", 3), hook("b", 2) };
    struct carillon_hook other = hook("x", 2), twice[] = { hook("t", 1), hook("t", 1) };
    (void)state;
    assert_int_equal(hooks_replace(OWNER(0), first, 2), CARILLON_OK);
    assert_int_equal(hook_add(OWNER(1), &other), CARILLON_OK);
    const struct hook_chain *older = hook_chain_at(CARILLON_HOOK_TYPING);
    assert_chain((const char *const[]){ "a", "b", "x" }, 3);
    assert_int_equal(hooks_replace(OWNER(0), twice, 2), CARILLON_EXISTS);
    assert_ptr_equal(hook_chain_at(CARILLON_HOOK_TYPING), older);
    assert_int_equal(hooks_replace(OWNER(0), second, 2), CARILLON_OK);
    assert_chain((const char *const[]){ "x", "b", "c" }, 3);
    assert_false(hook_is_removed(&older->entries[0])); /* a set is lasting: what is on its way still meets it */
    assert_false(hook_is_removed(&older->entries[1]));
    assert_false(hook_is_removed(&older->entries[2]));
    assert_int_equal(hooks_replace(OWNER(0), NULL, 0), CARILLON_OK);
    assert_chain((const char *const[]){ "x" }, 1);
    assert_int_equal(hooks_replace(OWNER(1), NULL, 0), CARILLON_OK);
    assert_true(hook_is_removed(&older->entries[2])); /* one that was added by itself is not */
    assert_false(hook_is_removed(&older->entries[0]));
}

static void test_copies_outlive_what_was_given(void **state)
{
    char id[] = "mine", pattern[] = "chat-*";
    const char *channels[] = { pattern };
    struct carillon_hook given = hook(id, 0);
    (void)state;
    given.channels = channels;
    given.channel_count = 1;
    assert_int_equal(hook_add(OWNER(0), &given), CARILLON_OK);
    memset(id, '?', sizeof id - 1);
    memset(pattern, '?', sizeof pattern - 1);
    assert_chain((const char *const[]){ "mine" }, 1);
    assert_true(hooks_at(CARILLON_HOOK_TYPING, main_app, CARILLON_STR("chat-1")));
}

static void test_patterns_say_what_a_hook_is_asked_about(void **state)
{
    const char *const channels[] = { "chat-*", "exactly" };
    struct carillon_hook given = hook("h", 0);
    (void)state;
    given.channels = channels;
    given.channel_count = 2;
    given.app = "m*";
    assert_int_equal(hook_add(OWNER(0), &given), CARILLON_OK);
    assert_true(hooks_at(CARILLON_HOOK_TYPING, main_app, CARILLON_STR("chat-1")));
    assert_true(hooks_at(CARILLON_HOOK_TYPING, main_app, CARILLON_STR("exactly")));
    assert_true(hooks_at(CARILLON_HOOK_TYPING, (struct carillon_str){ 0 }, (struct carillon_str){ 0 }));
    assert_false(hooks_at(CARILLON_HOOK_TYPING, main_app, CARILLON_STR("room")));
    assert_false(hooks_at(CARILLON_HOOK_TYPING, CARILLON_STR("other"), CARILLON_STR("chat-1")));
    assert_false(hooks_at(CARILLON_HOOK_AUTH, main_app, CARILLON_STR("chat-1")));
}

static void test_points_know_their_verdicts(void **state)
{
    const struct carillon_verdict none = { 0 }, there = { .channel = CARILLON_STR("there") },
                                  nowhere = { .channel = CARILLON_STR("#user") }, broken = { .body = { "\xff", 1 } },
                                  odd = { .data = CARILLON_STR("{") }, worded = { .code = CARILLON_STR("two words") },
                                  past = { .ttl_ms = -1 };
    (void)state;
    assert_null(verdict_wrong(CARILLON_HOOK_MESSAGE_PUBLISH, CARILLON_VERDICT_HOLD, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_CLIENT_EVENT, CARILLON_VERDICT_HOLD, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_MESSAGE_DELIVER, CARILLON_VERDICT_SUSPEND, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_UNSUBSCRIBE, CARILLON_VERDICT_DROP, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_SUBSCRIBE, CARILLON_VERDICT_REROUTE, &there));
    assert_null(verdict_wrong(CARILLON_HOOK_MESSAGE_PUBLISH, CARILLON_VERDICT_COPY, &there));
    assert_non_null(verdict_wrong(CARILLON_HOOK_MESSAGE_PUBLISH, CARILLON_VERDICT_COPY, &nowhere));
    assert_non_null(verdict_wrong(CARILLON_HOOK_MESSAGE_PUBLISH, CARILLON_VERDICT_COPY, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_MESSAGE_PUBLISH, CARILLON_VERDICT_REROUTE, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_MESSAGE_EDIT, CARILLON_VERDICT_MODIFY, &broken));
    assert_non_null(verdict_wrong(CARILLON_HOOK_MESSAGE_EDIT, CARILLON_VERDICT_MODIFY, &odd));
    assert_non_null(verdict_wrong(CARILLON_HOOK_CONNECT, CARILLON_VERDICT_DROP, &worded));
    assert_non_null(verdict_wrong(CARILLON_HOOK_TYPING, CARILLON_VERDICT_MUTE, &past));
    assert_non_null(verdict_wrong(CARILLON_HOOK_TYPING, CARILLON_VERDICT_COUNT, &none));
    assert_non_null(verdict_wrong(CARILLON_HOOK_TYPING, (enum carillon_verdict_kind)77, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_they_run_by_priority_then_as_added, teardown),
        cmocka_unit_test_teardown(test_what_makes_no_sense_is_refused, teardown),
        cmocka_unit_test_teardown(test_a_set_replaces_the_owners_older_one, teardown),
        cmocka_unit_test_teardown(test_copies_outlive_what_was_given, teardown),
        cmocka_unit_test_teardown(test_patterns_say_what_a_hook_is_asked_about, teardown),
        cmocka_unit_test_teardown(test_points_know_their_verdicts, teardown),
    };
    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
