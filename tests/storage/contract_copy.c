/* What a copy of a storage needs beside the other lists: client ids, read marks, and IMPORT of what was shown. */
#include "fixture.h"
#include "groups.h"

static const int64_t day_ms = INT64_C(86400000);

static struct carillon_storage_request *append(const char *user, enum carillon_event_type type, const char *id,
                                               const char *client_id, unsigned char digest)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", user);
    r->in.type = type;
    if (type == CARILLON_EVENT_MESSAGE_NEW) {
        r->in.id = keep(r, str(id));
        r->in.text = keep(r, str(id));
    } else {
        r->in.name = keep(r, str(id));
    }
    r->in.client_id = keep(r, str(client_id));
    memset(r->in.submitted, digest, sizeof(r->in.submitted));
    return r;
}

static struct carillon_storage_request *put_of(const char *conversation, const char *user, const char *client_id,
                                               uint64_t pos, const char *id, unsigned char digest)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CLIENT_ID_PUT, conversation, user);
    r->in.type = id ? CARILLON_EVENT_MESSAGE_NEW : CARILLON_EVENT_EVENT;
    if (id)
        r->in.id = keep(r, str(id));
    r->in.client_id = keep(r, str(client_id));
    r->in.pos = pos;
    memset(r->in.submitted, digest, sizeof(r->in.submitted));
    return r;
}

static struct carillon_storage_request *put(const char *user, const char *client_id, uint64_t pos, const char *id,
                                            unsigned char digest)
{
    return put_of("room", user, client_id, pos, id, digest);
}

/* All of the app, by pages of so many; at most 64. */
static size_t list_ids(struct fixture *f, const char *app, uint32_t page, struct carillon_client_id *ids)
{
    struct carillon_str cursor = { 0 };
    size_t n = 0;
    for (bool more = true; more;) {
        struct carillon_storage_request *r = request_of(app, CARILLON_STORAGE_CLIENT_ID_LIST, NULL, NULL);
        r->in.limit = page;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        assert_true(r->out.count <= page && n + r->out.count <= 64);
        memcpy(ids + n, r->out.client_ids, r->out.count * sizeof(*ids));
        n += r->out.count;
        more = r->out.more;
        cursor = r->out.cursor;
        assert_true(!more || r->out.count == page);
    }
    return n;
}

static const struct carillon_client_id *find_id(const struct carillon_client_id *ids, size_t n, const char *user,
                                                const char *client_id)
{
    const struct carillon_client_id *found = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(ids[i].user.ptr, user) == 0 && strcmp(ids[i].client_id.ptr, client_id) == 0) {
            assert_null(found); /* each once */
            found = &ids[i];
        }
    }
    assert_non_null(found);
    return found;
}

static void assert_id(const struct carillon_client_id *id, uint64_t pos, const char *message, unsigned char digest)
{
    unsigned char expected[sizeof(id->submitted)];
    memset(expected, digest, sizeof(expected));
    assert_int_equal(id->pos, pos);
    assert_memory_equal(id->submitted, expected, sizeof(expected));
    assert_int_equal(id->type, message ? CARILLON_EVENT_MESSAGE_NEW : CARILLON_EVENT_EVENT);
    if (message)
        assert_str(id->id, message);
    else
        assert_absent(id->id);
    assert_true(id->at_ms > 0);
}

static void delete_message(struct fixture *f, const char *id)
{
    assert_result(act(f, CARILLON_STORAGE_DELETE, "room", "ada", id)->result, OK);
}

static void retain(struct fixture *f, uint64_t keep_messages)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    r->in.keep = keep_messages;
    assert_result(run(f, r), OK);
}

