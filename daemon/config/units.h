/*
 * Sizes and durations as people write them. Pure.
 */
#ifndef CARILLON_CONFIG_UNITS_H
#define CARILLON_CONFIG_UNITS_H

#include <carillon/types.h>

/* "64k", "16M", "1G", "512": bytes, powers of 1024. False: not understood, or too large. */
bool units_parse_size(struct carillon_str text, int64_t *bytes);
/* "250ms", "30s", "5m", "12h", "30d", also "1.5h"; without a unit seconds. In milliseconds. */
bool units_parse_duration(struct carillon_str text, int64_t *ms);
/* As they could be written again. */
enum { UNITS_TEXT_SIZE = 32 };
const char *units_format_size(int64_t bytes, char out[UNITS_TEXT_SIZE]);
const char *units_format_duration(int64_t ms, char out[UNITS_TEXT_SIZE]);

#endif
