/* Users, export, erasure, revocations. */
#include "fixture.h"
#include "groups.h"

static enum carillon_result put(struct fixture *f, const char *id, const char *name, bool unique)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_PUT, NULL, id);
    r->in.user.name = keep(r, str(name));
    r->in.unique_name = unique;
    return run(f, r);
}

static void a_user_is_kept(void **state)
{
    struct fixture *f = *state;
    assert_result(run(f, request(CARILLON_STORAGE_USER_GET, NULL, "ada")), NOT_FOUND);
    assert_result(put(f, "ada", "Ada L.", false), OK);
    assert_result(put(f, "ada", "Ada Lovelace", false), OK);
    fixture_reopen(f);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_GET, NULL, "ada");
    assert_result(run(f, r), OK);
    assert_str(r->out.user->id, "ada");
    assert_str(r->out.user->name, "Ada Lovelace");
}

static void names_are_compared_without_case(void **state)
{
    struct fixture *f = *state;
    assert_result(put(f, "u1", "Zoë Straße", true), OK);
    assert_result(put(f, "u2", "zoë STRASSE", true), EXISTS);
    assert_result(put(f, "u2", "ZOË straße", true), EXISTS);
    assert_result(put(f, "u1", "ZOË STRAẞE", true), OK); /* one's own */
    assert_result(put(f, "u2", "Zoe", true), OK);
    assert_result(put(f, "u3", "zoe", false), OK); /* was not asked to be unique */
    assert_result(run(f, request(CARILLON_STORAGE_USER_GET, NULL, "u9")), NOT_FOUND);
}

static void users_are_listed_page_by_page(void **state)
{
    struct fixture *f = *state;
    const char *const ids[] = { "ada", "bob", "eve" };
    struct carillon_str cursor = { 0 };
    create(f, "room", "writer", CARILLON_VISIBILITY_PUBLIC); /* has no record */
    for (size_t i = 3; i-- > 0;)
        assert_result(put(f, ids[i], ids[i], false), OK);
    for (size_t i = 0; i < 3; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_LIST, NULL, NULL);
        r->in.limit = 1;
        r->in.cursor = keep(r, cursor);
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_str(r->out.users[0].id, ids[i]);
        assert_str(r->out.users[0].name, ids[i]);
        assert_int_equal(r->out.more, i < 2);
        cursor = r->out.cursor;
    }
    struct carillon_storage_request *r = request_of("other", CARILLON_STORAGE_USER_LIST, NULL, NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 0);
}

static void writing_registers_nobody(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, request(CARILLON_STORAGE_USER_GET, NULL, "ada")), NOT_FOUND);
    assert_result(put(f, "other", "Ada", true), OK);
}

static void an_export_has_everything(void **state)
{
    struct fixture *f = *state;
    create(f, "a", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "b", "bob", CARILLON_VISIBILITY_INVITED);
    join(f, "b", "ada", CARILLON_ROLE_MODERATOR);
    char id[24];
    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof(id), "m%02d", i);
        say(f, i % 2 ? "a" : "b", "ada", id, id);
        snprintf(id, sizeof(id), "x%02d", i);
        say(f, "a", "bob", id, "not hers");
    }
    act(f, CARILLON_STORAGE_DELETE, "b", "bob", "m04");
    struct carillon_str cursor = { 0 };
    int next = 0;
    for (bool more = true, first = true; more; first = false) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_EXPORT, NULL, "ada");
        r->in.limit = 10;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++, next++) {
            if (next == 4)
                next++;
            snprintf(id, sizeof(id), "m%02d", next);
            assert_str(r->out.messages[i]->text, id);
        }
        assert_int_equal(r->out.conversation_count, first ? 2 : 0);
        if (first)
            assert_int_equal(r->out.conversations[1].role, CARILLON_ROLE_MODERATOR);
        more = r->out.more;
        cursor = r->out.cursor;
    }
    assert_int_equal(next, 25);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_EXPORT, NULL, "nobody");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 0);
}

static void erase_all(struct fixture *f, const char *conversation, const char *user, uint32_t limit, size_t *messages,
                      size_t *reactions, size_t *left)
{
    *messages = *reactions = *left = 0;
    uint64_t pos = view(f, conversation, NULL)->last_pos;
    for (bool more = true; more;) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_ERASE, conversation, user);
        r->in.limit = limit;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++) {
            const struct carillon_change *c = &r->out.changes[i];
            assert_int_equal(c->pos, ++pos);
            *messages += c->type == CARILLON_EVENT_MESSAGE_DELETED;
            *reactions += c->type == CARILLON_EVENT_REACTION_REMOVED;
            *left += c->type == CARILLON_EVENT_MEMBER_LEFT;
            assert_true(c->type == CARILLON_EVENT_MEMBER_LEFT || c->type == CARILLON_EVENT_MEMBER_ROLE || c->message);
        }
        assert_true(r->out.count <= limit + 2);
        more = r->out.more;
    }
    assert_int_equal(view(f, conversation, NULL)->last_pos, pos);
}

