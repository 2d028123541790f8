#include "config/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 32 };

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    const char *ptr; /* of a string what is between the quotes */
    size_t len;
    int line;
};

struct scanner {
    const char *p, *end;
    int line;
    struct token token; /* the one looked at */
    lines_found_fn *found;
    void *arg;
    char path[LINES_PATH_MAX];
};

/* ---- tokens ---- */

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char look(const struct scanner *scanner, size_t ahead)
{
    return (size_t)(scanner->end - scanner->p) > ahead ? scanner->p[ahead] : '\0';
}

/* The level of the long bracket that opens here; -1: none. */
static int long_bracket_level(const struct scanner *scanner)
{
    int level = 0;
    while (look(scanner, 1 + (size_t)level) == '=')
        level++;
    return look(scanner, 0) == '[' && look(scanner, 1 + (size_t)level) == '[' ? level : -1;
}

static void skip_to(struct scanner *scanner, const char *to)
{
    for (; scanner->p < to; scanner->p++)
        if (*scanner->p == '\n')
            scanner->line++;
}

/* Past "[==[ ... ]==]"; *content gets what is between. */
static void skip_long_bracket(struct scanner *scanner, int level, struct carillon_str *content)
{
    const char *begin = scanner->p + level + 2, *p = begin;
    for (; p < scanner->end; p++) {
        if (*p != ']')
            continue;
        const char *q = p + 1;
        while (q < scanner->end && *q == '=')
            q++;
        if (q < scanner->end && *q == ']' && q - p - 1 == level)
            break;
    }
    *content = (struct carillon_str){ begin, (size_t)(p - begin) };
    skip_to(scanner, p < scanner->end ? p + level + 2 : p);
}

static void skip_space(struct scanner *scanner)
{
    struct carillon_str ignored;
    while (scanner->p < scanner->end) {
        if (strchr(" \t\r\n\f\v", *scanner->p) && *scanner->p) {
            skip_to(scanner, scanner->p + 1);
        } else if (look(scanner, 0) == '-' && look(scanner, 1) == '-') {
            scanner->p += 2;
            int level = long_bracket_level(scanner);
            if (level >= 0)
                skip_long_bracket(scanner, level, &ignored);
            else
                while (scanner->p < scanner->end && *scanner->p != '\n')
                    scanner->p++;
        } else {
            return;
        }
    }
}

static void scan_quoted(struct scanner *scanner)
{
    const char quote = *scanner->p, *p = scanner->p + 1, *begin = p;
    while (p < scanner->end && *p != quote && *p != '\n')
        p += *p == '\\' && scanner->end - p > 1 ? 2 : 1;
    if (p > scanner->end)
        p = scanner->end;
    scanner->token.kind = TOKEN_STRING;
    scanner->token.ptr = begin;
    scanner->token.len = (size_t)(p - begin);
    skip_to(scanner, p < scanner->end ? p + 1 : p);
}

/* Signs of two or three characters are one token, so that a lone '=' is an assignment. */
static size_t sign_length(const struct scanner *scanner)
{
    static const char *const longer[] = { "...", "==", "~=", "<=", ">=", "..", "::", "//", "<<", ">>" };
    for (size_t i = 0; i < sizeof longer / sizeof longer[0]; i++) {
        size_t len = strlen(longer[i]);
        if ((size_t)(scanner->end - scanner->p) >= len && memcmp(scanner->p, longer[i], len) == 0)
            return len;
    }
    return 1;
}

static void advance(struct scanner *scanner)
{
    skip_space(scanner);
    scanner->token = (struct token){ .kind = TOKEN_END, .ptr = scanner->p, .line = scanner->line };
    if (scanner->p == scanner->end)
        return;
    char c = *scanner->p;
    int level = c == '[' ? long_bracket_level(scanner) : -1;
    if (level >= 0) {
        struct carillon_str content;
        skip_long_bracket(scanner, level, &content);
        scanner->token.kind = TOKEN_STRING;
        scanner->token.ptr = content.ptr;
        scanner->token.len = content.len;
    } else if (c == '"' || c == '\'') {
        scan_quoted(scanner);
    } else {
        bool number = is_digit(c) || (c == '.' && is_digit(look(scanner, 1)));
        size_t len = number || is_name_start(c) ? 1 : sign_length(scanner);
        if (number || is_name_start(c))
            while (is_name_start(look(scanner, len)) || is_digit(look(scanner, len)) ||
                   (number && look(scanner, len) == '.'))
                len++;
        scanner->token.kind = number ? TOKEN_NUMBER : is_name_start(c) ? TOKEN_NAME : TOKEN_SIGN;
        scanner->token.len = len;
        scanner->p += len;
    }
}

static bool is_sign(const struct scanner *scanner, char sign)
{
    return scanner->token.kind == TOKEN_SIGN && scanner->token.len == 1 && *scanner->token.ptr == sign;
}

static bool is_word(const struct scanner *scanner, const char *word)
{
    return scanner->token.kind == TOKEN_NAME && scanner->token.len == strlen(word) &&
           memcmp(scanner->token.ptr, word, scanner->token.len) == 0;
}

/* ---- structure ---- */

size_t lines_append_step(char *path, size_t len, struct carillon_str key, int64_t index)
{
    int n;
    if (key.ptr)
        n = snprintf(path + len, LINES_PATH_MAX - len, "%s%.*s", len ? "." : "", (int)(key.len & 0xffff), key.ptr);
    else
        n = snprintf(path + len, LINES_PATH_MAX - len, "[%" PRId64 "]", index);
    return n > 0 && (size_t)n < LINES_PATH_MAX - len ? len + (size_t)n : 0;
}

