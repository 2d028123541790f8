/* Lists of members as codecs tell them: the pieces of random rolls, framed and not, beside the names that are there. */
#include "channel/roll.h"
#include "fanout/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 3000, TURNS = 300, NAME_SIZE = 32, LIST_IDS = 0, LIST_INFOS = 1 };

static struct roll_entry entries[MANY];
static char names[MANY][NAME_SIZE], infos[MANY][NAME_SIZE];
static bool there[MANY];
static size_t encoded; /* pages */
static unsigned framed, bare;

/* Each name, and in the other list what its owner tells of itself, with a comma before all but the first. */
static enum carillon_result encode_members(const struct carillon_members *members, unsigned list,
                                           struct carillon_encode *out)
{
    char *bytes = codec_encode_alloc(out, members->count * (2 * NAME_SIZE + 2)), *to = bytes;
    if (!bytes)
        return CARILLON_NO_MEMORY;
    encoded++;
    for (size_t i = 0; i < members->count; i++) {
        struct carillon_str told = list == LIST_IDS ? members->users[i].id : members->infos[i];
        if (i || !members->first)
            *to++ = ',';
        memcpy(to, told.ptr, told.len);
        to += told.len;
    }
    codec_encode_done(out, (size_t)(to - bytes));
    return CARILLON_OK;
}

static enum carillon_result encode(const struct carillon_event *event, struct carillon_encode *out)
{
    (void)event, (void)out;
    return CARILLON_DECLINED;
}

static const struct carillon_codec framed_codec = { .size = sizeof framed_codec,
                                                    .name = "framed",
                                                    .framing = CARILLON_FRAMING_WS_TEXT,
                                                    .encode = encode,
                                                    .encode_members = encode_members };
static const struct carillon_codec bare_codec = { .size = sizeof bare_codec,
                                                  .name = "bare",
                                                  .framing = CARILLON_FRAMING_NONE,
                                                  .encode = encode,
                                                  .encode_members = encode_members };

static int prepare(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        size_t id = (size_t)snprintf(names[i], NAME_SIZE, "m%zu", i);
        size_t info = (size_t)snprintf(infos[i], NAME_SIZE, "i%zu-%.*s", i, (int)(i % 20), "abcdefghijklmnopqrst");
        entries[i] = (struct roll_entry){ .user = { .id = { names[i], id } }, .info = { infos[i], info } };
    }
    assert_int_equal(codec_add(&framed_codec, &framed), CARILLON_OK);
    assert_int_equal(codec_add(&bare_codec, &bare), CARILLON_OK);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    codec_free_worker();
    return 0;
}

static void toggle(struct roll *roll, size_t i)
{
    if (there[i])
        roll_remove(roll, &entries[i]);
    else
        roll_add(roll, &entries[i]);
    there[i] = !there[i];
}

/* The whole list, without frames; the caller frees it. */
static char *list_text(unsigned codec, const struct carillon_roster *roster, unsigned list)
{
    size_t len = 0;
    for (size_t i = 0; i < roster->section_count; i++)
        len += codec_unwrap(codec, codec_encode_members(codec, roster->sections[i], list), NULL);
    char *text = malloc(len + 1), *to = text;
    assert_non_null(text);
    for (size_t i = 0; i < roster->section_count; i++)
        to += codec_unwrap(codec, codec_encode_members(codec, roster->sections[i], list), to);
    *to = '\0';
    assert_int_equal(to - text, len);
    return text;
}

static void check_list(unsigned codec, struct roll *roll, unsigned list)
{
    size_t count = 0;
    bool seen[MANY] = { false };
    struct carillon_roster *roster = roll_call(roll);
    char *text = list_text(codec, roster, list), *rest = text;
    assert_true(*text != ','); /* strsep would find somebody without a name */
    for (char *name; *text && (name = strsep(&rest, ","));) {
        size_t who = strtoul(name + 1, NULL, 10);
        assert_true(who < MANY && there[who] && !seen[who]);
        assert_string_equal(name, list == LIST_IDS ? names[who] : infos[who]);
        seen[who] = true;
        count++;
    }
    assert_int_equal(count, roster->count);
    free(text);
    roster_unref(roster);
}

static void check(struct roll *roll)
{
    for (unsigned list = 0; list < CARILLON_MEMBER_LISTS; list++) {
        check_list(framed, roll, list);
        check_list(bare, roll, list);
    }
}

static void test_lists(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    srandom(11);
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    check(&roll);
    for (size_t i = 0; i < TURNS; i++) {
        toggle(&roll, (size_t)random() % MANY);
        check(&roll);
    }
    for (size_t i = 0; i < MANY; i++) {
        if (there[i])
            toggle(&roll, i);
        if (i % 100 == 0)
            check(&roll);
    }
    check(&roll);
    roll_free(&roll);
    memset(there, 0, sizeof there);
}

/* After one has left and come back, no more than two pages a list are written again. */
static void test_effort(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    check_list(framed, &roll, LIST_IDS);
    encoded = 0;
    for (size_t i = 0; i < TURNS; i++) {
        toggle(&roll, i * 7 % MANY);
        toggle(&roll, i * 7 % MANY);
        check_list(framed, &roll, LIST_IDS);
    }
    assert_true(encoded <= (size_t)2 * TURNS);
    encoded = 0;
    check_list(framed, &roll, LIST_IDS);
    assert_int_equal(encoded, 0);
    roll_free(&roll);
    memset(there, 0, sizeof there);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lists), cmocka_unit_test(test_effort) };
    return cmocka_run_group_tests(tests, prepare, clean);
}
