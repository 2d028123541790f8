#include "lua/set/points.h"

#include <string.h>

static const char *const point_names[] = {
#define CARILLON_X(name, text, verdicts) text,
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
};

static const char *const moment_names[] = { "",
#define SCRIPT_X(name, text, help) text,
                                            SCRIPT_MOMENTS(SCRIPT_X)
#undef SCRIPT_X
};

const char *script_point_name(enum carillon_hook_point point)
{
    return point_names[point];
}

const char *script_moment_name(enum script_moment moment)
{
    return moment_names[moment];
}

bool script_point_find(const char *name, enum carillon_hook_point *point, enum script_moment *moment)
{
    *moment = SCRIPT_MOMENT_NONE;
    *point = CARILLON_HOOK_POINT_COUNT;
    for (int i = 0; i < CARILLON_HOOK_POINT_COUNT; i++)
        if (strcmp(point_names[i], name) == 0)
            *point = (enum carillon_hook_point)i;
    for (int i = SCRIPT_MOMENT_NONE + 1; i < SCRIPT_MOMENT_COUNT; i++)
        if (strcmp(moment_names[i], name) == 0)
            *moment = (enum script_moment)i;
    return *point != CARILLON_HOOK_POINT_COUNT || *moment != SCRIPT_MOMENT_NONE;
}
