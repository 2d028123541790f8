/* Lines that somebody types: with editing and a history where this was built with libedit and there is a terminal. */
#ifndef CARILLON_ADMIN_INPUT_H
#define CARILLON_ADMIN_INPUT_H

struct input;

struct input *input_open(const char *program);
/* Without the newline, good until the next call; NULL: the end. The prompt is shown on a terminal only. */
const char *input_read(struct input *input, const char *prompt);
void input_close(struct input *input);

#endif
