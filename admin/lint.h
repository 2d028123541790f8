/*
 * Looking at a script without running it: its words, and what the API's tables say of them. Pure; points into the text.
 */
#ifndef CARILLON_ADMIN_LINT_H
#define CARILLON_ADMIN_LINT_H

#include <stdbool.h>
#include <stddef.h>

enum lint_kind { LINT_END, LINT_NAME, LINT_KEYWORD, LINT_STRING, LINT_NUMBER, LINT_SIGN };

struct lint_token {
    enum lint_kind kind;
    const char *text; /* of a string: without its quotes, escapes as they are */
    size_t len;
    int line;
};

struct lint_tokens {
    struct lint_token *items; /* ends with END */
    size_t count;
};

/* Of a text that compiles; of another it is some list of tokens. */
struct lint_tokens lint_read(const char *text);
void lint_free(struct lint_tokens *tokens);
bool lint_is(const struct lint_token *token, enum lint_kind kind, const char *text);

/* What is wrong with a script that compiles: names that the API has not. spec: it has what specs have, too. */
typedef void (*lint_listener)(int line, const char *message, void *user);
void lint_check(const struct lint_tokens *tokens, bool spec, lint_listener found, void *user);

#endif
