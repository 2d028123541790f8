/* INVITATION_*. */
#include "fixture.h"
#include "groups.h"

static const int64_t hour_ms = 3600000;

static struct carillon_storage_request *invite(struct fixture *f, const char *code, enum carillon_role role,
                                               uint32_t max_uses)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_INVITATION_CREATE, "room", "ada");
    r->in.id = keep(r, str(code));
    r->in.role = role;
    r->in.max_uses = max_uses;
    r->in.expires_ms = r->in.now_ms + hour_ms;
    run(f, r);
    return r;
}

static struct carillon_storage_request *accept(struct fixture *f, const char *user, const char *code)
{
    return act(f, CARILLON_STORAGE_INVITATION_ACCEPT, "room", user, code);
}

static void uses_of_before_a_copy_count(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_INVITATION_CREATE, "room", "ada");
    r->in.id = str("code-1");
    r->in.role = CARILLON_ROLE_MEMBER;
    r->in.uses = 1;
    r->in.max_uses = 2;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.invitations[0].uses, 1);
    assert_result(accept(f, "bob", "code-1")->result, OK);
    assert_result(accept(f, "eve", "code-1")->result, GONE);
}

static void an_invitation_can_be_seen(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    struct carillon_storage_request *made = invite(f, "code-1", CARILLON_ROLE_MODERATOR, 3);
    assert_result(made->result, OK);
    assert_int_equal(made->out.count, 1);
    struct carillon_storage_request *r = act(f, CARILLON_STORAGE_INVITATION_GET, NULL, NULL, "code-1");
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 1);
    for (int i = 0; i < 2; i++) {
        const struct carillon_invitation *v = i ? r->out.invitations : made->out.invitations;
        assert_str(v->code, "code-1");
        assert_str(v->conversation, "room");
        assert_str(v->title, "room!");
        assert_str(v->creator.id, "ada");
        assert_int_equal(v->role, CARILLON_ROLE_MODERATOR);
        assert_int_equal(v->created_ms, made->in.now_ms);
        assert_int_equal(v->expires_ms, made->in.expires_ms);
        assert_int_equal(v->uses, 0);
        assert_int_equal(v->max_uses, 3);
    }
    assert_result(act(f, CARILLON_STORAGE_INVITATION_GET, NULL, NULL, "code-2")->result, NOT_FOUND);
}

static void accepting_joins_with_its_role(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    invite(f, "code-1", CARILLON_ROLE_MODERATOR, 0);
    struct carillon_storage_request *r = accept(f, "bob", "code-1");
    assert_result(r->result, OK);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_MEMBER_JOINED);
    assert_int_equal(r->out.change->pos, 2);
    assert_str(r->out.change->member.id, "bob");
    assert_str(r->out.change->actor.id, "bob");
    assert_int_equal(r->out.change->role, CARILLON_ROLE_MODERATOR);
    assert_int_equal(r->out.conversation->role, CARILLON_ROLE_MODERATOR);
    assert_int_equal(r->out.conversation->member_count, 2);
    assert_int_equal(r->out.invitations[0].uses, 1);
    r = accept(f, "bob", "code-1");
    assert_result(r->result, OK);
    assert_null(r->out.change);
    assert_int_equal(act(f, CARILLON_STORAGE_INVITATION_GET, NULL, NULL, "code-1")->out.invitations[0].uses, 1);
}

static void uses_are_counted(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    invite(f, "once", CARILLON_ROLE_MEMBER, 1);
    assert_result(accept(f, "bob", "once")->result, OK);
    assert_result(accept(f, "eve", "once")->result, GONE);
    assert_result(accept(f, "bob", "once")->result, OK); /* is there already */
    assert_int_equal(view(f, "room", "eve")->role, CARILLON_ROLE_NONE);
}

static void invitations_expire(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    invite(f, "code-1", CARILLON_ROLE_MEMBER, 0);
    clock_move(hour_ms + 1);
    assert_result(accept(f, "bob", "code-1")->result, GONE);
}

static void what_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_result(invite(f, "code-1", CARILLON_ROLE_MEMBER, 0)->result, NOT_FOUND);
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    create(f, "other", "ada", CARILLON_VISIBILITY_INVITED);
    assert_result(invite(f, "code-1", CARILLON_ROLE_OWNER, 0)->result, INVALID);
    assert_result(invite(f, "code-1", CARILLON_ROLE_NONE, 0)->result, INVALID);
    assert_result(invite(f, "code-1", CARILLON_ROLE_MEMBER, 0)->result, OK);
    assert_result(accept(f, "bob", "code-2")->result, NOT_FOUND);
    assert_result(act(f, CARILLON_STORAGE_INVITATION_ACCEPT, "other", "bob", "code-1")->result, NOT_FOUND);
    assert_int_equal(view(f, "other", "bob")->role, CARILLON_ROLE_NONE);
}

static void a_revoked_one_is_gone(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    create(f, "other", "ada", CARILLON_VISIBILITY_INVITED);
    invite(f, "code-1", CARILLON_ROLE_MEMBER, 0);
    assert_result(act(f, CARILLON_STORAGE_INVITATION_REVOKE, "other", "ada", "code-1")->result, NOT_FOUND);
    assert_result(act(f, CARILLON_STORAGE_INVITATION_REVOKE, "room", "ada", "code-1")->result, OK);
    assert_result(act(f, CARILLON_STORAGE_INVITATION_REVOKE, "room", "ada", "code-1")->result, NOT_FOUND);
    assert_result(accept(f, "bob", "code-1")->result, NOT_FOUND);
}

static void they_are_listed_in_pages(void **state)
{
    struct fixture *f = *state;
    char code[24];
    create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    for (int i = 0; i < 10; i++) {
        snprintf(code, sizeof(code), "code-%d", i);
        invite(f, code, CARILLON_ROLE_MEMBER, 0);
    }
    struct carillon_str cursor = { 0 };
    bool seen[10] = { false };
    unsigned pages = 0;
    for (bool more = true; more; pages++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_INVITATION_LIST, "room", NULL);
        r->in.limit = 4;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++) {
            int number = r->out.invitations[i].code.ptr[5] - '0';
            assert_false(seen[number]);
            seen[number] = true;
        }
        more = r->out.more;
        cursor = r->out.cursor;
    }
    assert_int_equal(pages, 3);
    for (int i = 0; i < 10; i++)
        assert_true(seen[i]);
}

int run_invitation_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_invitation_can_be_seen),
        TEST(accepting_joins_with_its_role),
        TEST(uses_are_counted),
        TEST(invitations_expire),
        TEST(what_is_refused),
        TEST(a_revoked_one_is_gone),
        TEST(uses_of_before_a_copy_count),
        TEST(they_are_listed_in_pages),
    };
    return cmocka_run_group_tests_name("invitations", tests, NULL, NULL);
}
