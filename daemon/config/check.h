/*
 * Turns what the files set into values, by the options' tables, and finds what is wrong with it.
 */
#ifndef CARILLON_CONFIG_CHECK_H
#define CARILLON_CONFIG_CHECK_H

#include "config/node.h"
#include "config/problems.h"
#include "config/value.h"
#include "config/vm.h"

struct check {
    struct carillon_arena *arena;
    struct config_problems *problems;
    struct vm *vm;         /* evaluates defaults */
    const char *state_dir; /* absolute; relative PATHs start here */
    bool undeclared_sections;
    bool failed; /* memory is short */
};

/* A table of options, each with what the node has of it or its default. NULL only when memory is short. path: of the table,
   for messages, "" for the top level. */
struct config_value *check_fields(struct check *check, const struct node *table, const struct carillon_option *fields,
                                  size_t n, const char *path);
/* One value; node NULL: the default. NULL: there is none, or it is wrong and told. */
struct config_value *check_value(struct check *check, const struct carillon_option *option, const struct node *node,
                                 const char *path);

/* scalar.c: the same for all types that are no tables or lists; node is never NULL. False: wrong and told. */
bool check_scalar(struct check *check, const struct carillon_option *option, const struct node *node, const char *path,
                  struct config_value *value);

#endif
