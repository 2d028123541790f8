/*
 * BSON documents, written from and read into the contract's types. Strings are counted, so that a value from a client
 * is a value whatever is in it; keys are literals of this plugin, never a client's.
 */
#ifndef MONGODB_DOC_H
#define MONGODB_DOC_H

#include "store.h"

/* ---- writing: an absent value leaves its field out ---- */

void doc_str(bson_t *doc, const char *key, struct carillon_str value);
void doc_int(bson_t *doc, const char *key, int64_t value);
void doc_time(bson_t *doc, const char *key, int64_t ms); /* 0 is absent */
/* { id, name }; a user without id is absent. */
void doc_user(bson_t *doc, const char *key, struct carillon_user user);
void doc_strs(bson_t *doc, const char *key, const struct carillon_str *values, size_t n);
/* { key: { operator: value } } */
void doc_compare(bson_t *doc, const char *key, const char *operator, int64_t value);
void doc_exists(bson_t *doc, const char *key, bool exists);
/* { key: { $in: [...] } } */
void doc_in_strs(bson_t *doc, const char *key, const struct carillon_str *values, size_t n);
void doc_in_ints(bson_t *doc, const char *key, const int64_t *values, size_t n);
/* { $op: fields }, and destroys fields */
void doc_operator(bson_t *doc, const char *op, bson_t *fields);
/* { sort: { key: order }, limit }; limit 0: none */
bson_t *doc_sorted(const char *key, int order, int64_t limit);

/* ---- reading: path may have dots; what is missing or of another type is absent or 0 ---- */

int64_t doc_get_int(const bson_t *doc, const char *path);
int64_t doc_get_time(const bson_t *doc, const char *path);
bool doc_has(const bson_t *doc, const char *path);
/* As it stands in the document, and lives as long. */
struct carillon_str doc_peek_str(const bson_t *doc, const char *path);
/* Copies in the request's arena. */
struct carillon_str doc_get_str(struct carillon_storage_thread *thread, const bson_t *doc, const char *path);
struct carillon_user doc_get_user(struct carillon_storage_thread *thread, const bson_t *doc, const char *key);

/* ---- words that stand for the contract's enums; an unknown word is the enum's 0 ---- */

struct carillon_str doc_type_word(enum carillon_event_type type);
enum carillon_event_type doc_type_of(struct carillon_str word);
struct carillon_str doc_role_word(enum carillon_role role);
enum carillon_role doc_role_of(struct carillon_str word);
struct carillon_str doc_visibility_word(enum carillon_visibility visibility);
enum carillon_visibility doc_visibility_of(struct carillon_str word);

/* ---- the request's arena; the first failure is kept in thread->failure ---- */

void *doc_alloc(struct carillon_storage_thread *thread, size_t size);
struct carillon_str doc_copy(struct carillon_storage_thread *thread, struct carillon_str text);
struct carillon_user doc_copy_user(struct carillon_storage_thread *thread, struct carillon_user user);
struct carillon_str doc_format(struct carillon_storage_thread *thread, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool str_same(struct carillon_str a, struct carillon_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#endif
