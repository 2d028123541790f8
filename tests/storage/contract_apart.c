/* Apps never meet: the same names everywhere, and nobody sees the other's. */
#include "fixture.h"
#include "groups.h"

#include "base/arena.h"

static void make(struct fixture *f, const char *app)
{
    struct carillon_storage_request *r = request_of(app, CARILLON_STORAGE_CONVERSATION_CREATE, "room", "ada");
    r->in.name = keep(r, str(app));
    r->in.text = keep(r, str(app));
    assert_result(run(f, r), OK);
    r = request_of(app, CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("m1");
    r->in.client_id = str("c1");
    r->in.text = arena_printf(r->arena, "needle of %s", app);
    r->in.submitted[0] = (uint8_t)app[0];
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.change->pos, 2);
    r = request_of(app, CARILLON_STORAGE_USER_PUT, NULL, "ada");
    r->in.unique_name = true;
    assert_result(run(f, r), OK);
    r = request_of(app, CARILLON_STORAGE_INVITATION_CREATE, "room", "ada");
    r->in.id = str("code");
    r->in.role = CARILLON_ROLE_MEMBER;
    assert_result(run(f, r), OK);
    r = request_of(app, CARILLON_STORAGE_REVOCATION_PUT, NULL, "ada");
    r->in.expires_ms = r->in.now_ms + 3600000;
    assert_result(run(f, r), OK);
    r = request_of(app, CARILLON_STORAGE_MUTE_PUT, "room", "bob");
    r->in.text = keep(r, str(app));
    r->in.expires_ms = r->in.now_ms + 3600000;
    assert_result(run(f, r), OK);
}

static void apps_do_not_meet(void **state)
{
    static const char *const apps[] = { "x", "y", "X", "xy" };
    struct fixture *f = *state;
    for (int i = 0; i < 4; i++)
        make(f, apps[i]);
    for (int i = 0; i < 4; i++) {
        struct carillon_storage_request *r = request_of(apps[i], CARILLON_STORAGE_CONVERSATION_LIST, NULL, NULL);
        r->in.any = true;
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_str(r->out.conversations[0].epoch, apps[i]);
        assert_int_equal(r->out.conversations[0].member_count, 1);
        r = request_of(apps[i], CARILLON_STORAGE_SEARCH, NULL, NULL);
        r->in.any = true;
        r->in.text = str("needle");
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_string_equal(r->out.messages[0]->text.ptr + strlen("needle of "), apps[i]);
        r = request_of(apps[i], CARILLON_STORAGE_INVITATION_GET, NULL, NULL);
        r->in.id = str("code");
        assert_result(run(f, r), OK);
        assert_str(r->out.invitations[0].title, apps[i]);
        r = request_of(apps[i], CARILLON_STORAGE_USER_EXPORT, NULL, "ada");
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_int_equal(r->out.conversation_count, 1);
        r = request_of(apps[i], CARILLON_STORAGE_REVOCATION_LIST, NULL, NULL);
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        r = request_of(apps[i], CARILLON_STORAGE_MUTE_LIST, NULL, NULL);
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_str(r->out.mutes[0].text, apps[i]);
    }
}

static void forgetting_stays_in_its_app(void **state)
{
    struct fixture *f = *state;
    make(f, "x");
    make(f, "y");
    assert_result(run(f, request_of("x", CARILLON_STORAGE_USER_ERASE, "room", "ada")), OK);
    assert_result(run(f, request_of("x", CARILLON_STORAGE_USER_FORGET, NULL, "ada")), OK);
    struct carillon_storage_request *r = request_of("y", CARILLON_STORAGE_USER_GET, NULL, "ada");
    assert_result(run(f, r), OK);
    r = request_of("y", CARILLON_STORAGE_HISTORY, "room", NULL);
    assert_result(run(f, r), OK);
    assert_str(r->out.messages[0]->text, "needle of y");
    assert_str(r->out.messages[0]->author.name, "Ada");
    r = request_of("z", CARILLON_STORAGE_CONVERSATION_GET, "room", "ada");
    assert_result(run(f, r), NOT_FOUND);
}

int run_apart_group(void)
{
    const struct CMUnitTest tests[] = { TEST(apps_do_not_meet), TEST(forgetting_stays_in_its_app) };
    return cmocka_run_group_tests_name("apps apart", tests, NULL, NULL);
}
