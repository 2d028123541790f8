/* Every statement is answered from an index: none walks through a table that grows. */
#include "fixture.h"
#include "groups.h"
#include "host.h"

#include "../../plugins/sqlite/statements.h"

#include <sqlite3.h>

struct statement_text {
    const char *name, *sql;
};

static const struct statement_text statements[] = {
#define X(name, sql) { #name, sql },
    STATEMENTS(X)
#undef X
};

/* Why a plan's line is fine though it scans or sorts: virtual tables, lists of a page, what is small by its nature. */
static bool is_fine(const char *name, const char *line)
{
    static const char *const allowed[][2] = {
        { "", "VIRTUAL TABLE" },  /* json_each over a page's keys, FTS5 by its index */
        { "", "SCAN (subquery" }, /* already limited */
        { "", "SCAN h" },         /* the page's changes */
        { "", "SCAN CONSTANT ROW" },
        { "PING", "SCAN sqlite_" },
        { "CONVERSATIONS_OF_MEMBER", "TEMP B-TREE" }, /* one user's conversations */
        { "CONVERSATIONS_SEEN", "TEMP B-TREE" },
        { "CONVERSATIONS_ANY", "TEMP B-TREE" },    /* two pages merged */
        { "ACTIVITY_LAST", "SCAN conversations" }, /* once, when the writer starts */
        { "MESSAGES_OF_CHANGES", "TEMP B-TREE" },  /* one page */
        { "CHANGES_AFTER", "TEMP B-TREE" },
        { "MEMBER_HEIR", "TEMP B-TREE" },  /* one conversation's members, when its last owner is erased */
        { "REACTIONS_OF", "TEMP B-TREE" }, /* one page */
        { "MENTIONS_OF", "TEMP B-TREE" },
        { "CONVERSATION_VIEW_LIST", "TEMP B-TREE" },
        { "MESSAGE_VIEW_LIST", "TEMP B-TREE" },
        { "SEARCH_FRESH_PAGE", "TEMP B-TREE" }, /* of some hundred rows */
        { "EXPORT_PAGE", "TEMP B-TREE" },       /* one author's messages, top of a covering index */
        { "", "INDEX conversations_to_fold" },  /* where something was written since the last fold */
        { "FRESH_", "SCAN client_ids_fresh" },  /* at most some thousand rows */
        { "FRESH_FIND", "TEMP B-TREE" },        /* those of one id */
        { "FOLD_", "SCAN client_ids_fresh" },
        { "FOLD_", "TEMP B-TREE" },
        { "CLIENT_IDS_PAGE", "SCAN client_ids_fresh" },
        { "CLIENT_IDS_PAGE", "SCAN i" }, /* a page and what is fresh */
        { "CLIENT_IDS_PAGE", "TEMP B-TREE FOR ORDER BY" },
        { "EXPORT_CONVERSATIONS", "TEMP B-TREE" },
    };
    for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
        if (strncmp(allowed[i][0], name, strlen(allowed[i][0])) == 0 && strstr(line, allowed[i][1]))
            return true;
    }
    return false;
}

static unsigned check_plan(sqlite3 *db, const struct statement_text *text)
{
    char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", text->sql);
    sqlite3_stmt *plan;
    unsigned bad = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &plan, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text->name, sqlite3_errmsg(db));
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(plan, 3);
        if ((strncmp(line, "SCAN", 4) == 0 || strstr(line, "TEMP B-TREE") || strstr(line, "AUTOMATIC")) &&
            !is_fine(text->name, line)) {
            print_error("%s: %s\n", text->name, line);
            bad++;
        }
    }
    sqlite3_finalize(plan);
    sqlite3_free(sql);
    return bad;
}

static void every_statement_uses_an_index(void **state)
{
    struct fixture *f = *state;
    char path[512];
    sqlite3 *db;
    unsigned bad = 0;
    fixture_close(f);
    snprintf(path, sizeof(path), "%s", option_get("path").ptr);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
        bad += check_plan(db, &statements[i]);
    sqlite3_close(db);
    assert_int_equal(bad, 0);
}

int run_sqlite_plan_group(void)
{
    const struct CMUnitTest tests[] = { TEST(every_statement_uses_an_index) };
    return cmocka_run_group_tests_name("SQLite: query plans", tests, NULL, NULL);
}
