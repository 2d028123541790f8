/* MEMBER_SET and MEMBER_LIST. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *set(struct fixture *f, const char *actor, const char *member,
                                            enum carillon_role role, bool remove)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_SET, "room", actor);
    struct carillon_user user = user_of(member);
    r->in.member = (struct carillon_user){ keep(r, user.id), keep(r, user.name) };
    r->in.role = role;
    r->in.remove = remove;
    run(f, r);
    return r;
}

static void joining_changing_leaving(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = set(f, "ada", "bob", CARILLON_ROLE_MEMBER, false);
    assert_result(r->result, OK);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_MEMBER_JOINED);
    assert_int_equal(r->out.change->pos, 2);
    assert_str(r->out.change->member.id, "bob");
    assert_str(r->out.change->actor.id, "ada");
    assert_int_equal(r->out.change->role, CARILLON_ROLE_MEMBER);
    assert_int_equal(r->out.conversation->member_count, 2);
    assert_int_equal(r->out.conversation->role, CARILLON_ROLE_OWNER); /* as the actor sees it */
    r = set(f, "ada", "bob", CARILLON_ROLE_MODERATOR, false);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_MEMBER_ROLE);
    assert_int_equal(r->out.change->role, CARILLON_ROLE_MODERATOR);
    assert_int_equal(view(f, "room", "bob")->role, CARILLON_ROLE_MODERATOR);
    r = set(f, "bob", "bob", CARILLON_ROLE_NONE, true);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_MEMBER_LEFT);
    assert_int_equal(r->out.change->role, CARILLON_ROLE_NONE);
    assert_int_equal(r->out.change->pos, 4);
    assert_int_equal(r->out.conversation->member_count, 1);
    assert_int_equal(view(f, "room", "bob")->role, CARILLON_ROLE_NONE);
}

static void the_same_role_changes_nothing(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    set(f, "ada", "bob", CARILLON_ROLE_MEMBER, false);
    struct carillon_storage_request *r = set(f, "ada", "bob", CARILLON_ROLE_MEMBER, false);
    assert_result(r->result, OK);
    assert_null(r->out.change);
    assert_int_equal(r->out.conversation->last_pos, 2);
}

static void what_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_result(set(f, "ada", "bob", CARILLON_ROLE_MEMBER, false)->result, NOT_FOUND);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(set(f, "ada", "bob", CARILLON_ROLE_NONE, false)->result, INVALID);
    assert_result(set(f, "ada", "bob", (enum carillon_role)9, false)->result, INVALID);
    assert_result(set(f, "ada", "bob", CARILLON_ROLE_NONE, true)->result, NOT_FOUND);
    assert_result(set(f, "ada", NULL, CARILLON_ROLE_MEMBER, false)->result, INVALID);
    assert_int_equal(view(f, "room", "ada")->last_pos, 1);
}

static void an_owner_must_stay(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    set(f, "ada", "bob", CARILLON_ROLE_MEMBER, false);
    assert_result(set(f, "ada", "ada", CARILLON_ROLE_NONE, true)->result, LIMIT);
    assert_result(set(f, "ada", "ada", CARILLON_ROLE_MEMBER, false)->result, LIMIT);
    assert_int_equal(view(f, "room", "ada")->role, CARILLON_ROLE_OWNER);
    assert_result(set(f, "ada", "bob", CARILLON_ROLE_OWNER, false)->result, OK);
    assert_result(set(f, "ada", "ada", CARILLON_ROLE_NONE, true)->result, OK);
    assert_result(set(f, "bob", "bob", CARILLON_ROLE_MODERATOR, false)->result, LIMIT);
}

static void one_without_owner_may_lose_members(void **state)
{
    struct fixture *f = *state;
    create(f, "room", NULL, CARILLON_VISIBILITY_PUBLIC); /* made by a server */
    assert_absent(view(f, "room", "ada")->creator.id);
    assert_int_equal(view(f, "room", "ada")->member_count, 0);
    assert_result(set(f, NULL, "bob", CARILLON_ROLE_MEMBER, false)->result, OK);
    assert_result(set(f, NULL, "bob", CARILLON_ROLE_NONE, true)->result, OK);
}

static struct carillon_storage_request *page(struct fixture *f, uint32_t limit, struct carillon_str cursor)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_LIST, "room", NULL);
    r->in.limit = limit;
    r->in.cursor = cursor;
    assert_result(run(f, r), OK);
    return r;
}

