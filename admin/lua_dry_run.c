#include "base/str.h"
#include "lua/trial/trial.h"
#include "paths.h"
#include "recorded.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A set that is asked, or nobody: then everything passes. */
struct side {
    struct path_list scripts;
    struct trial trial;
    char *directory;
    bool open;
};

/* What is compared of a verdict. */
struct said {
    const char *verdict, *hook;
    char *words; /* everything that a person or program is told */
};

static const char *const verdict_names[] = {
#define CARILLON_X(name, text) text,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

/* False: what is wrong was said. */
static bool side_open(struct side *side, const struct arguments *arguments, const char *folder)
{
    char error[SCRIPT_ERROR_SIZE];
    if (!folder)
        return true;
    if (!paths_of_set(&side->scripts, folder))
        return false;
    struct arguments mine = *arguments;
    if (!mine.values[OPTION_directory])
        mine.values[OPTION_directory] = folder;
    struct script_options options = options_of(&mine, &side->scripts, &side->directory);
    side->open = trial_open(&side->trial, &options, error);
    if (!side->open)
        fprintf(stderr, "carillonctl: %s\n", error);
    return side->open;
}

static void side_close(struct side *side)
{
    if (side->directory)
        trial_close(&side->trial);
    free(side->directory);
    paths_free(&side->scripts);
}

static void add_words(FILE *out, const char *name, struct carillon_str text)
{
    if (text.ptr)
        fprintf(out, " %s=\"%.*s\"", name, (int)text.len, text.ptr);
}

static struct said side_ask(struct side *side, const struct recorded *message)
{
    struct said said = { .verdict = "pass", .hook = "" };
    size_t size;
    FILE *out = open_memstream(&said.words, &size);
    if (!out)
        abort();
    if (side->open) {
        if (message->time_ms > side->trial.now_ms)
            side->trial.now_ms = message->time_ms;
        const struct trial_result *result = trial_ask(&side->trial, &message->call);
        said.verdict = verdict_names[result->kind];
        said.hook = result->hook ? result->hook->hook.id : "";
        add_words(out, "code", result->verdict.code);
        add_words(out, "text", result->verdict.text);
        if (result->kind == CARILLON_VERDICT_MODIFY)
            add_words(out, "text", result->text);
        else if (result->kind != CARILLON_VERDICT_DROP && !str_equal(result->text, message->call.text))
            add_words(out, "as", result->text);
        add_words(out, "queue", result->verdict.queue);
        if (result->kind == CARILLON_VERDICT_REROUTE)
            add_words(out, "channel", result->channel);
        for (size_t i = 0; i < result->copy_count; i++)
            add_words(out, "copy", result->copies[i]);
        for (size_t i = 0; i < result->mute_count; i++)
            add_words(out, "mute", result->mutes[i].user.ptr ? result->mutes[i].user : message->call.user.id);
        if (result->faulty)
            fprintf(out, " fault=\"hook %s: %s\"", result->faulty->hook.id, result->error);
    }
    fclose(out);
    return said;
}

static bool same(const struct said *a, const struct said *b)
{
    return strcmp(a->verdict, b->verdict) == 0 && strcmp(a->words, b->words) == 0;
}

static void show_text(const char *mark, const struct said *said)
{
    printf("  %s %s%s%s%s%s\n", mark, said->verdict, *said->hook ? " (" : "", said->hook, *said->hook ? ")" : "",
           said->words);
}

static void show(const struct arguments *arguments, const struct recorded *message, const struct said *old,
                 const struct said *new)
{
    if (argument_given(arguments, OPTION_json)) {
        json_t *line = json_pack("{s:i, s:O, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}", "line", (int)message->line,
                                 "message", message->json, "old", "verdict", old->verdict, "hook", old->hook, "words",
                                 old->words, "new", "verdict", new->verdict, "hook", new->hook, "words", new->words);
        json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        putchar('\n');
        json_decref(line);
        return;
    }
    struct carillon_str text = message->call.text.ptr ? message->call.text : message->call.data;
    printf("line %u, %.*s in %.*s: %.*s\n", message->line, (int)message->call.user.id.len, message->call.user.id.ptr,
           (int)message->call.channel.len, message->call.channel.ptr, (int)text.len, text.ptr ? text.ptr : "");
    show_text("-", old);
    show_text("+", new);
}

static size_t compare_all(const struct arguments *arguments, const struct recording *recording, struct side *old,
                          struct side *new)
{
    size_t differ = 0;
    for (size_t i = 0; i < recording->count; i++) {
        const struct recorded *message = &recording->messages[i];
        struct said before = side_ask(old, message), after = side_ask(new, message);
        bool differs = !same(&before, &after);
        differ += differs;
        if (differs || argument_given(arguments, OPTION_verbose))
            show(arguments, message, &before, &after);
        free(before.words);
        free(after.words);
    }
    return differ;
}

int lua_dry_run(const struct arguments *arguments)
{
    struct recording recording = { 0 };
    struct side old = { 0 }, new = { 0 };
    size_t differ = 0;
    if (arguments->path_count != 1 || !argument_given(arguments, OPTION_replay)) {
        fputs("carillonctl: dry-run wants one folder and --replay FILE\n", stderr);
        return EXIT_USAGE;
    }
    bool good = recording_read(&recording, arguments->values[OPTION_replay]) &&
                side_open(&old, arguments, arguments->values[OPTION_old]) &&
                side_open(&new, arguments, arguments->paths[0]);
    if (good) {
        differ = compare_all(arguments, &recording, &old, &new);
        if (!argument_given(arguments, OPTION_json))
            printf("%zu messages, %zu differ\n", recording.count, differ);
    }
    side_close(&old);
    side_close(&new);
    recording_free(&recording);
    return !good ? EXIT_TROUBLE : differ ? EXIT_FOUND : EXIT_FINE;
}
