/*
 * The words of a text, folded: without case, accents and signs, so that they are found however they are typed. A message
 * keeps the set of them; MongoDB's own text index finds no beginnings of words.
 */
#ifndef MONGODB_WORDS_H
#define MONGODB_WORDS_H

#include <carillon/types.h>

struct words {
    char *text; /* what the list points into */
    struct carillon_str *list;
    size_t count;
};

enum { WORDS_MAX = 1000, WORD_BYTES_MAX = 64 };

/* In the order of the text, at most max. Free them also when there are none; false when memory is short. */
bool words_split(struct carillon_str text, size_t max, struct words *words);
/* Sorted, each once. */
void words_unique(struct words *words);
void words_free(struct words *words);
/* Does the list have the others, next to each other; of the last one the beginning if prefix? */
bool words_have_phrase(const struct words *words, const struct carillon_str *phrase, size_t n, bool prefix);

#endif
