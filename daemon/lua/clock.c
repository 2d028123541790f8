#include "lua/clock.h"
#include "loop/worker.h"

#include <stdbool.h>

static bool stopped;
static int64_t stopped_wall_ms;

int64_t script_monotonic_ns(void)
{
    return stopped ? stopped_wall_ms * 1000000 : loop_monotonic_ns();
}

int64_t script_wall_ms(void)
{
    return stopped ? stopped_wall_ms : loop_wall_ms();
}

void script_clock_stop(int64_t wall_ms)
{
    stopped = true;
    stopped_wall_ms = wall_ms;
}

void script_clock_move(int64_t ms)
{
    stopped_wall_ms += ms;
}