/* Of messages, of events, of what was deleted and of what retention dropped. */
static void all_client_ids_are_listed(void **state)
{
    struct fixture *f = *state;
    struct carillon_client_id ids[64];
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "m2", "dropped", 2)), OK);
    assert_result(run(f, append("ada", CARILLON_EVENT_EVENT, "ping", "dropped event", 3)), OK);
    say(f, "room", "ada", "m4", "without one");
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "m5", "deleted", 5)), OK);
    assert_result(run(f, append("bob", CARILLON_EVENT_MESSAGE_NEW, "m6", "deleted", 6)), OK);
    assert_result(run(f, append("bob", CARILLON_EVENT_EVENT, "ping", "event", 7)), OK);
    delete_message(f, "m5");
    retain(f, 3);
    for (uint32_t page = 1; page <= 7; page++) {
        size_t n = list_ids(f, "main", page, ids);
        assert_int_equal(n, 5);
        assert_id(find_id(ids, n, "ada", "dropped"), 2, "m2", 2);
        assert_id(find_id(ids, n, "ada", "dropped event"), 3, NULL, 3);
        assert_id(find_id(ids, n, "ada", "deleted"), 5, "m5", 5);
        assert_id(find_id(ids, n, "bob", "deleted"), 6, "m6", 6);
        assert_id(find_id(ids, n, "bob", "event"), 7, NULL, 7);
        assert_str(ids[0].conversation, "room");
        fixture_reopen(f);
    }
    assert_int_equal(list_ids(f, "other", 10, ids), 0);
    clock_move(8 * day_ms);
    assert_int_equal(list_ids(f, "main", 10, ids), 0);
}

static void a_put_client_id_is_known_again(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m2", "2");
    say(f, "room", "ada", "m3", "3");
    assert_result(run(f, append("ada", CARILLON_EVENT_EVENT, "ping", "", 0)), OK); /* pos 4 */
    delete_message(f, "m3");
    struct carillon_storage_request *batch[] = { put("ada", "c2", 2, "m2", 2), put("ada", "c3", 3, "m3", 3),
                                                 put("ada", "c4", 4, NULL, 4) };
    assert_result(run_batch(f, batch, 3), OK);
    for (int i = 0; i < 3; i++)
        assert_result(batch[i]->result, OK);
    for (int twice = 0; twice < 2; twice++) {
        struct carillon_storage_request *r = append("ada", CARILLON_EVENT_MESSAGE_NEW, "new", "c2", 2);
        assert_result(run(f, r), DUPLICATE);
        assert_int_equal(r->out.change->pos, 2);
        assert_str(r->out.change->message->text, "2");
        assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "new", "c2", 9)), CONFLICT);
        r = append("ada", CARILLON_EVENT_MESSAGE_NEW, "new", "c3", 3);
        assert_result(run(f, r), DUPLICATE);
        assert_str(r->out.change->message->id, "m3");
        assert_str(r->out.change->message->text, "");
        r = append("ada", CARILLON_EVENT_EVENT, "ping", "c4", 4);
        assert_result(run(f, r), DUPLICATE);
        assert_int_equal(r->out.change->type, CARILLON_EVENT_EVENT);
        assert_int_equal(r->out.change->pos, 4);
        assert_result(run(f, append("ada", CARILLON_EVENT_EVENT, "ping", "c4", 9)), CONFLICT);
        assert_result(run(f, append("bob", CARILLON_EVENT_MESSAGE_NEW, twice ? "b2" : "b1", twice ? "d2" : "d1", 2)),
                      OK);
        fixture_reopen(f);
    }
}

/* Also of one that is still where appends leave theirs. */
static void of_two_the_later_counts(void **state)
{
    struct fixture *f = *state;
    struct carillon_client_id ids[64];
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "m2", "c", 2)), OK);
    assert_result(run(f, append("ada", CARILLON_EVENT_EVENT, "ping", "e", 3)), OK);
    say(f, "room", "ada", "m4", "4");
    say(f, "room", "ada", "m5", "5");
    assert_result(run(f, put("ada", "c", 4, "m4", 4)), OK);
    assert_result(run(f, put("ada", "c", 2, "m2", 2)), OK);
    assert_result(run(f, put("ada", "e", 5, "m5", 5)), OK);
    assert_result(run(f, put("ada", "e", 3, NULL, 3)), OK);
    assert_result(run(f, put("ada", "e", 5, "m5", 5)), OK); /* the same again */
    for (int i = 0; i < 2; i++) {
        size_t n = list_ids(f, "main", 10, ids);
        assert_int_equal(n, 2);
        assert_id(find_id(ids, n, "ada", "c"), 4, "m4", 4);
        assert_id(find_id(ids, n, "ada", "e"), 5, "m5", 5);
        say_many(f, "room", "bob", 5);
        fixture_reopen(f);
    }
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "m", "c", 4)), DUPLICATE);
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "m", "c", 2)), CONFLICT);
}

