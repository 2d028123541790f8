/* Word lists: what a naive search finds, the automaton finds; what only looks the same is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lua/text/normal.h"
#include "lua/text/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static struct words *parse(const char *text)
{
    char error[256];
    struct words *words = words_parse(str(text), error);
    if (!words)
        fail_msg("%s", error);
    return words;
}

/* "" for nothing. */
static const char *find(const struct words *words, const char *text)
{
    static char found[WORD_MAX + 1];
    size_t len;
    char *normal = normal_text(str(text), &len);
    assert_non_null(normal);
    size_t steps = 10000;
    struct carillon_str word = words_find(words, (struct carillon_str){ normal, len }, &steps);
    snprintf(found, sizeof(found), "%.*s", (int)word.len, word.ptr ? word.ptr : "");
    free(normal);
    return found;
}

static void whole_words_are_found(void **state)
{
    (void)state;
    struct words *words = parse("# comment\nass\n  two words \r\n\nStraße\nдурак\n");
    assert_int_equal(words_count(words), 4);
    assert_string_equal(find(words, "What an ASS!"), "ass");
    assert_string_equal(find(words, "ass"), "ass");
    assert_string_equal(find(words, "a classic assembly"), "");
    assert_string_equal(find(words, "it takes two words, see"), "two words");
    assert_string_equal(find(words, "two wordsmiths"), "");
    assert_string_equal(find(words, "die STRASSE dort"), "Straße");
    assert_string_equal(find(words, "ты ДУРАК."), "дурак");
    assert_string_equal(find(words, "дураками"), "");
    assert_string_equal(find(words, "—ass—"), "ass"); /* dashes are no letters */
    assert_string_equal(find(words, "éass"), "");
    assert_string_equal(find(words, ""), "");
    words_unref(words);
}

static void stars_open_a_word(void **state)
{
    (void)state;
    struct words *words = parse("*damn*\nspam*\n*bot\nrat\nrat*\n");
    assert_int_equal(words_count(words), 4);
    assert_string_equal(find(words, "goddamned"), "*damn*");
    assert_string_equal(find(words, "spammers"), "spam*");
    assert_string_equal(find(words, "antispam"), "");
    assert_string_equal(find(words, "chatbot"), "*bot");
    assert_string_equal(find(words, "bottle"), "");
    assert_string_equal(find(words, "ratify"), "rat");
    words_unref(words);
}

static void disguises_are_seen_through(void **state)
{
    (void)state;
    struct words *words = parse("damn\npaypal\n");
    assert_string_equal(find(words, "dаmn"), "damn");       /* a Cyrillic а */
    assert_string_equal(find(words, "ＤＡＭＮ"), "damn");   /* full width */
    assert_string_equal(find(words, "d\u200Bamn"), "damn"); /* nothing to see */
    assert_string_equal(find(words, "𝐝𝐚𝐦𝐧"), "damn");       /* mathematical */
    assert_string_equal(find(words, "РауРаl"), "paypal");
    assert_string_equal(find(words, "РАУРАL"), "paypal");
    words_unref(words);
}

static void what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "good\n*\n", "good\n\xff\n", "good\n**\n" };
    char error[256], *text = calloc(1, 400);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_null(words_parse(str(bad[i]), error));
        assert_memory_equal(error, "line 2: ", 8);
    }
    memset(text, 'a', 300);
    assert_null(words_parse(str(text), error));
    assert_non_null(strstr(error, "200 bytes"));
    free(text);
    struct words *words = parse("");
    assert_int_equal(words_count(words), 0);
    assert_string_equal(find(words, "anything"), "");
    words_unref(words);
}

/* Random words of few letters, so that they overlap in every way. */
static void it_finds_what_a_naive_search_finds(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 300; round++) {
        char list[1024] = "", entries[40][10], text[200];
        int n = 1 + rand() % 30, size = 1 + rand() % 190;
        for (int i = 0; i < n; i++) {
            int len = 1 + rand() % 6;
            for (int k = 0; k < len; k++)
                entries[i][k] = (char)('a' + rand() % 2);
            entries[i][len] = '\0';
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "*%s*\n", entries[i]);
        }
        for (int i = 0; i < size; i++)
            text[i] = (char)(rand() % 8 ? 'a' + rand() % 3 : ' ');
        text[size] = '\0';
        bool naive = false;
        for (int i = 0; i < n; i++)
            naive = naive || strstr(text, entries[i]);
        struct words *words = parse(list);
        assert_int_equal(*find(words, text) != '\0', naive);
        for (int i = 0; i < n; i++)
            assert_true(words_has(words, str(entries[i])));
        words_unref(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_words_are_found),
        cmocka_unit_test(stars_open_a_word),
        cmocka_unit_test(disguises_are_seen_through),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(it_finds_what_a_naive_search_finds),
    };
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
