/*
 * Tests of scripts: the files NAME_spec.lua beside them, run in trials. Any thread; blocks for reading files and as long as the
 * tests take, so a worker may not.
 */
#ifndef CARILLON_LUA_SPEC_H
#define CARILLON_LUA_SPEC_H

#include "lua/set/set.h"

struct spec_outcome {
    const char *file;  /* of the spec, as its errors name it */
    int line;          /* where the test begins; 0: the spec itself cannot be run */
    const char *name;  /* of the test */
    const char *error; /* NULL: it passed */
    int64_t took_ns;
};

struct spec_run {
    void (*told)(const struct spec_outcome *outcome, void *user);  /* of each test; may be NULL */
    void (*note)(const char *level, const char *text, void *user); /* what scripts log; may be NULL */
    void *user;
    unsigned passed, failed;
    char error[SCRIPT_ERROR_SIZE]; /* of the first that failed, with file and line */
};

/* Is it the name of a spec? */
bool spec_is_name(const char *path);
/* Runs the tests of one file; options: the directory and budgets of the scripts; which of them is beside it. */
void spec_run_file(struct spec_run *run, const struct script_options *options, const char *path);
/* Of all specs that stand beside the set's scripts. */
void spec_run_set(struct spec_run *run, const struct script_options *options, const struct script_set *set);

#endif