/* Where retention has dropped the beginning, also of what is gone. */
static void a_put_client_id_outlives_its_message(void **state)
{
    struct fixture *f = *state;
    struct carillon_client_id ids[64];
    struct carillon_storage_request *r = request(CARILLON_STORAGE_IMPORT, "room", "ada");
    r->in.type = CARILLON_EVENT_CONVERSATION_CREATED;
    r->in.quiet = true;
    r->in.pos = 10;
    r->in.name = str("epoch");
    r->in.text = str("The room");
    assert_result(run(f, r), OK);
    assert_result(run(f, put("ada", "before", 7, "m7", 7)), OK);
    assert_result(run(f, put("ada", "before", 8, "m8", 8)), OK);
    assert_result(run(f, put("ada", "before", 6, NULL, 6)), OK);
    say(f, "room", "ada", "m11", "11");
    assert_result(run(f, put("ada", "after", 11, "m11", 11)), OK);
    r = append("ada", CARILLON_EVENT_MESSAGE_NEW, "new", "before", 8);
    assert_result(run(f, r), DUPLICATE);
    assert_int_equal(r->out.change->pos, 8);
    assert_str(r->out.change->message->id, "m8");
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "new", "before", 7)), CONFLICT);
    say(f, "room", "ada", "m12", "12");
    retain(f, 1);
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "new", "after", 11)), DUPLICATE);
    size_t n = list_ids(f, "main", 10, ids);
    assert_int_equal(n, 2);
    assert_id(find_id(ids, n, "ada", "before"), 8, "m8", 8);
    assert_id(find_id(ids, n, "ada", "after"), 11, "m11", 11);
}

static void a_client_id_that_cannot_be_is_refused(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m2", "2");
    assert_result(run(f, put_of("nowhere", "ada", "c", 2, "m2", 2)), NOT_FOUND);
    assert_result(run(f, put("ada", "c", 3, "m3", 2)), INVALID); /* there is no such pos */
    assert_result(run(f, put("ada", "c", 0, "m2", 2)), INVALID);
    assert_result(run(f, put("ada", "", 2, "m2", 2)), INVALID);
    assert_result(run(f, put(NULL, "c", 2, "m2", 2)), INVALID);
    assert_result(run(f, put("ada", "c", 2, "", 2)), INVALID);
    struct carillon_storage_request *r = put("ada", "c", 2, "m2", 2);
    r->in.type = CARILLON_EVENT_MESSAGE_EDITED;
    assert_result(run(f, r), INVALID);
    static const char *const cursors[] = { "", "x", "c", "1", "1 ", "1 2", "x 2 y", "c0123456789abcdef0123456" };
    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        r = request(CARILLON_STORAGE_CLIENT_ID_LIST, NULL, NULL);
        r->in.cursor = str(cursors[i]);
        enum carillon_result result = run(f, r);
        assert_true(result == CARILLON_INVALID || (result == CARILLON_OK && r->out.count == 0));
    }
    r = request(CARILLON_STORAGE_CLIENT_ID_LIST, NULL, NULL);
    r->in.limit = 1001;
    assert_result(run(f, r), INVALID);
}

static struct carillon_storage_request *import(enum carillon_event_type type, const char *user)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_IMPORT, "room", user);
    r->in.type = type;
    return r;
}

/* Two messages may have had the same one, when the first was forgotten. */
static void an_import_shows_a_client_id_and_remembers_none(void **state)
{
    struct fixture *f = *state;
    struct carillon_client_id ids[64];
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 2; i++) {
        struct carillon_storage_request *r = import(CARILLON_EVENT_MESSAGE_NEW, "ada");
        r->in.id = str(i ? "m3" : "m2");
        r->in.text = str("text");
        r->in.client_id = str("c");
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.change->pos, i + 2);
    }
    struct carillon_storage_request *r = import(CARILLON_EVENT_EVENT, "ada");
    r->in.name = str("ping");
    r->in.client_id = str("c");
    assert_result(run(f, r), OK);
    assert_str(get_message(f, "room", "m3")->client_id, "c");
    assert_int_equal(list_ids(f, "main", 10, ids), 0);
    assert_result(run(f, append("ada", CARILLON_EVENT_MESSAGE_NEW, "m5", "c", 1)), OK);
    assert_int_equal(list_ids(f, "main", 10, ids), 1);
    assert_id(&ids[0], 5, "m5", 1);
}

