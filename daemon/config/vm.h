/*
 * The sandbox in which configuration files run: they can compute and set tables, nothing else.
 *
 * Allowed are text chunks with env("NAME"[, "default"]), parts of string, table and math, and assert error ipairs next
 * pairs select tonumber tostring type. Nothing that catches errors (the budget must stop a file for sure), loads code,
 * sees a file, or searches with patterns. A run has a budget of instructions, of time and of memory.
 */
#ifndef CARILLON_CONFIG_VM_H
#define CARILLON_CONFIG_VM_H

#include "config/node.h"
#include <carillon/option.h>

struct vm_options {
    /* The declared options of the top level: a record of them that is not set yet reads as an empty table, so that
       `log.level = "debug"` works without `log = {}` before it. */
    const struct carillon_option *options;
    size_t count;
    bool lenient; /* undeclared names read so too, instead of being an error */
};

struct vm;
/* Nodes are taken from the arena. NULL when memory is short. The options must live as long. */
struct vm *vm_new(const struct vm_options *options, struct carillon_arena *arena);
void vm_free(struct vm *vm);

/*
 * Runs a text; the result is a TABLE of what it set. NULL: error (VM_ERROR_SIZE bytes) tells, and *line where if it is
 * known. `file` is kept in the nodes, and must live as long as the arena. Values that were written do not get into error.
 */
enum { VM_ERROR_SIZE = 512 };
struct node *vm_run(struct vm *vm, const char *file, const char *text, size_t len, char *error, int *line);

/* The value of one expression, such as `{ "a" }`; a text that is none, or names something that is not there, is a string:
   30s, sqlite. NULL: memory is short. */
struct node *vm_evaluate(struct vm *vm, const char *file, const char *text);

#endif
