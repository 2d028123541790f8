/*
 * A list of words and phrases, made once and never changed, in which all that occur in a text are found in one pass over it
 * (Aho and Corasick, "Efficient string matching", 1975). Shared by reference count; any thread.
 */
#ifndef CARILLON_LUA_WORDS_H
#define CARILLON_LUA_WORDS_H

#include <carillon/types.h>

enum { WORDS_MAX = 200000, WORDS_NODES_MAX = 4000000, WORD_MAX = 200 };

struct words;

/*
 * One entry a line; `#` begins a comment line. An entry stands for itself as a whole word; a `*` at its beginning or end
 * allows other letters there. Entries are made normal (normal.h). NULL: error (256 bytes) says why, with the line.
 */
struct words *words_parse(struct carillon_str text, char *error);
struct words *words_ref(struct words *words);
void words_unref(struct words *words);
size_t words_count(const struct words *words);
/* Memory that it takes. */
size_t words_bytes(const struct words *words);

/*
 * The first entry that ends in the normal text, as it stands in the list; absent: none. *steps: how many it may take, then how
 * many are left; 0: it was given up. Only a list of entries that are each other's ends takes more than about two a byte.
 */
struct carillon_str words_find(const struct words *words, struct carillon_str normal, size_t *steps);
/* Is the normal text an entry itself? */
bool words_has(const struct words *words, struct carillon_str normal);

#endif
