/*
 * openapi.json, put into the program by the build.
 */
#ifndef CARILLON_API_OPENAPI_H
#define CARILLON_API_OPENAPI_H

#include <stddef.h>

extern const unsigned char openapi_json[];
extern const size_t openapi_json_len;

#endif
