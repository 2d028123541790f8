#include "lua/vm/pattern.h"
#include "lua/vm/vm.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

enum { OPEN = -1, POSITION = -2 }; /* marks in a capture's len */
enum { DEPTH_MAX = 200, ESCAPE = '%' };

static const char *run(struct pattern_match *m, const char *s, const char *p);

static const char *subject_end(const struct pattern_match *m)
{
    return m->subject.ptr + m->subject.len;
}

static const char *pattern_end(const struct pattern_match *m)
{
    return m->pattern.ptr + m->pattern.len;
}

/* ---- single characters ---- */

static bool in_class(unsigned char c, unsigned char class)
{
    bool in;
    switch (tolower(class)) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    case 'z': /* old, but Lua still has it */
        in = c == '\0';
        break;
    default:
        return class == c;
    }
    return isupper(class) ? !in : in;
}

/* The item at p ends here: a character, %x, or a set. */
static const char *item_end(struct pattern_match *m, const char *p)
{
    const char *end = pattern_end(m);
    if (*p == ESCAPE) {
        if (p + 1 == end)
            luaL_error(m->lua, "malformed pattern (ends with '%%')");
        return p + 2;
    }
    if (*p++ != '[')
        return p;
    if (p < end && *p == '^')
        p++;
    do { /* the first one is no end, even if it is a ']' */
        if (p == end)
            luaL_error(m->lua, "malformed pattern (missing ']')");
        if (*p++ == ESCAPE && p < end)
            p++;
    } while (p == end || *p != ']');
    return p + 1;
}

/* p: the '['; last: the ']' that closes it. */
static bool in_set(struct pattern_match *m, unsigned char c, const char *p, const char *last)
{
    bool wanted = true;
    budget_charge(m->lua, (size_t)(last - p) / 4);
    if (p[1] == '^') {
        wanted = false;
        p++;
    }
    for (p++; p < last; p++) {
        if (*p == ESCAPE) {
            p++;
            if (in_class(c, (unsigned char)*p))
                return wanted;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return wanted;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return wanted;
        }
    }
    return !wanted;
}

