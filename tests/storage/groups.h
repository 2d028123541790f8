/* The groups of tests. X(name, kind): contract for every backend, the others ask for a backend of that kind. */
#ifndef STORAGE_GROUPS_H
#define STORAGE_GROUPS_H

#define CONTRACT_GROUPS(X)                                                                                             \
    X(append)                                                                                                          \


#define SQLITE_GROUPS(X)                                                                                               \


/* Runs a group and returns how many of its tests failed. */
#define X(name) int group_##name(void);
CONTRACT_GROUPS(X)
SQLITE_GROUPS(X)
#undef X

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
