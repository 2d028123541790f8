#include "config/problems.h"

#include <stdarg.h>
#include <stdlib.h>

void problems_add(struct config_problems *problems, const char *file, int line, const char *format, ...)
{
    enum { BOUND = sizeof problems->texts / sizeof problems->texts[0] };
    char text[1024], *whole;
    va_list args;
    if (problems->count == BOUND)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    int len;
    if (!file)
        len = asprintf(&whole, "%s", text);
    else if (line)
        len = asprintf(&whole, "%s:%d: %s", file, line, text);
    else
        len = asprintf(&whole, "%s: %s", file, text);
    if (len >= 0)
        problems->texts[problems->count++] = whole;
}

void config_problems_free(struct config_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->texts[i]);
    *problems = (struct config_problems){ 0 };
}