/* By nobody, as when another program took it away. */
static void an_imported_deletion_says_by_whom(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 2; i++) {
        const char *id = i ? "m2" : "m1";
        say(f, "room", "ada", id, "text");
        struct carillon_storage_request *r = import(CARILLON_EVENT_MESSAGE_DELETED, "ada");
        r->in.id = str(id);
        if (i)
            r->in.member.id = str("bob");
        assert_result(run(f, r), OK);
        struct carillon_message *message = get_message(f, "room", id);
        assert_true(message->deleted_ms > 0);
        if (i)
            assert_str(message->deleted_by, "bob");
        else
            assert_absent(message->deleted_by);
    }
}

static void an_imported_membership_takes_the_place_of_the_old_one(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    join(f, "room", "bob", CARILLON_ROLE_MEMBER);
    struct carillon_storage_request *r = import(CARILLON_EVENT_MEMBER_JOINED, NULL);
    r->in.quiet = true;
    r->in.member = (struct carillon_user){ str("bob"), str("A new name") };
    r->in.role = CARILLON_ROLE_MODERATOR;
    r->in.now_ms = 12345;
    assert_result(run(f, r), OK);
    assert_int_equal(view(f, "room", "ada")->member_count, 2);
    assert_int_equal(view(f, "room", "ada")->last_pos, 2);
    r = request(CARILLON_STORAGE_MEMBER_LIST, "room", NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 2);
    const struct carillon_member *bob = &r->out.members[0];
    assert_str(bob->user.id, "bob");
    assert_str(bob->user.name, "A new name");
    assert_int_equal(bob->role, CARILLON_ROLE_MODERATOR);
    assert_int_equal(bob->joined_ms, 12345);
}

static void set_mark(struct fixture *f, const char *conversation, const char *user, uint64_t pos)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_READ_MARK, conversation, user);
    r->in.pos = pos;
    assert_result(run(f, r), OK);
}

static void read_marks_are_listed_of_anybody(void **state)
{
    struct fixture *f = *state;
    unsigned seen = 0;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "other", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 9);
    for (int i = 0; i < 7; i++) {
        char user[] = "reader-?";
        user[sizeof(user) - 2] = (char)('0' + i);
        set_mark(f, "room", user, (uint64_t)i + 1);
    }
    set_mark(f, "other", "eve", 1);
    struct carillon_str cursor = { 0 };
    for (bool more = true; more;) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_READ_MARK_LIST, "room", NULL);
        r->in.limit = 3;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++) {
            const struct carillon_member *mark = &r->out.members[i];
            assert_int_equal(mark->user.id.ptr[mark->user.id.len - 1] - '0' + 1, mark->read_pos);
            assert_false(seen & (1U << mark->read_pos));
            seen |= 1U << mark->read_pos;
        }
        more = r->out.more;
        cursor = r->out.cursor;
    }
    assert_int_equal(seen, 0xfe);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_READ_MARK_LIST, "nowhere", NULL);
    assert_result(run(f, r), NOT_FOUND);
    r = request(CARILLON_STORAGE_READ_MARK_LIST, "room", NULL);
    r->in.limit = 0;
    assert_result(run(f, r), INVALID);
    assert_int_equal(view(f, "room", "reader-6")->read_pos, 7);
}

int run_copy_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_client_ids_are_listed),
        TEST(a_put_client_id_is_known_again),
        TEST(of_two_the_later_counts),
        TEST(a_put_client_id_outlives_its_message),
        TEST(a_client_id_that_cannot_be_is_refused),
        TEST(an_import_shows_a_client_id_and_remembers_none),
        TEST(an_imported_deletion_says_by_whom),
        TEST(an_imported_membership_takes_the_place_of_the_old_one),
        TEST(read_marks_are_listed_of_anybody),
    };
    return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
