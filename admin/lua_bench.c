#include "lua/trial/trial.h"
#include "paths.h"
#include "recorded.h"

#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES_DEFAULT = 20000, MESSAGES_MAX = 100000000 };

struct sum {
    int64_t busy_ns, longest_ns;
    unsigned long asked, faults;
};

static struct sum ask_all(struct trial *trial, const struct recording *recording, unsigned long messages)
{
    struct sum sum = { 0 };
    for (unsigned long i = 0; i < messages; i++) {
        trial->now_ms += 1; /* else what counts in time would refuse all but the first */
        const struct trial_result *result = trial_ask(trial, &recording->messages[i % recording->count].call);
        sum.busy_ns += result->busy_ns;
        sum.longest_ns = result->busy_ns > sum.longest_ns ? result->busy_ns : sum.longest_ns;
        sum.asked += result->asked;
        sum.faults += result->faulty != NULL;
    }
    return sum;
}

static void show(const struct arguments *arguments, const struct sum *sum, unsigned long messages)
{
    double each_us = (double)sum->busy_ns / 1e3 / (double)messages, longest_us = (double)sum->longest_ns / 1e3;
    double hooks = (double)sum->asked / (double)messages;
    if (argument_given(arguments, OPTION_json))
        printf("{\"messages\":%lu,\"us\":%.3f,\"longest_us\":%.1f,\"hooks\":%.2f,\"faults\":%lu}\n", messages, each_us,
               longest_us, hooks, sum->faults);
    else
        printf("%lu messages: %.2f us each in scripts, %.1f us the longest; %.2f hooks asked a message, %lu faults\n",
               messages, each_us, longest_us, hooks, sum->faults);
}

static bool read_number(const struct arguments *arguments, unsigned long *messages)
{
    const char *told = arguments->values[OPTION_messages];
    char *end;
    *messages = told ? strtoul(told, &end, 10) : MESSAGES_DEFAULT;
    if (!told || (*end == '\0' && *messages >= 1 && *messages <= MESSAGES_MAX))
        return true;
    fputs("carillonctl: --messages is 1 to 100000000\n", stderr);
    return false;
}

static bool find_messages(struct recording *recording, const struct arguments *arguments)
{
    const char *replay = arguments->values[OPTION_replay];
    if (!replay)
        return recording_make(recording, arguments->values[OPTION_point], arguments->values[OPTION_text]);
    if (recording_read(recording, replay) && recording->count == 0)
        fputs("carillonctl: there are no messages\n", stderr);
    return recording->count > 0;
}

int lua_bench(const struct arguments *arguments)
{
    unsigned long messages;
    char error[SCRIPT_ERROR_SIZE], *directory = NULL;
    struct recording recording = { 0 };
    struct path_list scripts = { 0 };
    struct trial trial = { 0 };
    if (!read_number(arguments, &messages))
        return EXIT_USAGE;
    bool good = find_messages(&recording, arguments) && paths_of_scripts(&scripts, arguments);
    if (good) {
        struct script_options options = options_of(arguments, &scripts, &directory);
        good = trial_open(&trial, &options, error);
        if (good) {
            struct sum sum = ask_all(&trial, &recording, messages);
            show(arguments, &sum, messages);
        } else {
            fprintf(stderr, "carillonctl: %s\n", error);
        }
        trial_close(&trial);
    }
    free(directory);
    paths_free(&scripts);
    recording_free(&recording);
    return good ? EXIT_FINE : EXIT_TROUBLE;
}