static void erasing_a_user_leaves_tombstones(void **state)
{
    struct fixture *f = *state;
    size_t messages, reactions, left;
    create(f, "room", "bob", CARILLON_VISIBILITY_PUBLIC);
    join(f, "room", "ada", CARILLON_ROLE_MEMBER);
    for (int i = 0; i < 23; i++) {
        char id[24];
        snprintf(id, sizeof(id), "b%d", i);
        say(f, "room", "bob", id, "bob's");
        if (i % 2)
            react(f, "room", "ada", id, "👍", false);
        snprintf(id, sizeof(id), "a%d", i);
        say(f, "room", "ada", id, "wolverine");
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_READ_MARK, "room", "ada");
    r->in.pos = 10;
    assert_result(run(f, r), OK);
    erase_all(f, "room", "ada", 7, &messages, &reactions, &left);
    assert_int_equal(messages, 23);
    assert_int_equal(reactions, 11);
    assert_int_equal(left, 1);
    struct carillon_message *m = get_message(f, "room", "a5");
    assert_str(m->text, "");
    assert_str(m->author.id, "ada");
    assert_int_equal(get_message(f, "room", "b1")->reaction_count, 0);
    assert_str(get_message(f, "room", "b1")->text, "bob's");
    struct carillon_conversation *c = view(f, "room", "ada");
    assert_int_equal(c->role, CARILLON_ROLE_NONE);
    assert_int_equal(c->read_pos, 0);
    assert_int_equal(c->member_count, 1);
    assert_str(c->last_message->id, "b22");
    r = request(CARILLON_STORAGE_SEARCH, NULL, NULL);
    r->in.any = true;
    r->in.text = str("wolverine");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 0);
    erase_all(f, "room", "ada", 7, &messages, &reactions, &left);
    assert_int_equal(messages + reactions + left, 0);
}

static void the_last_owner_may_be_erased(void **state)
{
    struct fixture *f = *state;
    size_t messages, reactions, left;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    erase_all(f, "room", "ada", 10, &messages, &reactions, &left);
    assert_int_equal(left, 1);
    assert_int_equal(view(f, "room", "ada")->member_count, 0);
}

/* Erases ada, the owner; who owns the room now. */
static void assert_heir(struct fixture *f, const char *room, const char *heir)
{
    uint64_t before = view(f, room, NULL)->last_pos;
    struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_ERASE, room, "ada");
    r->in.limit = 10;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 2);
    assert_int_equal(r->out.changes[0].type, CARILLON_EVENT_MEMBER_LEFT);
    assert_int_equal(r->out.changes[1].type, CARILLON_EVENT_MEMBER_ROLE);
    assert_int_equal(r->out.changes[1].pos, before + 2);
    assert_str(r->out.changes[1].member.id, heir);
    assert_int_equal(r->out.changes[1].role, CARILLON_ROLE_OWNER);
    assert_int_equal(view(f, room, heir)->role, CARILLON_ROLE_OWNER);
}

static void the_last_owner_has_an_heir(void **state)
{
    struct fixture *f = *state;
    size_t messages, reactions, left;
    create(f, "moderated", "ada", CARILLON_VISIBILITY_INVITED);
    join(f, "moderated", "zoe", CARILLON_ROLE_MEMBER);
    clock_move(1000);
    join(f, "moderated", "yan", CARILLON_ROLE_MODERATOR);
    clock_move(1000);
    join(f, "moderated", "bob", CARILLON_ROLE_MODERATOR);
    assert_heir(f, "moderated", "yan");
    assert_int_equal(view(f, "moderated", "bob")->role, CARILLON_ROLE_MODERATOR);

    create(f, "flat", "ada", CARILLON_VISIBILITY_PUBLIC);
    join(f, "flat", "zoe", CARILLON_ROLE_MEMBER);
    clock_move(1000);
    join(f, "flat", "bob", CARILLON_ROLE_MEMBER);
    assert_heir(f, "flat", "zoe");

    create(f, "shared", "ada", CARILLON_VISIBILITY_PUBLIC);
    join(f, "shared", "bob", CARILLON_ROLE_OWNER);
    join(f, "shared", "zoe", CARILLON_ROLE_MEMBER);
    erase_all(f, "shared", "ada", 10, &messages, &reactions, &left);
    assert_int_equal(left, 1);
    assert_int_equal(view(f, "shared", "zoe")->role, CARILLON_ROLE_MEMBER);
}

