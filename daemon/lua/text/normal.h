/*
 * Text as moderation compares it: NFKC, without case, without characters that nobody sees, and with what only looks like a
 * Latin letter or digit made one. Pure; any thread.
 */
#ifndef CARILLON_LUA_NORMAL_H
#define CARILLON_LUA_NORMAL_H

#include <carillon/types.h>

/* A normal text is at most so many times as long. */
enum { NORMAL_GROWTH = 18 };

/* To be freed; NUL-terminated. NULL: no UTF-8, or memory is short. */
char *normal_text(struct carillon_str text, size_t *len);

/* Does the character at p, of which `left` bytes may be read, belong to a word (letter, mark, digit)? *len: its bytes. */
bool normal_is_word(const char *p, size_t left, size_t *len);
/* The same of the character that ends before `at`. */
bool normal_is_word_before(const char *text, size_t at);

#endif
