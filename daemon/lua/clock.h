/* The time as scripts have it: the loop's, or a tool's own, so that tests of scripts need not wait. */
#ifndef CARILLON_LUA_CLOCK_H
#define CARILLON_LUA_CLOCK_H

#include <stdint.h>

int64_t script_monotonic_ns(void);
static inline int64_t script_monotonic_ms(void)
{
    return script_monotonic_ns() / 1000000;
}
int64_t script_wall_ms(void);
/* A tool, before scripts run: from now on both stand still, and go on by script_clock_move. */
void script_clock_stop(int64_t wall_ms);
void script_clock_move(int64_t ms);

#endif