static void a_forgotten_user_has_no_name(void **state)
{
    struct fixture *f = *state;
    size_t messages, reactions, left;
    put(f, "ada", "Ada", true);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "x");
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("m2");
    r->in.text = str("y");
    r->in.client_id = str("c1");
    r->in.user.name = str("Another name");
    assert_result(run(f, r), OK);
    r = request(CARILLON_STORAGE_INVITATION_CREATE, "room", "ada");
    r->in.id = str("code");
    r->in.role = CARILLON_ROLE_MEMBER;
    assert_result(run(f, r), OK);
    erase_all(f, "room", "ada", 10, &messages, &reactions, &left);
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "ada")), OK);
    assert_result(run(f, request(CARILLON_STORAGE_USER_GET, NULL, "ada")), NOT_FOUND);
    assert_result(act(f, CARILLON_STORAGE_INVITATION_GET, NULL, NULL, "code")->result, NOT_FOUND);
    assert_str(get_message(f, "room", "m1")->author.id, "ada");
    assert_str(get_message(f, "room", "m1")->author.name, "");
    assert_str(get_message(f, "room", "m2")->author.name, "");
    assert_str(view(f, "room", NULL)->creator.name, "");
    r = request(CARILLON_STORAGE_CHANGES, "room", NULL);
    assert_result(run(f, r), OK);
    for (size_t i = 0; i < r->out.count; i++)
        assert_str(r->out.changes[i].actor.name, "");
    r = request(CARILLON_STORAGE_CLIENT_ID_GET, "room", "ada");
    r->in.client_id = str("c1");
    assert_result(run(f, r), NOT_FOUND);
    assert_result(put(f, "new", "Ada", true), OK); /* the name is free again */
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "nobody")), OK);
}

static enum carillon_result revoke(struct fixture *f, const char *user, const char *token, int64_t lasts_ms)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_REVOCATION_PUT, NULL, user);
    if (token)
        r->in.id = keep(r, str(token));
    r->in.expires_ms = r->in.now_ms + lasts_ms;
    return run(f, r);
}

static void revocations_are_kept_until_they_end(void **state)
{
    struct fixture *f = *state;
    assert_result(revoke(f, NULL, NULL, 1000), INVALID);
    assert_result(revoke(f, "ada", NULL, 3600000), OK);
    assert_result(revoke(f, NULL, "token-1", 7200000), OK);
    assert_result(revoke(f, "ada", NULL, 3600000), OK); /* again: one entry */
    fixture_reopen(f);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_REVOCATION_LIST, NULL, NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 2);
    assert_str(r->out.revocations[0].user, "ada");
    assert_absent(r->out.revocations[0].token);
    assert_str(r->out.revocations[1].token, "token-1");
    assert_true(r->out.revocations[0].until_ms > r->out.revocations[0].at_ms);
    clock_move(5000000);
    r = request(CARILLON_STORAGE_REVOCATION_LIST, NULL, NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 1);
    char token[24];
    for (int i = 0; i < 20; i++) {
        snprintf(token, sizeof(token), "t%d", i);
        assert_result(revoke(f, NULL, token, 1000), OK);
    }
    size_t count = 0;
    struct carillon_str cursor = { 0 };
    for (bool more = true; more;) {
        r = request(CARILLON_STORAGE_REVOCATION_LIST, NULL, NULL);
        r->in.limit = 6;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        count += r->out.count;
        more = r->out.more;
        cursor = r->out.cursor;
    }
    assert_int_equal(count, 21);
}

static enum carillon_result mute(struct fixture *f, const char *user, const char *channel, const char *text,
                                 int64_t lasts_ms)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_MUTE_PUT, channel, user);
    if (text)
        r->in.text = keep(r, str(text));
    r->in.expires_ms = r->in.now_ms + lasts_ms;
    return run(f, r);
}

static struct carillon_storage_request *list_mutes(struct fixture *f, const char *app, uint32_t limit,
                                                   struct carillon_str cursor)
{
    struct carillon_storage_request *r = request_of(app, CARILLON_STORAGE_MUTE_LIST, NULL, NULL);
    r->in.limit = limit;
    r->in.cursor = cursor;
    assert_result(run(f, r), OK);
    return r;
}