static bool matches_one(struct pattern_match *m, const char *s, const char *p, const char *end)
{
    budget_step(m->lua, script_vm_of(m->lua));
    if (s >= subject_end(m))
        return false;
    unsigned char c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case ESCAPE:
        return in_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(m, c, p, end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

/* ---- repetitions ---- */

static const char *repeat_greedily(struct pattern_match *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t n = 0;
    while (matches_one(m, s + n, p, end))
        n++;
    for (; n >= 0; n--) {
        const char *rest = run(m, s + n, end + 1);
        if (rest)
            return rest;
    }
    return NULL;
}

static const char *repeat_lazily(struct pattern_match *m, const char *s, const char *p, const char *end)
{
    for (;; s++) {
        const char *rest = run(m, s, end + 1);
        if (rest)
            return rest;
        if (!matches_one(m, s, p, end))
            return NULL;
    }
}

/* ---- captures ---- */

static const char *capture_open(struct pattern_match *m, const char *s, const char *p, ptrdiff_t len)
{
    if (m->captures >= PATTERN_CAPTURES_MAX)
        luaL_error(m->lua, "too many captures");
    m->capture[m->captures++] = (struct pattern_capture){ s, len };
    const char *rest = run(m, s, p);
    if (!rest)
        m->captures--;
    return rest;
}

static const char *capture_close(struct pattern_match *m, const char *s, const char *p)
{
    unsigned i = m->captures;
    while (i > 0 && m->capture[i - 1].len != OPEN)
        i--;
    if (i == 0)
        luaL_error(m->lua, "invalid pattern capture");
    struct pattern_capture *capture = &m->capture[i - 1];
    capture->len = s - capture->begin;
    const char *rest = run(m, s, p);
    if (!rest)
        capture->len = OPEN;
    return rest;
}

static const char *match_back(struct pattern_match *m, const char *s, unsigned char digit)
{
    unsigned i = digit - (unsigned)'1';
    if (i >= m->captures || m->capture[i].len == OPEN)
        luaL_error(m->lua, "invalid capture index %%%d", (int)i + 1);
    const struct pattern_capture *capture = &m->capture[i];
    if (capture->len == POSITION || subject_end(m) - s < capture->len)
        return NULL;
    budget_charge(m->lua, (size_t)capture->len / 16);
    return memcmp(capture->begin, s, (size_t)capture->len) == 0 ? s + capture->len : NULL;
}

/* ---- %b and %f ---- */

static const char *match_balance(struct pattern_match *m, const char *s, const char *p)
{
    if (pattern_end(m) - p < 2)
        luaL_error(m->lua, "malformed pattern (missing arguments to '%%b')");
    if (s >= subject_end(m) || *s != p[0])
        return NULL;
    size_t depth = 1;
    while (++s < subject_end(m)) {
        budget_step(m->lua, script_vm_of(m->lua));
        if (*s == p[1]) {
            if (--depth == 0)
                return s + 1;
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

/* p: behind the "%f"; *end: where the pattern goes on. */
static bool at_frontier(struct pattern_match *m, const char *s, const char *p, const char **end)
{
    if (p == pattern_end(m) || *p != '[')
        luaL_error(m->lua, "missing '[' after '%%f' in pattern");
    *end = item_end(m, p);
    unsigned char before = s == m->subject.ptr ? '\0' : (unsigned char)s[-1];
    unsigned char here = s == subject_end(m) ? '\0' : (unsigned char)*s;
    return !in_set(m, before, p, *end - 1) && in_set(m, here, p, *end - 1);
}

/* ---- the matcher ---- */

/* An item with what may follow it. True: *s and *p are where it goes on; else *s is the result. */
static bool match_item(struct pattern_match *m, const char **s, const char **p)
{
    const char *end = item_end(m, *p), *rest;
    char suffix = end < pattern_end(m) ? *end : '\0';
    if (!matches_one(m, *s, *p, end)) {
        bool may_lack = suffix == '*' || suffix == '?' || suffix == '-';
        *s = may_lack ? *s : NULL;
        *p = end + 1;
        return may_lack;
    }
    switch (suffix) {
    case '?':
        *p = end + 1;
        rest = run(m, *s + 1, end + 1);
        *s = rest ? rest : *s;
        return !rest;
    case '+':
        *s = repeat_greedily(m, *s + 1, *p, end);
        return false;
    case '*':
        *s = repeat_greedily(m, *s, *p, end);
        return false;
    case '-':
        *s = repeat_lazily(m, *s, *p, end);
        return false;
    default:
        (*s)++;
        *p = end;
        return true;
    }
}

/* What begins with '%' and is no character: %b, %f, %1. True: it goes on; else *s is the result (NULL), unless *item. */
static bool match_escape(struct pattern_match *m, const char **s, const char **p, bool *item)
{
    const char *end = *p;
    char c = *p + 1 < pattern_end(m) ? (*p)[1] : '\0';
    *item = false;
    if (c == 'b') {
        *s = match_balance(m, *s, *p + 2);
        *p += 4;
    } else if (c == 'f') {
        if (!at_frontier(m, *s, *p + 2, &end))
            *s = NULL;
        *p = end;
    } else if (isdigit((unsigned char)c)) {
        *s = match_back(m, *s, (unsigned char)c);
        *p += 2;
    } else {
        *item = true;
    }
    return *s != NULL;
}

static const char *run_deep(struct pattern_match *m, const char *s, const char *p)
{
    while (s && p < pattern_end(m)) {
        bool item = true;
        budget_step(m->lua, script_vm_of(m->lua));
        if (*p == '(')
            return p + 1 < pattern_end(m) && p[1] == ')' ? capture_open(m, s, p + 2, POSITION)
                                                         : capture_open(m, s, p + 1, OPEN);
        if (*p == ')')
            return capture_close(m, s, p + 1);
        if (*p == '$' && p + 1 == pattern_end(m))
            return s == subject_end(m) ? s : NULL;
        if (*p == ESCAPE && !match_escape(m, &s, &p, &item))
            return NULL;
        if (item && !match_item(m, &s, &p))
            return s;
    }
    return s;
}

static const char *run(struct pattern_match *m, const char *s, const char *p)
{
    if (m->depth-- == 0)
        luaL_error(m->lua, "pattern too complex");
    const char *rest = run_deep(m, s, p);
    m->depth++;
    return rest;
}

const char *pattern_match_at(struct pattern_match *match, const char *at, size_t from)
{
    match->depth = DEPTH_MAX;
    match->captures = 0;
    return run(match, at, match->pattern.ptr + from);
}

/* ---- results ---- */

void pattern_push_capture(struct pattern_match *match, unsigned i, const char *begin, const char *end)
{
    if (i >= match->captures) {
        if (i != 0)
            luaL_error(match->lua, "invalid capture index %%%d", (int)i + 1);
        lua_pushlstring(match->lua, begin, (size_t)(end - begin));
        return;
    }
    const struct pattern_capture *capture = &match->capture[i];
    if (capture->len == OPEN)
        luaL_error(match->lua, "unfinished capture");
    if (capture->len == POSITION)
        lua_pushinteger(match->lua, capture->begin - match->subject.ptr + 1);
    else
        lua_pushlstring(match->lua, capture->begin, (size_t)capture->len);
}

int pattern_push_captures(struct pattern_match *match, const char *begin, const char *end)
{
    unsigned n = match->captures == 0 && begin ? 1 : match->captures;
    luaL_checkstack(match->lua, (int)n, "too many captures");
    for (unsigned i = 0; i < n; i++)
        pattern_push_capture(match, i, begin, end);
    return (int)n;
}
