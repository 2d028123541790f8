/* CONVERSATION_CREATE, _UPDATE, _GET, _LIST. */
#include "fixture.h"
#include "groups.h"

static void a_creation_is_pos_1(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *r = create(f, "room", "ada", CARILLON_VISIBILITY_INVITED);
    assert_int_equal(r->out.change->pos, 1);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_CONVERSATION_CREATED);
    assert_str(r->out.change->name, "room!");
    assert_str(r->out.change->actor.id, "ada");
    fixture_reopen(f);
    struct carillon_conversation *c = view(f, "room", "ada");
    assert_str(c->name, "room");
    assert_str(c->epoch, "e-room");
    assert_str(c->title, "room!");
    assert_str(c->creator.id, "ada");
    assert_str(c->creator.name, "Ada");
    assert_int_equal(c->visibility, CARILLON_VISIBILITY_INVITED);
    assert_int_equal(c->created_ms, r->in.now_ms);
    assert_int_equal(c->last_pos, 1);
    assert_int_equal(c->first_pos, 1);
    assert_int_equal(c->member_count, 1);
    assert_int_equal(c->role, CARILLON_ROLE_OWNER);
    assert_int_equal(view(f, "room", "bob")->role, CARILLON_ROLE_NONE);
    assert_int_equal(view(f, "room", NULL)->unread, 0);
}

static void a_second_creation_gives_the_first(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_CREATE, "room", "bob");
    r->in.name = str("e-other");
    r->in.text = str("mine");
    assert_result(run(f, r), EXISTS);
    assert_null(r->out.change);
    assert_str(r->out.conversation->epoch, "e-room");
    assert_str(r->out.conversation->creator.id, "ada");
    assert_int_equal(r->out.conversation->role, CARILLON_ROLE_NONE);
}

static void an_update_changes_what_is_given(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_UPDATE, "room", "ada");
    r->in.text = str("Lobby");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_CONVERSATION_UPDATED);
    assert_str(r->out.change->name, "Lobby");
    assert_int_equal(r->out.change->pos, 2);
    assert_int_equal(r->out.conversation->visibility, CARILLON_VISIBILITY_PUBLIC);
    r = request(CARILLON_STORAGE_CONVERSATION_UPDATE, "room", "ada");
    r->in.set_visibility = true;
    r->in.visibility = CARILLON_VISIBILITY_INVITED;
    assert_result(run(f, r), OK);
    assert_str(r->out.conversation->title, "Lobby");
    assert_int_equal(r->out.conversation->visibility, CARILLON_VISIBILITY_INVITED);
    assert_int_equal(r->out.conversation->last_pos, 3);
    r = request(CARILLON_STORAGE_CONVERSATION_UPDATE, "room", "ada");
    r->in.text = str("Lobby");
    assert_result(run(f, r), OK);
    assert_null(r->out.change);
    r = request(CARILLON_STORAGE_CONVERSATION_UPDATE, "nowhere", "ada");
    assert_result(run(f, r), NOT_FOUND);
}

static struct carillon_storage_request *list(struct fixture *f, const char *user, bool public_too, bool any)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_LIST, NULL, user);
    r->in.public_too = public_too;
    r->in.any = any;
    assert_result(run(f, r), OK);
    return r;
}

static void assert_names(const struct carillon_storage_request *r, const char *names)
{
    char found[512] = "";
    for (size_t i = 0; i < r->out.count; i++)
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "",
                 r->out.conversations[i].name.ptr);
    assert_string_equal(found, names);
}

static void a_list_shows_what_one_may_see(void **state)
{
    struct fixture *f = *state;
    create(f, "secret", "ada", CARILLON_VISIBILITY_INVITED);
    create(f, "open", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "hidden", "eve", CARILLON_VISIBILITY_INVITED);
    create(f, "bobs", "bob", CARILLON_VISIBILITY_PUBLIC);
    assert_names(list(f, "ada", false, false), "open secret");
    assert_names(list(f, "ada", true, false), "bobs open secret");
    assert_names(list(f, "nobody", false, false), "");
    assert_names(list(f, "nobody", true, false), "bobs open");
    assert_names(list(f, NULL, false, true), "bobs hidden open secret");
}

static void the_newest_activity_is_first(void **state)
{
    struct fixture *f = *state;
    create(f, "a", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "b", "ada", CARILLON_VISIBILITY_INVITED);
    create(f, "c", "ada", CARILLON_VISIBILITY_PUBLIC);
    clock_move(-3600000); /* the clock goes back: the order is that of the commits */
    say(f, "b", "ada", "m1", "hi");
    say(f, "a", "ada", "m2", "last words");
    say(f, "a", "ada", "m3", "deleted");
    act(f, CARILLON_STORAGE_DELETE, "a", "ada", "m3");
    struct carillon_storage_request *r = list(f, "ada", false, false);
    assert_names(r, "a b c");
    assert_str(r->out.conversations[0].last_message->text, "last words");
    assert_str(r->out.conversations[1].last_message->text, "hi");
    assert_null(r->out.conversations[2].last_message);
    fixture_reopen(f);
    say(f, "c", "ada", "m4", "now first");
    assert_names(list(f, "ada", true, false), "c a b");
}

/* Pages while others write: nothing twice, and nothing that stood still is left out. */
static void pages_go_on_while_others_write(void **state)
{
    struct fixture *f = *state;
    char name[24];
    bool seen[25] = { false };
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof(name), "c%02d", i);
        create(f, name, "ada", i % 2 ? CARILLON_VISIBILITY_PUBLIC : CARILLON_VISIBILITY_INVITED);
    }
    struct carillon_str cursor = { 0 };
    unsigned pages = 0, count = 0;
    for (bool more = true; more; pages++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_LIST, NULL, "ada");
        r->in.public_too = pages % 2;
        r->in.limit = 7;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++, count++) {
            int number = atoi(r->out.conversations[i].name.ptr + 1);
            assert_false(seen[number]);
            seen[number] = true;
        }
        more = r->out.more;
        cursor = r->out.cursor;
        assert_int_equal(more, cursor.ptr != NULL);
        snprintf(name, sizeof(name), "c%02d", 24 - (int)pages); /* of the first page: goes to the top */
        char id[24];
        snprintf(id, sizeof(id), "p%u", pages);
        say(f, name, "ada", id, "x");
    }
    assert_int_equal(pages, 4);
    assert_int_equal(count, 25);
}

static void bad_pages_are_invalid(void **state)
{
    struct fixture *f = *state;
    static const char *const cursors[] = { "", "x", "-1", "1;DROP TABLE", "99999999999999999999999" };
    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_LIST, NULL, "ada");
        r->in.cursor = str(cursors[i]);
        assert_result(run(f, r), INVALID);
    }
    for (unsigned limit = 0; limit <= 1001; limit += 1001) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_LIST, NULL, "ada");
        r->in.limit = limit;
        assert_result(run(f, r), INVALID);
    }
}

static void an_unknown_one_is_not_found(void **state)
{
    struct fixture *f = *state;
    assert_result(run(f, request(CARILLON_STORAGE_CONVERSATION_GET, "nowhere", "ada")), NOT_FOUND);
}

int run_conversation_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_creation_is_pos_1),
        TEST(a_second_creation_gives_the_first),
        TEST(an_update_changes_what_is_given),
        TEST(a_list_shows_what_one_may_see),
        TEST(the_newest_activity_is_first),
        TEST(pages_go_on_while_others_write),
        TEST(bad_pages_are_invalid),
        TEST(an_unknown_one_is_not_found),
    };
    return cmocka_run_group_tests_name("conversations", tests, NULL, NULL);
}
