#include "input.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LIBEDIT
#include <histedit.h>
#endif

enum { HISTORY_MAX = 1000 };

struct input {
    bool terminal;
    const char *prompt;
    char *line;
    size_t size;
#ifdef HAVE_LIBEDIT
    EditLine *edit;
    History *history;
#endif
};

#ifdef HAVE_LIBEDIT
static char *show_prompt(EditLine *edit)
{
    struct input *input = NULL;
    el_get(edit, EL_CLIENTDATA, &input);
    return (char *)(uintptr_t)input->prompt;
}

static void open_editor(struct input *input, const char *program)
{
    HistEvent event;
    input->edit = el_init(program, stdin, stdout, stderr);
    input->history = history_init();
    if (!input->edit || !input->history)
        abort();
    history(input->history, &event, H_SETSIZE, HISTORY_MAX);
    el_set(input->edit, EL_CLIENTDATA, input);
    el_set(input->edit, EL_PROMPT, show_prompt);
    el_set(input->edit, EL_EDITOR, "emacs");
    el_set(input->edit, EL_HIST, history, input->history);
    el_source(input->edit, NULL);
}

static bool edit_line(struct input *input)
{
    HistEvent event;
    int len = 0;
    const char *line = el_gets(input->edit, &len);
    if (!line || len <= 0)
        return false;
    history(input->history, &event, H_ENTER, line);
    free(input->line);
    input->line = strdup(line);
    return input->line != NULL;
}
#endif

static bool plain_line(struct input *input)
{
    if (input->terminal) {
        fputs(input->prompt, stdout);
        fflush(stdout);
    }
    return getline(&input->line, &input->size, stdin) > 0;
}

struct input *input_open(const char *program)
{
    struct input *input = calloc(1, sizeof *input);
    if (!input)
        abort();
    input->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
#ifdef HAVE_LIBEDIT
    if (input->terminal)
        open_editor(input, program);
#else
    (void)program;
#endif
    return input;
}

const char *input_read(struct input *input, const char *prompt)
{
    input->prompt = prompt;
#ifdef HAVE_LIBEDIT
    bool there = input->edit ? edit_line(input) : plain_line(input);
#else
    bool there = plain_line(input);
#endif
    if (!there)
        return NULL;
    input->line[strcspn(input->line, "\n")] = '\0';
    return input->line;
}

void input_close(struct input *input)
{
#ifdef HAVE_LIBEDIT
    if (input->edit) {
        history_end(input->history);
        el_end(input->edit);
    }
#endif
    if (input->terminal)
        putchar('\n');
    free(input->line);
    free(input);
}
