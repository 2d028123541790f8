#include "lint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const keywords[] = {
    "and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "goto",  "if", "in",
    "local", "nil",   "not", "or",   "repeat", "return", "then",  "true", "until",    "while", NULL,
};
/* Longer ones first. */
static const char *const signs[] = { "...", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "..", NULL };

struct reader {
    const char *at;
    int line;
    struct lint_tokens tokens;
    size_t room;
};

static void add(struct reader *reader, enum lint_kind kind, const char *text, size_t len, int line)
{
    struct lint_tokens *tokens = &reader->tokens;
    if (tokens->count == reader->room) {
        reader->room = reader->room ? 2 * reader->room : 256;
        tokens->items = realloc(tokens->items, reader->room * sizeof *tokens->items);
        if (!tokens->items)
            abort();
    }
    tokens->items[tokens->count++] = (struct lint_token){ kind, text, len, line };
}

/* How many '=' a long bracket has at this place; -1: there is none. */
static int level_at(const char *at)
{
    size_t level = at[0] == '[' ? strspn(at + 1, "=") : 0;
    return at[0] == '[' && at[1 + level] == '[' ? (int)level : -1;
}

/* Moves behind a long bracket; what is in it, if len is wanted. */
static const char *skip_long(struct reader *reader, int level, size_t *len)
{
    const char *inside = reader->at + level + 2, *end = inside;
    for (; *end; end++) {
        if (*end == '\n')
            reader->line++;
        if (*end == ']' && (int)strspn(end + 1, "=") == level && end[1 + level] == ']')
            break;
    }
    *len = (size_t)(end - inside);
    reader->at = *end ? end + level + 2 : end;
    return inside;
}

static void skip_comment(struct reader *reader)
{
    size_t len;
    reader->at += 2;
    int level = level_at(reader->at);
    if (level >= 0)
        skip_long(reader, level, &len);
    else
        reader->at += strcspn(reader->at, "\n");
}

static void read_quoted(struct reader *reader)
{
    const char quote = *reader->at, *inside = ++reader->at;
    int line = reader->line;
    while (*reader->at && *reader->at != quote) {
        if (*reader->at == '\\' && reader->at[1])
            reader->at++;
        if (*reader->at == '\n')
            reader->line++;
        reader->at++;
    }
    add(reader, LINT_STRING, inside, (size_t)(reader->at - inside), line);
    if (*reader->at)
        reader->at++;
}

static void read_word(struct reader *reader)
{
    const char *begin = reader->at;
    while (isalnum((unsigned char)*reader->at) || *reader->at == '_')
        reader->at++;
    size_t len = (size_t)(reader->at - begin);
    const char *const *word = keywords;
    while (*word && (strlen(*word) != len || strncmp(*word, begin, len) != 0))
        word++;
    add(reader, *word ? LINT_KEYWORD : LINT_NAME, begin, len, reader->line);
}

static void read_number(struct reader *reader)
{
    const char *begin = reader->at;
    bool hex = begin[0] == '0' && (begin[1] == 'x' || begin[1] == 'X');
    while (isalnum((unsigned char)*reader->at) || *reader->at == '.' ||
           ((*reader->at == '+' || *reader->at == '-') && strchr(hex ? "pP" : "eE", reader->at[-1])))
        reader->at++;
    add(reader, LINT_NUMBER, begin, (size_t)(reader->at - begin), reader->line);
}

static void read_sign(struct reader *reader)
{
    const char *const *sign = signs;
    while (*sign && strncmp(*sign, reader->at, strlen(*sign)) != 0)
        sign++;
    size_t len = *sign ? strlen(*sign) : 1;
    add(reader, LINT_SIGN, reader->at, len, reader->line);
    reader->at += len;
}

static void read_token(struct reader *reader)
{
    const char *at = reader->at;
    int level = level_at(at), line = reader->line;
    size_t len;
    if (at[0] == '-' && at[1] == '-') {
        skip_comment(reader);
    } else if (level >= 0) {
        const char *inside = skip_long(reader, level, &len);
        add(reader, LINT_STRING, inside, len, line);
    } else if (*at == '"' || *at == '\'') {
        read_quoted(reader);
    } else if (isalpha((unsigned char)*at) || *at == '_') {
        read_word(reader);
    } else if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]))) {
        read_number(reader);
    } else {
        read_sign(reader);
    }
}

struct lint_tokens lint_read(const char *text)
{
    struct reader reader = { .at = text, .line = 1 };
    if (*text == '#')
        reader.at += strcspn(text, "\n");
    while (*reader.at) {
        if (*reader.at == '\n')
            reader.line++;
        if (isspace((unsigned char)*reader.at))
            reader.at++;
        else
            read_token(&reader);
    }
    add(&reader, LINT_END, reader.at, 0, reader.line);
    return reader.tokens;
}

void lint_free(struct lint_tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct lint_tokens){ 0 };
}

bool lint_is(const struct lint_token *token, enum lint_kind kind, const char *text)
{
    return token->kind == kind && strlen(text) == token->len && strncmp(token->text, text, token->len) == 0;
}