/* Past the bracket that the scanner looks at and all within; not by recursion, as a file may hold any number of them. */
static void skip_brackets(struct scanner *scanner)
{
    size_t depth = 0;
    do {
        if (is_sign(scanner, '(') || is_sign(scanner, '{') || is_sign(scanner, '['))
            depth++;
        else if (is_sign(scanner, ')') || is_sign(scanner, '}') || is_sign(scanner, ']'))
            depth--;
        advance(scanner);
    } while (depth && scanner->token.kind != TOKEN_END);
}

/* `["name"] =` or `[3] =`; false: something else, which is passed over as far as its bracket. */
static bool scan_bracketed_key(struct scanner *scanner, struct carillon_str *key, int64_t *index)
{
    struct scanner start = *scanner;
    advance(scanner);
    struct token inner = scanner->token;
    advance(scanner);
    if (is_sign(scanner, ']') && (inner.kind == TOKEN_STRING || inner.kind == TOKEN_NUMBER)) {
        advance(scanner);
        if (inner.kind == TOKEN_STRING)
            *key = (struct carillon_str){ inner.ptr, inner.len };
        else
            *index = strtoll(inner.ptr, NULL, 10);
        return true;
    }
    scanner->p = start.p;
    scanner->line = start.line;
    scanner->token = start.token;
    skip_brackets(scanner);
    return false;
}

/* Past the rest of a field's value, up to the ',' or '}' behind it. */
static void skip_value(struct scanner *scanner)
{
    size_t blocks = 0;
    while (scanner->token.kind != TOKEN_END) {
        if (is_sign(scanner, '(') || is_sign(scanner, '{') || is_sign(scanner, '[')) {
            skip_brackets(scanner);
            continue;
        }
        if (is_word(scanner, "function") || is_word(scanner, "if") || is_word(scanner, "do") ||
            is_word(scanner, "repeat"))
            blocks++;
        else if (blocks && (is_word(scanner, "end") || is_word(scanner, "until")))
            blocks--;
        else if (is_sign(scanner, '}') || (!blocks && (is_sign(scanner, ',') || is_sign(scanner, ';'))))
            return;
        advance(scanner);
    }
}

static bool is_key_ahead(const struct scanner *scanner)
{
    struct scanner ahead = { .p = scanner->p, .end = scanner->end, .line = scanner->line };
    advance(&ahead);
    return scanner->token.kind == TOKEN_NAME && is_sign(&ahead, '=');
}

/* The scanner looks at '{'; `len` bytes of its path name the table. */
static void scan_table(struct scanner *scanner, size_t len, unsigned nesting)
{
    int64_t position = 0;
    advance(scanner);
    while (scanner->token.kind != TOKEN_END && !is_sign(scanner, '}')) {
        int line = scanner->token.line;
        struct carillon_str key = { 0 };
        int64_t index = 0;
        bool known = true;
        if (is_key_ahead(scanner)) {
            key = (struct carillon_str){ scanner->token.ptr, scanner->token.len };
            advance(scanner);
            advance(scanner);
        } else if (is_sign(scanner, '[')) {
            known = scan_bracketed_key(scanner, &key, &index);
            if (is_sign(scanner, '='))
                advance(scanner);
        } else {
            index = ++position;
        }
        size_t longer = known ? lines_append_step(scanner->path, len, key, index) : 0;
        if (longer) {
            scanner->found(scanner->arg, scanner->path, line);
            if (is_sign(scanner, '{') && nesting < NESTING_MAX)
                scan_table(scanner, longer, nesting + 1);
        }
        skip_value(scanner);
        if (is_sign(scanner, ',') || is_sign(scanner, ';'))
            advance(scanner);
    }
    advance(scanner);
}

/* `name.name["name"] = value`, if it is one; the scanner looks at the first name. */
static void scan_assignment(struct scanner *scanner)
{
    int line = scanner->token.line;
    struct carillon_str key = { scanner->token.ptr, scanner->token.len };
    size_t len = lines_append_step(scanner->path, 0, key, 0);
    advance(scanner);
    while (len && (is_sign(scanner, '.') || is_sign(scanner, '['))) {
        int64_t index = 0;
        key = (struct carillon_str){ 0 };
        if (is_sign(scanner, '[')) {
            if (!scan_bracketed_key(scanner, &key, &index))
                return;
        } else {
            advance(scanner);
            if (scanner->token.kind != TOKEN_NAME)
                return;
            key = (struct carillon_str){ scanner->token.ptr, scanner->token.len };
            advance(scanner);
        }
        len = lines_append_step(scanner->path, len, key, index);
    }
    if (!len || !is_sign(scanner, '='))
        return;
    scanner->found(scanner->arg, scanner->path, line);
    advance(scanner);
    if (is_sign(scanner, '{'))
        scan_table(scanner, len, 0);
}

void lines_find(const char *text, size_t len, lines_found_fn *found, void *arg)
{
    struct scanner scanner = { .p = text, .end = text + len, .line = 1, .found = found, .arg = arg };
    advance(&scanner);
    while (scanner.token.kind != TOKEN_END) {
        if (is_word(&scanner, "local")) { /* not an option, whatever its name */
            advance(&scanner);
            if (scanner.token.kind == TOKEN_NAME)
                advance(&scanner);
        } else if (scanner.token.kind == TOKEN_NAME) {
            scan_assignment(&scanner);
        } else if (is_sign(&scanner, '(') || is_sign(&scanner, '{') || is_sign(&scanner, '[')) {
            skip_brackets(&scanner); /* of a call or a local */
        } else {
            advance(&scanner);
        }
    }
}
