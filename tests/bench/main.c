#include "bench.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct options options;

static struct result {
    const char *unit, *target;
    char name[64];
    double value;
} results[64];
static size_t result_count;

void result_add(const char *name, double value, const char *unit, const char *target)
{
    struct result *result = &results[result_count++];
    *result = (struct result){ .value = value, .unit = unit, .target = target };
    snprintf(result->name, sizeof result->name, "%s", name);
    if (options.json)
        printf("{\"name\":\"%s\",\"value\":%.4g,\"unit\":\"%s\"}\n", name, value, unit);
    else
        printf("%-32s %12.4g  %-14s %s\n", name, value, unit, target ? target : "");
    fflush(stdout);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(double *values, size_t n, double q)
{
    qsort(values, n, sizeof *values, compare_doubles);
    size_t at = (size_t)(q * (double)n);
    return values[at < n ? at : n - 1];
}

double median(double *values, size_t n)
{
    return quantile(values, n, 0.5);
}

static const struct {
    const char *name;
    void (*run)(void);
} plan[] = {
    { "fanout", measure_fanout },   { "connect", measure_connect },   { "durable", measure_durable },
    { "stalled", measure_stalled }, { "mongodb", measure_mongodb },   { "lua", measure_lua },
    { "pusher", measure_pusher },   { "presence", measure_presence },
};

static void usage(void)
{
    fputs("usage: carillon-bench --daemon FILE --plugins DIR [--counter FILE] [--only PART] [--mongodb URI] [--json] "
          "[--quick] [--small]\nparts:",
          stderr);
    for (size_t i = 0; i < sizeof plan / sizeof plan[0]; i++)
        fprintf(stderr, " %s", plan[i].name);
    fputc('\n', stderr);
    exit(2);
}

static void parse(int argc, char **argv)
{
    static const struct option table[] = { { "daemon", required_argument, NULL, 'd' },
                                           { "plugins", required_argument, NULL, 'p' },
                                           { "only", required_argument, NULL, 'o' },
                                           { "json", no_argument, NULL, 'j' },
                                           { "quick", no_argument, NULL, 'q' },
                                           { "small", no_argument, NULL, 's' },
                                           { "mongodb", required_argument, NULL, 'm' },
                                           { "counter", required_argument, NULL, 'c' },
                                           { 0 } };
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (c) {
        case 'd':
            options.daemon = optarg;
            break;
        case 'p':
            options.plugins = optarg;
            break;
        case 'o':
            options.only = optarg;
            break;
        case 'c':
            options.counter = optarg;
            break;
        case 'm':
            options.mongodb = optarg;
            break;
        case 'j':
            options.json = true;
            break;
        case 'q':
            options.quick = true;
            break;
        case 's':
            options.small = true;
            break;
        default:
            usage();
        }
    }
    if (!options.daemon || !options.plugins)
        usage();
}

/* Everything that is opened here fits the usual hard limit of 20,000. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    raise_descriptor_limit();
    pin_to(CLIENT_CORE);
    for (size_t i = 0; i < sizeof plan / sizeof plan[0]; i++)
        if (!options.only || strcmp(options.only, plan[i].name) == 0)
            plan[i].run();
    if (!result_count)
        usage();
    return 0;
}
