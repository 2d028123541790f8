/*
 * One event as a server asks for it: read from JSON or from a query, and checked. Pure; any thread.
 */
#ifndef CARILLON_PUSHER_EVENT_INPUT_H
#define CARILLON_PUSHER_EVENT_INPUT_H

#include "api_params.h"
#include <carillon/app.h>

#include <jansson.h>

struct event_input {
    struct carillon_str name;
    struct carillon_str data; /* as the server gave it: text, which need not be JSON */
    struct carillon_str *channels;
    size_t channel_count;
    struct carillon_str socket_id; /* absent: nobody is left out */
    unsigned infos;                /* bits of enum api_info */
};

/* What is wrong: with its status; status 0: nothing. */
struct input_problem {
    unsigned status;
    const char *why;
};

/* The strings stay the object's, or the parameters'. Freed by event_input_free in any case. */
struct input_problem event_input_from_json(struct event_input *input, const json_t *object);
struct input_problem event_input_from_params(struct event_input *input, const struct params *params);
/* to_user: the channel is given by the path. */
struct input_problem event_input_check(const struct event_input *input, const struct carillon_app *app, bool to_user);
void event_input_free(struct event_input *input);

/*
 * A server's data is text. JSON in it becomes what it means, so that every transport tells it as such; text that is no JSON,
 * or a JSON string, becomes the JSON string of that text. Either way a Pusher client gets the text back as it was. The
 * caller frees *json; false: no memory.
 */
bool event_data_to_json(struct carillon_str text, char **json, size_t *len);

/* The session that a socket id names: false if it is none. */
bool socket_id_parse(struct carillon_str text, uint64_t *session);

#endif
