/*
 * What is known of a hook over all sets and workers, by its id: its metrics, and the breaker that switches it off after
 * faults in a row. Made on the main thread; any worker counts.
 */
#ifndef CARILLON_LUA_METER_H
#define CARILLON_LUA_METER_H

#include "lua/vm/vm.h"
#include <carillon/hook.h>

struct script_meter;

/* The one of this id; it stays until meters_free. */
struct script_meter *meter_get(const char *id);
void meters_free(void);

/* One run ended with these. */
void meter_note_verdicts(struct script_meter *meter, const struct carillon_verdict *verdicts, int64_t busy_ns);
/* True: that was one too many, and the hook is off for pause_ms from now on. */
bool meter_note_fault(struct script_meter *meter, int64_t busy_ns, int faults_max, int64_t pause_ms);
bool meter_is_off(struct script_meter *meter);

#endif
