#include "base/utf8.h"
#include "config/check.h"
#include "config/nearest.h"
#include "config/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECRET_FILE_MAX = 64 << 10, SHOWN_MAX = 60 };

/* One value on its way through the checks. */
struct scalar {
    struct check *check;
    const struct carillon_option *option;
    const struct node *node;
    const char *path;
    struct config_value *value;
};

static bool tell(const struct scalar *scalar, const char *what)
{
    problems_add(scalar->check->problems, scalar->node->file, scalar->node->line, "%s %s", scalar->path, what);
    return false;
}

static bool tell_type(const struct scalar *scalar)
{
    static const char *const texts[] = {
#define CARILLON_X(name, text) text,
        CARILLON_OPTION_TYPES(CARILLON_X)
#undef CARILLON_X
    };
    char what[256];
    if ((scalar->option->type == CARILLON_OPTION_SIZE || scalar->option->type == CARILLON_OPTION_DURATION) &&
        scalar->node->kind == NODE_STRING)
        snprintf(what, sizeof what, "must be %s", texts[scalar->option->type]);
    else
        snprintf(what, sizeof what, "must be %s, not %s", texts[scalar->option->type],
                 node_kind_text(scalar->node->kind));
    return tell(scalar, what);
}

/* ---- numbers ---- */

static void format_bound(const struct carillon_option *option, int64_t value, char out[UNITS_TEXT_SIZE])
{
    if (option->type == CARILLON_OPTION_SIZE)
        units_format_size(value, out);
    else if (option->type == CARILLON_OPTION_DURATION)
        units_format_duration(value, out);
    else
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64, value);
}

static bool check_bounds(const struct scalar *scalar)
{
    const struct carillon_option *option = scalar->option;
    int64_t number = scalar->value->number;
    bool bounded = option->min || option->max, from_above = option->max || option->min < 0;
    bool within = number >= option->min && (!from_above || number <= option->max);
    if (bounded ? within : option->type == CARILLON_OPTION_INT || number >= 0)
        return true;
    char own[UNITS_TEXT_SIZE], min[UNITS_TEXT_SIZE], max[UNITS_TEXT_SIZE], what[256];
    format_bound(option, number, own);
    format_bound(option, option->min, min);
    format_bound(option, option->max, max);
    if (bounded && from_above)
        snprintf(what, sizeof what, "must be from %s to %s, not %s", min, max, own);
    else
        snprintf(what, sizeof what, "must be %s or more, not %s", min, own);
    return tell(scalar, what);
}

static bool take_int(struct scalar *scalar)
{
    const struct node *node = scalar->node;
    bool whole = node->kind == NODE_INT || (node->kind == NODE_FLOAT && (double)node->integer == node->fraction);
    if (!whole)
        return tell_type(scalar);
    scalar->value->number = node->integer;
    return check_bounds(scalar);
}

static bool take_size(struct scalar *scalar)
{
    const struct node *node = scalar->node;
    if (node->kind == NODE_STRING && !units_parse_size(node->string, &scalar->value->number))
        return tell_type(scalar);
    if (node->kind == NODE_STRING)
        return check_bounds(scalar);
    return take_int(scalar);
}

static bool take_duration(struct scalar *scalar)
{
    const struct node *node = scalar->node;
    int64_t *ms = &scalar->value->number;
    if (node->kind == NODE_STRING) {
        if (!units_parse_duration(node->string, ms))
            return tell_type(scalar);
    } else if (node->kind == NODE_INT || node->kind == NODE_FLOAT) {
        const double most = 1e15;
        double exact = node->fraction * 1000;
        if (!(exact >= -most && exact <= most))
            return tell(scalar, "is out of all bounds");
        *ms = (int64_t)(exact < 0 ? exact - 0.5 : exact + 0.5);
    } else {
        return tell_type(scalar);
    }
    return check_bounds(scalar);
}

/* ---- texts ---- */

static bool check_text(const struct scalar *scalar, struct carillon_str text)
{
    const struct carillon_option *option = scalar->option;
    char what[128];
    if (option->type != CARILLON_OPTION_SECRET) {
        if (memchr(text.ptr, '\0', text.len))
            return tell(scalar, "must not hold a zero byte");
        if (!utf8_is_valid(text.ptr, text.len))
            return tell(scalar, "must be UTF-8");
    }
    bool too_short = (int64_t)text.len < option->min, too_long = option->max && (int64_t)text.len > option->max;
    if (!too_short && !too_long)
        return true;
    snprintf(what, sizeof what, "must have %s %" PRId64 " bytes, and has %zu", too_short ? "at least" : "at most",
             too_short ? option->min : option->max, text.len);
    return tell(scalar, what);
}

static bool take_text(struct scalar *scalar)
{
    if (scalar->node->kind != NODE_STRING)
        return tell_type(scalar);
    scalar->value->text = scalar->node->string;
    return check_text(scalar, scalar->value->text);
}

