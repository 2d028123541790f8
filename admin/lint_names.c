#include "lint_names.h"
#include "config/nearest.h"
#include "lua/api/verdict_fields.h"

#include <stdio.h>
#include <string.h>

/* X("of plain Lua", "what scripts have instead") */
#define INSTEAD(X)                                                                                                     \
    X("os.time", "now()")                                                                                              \
    X("os.clock", "clock()")                                                                                           \
    X("os.date", "now(), in seconds since 1970")                                                                       \
    X("os", "no operating system")                                                                                     \
    X("io", "no files")                                                                                                \
    X("print", "log.info(text)")                                                                                       \
    X("load", "no code from text")                                                                                     \
    X("loadstring", "no code from text")                                                                               \
    X("dofile", "require(name)")                                                                                       \
    X("loadfile", "require(name)")                                                                                     \
    X("package", "require(name)")                                                                                      \
    X("debug", "log.debug(text)")                                                                                      \
    X("collectgarbage", "no say in memory")                                                                            \
    X("unpack", "table.unpack(list)")                                                                                  \
    X("setfenv", "no environments")                                                                                    \
    X("getfenv", "no environments")                                                                                    \
    X("table.getn", "#list")                                                                                           \
    X("table.maxn", "#list")                                                                                           \
    X("math.pow", "x ^ y")                                                                                             \
    X("string.gfind", "string.gmatch")                                                                                 \
    X("string.dump", "no code as text")                                                                                \
    X("math.randomseed", "numbers that are seeded already")

static bool same(const struct lint_token *token, const char *name)
{
    return lint_is(token, LINT_NAME, name);
}

bool name_in_class(const struct script_class *class, const struct lint_token *name)
{
    for (size_t i = 0; i < class->count; i++)
        if (class->functions[i].help && same(name, class->functions[i].name))
            return true;
    return false;
}

const struct script_class *name_find_table(const struct lint_token *name)
{
    for (size_t i = 0; i < script_class_count; i++)
        if (*script_classes[i]->name && !script_classes[i]->object && same(name, script_classes[i]->name))
            return script_classes[i];
    return NULL;
}

static bool is_global_class(const struct script_class *class)
{
    return !*class->name && !class->object;
}

bool name_is_global(const struct lint_token *name, bool spec)
{
    if (same(name, "_G") || same(name, "_ENV") || name_find_table(name))
        return true;
    if (spec && (same(name, "fakes") || name_in_class(&class_spec, name)))
        return true;
    for (size_t i = 0; i < script_class_count; i++)
        if (is_global_class(script_classes[i]) && name_in_class(script_classes[i], name))
            return true;
    return false;
}

bool name_in_fakes(const struct lint_token *name)
{
    for (size_t i = 0; i < class_spec.count; i++)
        if (strncmp(class_spec.functions[i].name, "fakes.", 6) == 0 && same(name, class_spec.functions[i].name + 6))
            return true;
    return false;
}

bool name_in_verdict(const struct lint_token *function, const struct lint_token *name, bool *verdict)
{
    static const struct {
        enum carillon_verdict_kind kind;
        unsigned fields;
    } forms[] = {
#define VERDICT_X(kind, fields) { CARILLON_VERDICT_##kind, (fields) },
        VERDICT_FORMS(VERDICT_X)
#undef VERDICT_X
    };
    static const char *const kinds[] = {
#define CARILLON_X(name, text) text,
        CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
    };
    static const char *const fields[] = {
#define VERDICT_X(NAME, text, type) text,
        VERDICT_FIELDS(VERDICT_X)
#undef VERDICT_X
    };
    *verdict = false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!forms[i].fields || !same(function, kinds[forms[i].kind]))
            continue;
        *verdict = true;
        for (unsigned field = 0; name && field < VERDICT_FIELD_COUNT; field++)
            if (forms[i].fields & 1u << field && same(name, fields[field]))
                return true;
    }
    return false;
}

const char *name_instead(const struct lint_token *name, const struct lint_token *field)
{
    static const struct {
        const char *name, *instead;
    } known[] = {
#define INSTEAD_X(name, instead) { name, instead },
        INSTEAD(INSTEAD_X)
#undef INSTEAD_X
    };
    char alone[40], full[80];
    snprintf(alone, sizeof alone, "%.*s", (int)name->len, name->text);
    snprintf(full, sizeof full, "%s.%.*s", alone, field ? (int)(field->len < 30 ? field->len : 30) : 0,
             field ? field->text : "");
    const char *instead = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, full) == 0)
            return known[i].instead;
        if (strcmp(known[i].name, alone) == 0)
            instead = known[i].instead;
    }
    return instead;
}

static void offer(struct nearest *nearest, const struct script_class *class)
{
    for (size_t i = 0; i < class->count; i++)
        if (class->functions[i].help)
            nearest_offer(nearest, class->functions[i].name, strlen(class->functions[i].name));
}

const char *name_nearest(const struct lint_token *name, const struct script_class *class, bool spec)
{
    static char wanted[80];
    struct nearest nearest = { .wanted = wanted };
    snprintf(wanted, sizeof wanted, "%.*s", (int)name->len, name->text);
    if (class)
        offer(&nearest, class);
    for (size_t i = 0; !class && i < script_class_count; i++) {
        if (is_global_class(script_classes[i]))
            offer(&nearest, script_classes[i]);
        else if (!script_classes[i]->object)
            nearest_offer(&nearest, script_classes[i]->name, strlen(script_classes[i]->name));
    }
    if (!class && spec)
        offer(&nearest, &class_spec);
    return nearest.best;
}
