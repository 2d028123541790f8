#include "config/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *suffix;
    int64_t factor;
};

/* From the largest to the smallest; the text without a suffix counts in default_factor. */
static const struct unit sizes[] = {
    { "G", INT64_C(1) << 30 }, { "g", INT64_C(1) << 30 }, { "M", 1 << 20 },
    { "m", 1 << 20 },          { "k", 1 << 10 },          { "K", 1 << 10 },
};

static const struct unit durations[] = {
    { "d", 24 * 60 * 60 * 1000 }, { "h", 60 * 60 * 1000 }, { "m", 60 * 1000 }, { "s", 1000 }, { "ms", 1 },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool find_factor(const struct unit *units, size_t n, const char *suffix, size_t len, int64_t *factor)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(units[i].suffix) == len && memcmp(units[i].suffix, suffix, len) == 0) {
            *factor = units[i].factor;
            return true;
        }
    return len == 0;
}

/* Digits, perhaps a point and more digits, a unit. Exact: no floating point. */
static bool parse(struct carillon_str text, const struct unit *units, size_t n, int64_t factor, int64_t *result)
{
    size_t i = 0;
    int64_t whole = 0, fraction = 0, scale = 1;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, text.ptr[i] - '0', &whole))
            return false;
    if (i == 0)
        return false;
    if (i < text.len && text.ptr[i] == '.') {
        size_t first = ++i;
        for (; i < text.len && i < first + 6 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++, scale *= 10)
            fraction = fraction * 10 + (text.ptr[i] - '0');
        if (i == first)
            return false;
    }
    if (!find_factor(units, n, text.ptr + i, text.len - i, &factor))
        return false;
    return !__builtin_mul_overflow(whole, factor, result) &&
           !__builtin_add_overflow(*result, (int64_t)((__int128)fraction * factor / scale), result);
}

bool units_parse_size(struct carillon_str text, int64_t *bytes)
{
    return parse(text, sizes, COUNT(sizes), 1, bytes);
}

bool units_parse_duration(struct carillon_str text, int64_t *ms)
{
    return parse(text, durations, COUNT(durations), 1000, ms);
}

static const char *format(int64_t value, const struct unit *units, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        if (value != 0 && value % units[i].factor == 0) {
            snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "%s", value / units[i].factor, units[i].suffix);
            return out;
        }
    snprintf(out, UNITS_TEXT_SIZE, "%" PRId64, value);
    return out;
}

const char *units_format_size(int64_t bytes, char out[UNITS_TEXT_SIZE])
{
    return format(bytes, sizes, COUNT(sizes), out);
}

const char *units_format_duration(int64_t ms, char out[UNITS_TEXT_SIZE])
{
    return format(ms, durations, COUNT(durations), out);
}
