/* SEARCH. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *find_as(struct fixture *f, const char *user, const char *conversation,
                                                const char *words)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, conversation, user);
    r->in.text = keep(r, str(words));
    r->in.any = user == NULL;
    run(f, r);
    return r;
}

/* The ids found, newest first, parted by spaces. */
static void assert_found(struct fixture *f, const char *words, const char *ids)
{
    char found[256] = "";
    struct carillon_storage_request *r = find_as(f, NULL, NULL, words);
    assert_result(r->result, OK);
    for (size_t i = 0; i < r->out.count; i++)
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "",
                 r->out.messages[i]->id.ptr);
    assert_string_equal(found, ids);
}

static void all_words_must_occur(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "the quick brown fox");
    say(f, "room", "ada", "m2", "a quick red fox");
    say(f, "room", "ada", "m3", "the slow brown dog");
    assert_found(f, "quick fox", "m2 m1");
    assert_found(f, "fox quick", "m2 m1");
    assert_found(f, "brown", "m3 m1");
    assert_found(f, "  quick\t brown\n", "m1");
    assert_found(f, "quick cat", "");
    assert_found(f, "", "");
    assert_found(f, "   ", "");
}

static void the_last_word_may_be_a_beginning(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "carillon bells");
    assert_found(f, "cari", "m1");
    assert_found(f, "carillon be", "m1");
    assert_found(f, "cari bells", ""); /* only the last one */
    assert_found(f, "arillon", "");
}

static void case_and_accents_do_not_matter(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "Crème Brûlée in München");
    assert_found(f, "creme brulee", "m1");
    assert_found(f, "CRÈME", "m1");
    assert_found(f, "munchen", "m1");
    say(f, "room", "ada", "m2", "日本語 текст");
    assert_found(f, "ТЕКСТ", "m2");
    assert_found(f, "日本", "m2");
}

static void nothing_is_an_operator(void **state)
{
    struct fixture *f = *state;
    static const char *const harmless[] = { "\"",
                                            "\"\"\"",
                                            "'",
                                            "*",
                                            "(",
                                            ")",
                                            "AND",
                                            "NOT x",
                                            "a OR",
                                            "NEAR(",
                                            "text:",
                                            "{scope}:x",
                                            "^",
                                            "-x",
                                            "+",
                                            "a\"b",
                                            "\\",
                                            "%",
                                            "_",
                                            "x*y",
                                            "{",
                                            "}",
                                            ":",
                                            "-",
                                            "\"a\" NEAR/2 \"b\"",
                                            "rank",
                                            "search",
                                            "\xf0\x9f\x94\x94",
                                            "..." };
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "apple or banana and cherry not near date");
    say(f, "room", "ada", "m2", "only apple");
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
        assert_result(find_as(f, NULL, NULL, harmless[i])->result, OK);
    assert_found(f, "apple OR banana", "m1");
    assert_found(f, "apple NOT banana", "m1");
    assert_found(f, "apple AND", "m1");
    assert_found(f, "apple -banana", "m1");
    assert_found(f, "%", "");
    assert_found(f, "text:apple", "");
    assert_found(f, "app* banana", "");
    assert_found(f, "- apple", "m2 m1"); /* a word without letters says nothing */
    assert_found(f, "a6d61696e", "");    /* the index's own words are not to be found */
    assert_found(f, "c1", "");
}

static void words_with_signs_are_phrases(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "see https://example.org/a-b for it's more");
    say(f, "room", "ada", "m2", "org example b a");
    assert_found(f, "example.org", "m1");
    assert_found(f, "https://example.org/a-b", "m1");
    assert_found(f, "it's", "m1");
}

static void one_sees_what_one_may(void **state)
{
    struct fixture *f = *state;
    create(f, "open", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "secret", "ada", CARILLON_VISIBILITY_INVITED);
    say(f, "open", "ada", "m1", "needle");
    say(f, "secret", "ada", "m2", "needle");
    assert_int_equal(find_as(f, "ada", NULL, "needle")->out.count, 2);
    assert_int_equal(find_as(f, "bob", NULL, "needle")->out.count, 0);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, NULL, "bob");
    r->in.text = str("needle");
    r->in.public_too = true;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.messages[0]->id, "m1");
    join(f, "secret", "bob", CARILLON_ROLE_MEMBER);
    assert_str(find_as(f, "bob", NULL, "needle")->out.messages[0]->id, "m2");
}

static void one_conversation_alone(void **state)
{
    struct fixture *f = *state;
    create(f, "a", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "b", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "a", "ada", "m1", "needle");
    say(f, "b", "ada", "m2", "needle");
    struct carillon_storage_request *r = find_as(f, "ada", "a", "needle");
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.messages[0]->id, "m1");
    assert_str(r->out.messages[0]->conversation, "a");
    assert_result(find_as(f, "ada", "nowhere", "needle")->result, NOT_FOUND);
}

static void pages_while_others_write(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 25);
    struct carillon_str cursor = { 0 };
    uint64_t last = UINT64_MAX;
    unsigned count = 0;
    for (bool more = true; more;) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, NULL, "ada");
        r->in.text = str("message number");
        r->in.limit = 7;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++, count++) {
            assert_true(r->out.messages[i]->pos < last);
            last = r->out.messages[i]->pos;
        }
        more = r->out.more;
        cursor = r->out.cursor;
        say_many(f, "room", "bob", 3);
    }
    assert_int_equal(count, 25);
}

static void a_hit_is_a_whole_message(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "needle");
    react(f, "room", "bob", "m1", "👍", false);
    struct carillon_message *m = find_as(f, "ada", NULL, "needle")->out.messages[0];
    assert_int_equal(m->reaction_count, 1);
    assert_str(m->author.name, "Ada");
}

int run_search_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_words_must_occur),   TEST(the_last_word_may_be_a_beginning), TEST(case_and_accents_do_not_matter),
        TEST(nothing_is_an_operator), TEST(words_with_signs_are_phrases),     TEST(one_sees_what_one_may),
        TEST(one_conversation_alone), TEST(pages_while_others_write),         TEST(a_hit_is_a_whole_message),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
