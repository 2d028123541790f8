/* The groups of tests: the contract, for every backend, and what is SQLite's own. */
#ifndef STORAGE_GROUPS_H
#define STORAGE_GROUPS_H

#define CONTRACT_GROUPS(X)                                                                                             \
    X(append)                                                                                                          \
    X(client_id)                                                                                                       \
    X(copy)                                                                                                            \
    X(edit)                                                                                                            \
    X(reaction)                                                                                                        \
    X(conversation)                                                                                                    \
    X(member)                                                                                                          \
    X(invitation)                                                                                                      \
    X(unread)                                                                                                          \
    X(history)                                                                                                         \
    X(changes)                                                                                                         \
    X(search)                                                                                                          \
    X(retention)                                                                                                       \
    X(held)                                                                                                            \
    X(user)                                                                                                            \
    X(apart)                                                                                                           \
    X(hostile)                                                                                                         \
    X(batch)                                                                                                           \
    X(concurrency)

#define SQLITE_GROUPS(X)                                                                                               \
    X(sqlite_file)                                                                                                     \
    X(sqlite_schema)                                                                                                   \
    X(sqlite_plan)                                                                                                     \
    X(sqlite_fold)                                                                                                     \
    X(sqlite_search)                                                                                                   \
    X(sqlite_fault)                                                                                                    \
    X(sqlite_power)                                                                                                    \
    X(sqlite_kill)

/* Runs a group and returns how many of its tests failed. */
#define X(name) int run_##name##_group(void);
CONTRACT_GROUPS(X)
SQLITE_GROUPS(X)
#undef X

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
