/*
 * Finds values in JSON text, to keep them as they were written: a tree would lose digits of numbers. The text must have
 * been parsed before. Pure; any thread.
 */
#ifndef CARILLON_BASE_JSON_SCAN_H
#define CARILLON_BASE_JSON_SCAN_H

#include <carillon/types.h>

/* The value of an object's member; absent if there is none, or its name is written with escapes. */
struct carillon_str json_scan_member(struct carillon_str object, const char *name);
/* The n-th element of an array, from 0; absent if there are fewer. */
struct carillon_str json_scan_element(struct carillon_str array, size_t n);
/* The value without the white space between its tokens. out: room for len bytes; returns how many were used. */
size_t json_scan_compact(struct carillon_str json, char *out);

#endif
