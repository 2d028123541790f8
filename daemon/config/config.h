/*
 * Configuration: Lua files that only set tables, checked against the modules' option tables.
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
    const char *file;          /* NULL: CARILLON_CONFIG_FILE if it exists, else defaults only */
    const char *state_dir;     /* where relative PATHs start; NULL: the default of the installation */
    const char *const *settings; /* "section.option=value" from --set, in order, value in Lua's notation or a bare word */
    size_t setting_count;
};

/* The problems found, at most 50, each "FILE:LINE: what is wrong (did you mean ...?)". */
struct config_problems {
    size_t count;
    char *texts[50];
};

/*
 * Reads and checks. On success *config is a new snapshot with one reference; else *config is NULL and problems say why.
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
/* The same below a value that is a RECORD or an entry of RECORDS or MAP. */
const struct config_value *config_field(const struct config_value *value, const char *name);
bool config_bool(const struct config_value *value);          /* false for NULL */
int64_t config_int(const struct config_value *value);        /* INT, SIZE, DURATION; 0 for NULL */
struct carillon_str config_str(const struct config_value *value); /* STRING, SECRET, PATH (absolute), CHOICE; absent for NULL */
size_t config_count(const struct config_value *value);       /* of STRINGS, RECORDS, MAP; 0 for NULL */
const struct config_value *config_at(const struct config_value *value, size_t i); /* entry i; of STRINGS a STRING */
struct carillon_str config_key(const struct config_value *value); /* of an entry of a MAP: its name */

/* All options with defaults and help as a Lua file that could be loaded again (--print-defaults). */
void config_print_defaults(FILE *out);

#endif
