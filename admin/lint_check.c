#include "lint.h"
#include "lint_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 200, MESSAGE_SIZE = 300 };

/* What is open: a bracket, or what `end` or `until` closes. */
struct block {
    char kind;                        /* '(', '{', '[', or 'b' */
    const struct lint_token *message; /* in a hook's function: its parameter */
    const struct lint_token *verdict; /* in the table that a verdict is made of: its function */
    bool hook;                        /* the brackets of hook.on, at a point that has messages */
};

struct checker {
    const struct lint_token *tokens;
    size_t count, at;
    bool spec;
    lint_listener found;
    void *user;
    const struct lint_token **declared;
    size_t declared_count;
    struct block blocks[BLOCKS_MAX];
    size_t depth;
};

__attribute__((format(printf, 3, 4))) static void tell(struct checker *checker, int line, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    checker->found(line, message, checker->user);
}

#define SHOWN(token) (int)((token)->len < 60 ? (token)->len : 60), (token)->text

static bool is_sign(const struct lint_token *token, const char *text)
{
    return lint_is(token, LINT_SIGN, text);
}

static bool is_keyword(const struct lint_token *token, const char *text)
{
    return lint_is(token, LINT_KEYWORD, text);
}

static bool same(const struct lint_token *a, const struct lint_token *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* ---- what the script declares: a name that is declared anywhere in it counts everywhere ---- */

static void declare(struct checker *checker, const struct lint_token *name)
{
    checker->declared[checker->declared_count++] = name; /* there is room for every token */
}

static bool is_declared(const struct checker *checker, const struct lint_token *name)
{
    for (size_t i = 0; i < checker->declared_count; i++)
        if (same(checker->declared[i], name))
            return true;
    return false;
}

/* Names parted by commas, each maybe with an attribute. */
static void declare_list(struct checker *checker, const struct lint_token *token)
{
    while (token->kind == LINT_NAME) {
        declare(checker, token++);
        if (is_sign(token, "<"))
            token += 3;
        if (!is_sign(token, ","))
            break;
        token++;
    }
}

static void declare_parameters(struct checker *checker, const struct lint_token *token)
{
    while (token->kind != LINT_END && !is_sign(token, "("))
        token++;
    if (token->kind != LINT_END)
        declare_list(checker, token + 1);
}

static void declare_all(struct checker *checker)
{
    for (size_t i = 0; i + 1 < checker->count; i++) {
        const struct lint_token *token = &checker->tokens[i];
        if (is_keyword(token, "local") && is_keyword(token + 1, "function"))
            declare(checker, token + 2);
        else if (is_keyword(token, "local") || is_keyword(token, "for"))
            declare_list(checker, token + 1);
        else if (is_keyword(token, "function"))
            declare_parameters(checker, token + 1);
    }
}

/* ---- blocks ---- */

static struct block *top(struct checker *checker)
{
    return &checker->blocks[checker->depth ? checker->depth - 1 : 0];
}

static void push(struct checker *checker, struct block block)
{
    if (checker->depth < BLOCKS_MAX)
        checker->blocks[checker->depth++] = block;
}

static void pop(struct checker *checker)
{
    if (checker->depth > 1)
        checker->depth--;
}

/* `hook.on(` with a point that is told of messages, which end before the bracket at this token. */
static bool opens_hook(const struct checker *checker, const struct lint_token *bracket)
{
    static const char *const moments[] = { "start", "reload", "stop" };
    if (bracket - checker->tokens < 3 || !lint_is(bracket - 1, LINT_NAME, "on") || !is_sign(bracket - 2, ".") ||
        !lint_is(bracket - 3, LINT_NAME, "hook"))
        return false;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        if (lint_is(bracket + 1, LINT_STRING, moments[i]))
            return false;
    return true;
}

/* The function whose table of fields begins here: `drop {` or `drop({`. */
static const struct lint_token *opens_verdict(const struct checker *checker, const struct lint_token *brace)
{
    const struct lint_token *name = brace - 1;
    bool verdict;
    if (name > checker->tokens && is_sign(name, "("))
        name--;
    if (name < checker->tokens || name->kind != LINT_NAME || is_declared(checker, name) ||
        (name > checker->tokens && (is_sign(name - 1, ".") || is_sign(name - 1, ":"))))
        return NULL;
    name_in_verdict(name, NULL, &verdict);
    return verdict ? name : NULL;
}

static void open_block(struct checker *checker, const struct lint_token *token)
{
    if (is_sign(token, "("))
        push(checker, (struct block){ .kind = '(', .hook = opens_hook(checker, token) });
    else if (is_sign(token, "{"))
        push(checker, (struct block){ .kind = '{', .verdict = opens_verdict(checker, token) });
    else if (is_sign(token, "["))
        push(checker, (struct block){ .kind = '[' });
    else if (is_keyword(token, "function") && top(checker)->hook && is_sign(token + 1, "(") &&
             token[2].kind == LINT_NAME)
        push(checker, (struct block){ .kind = 'b', .message = token + 2 });
    else if (is_keyword(token, "function") || is_keyword(token, "do") || is_keyword(token, "if") ||
             is_keyword(token, "repeat"))
        push(checker, (struct block){ .kind = 'b' });
    else if (is_sign(token, ")") || is_sign(token, "}") || is_sign(token, "]") || is_keyword(token, "end") ||
             is_keyword(token, "until"))
        pop(checker);
}

/* ---- names ---- */

static void tell_unknown(struct checker *checker, const struct lint_token *name, const struct script_class *class)
{
    const char *nearest = name_nearest(name, class, checker->spec);
    tell(checker, name->line, "%s%shas no '%.*s'%s%s%s", class ? class->name : "the API ", class ? " " : "",
         SHOWN(name), nearest ? ": is '" : "", nearest ? nearest : "", nearest ? "' meant?" : "");
}

/* What follows a name: its field, or NULL. */
static const struct lint_token *field_of(const struct lint_token *name)
{
    return is_sign(name + 1, ".") && name[2].kind == LINT_NAME ? name + 2 : NULL;
}

static void check_field(struct checker *checker, const struct lint_token *name, const struct lint_token *field)
{
    const struct script_class *table = name_find_table(name);
    const char *instead = table && !name_in_class(table, field) ? name_instead(name, field) : NULL;
    if (instead)
        tell(checker, field->line, "scripts have no %.*s.%.*s, but %s", SHOWN(name), SHOWN(field), instead);
    else if (table && !name_in_class(table, field))
        tell_unknown(checker, field, table);
    else if (checker->spec && lint_is(name, LINT_NAME, "fakes") && !name_in_fakes(field))
        tell(checker, field->line, "fakes has no '%.*s'", SHOWN(field));
}

/* A field of the message that the innermost hook's function is called with. */
static bool check_message(struct checker *checker, const struct lint_token *name)
{
    const struct lint_token *field = field_of(name);
    for (size_t i = checker->depth; i > 0; i--) {
        const struct lint_token *message = checker->blocks[i - 1].message;
        if (!message || !same(message, name))
            continue;
        if (field && !name_in_class(&class_message, field))
            tell_unknown(checker, field, &class_message);
        return true;
    }
    return false;
}

static bool is_assignment(const struct lint_token *name)
{
    return is_sign(name + 1, "=");
}

static void check_global(struct checker *checker, const struct lint_token *name)
{
    const struct lint_token *field = field_of(name);
    bool function = name > checker->tokens && is_keyword(name - 1, "function") && is_sign(name + 1, "(");
    if (is_assignment(name) || function) {
        tell(checker, name->line, "'%.*s' is global: write local in front of it", SHOWN(name));
        declare(checker, name);
    } else if (name_is_global(name, checker->spec)) {
        if (field)
            check_field(checker, name, field);
    } else {
        const char *instead = name_instead(name, field);
        if (instead)
            tell(checker, name->line, "scripts have no %.*s%s%.*s, but %s", SHOWN(name), field ? "." : "",
                 field ? (int)field->len : 0, field ? field->text : "", instead);
        else
            tell_unknown(checker, name, NULL);
    }
}

/* The name of a field in a table that is written down: `{ name = ...`. */
static bool is_key(struct checker *checker, const struct lint_token *name)
{
    const struct lint_token *before = name - 1;
    return top(checker)->kind == '{' && is_assignment(name) &&
           (is_sign(before, "{") || is_sign(before, ",") || is_sign(before, ";"));
}

static void check_name(struct checker *checker, const struct lint_token *name)
{
    bool first = name == checker->tokens, verdict;
    const struct lint_token *function = top(checker)->verdict;
    if (!first && is_key(checker, name)) {
        if (function && !name_in_verdict(function, name, &verdict))
            tell(checker, name->line, "%.*s has no field '%.*s'", SHOWN(function), SHOWN(name));
        return;
    }
    if (!first &&
        (is_sign(name - 1, ".") || is_sign(name - 1, ":") || is_sign(name - 1, "::") || is_keyword(name - 1, "goto")))
        return;
    if (!first && is_sign(name - 1, "<") && is_sign(name + 1, ">"))
        return; /* local x <const> */
    if (!check_message(checker, name) && !is_declared(checker, name))
        check_global(checker, name);
}

void lint_check(const struct lint_tokens *tokens, bool spec, lint_listener found, void *user)
{
    struct checker checker = { .tokens = tokens->items,
                               .count = tokens->count,
                               .spec = spec,
                               .found = found,
                               .user = user,
                               .depth = 1,
                               .blocks = { { .kind = 'b' } } };
    checker.declared = calloc(2 * tokens->count + 1, sizeof *checker.declared);
    if (!checker.declared)
        abort();
    declare_all(&checker);
    for (; checker.at + 1 < checker.count; checker.at++) {
        const struct lint_token *token = &checker.tokens[checker.at];
        if (token->kind == LINT_NAME)
            check_name(&checker, token);
        else
            open_block(&checker, token);
    }
    free(checker.declared);
}
