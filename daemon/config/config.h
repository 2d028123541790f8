/*
 * Configuration: Lua files that only set tables, checked against the modules' option tables.
 *
 * Read in this order, a later one over an earlier one: the file, `conf.d/` with *.lua beside it in the order of their names,
 * --set. Tables with named entries (records, and maps such as `apps`) are merged entry by entry; lists are replaced as a
 * whole. What is set nowhere has its default; an entry of a map that is the default's too, such as apps.main, starts from it.
 *
 * A struct config is an immutable, reference-counted snapshot: read it from any thread; a reload makes a new one.
 * Values are complete: what a file does not set has its default. Units: SIZE in bytes, DURATION in milliseconds.
 */
#ifndef CARILLON_CONFIG_CONFIG_H
#define CARILLON_CONFIG_CONFIG_H

#include <carillon/option.h>
#include <stdio.h>

struct config;
struct config_value; /* one value of a snapshot; lives as long as the snapshot */

/*
 * Declares a section: the table `name` of the files with these options, or the top level itself when name is NULL
 * (several modules may declare options there). Before config_load, on the main thread. A section declared twice, or an
 * option twice in it, is CARILLON_EXISTS.
 */
enum carillon_result config_declare(const char *section, const struct carillon_option *options, size_t n);
/* Takes a section back, as a plugin is unloaded. */
void config_withdraw(const char *section, const struct carillon_option *options);

struct config_sources {
    const char *file;      /* NULL: CARILLON_CONFIG_FILE if it exists, else defaults and --set only */
    const char *state_dir; /* over what is set as `state_dir`; NULL: that, or the default of the installation */
    const char *const
        *settings; /* "section.option=value" from --set, in order, value in Lua's notation or a bare word */
    size_t setting_count;
    /* Sections that nobody declared are no error: for the first reading, from which the plugins to load are learned. */
    bool undeclared_sections;
};

/* The problems found, at most 50, each "FILE:LINE: what is wrong (did you mean ...?)". */
struct config_problems {
    size_t count;
    char *texts[50];
};

/*
 * Reads and checks. Values of SECRETs, and what Lua quotes from a file's text, are in no problem. On success *config is a new snapshot with one reference; else *config is NULL and problems say why.
 * config_problems_free in either case. Reads files: on the main thread only.
 */
enum carillon_result config_load(const struct config_sources *sources, struct config **config,
                                 struct config_problems *problems);
void config_problems_free(struct config_problems *problems);
struct config *config_ref(struct config *config);
void config_unref(struct config *config);

/* The value at a dotted path such as "log.level" or "apps.main.key"; NULL if there is none (which a declared scalar never is,
   unless its default is NULL). */
const struct config_value *config_find(const struct config *config, const char *path);
/* The same below a value that is a RECORD, an entry of RECORDS or MAP, or a MAP (its entry of that name). */
const struct config_value *config_field(const struct config_value *value, const char *name);
bool config_bool(const struct config_value *value);   /* false for NULL */
int64_t config_int(const struct config_value *value); /* INT, SIZE, DURATION; 0 for NULL */
struct carillon_str config_str(
    const struct config_value *value);                 /* STRING, SECRET, PATH (absolute), CHOICE; absent for NULL */
size_t config_count(const struct config_value *value); /* of STRINGS, RECORDS, MAP; 0 for NULL */
const struct config_value *config_at(const struct config_value *value, size_t i); /* entry i; of STRINGS a STRING */
struct carillon_str config_key(const struct config_value *value); /* of an entry of a MAP: its name; else absent */
/* Are they the same, all the way down? NULL is the same as NULL only. */
bool config_equal(const struct config_value *a, const struct config_value *b);
/* Calls told() with the path of each option of the flag RESTART that has another value in the newer one. */
void config_list_restarts(const struct config *older, const struct config *newer,
                          void (*told)(void *arg, const char *path), void *arg);

/* All declared options with defaults and help as a Lua file that could be loaded again (--print-defaults). */
void config_print_defaults(FILE *out);
/* Declares the options of the daemon itself that belong to no module (options.c). */
enum carillon_result config_declare_daemon(void);

#endif