static bool set_path(struct scalar *scalar, struct carillon_str path)
{
    struct carillon_str *text = &scalar->value->text;
    *text = path;
    if (path.len && path.ptr[0] != '/')
        *text = arena_printf(scalar->check->arena, "%s/%s", scalar->check->state_dir, path.ptr);
    scalar->check->failed |= !text->ptr;
    return text->ptr != NULL;
}

static bool take_path(struct scalar *scalar)
{
    if (!take_text(scalar))
        return false;
    if (scalar->value->text.len == 0)
        return tell(scalar, "must not be empty");
    return set_path(scalar, scalar->value->text);
}

static bool take_choice(struct scalar *scalar)
{
    const char *choices = scalar->option->choices;
    if (scalar->node->kind != NODE_STRING)
        return tell_type(scalar);
    struct carillon_str text = scalar->node->string;
    struct nearest nearest = { .wanted = text.ptr };
    for (const char *word = choices; word; word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL) {
        size_t len = strcspn(word, "|");
        if (len == text.len && memcmp(word, text.ptr, len) == 0) {
            scalar->value->text = text;
            return true;
        }
        nearest_offer(&nearest, word, len);
    }
    char what[512];
    int n = snprintf(what, sizeof what, "must be one of %s", choices);
    if (nearest.best && n > 0 && (size_t)n < sizeof what)
        snprintf(what + n, sizeof what - (size_t)n, " (did you mean '%.*s'?)", (int)nearest.best_len, nearest.best);
    return tell(scalar, what);
}

/* ---- secrets ---- */

static bool read_secret_file(struct scalar *scalar, const char *name)
{
    char what[600], *bytes = arena_alloc(scalar->check->arena, SECRET_FILE_MAX + 1);
    int fd = bytes ? open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    ssize_t n = fd < 0 ? -1 : 0;
    size_t len = 0;
    while (fd >= 0 && len <= SECRET_FILE_MAX && (n = read(fd, bytes + len, SECRET_FILE_MAX + 1 - len)) > 0)
        len += (size_t)n;
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0 || len > SECRET_FILE_MAX) {
        snprintf(what, sizeof what, "cannot be read from %.400s: %s", name, n < 0 ? strerror(error) : "it is too long");
        return tell(scalar, what);
    }
    /* Editors end a file with a newline; a key in PEM form does not need it. */
    if (len && bytes[len - 1] == '\n')
        len--;
    if (len && bytes[len - 1] == '\r')
        len--;
    bytes[len] = '\0';
    scalar->value->text = (struct carillon_str){ bytes, len };
    return true;
}

static bool fetch_secret(struct scalar *scalar)
{
    const struct node *node = scalar->node, *file = node_find(node, "file"), *env = node_find(node, "env");
    const struct node *from = file ? file : env;
    if (node->count != 1 || !from || from->kind != NODE_STRING || memchr(from->string.ptr, '\0', from->string.len))
        return tell(scalar, "must be a string, { file = \"...\" } or { env = \"...\" }");
    if (file)
        return set_path(scalar, file->string) && read_secret_file(scalar, scalar->value->text.ptr);
    const char *value = getenv(env->string.ptr);
    if (!value) {
        char what[200];
        snprintf(what, sizeof what, "is to come from the environment's %.*s, which is not set", SHOWN_MAX,
                 env->string.ptr);
        return tell(scalar, what);
    }
    scalar->value->text = arena_str(scalar->check->arena, (struct carillon_str){ value, strlen(value) });
    return scalar->value->text.ptr != NULL;
}

static bool take_secret(struct scalar *scalar)
{
    if (scalar->node->kind == NODE_TABLE)
        return fetch_secret(scalar) && check_text(scalar, scalar->value->text);
    return take_text(scalar);
}

bool check_scalar(struct check *check, const struct carillon_option *option, const struct node *node, const char *path,
                  struct config_value *value)
{
    struct scalar scalar = { check, option, node, path, value };
    switch (option->type) {
    case CARILLON_OPTION_BOOL:
        value->number = node->boolean;
        return node->kind == NODE_BOOL || tell_type(&scalar);
    case CARILLON_OPTION_INT:
        return take_int(&scalar);
    case CARILLON_OPTION_SIZE:
        return take_size(&scalar);
    case CARILLON_OPTION_DURATION:
        return take_duration(&scalar);
    default:
        break;
    }
    value->kind = VALUE_TEXT;
    switch (option->type) {
    case CARILLON_OPTION_SECRET:
        return take_secret(&scalar);
    case CARILLON_OPTION_PATH:
        return take_path(&scalar);
    case CARILLON_OPTION_CHOICE:
        return take_choice(&scalar);
    default:
        return take_text(&scalar);
    }
}
