#include "unit/session/fixture.h"

#include "session/ticket.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct app *app;

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    struct config *config = fixture_config("");
    assert_int_equal(apps_load(config), CARILLON_OK);
    assert_int_equal(tokens_open(config), CARILLON_OK);
    config_unref(config);
    revocations_set_loaded();
    app = app_find((struct carillon_str){ 0 });
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tokens_close();
    apps_free();
    fixture_close();
    return 0;
}

static struct identity *make_identity(const char *id)
{
    const struct carillon_user user = { str_of(id), CARILLON_STR("Name") };
    struct identity *identity = identity_new(app, user, (struct carillon_str){ 0 }, loop_wall_ms(),
                                             loop_wall_ms() + 60000, NULL);
    assert_non_null(identity);
    return identity;
}

static void test_a_ticket_is_good_once(void **state)
{
    (void)state;
    char ticket[TICKET_SIZE];
    int64_t expires_ms;
    struct identity *identity = make_identity("ada");
    assert_int_equal(ticket_issue(identity, ticket, &expires_ms), CARILLON_OK);
    assert_true(expires_ms > loop_wall_ms() + 29000 && expires_ms <= loop_wall_ms() + 30000);
    struct identity *redeemed = ticket_redeem(str_of(ticket));
    assert_ptr_equal(redeemed, identity);
    identity_unref(redeemed);
    assert_null(ticket_redeem(str_of(ticket)));
    identity_unref(identity);
}

static void test_nonsense_is_no_ticket(void **state)
{
    (void)state;
    assert_null(ticket_redeem(CARILLON_STR("")));
    assert_null(ticket_redeem(CARILLON_STR("x")));
    assert_null(ticket_redeem(CARILLON_STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")));
}

static void test_a_ticket_ends_with_its_token(void **state)
{
    (void)state;
    char ticket[TICKET_SIZE];
    int64_t expires_ms, now = loop_wall_ms();
    struct identity *identity = make_identity("eve");
    assert_int_equal(ticket_issue(identity, ticket, &expires_ms), CARILLON_OK);
    assert_int_equal(token_revoke(app, CARILLON_STR("eve"), (struct carillon_str){ 0 }, now + 1, now + 60000),
                     CARILLON_OK);
    assert_null(ticket_redeem(str_of(ticket)));
    identity_unref(identity);
}

/* ---- many threads, each ticket redeemed by exactly one ---- */

enum { THREADS = 4, TICKETS = 2000 };
static char tickets[TICKETS][TICKET_SIZE];
static atomic_uint redeemed_count;

static void *redeem_all(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < TICKETS; i++) {
        struct identity *identity = ticket_redeem(str_of(tickets[i]));
        if (identity)
            atomic_fetch_add(&redeemed_count, 1);
        identity_unref(identity);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t expires_ms;
    struct identity *identity = make_identity("ada");
    for (size_t i = 0; i < TICKETS; i++)
        assert_int_equal(ticket_issue(identity, tickets[i], &expires_ms), CARILLON_OK);
    identity_unref(identity);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, redeem_all, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(redeemed_count, TICKETS);
}

static void test_their_number_is_bounded(void **state)
{
    (void)state;
    char ticket[TICKET_SIZE];
    int64_t expires_ms;
    struct identity *identity = make_identity("ada");
    enum carillon_result result = CARILLON_OK;
    size_t n = 0;
    for (; n < 100000 && result == CARILLON_OK; n++)
        result = ticket_issue(identity, ticket, &expires_ms);
    assert_int_equal(result, CARILLON_BUSY);
    assert_true(n > 30000);
    identity_unref(identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_ticket_is_good_once),        cmocka_unit_test(test_nonsense_is_no_ticket),
        cmocka_unit_test(test_a_ticket_ends_with_its_token), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_their_number_is_bounded),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
