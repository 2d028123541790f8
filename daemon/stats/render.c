#include "stats/registry.h"
#include "stats/slots.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "carillon_"

struct row {
    const char *family, *label, *value, *help;
};

static const struct row counter_rows[] = {
#define STATS_X(name, family, label, value, help) { family, label, value, help },
    STATS_COUNTERS(STATS_X)
#undef STATS_X
};

static const struct row histogram_rows[] = {
#define STATS_X(name, family, label, value, buckets, help) { family, label, value, help },
    STATS_HISTOGRAMS(STATS_X)
#undef STATS_X
};

static const char *const error_codes[ERROR_COUNT] = {
#define ERROR_X(name, code, status, close, retry, title, detail) [ERROR_##name] = (code),
    ERRORS(ERROR_X)
#undef ERROR_X
};

/* In HELP a backslash and a line's end are escaped, in a label's value a quote too. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '\\')
            fputs("\\\\", out);
        else
            fputc(*text, out);
}

static void put_head(FILE *out, const char *family, const char *help, const char *type)
{
    fprintf(out, "# HELP " PREFIX "%s ", family);
    put_escaped(out, help);
    fprintf(out, "\n# TYPE " PREFIX "%s %s\n", family, type);
}

static void put_counters(FILE *out)
{
    const char *before = "";
    for (unsigned i = 0; i < STAT_COUNTER_COUNT; i++) {
        const struct row *row = &counter_rows[i];
        if (strcmp(before, row->family) != 0)
            put_head(out, row->family, row->help, "counter");
        before = row->family;
        fprintf(out, PREFIX "%s", row->family);
        if (row->label)
            fprintf(out, "{%s=\"%s\"}", row->label, row->value);
        fprintf(out, " %" PRIu64 "\n", slots_sum(i));
    }
}

/* Codes that never occurred are left out: there are many. none: what ERROR_NONE means here, if anything. */
static void put_errors(FILE *out, unsigned first, const char *family, const char *label, const char *none,
                       const char *help)
{
    put_head(out, family, help, "counter");
    for (unsigned error = ERROR_NONE; error < ERROR_COUNT; error++) {
        const char *code = error == ERROR_NONE ? none : error_codes[error];
        uint64_t n = slots_sum(first + error);
        if (code && (n || error == ERROR_NONE))
            fprintf(out, PREFIX "%s{%s=\"%s\"} %" PRIu64 "\n", family, label, code, n);
    }
}

static void put_series(FILE *out, const struct row *row, const char *suffix)
{
    fprintf(out, PREFIX "%s%s", row->family, suffix);
    if (row->label)
        fprintf(out, "{%s=\"%s\"}", row->label, row->value);
}

static void put_histogram(FILE *out, enum stat_histogram histogram)
{
    const struct row *row = &histogram_rows[histogram];
    struct buckets set = slots_buckets(histogram);
    uint64_t counts[BUCKETS_MAX], total = 0, sum = slots_sum_histogram(histogram, counts);
    double scale = set.seconds ? 1e9 : 1;
    for (size_t i = 0; i <= set.count; i++) {
        total += counts[i];
        fprintf(out, PREFIX "%s_bucket{", row->family);
        if (row->label)
            fprintf(out, "%s=\"%s\",", row->label, row->value);
        if (i < set.count)
            fprintf(out, "le=\"%.9g\"} %" PRIu64 "\n", (double)set.bounds[i] / scale, total);
        else
            fprintf(out, "le=\"+Inf\"} %" PRIu64 "\n", total);
    }
    put_series(out, row, "_sum");
    fprintf(out, " %.17g\n", (double)sum / scale);
    put_series(out, row, "_count");
    fprintf(out, " %" PRIu64 "\n", total);
}

static void put_histograms(FILE *out)
{
    const char *before = "";
    for (int i = 0; i < STAT_HISTOGRAM_COUNT; i++) {
        const struct row *row = &histogram_rows[i];
        if (strcmp(before, row->family) != 0)
            put_head(out, row->family, row->help, "histogram");
        before = row->family;
        put_histogram(out, (enum stat_histogram)i);
    }
}

static void put_number(FILE *out, double value)
{
    if (isnan(value))
        fputs(" NaN\n", out);
    else if (isinf(value))
        fputs(value > 0 ? " +Inf\n" : " -Inf\n", out);
    else
        fprintf(out, " %.17g\n", value);
}

static void put_registered(const struct registered *metric, const struct registered *before, void *arg)
{
    FILE *out = arg;
    if (!before || strcmp(before->family, metric->family) != 0)
        put_head(out, metric->family, metric->help, metric->gauge ? "gauge" : "counter");
    fprintf(out, PREFIX "%s", metric->family);
    if (metric->labels)
        fprintf(out, "{%s}", metric->labels);
    if (metric->gauge)
        put_number(out, metric->read(metric->arg));
    else
        fprintf(out, " %" PRIu64 "\n", slots_sum(SLOT_OWN + metric->counter));
}

const char *stats_label(const char *name, struct carillon_str value, char *out, size_t room)
{
    int head = snprintf(out, room, "%s=\"", name);
    size_t len = head > 0 ? (size_t)head : 0;
    for (size_t i = 0; i < value.len && len + 4 < room; i++) {
        char c = value.ptr[i];
        if (c == '"' || c == '\\' || c == '\n')
            out[len++] = '\\';
        out[len++] = c == '\n' ? 'n' : c;
    }
    if (len + 2 <= room)
        memcpy(out + len, "\"", 2);
    return out;
}

char *stats_render(size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    put_head(out, "build_info", "The running version.", "gauge");
    fputs(PREFIX "build_info{version=\"" CARILLON_VERSION "\"} 1\n", out);
    put_counters(out);
    put_errors(out, SLOT_CLOSED, "connections_closed_total", "reason", "client",
               "Connections closed, by the reason the daemon had, or by the client.");
    put_errors(out, SLOT_ERRORS, "errors_total", "code", NULL, "Errors told to clients.");
    put_histograms(out);
    registry_visit(put_registered, out);
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