static void members_are_listed_by_name(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "mia", CARILLON_VISIBILITY_PUBLIC);
    static const char *const names[][2] = {
        { "u1", "élan" }, { "u2", "Zoe" }, { "u3", "anna" }, { "u4", "Bob" }, { "u5", "bob" }
    };
    for (size_t i = 0; i < 5; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_SET, "room", "mia");
        r->in.member = (struct carillon_user){ str(names[i][0]), str(names[i][1]) };
        r->in.role = CARILLON_ROLE_MEMBER;
        assert_result(run(f, r), OK);
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_READ_MARK, "room", "mia");
    r->in.pos = 3;
    assert_result(run(f, r), OK);
    r = page(f, 100, (struct carillon_str){ 0 });
    assert_int_equal(r->out.count, 6);
    assert_false(r->out.more);
    assert_str(r->out.members[0].user.id, "u3");
    assert_str(r->out.members[1].user.id, "u4");
    assert_str(r->out.members[2].user.id, "u5");
    assert_str(r->out.members[3].user.id, "mia");
    assert_int_equal(r->out.members[3].role, CARILLON_ROLE_OWNER);
    assert_int_equal(r->out.members[3].read_pos, 3);
    assert_true(r->out.members[3].joined_ms > 0);
    assert_str(r->out.members[4].user.name, "Zoe");
    assert_int_equal(r->out.members[4].read_pos, 0);
}

/* Members come and go between the pages; those who stay are seen exactly once. */
static void pages_survive_those_who_leave(void **state)
{
    struct fixture *f = *state;
    char name[24];
    create(f, "room", "zzz", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "m%02d", i);
        set(f, "zzz", name, CARILLON_ROLE_MEMBER, false);
    }
    struct carillon_str cursor = { 0 };
    size_t count = 0;
    for (bool more = true; more;) {
        struct carillon_storage_request *r = page(f, 6, cursor);
        count += r->out.count;
        more = r->out.more;
        cursor = r->out.cursor;
        set(f, "zzz", r->out.members[r->out.count - 1].user.id.ptr, CARILLON_ROLE_NONE, true); /* the cursor's own */
        snprintf(name, sizeof(name), "a%02zu", count);
        set(f, "zzz", name, CARILLON_ROLE_MEMBER, false); /* before all pages */
    }
    assert_int_equal(count, 21);
}

static void those_of_a_role_are_listed_apart(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "zoe", CARILLON_VISIBILITY_PUBLIC);
    set(f, "zoe", "ada", CARILLON_ROLE_MODERATOR, false);
    set(f, "zoe", "bob", CARILLON_ROLE_MEMBER, false);
    set(f, "zoe", "eve", CARILLON_ROLE_MODERATOR, false);
    static const char *const moderators[] = { "ada", "eve", "zoe" };
    struct carillon_str cursor = { 0 };
    for (size_t i = 0; i < 3; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_LIST, "room", NULL);
        r->in.role = CARILLON_ROLE_MODERATOR;
        r->in.limit = 1;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_str(r->out.members[0].user.id, moderators[i]);
        assert_int_equal(r->out.more, i < 2);
        cursor = r->out.cursor;
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_LIST, "room", NULL);
    r->in.role = CARILLON_ROLE_OWNER;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.members[0].user.id, "zoe");
}

static void a_new_name_reaches_the_lists(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    set(f, "ada", "bob", CARILLON_ROLE_MEMBER, false);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_PUT, NULL, "ada");
    r->in.user.name = str("Zora");
    assert_result(run(f, r), OK);
    r = page(f, 10, (struct carillon_str){ 0 });
    assert_str(r->out.members[0].user.name, "Bob");
    assert_str(r->out.members[1].user.name, "Zora");
}

static void bad_cursors_are_invalid(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    static const char *const cursors[] = { "", "x y", "12", " name" };
    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_MEMBER_LIST, "room", NULL);
        r->in.cursor = str(cursors[i]);
        assert_result(run(f, r), INVALID);
    }
}

int run_member_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(joining_changing_leaving),
        TEST(the_same_role_changes_nothing),
        TEST(what_is_refused),
        TEST(an_owner_must_stay),
        TEST(one_without_owner_may_lose_members),
        TEST(members_are_listed_by_name),
        TEST(pages_survive_those_who_leave),
        TEST(those_of_a_role_are_listed_apart),
        TEST(a_new_name_reaches_the_lists),
        TEST(bad_cursors_are_invalid),
    };
    return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