static void mutes_are_kept_until_they_end(void **state)
{
    struct fixture *f = *state;
    assert_result(mute(f, NULL, "lobby", NULL, 1000), INVALID);
    assert_result(mute(f, "ada", "lobby", "Calm down", 3600000), OK);
    assert_result(mute(f, "bob", "*", NULL, 7200000), OK);
    assert_result(mute(f, "ada", "*", "{$set: 1}", 7200000), OK);
    assert_result(mute(f, "ada", "lobby", NULL, 1800000), OK); /* a shorter one takes its place, and its words */
    fixture_reopen(f);
    struct carillon_storage_request *r = list_mutes(f, "main", 10, (struct carillon_str){ 0 });
    assert_int_equal(r->out.count, 3);
    assert_str(r->out.mutes[0].user, "ada");
    assert_str(r->out.mutes[0].channel, "lobby");
    assert_absent(r->out.mutes[0].text);
    assert_int_equal(r->out.mutes[0].until_ms - r->out.mutes[1].until_ms < -1000000, true);
    assert_str(r->out.mutes[1].channel, "*");
    assert_str(r->out.mutes[2].text, "{$set: 1}");
    assert_int_equal(list_mutes(f, "other", 10, (struct carillon_str){ 0 })->out.count, 0);
    clock_move(2000000);
    assert_int_equal(list_mutes(f, "main", 10, (struct carillon_str){ 0 })->out.count, 2);
    assert_result(mute(f, "bob", "*", NULL, 0), OK); /* not muted any more */
    assert_int_equal(list_mutes(f, "main", 10, (struct carillon_str){ 0 })->out.count, 1);
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "ada")), OK);
    assert_int_equal(list_mutes(f, "main", 10, (struct carillon_str){ 0 })->out.count, 0);
}

static void many_mutes_are_listed_page_by_page(void **state)
{
    struct fixture *f = *state;
    char user[24];
    for (int i = 0; i < 20; i++) {
        snprintf(user, sizeof(user), "user-%d", i);
        assert_result(mute(f, user, "lobby", NULL, 1000000), OK);
    }
    size_t count = 0;
    struct carillon_storage_request *r = NULL;
    do {
        r = list_mutes(f, "main", 6, r ? r->out.cursor : (struct carillon_str){ 0 });
        count += r->out.count;
    } while (r->out.more);
    assert_int_equal(count, 20);
}

static struct carillon_storage_request *list_erasures(struct fixture *f, uint32_t limit, struct carillon_str cursor)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_ERASURE_LIST, NULL, NULL);
    r->in.limit = limit;
    r->in.cursor = cursor;
    assert_result(run(f, r), OK);
    return r;
}

static void an_erasure_is_kept_until_its_end(void **state)
{
    struct fixture *f = *state;
    const struct carillon_str start = { 0 };
    assert_result(run(f, request(CARILLON_STORAGE_ERASURE_PUT, NULL, NULL)), INVALID);
    assert_result(run(f, request(CARILLON_STORAGE_ERASURE_PUT, NULL, "ada")), OK);
    assert_result(run(f, request(CARILLON_STORAGE_ERASURE_PUT, NULL, "ada")), OK);
    assert_result(run(f, request(CARILLON_STORAGE_ERASURE_PUT, NULL, "bob")), OK);
    assert_result(run(f, request_of("other", CARILLON_STORAGE_ERASURE_PUT, NULL, "eve")), OK);
    fixture_reopen(f);
    struct carillon_storage_request *r = list_erasures(f, 1, start);
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.users[0].id, "ada");
    assert_str(r->out.users[0].name, "Ada");
    assert_true(r->out.more);
    r = list_erasures(f, 1, r->out.cursor);
    assert_str(r->out.users[0].id, "bob");
    assert_false(r->out.more);
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "ada")), OK);
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "eve")), OK); /* another app's */
    r = list_erasures(f, 10, start);
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.users[0].id, "bob");
    r = request_of("other", CARILLON_STORAGE_ERASURE_LIST, NULL, NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 1);
}

int run_user_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_user_is_kept),
        TEST(names_are_compared_without_case),
        TEST(users_are_listed_page_by_page),
        TEST(writing_registers_nobody),
        TEST(an_export_has_everything),
        TEST(erasing_a_user_leaves_tombstones),
        TEST(the_last_owner_may_be_erased),
        TEST(the_last_owner_has_an_heir),
        TEST(a_forgotten_user_has_no_name),
        TEST(revocations_are_kept_until_they_end),
        TEST(an_erasure_is_kept_until_its_end),
        TEST(mutes_are_kept_until_they_end),
        TEST(many_mutes_are_listed_page_by_page),
    };
    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
