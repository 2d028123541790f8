#include "recorded.h"
#include "lua/set/points.h"
#include "lua/trial/trial_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct carillon_str field(const json_t *json, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json, name));
    text = text ? text : otherwise;
    return text ? (struct carillon_str){ text, strlen(text) } : (struct carillon_str){ 0 };
}

/* NULL: good; else what is wrong. */
static const char *take_message(struct recorded *message, const json_t *json)
{
    enum script_moment moment = SCRIPT_MOMENT_NONE;
    struct carillon_hook_call *call = &message->call;
    const char *point = json_string_value(json_object_get(json, "point"));
    if (!json_is_object(json))
        return "no JSON object";
    if (!script_point_find(point ? point : "message.publish", &call->point, &moment) || moment != SCRIPT_MOMENT_NONE)
        return "no such hook point";
#define FIELD_X(name, member, otherwise) call->member = field(json, name, otherwise);
    TRIAL_TEXTS(FIELD_X)
#undef FIELD_X
    call->server = json_is_true(json_object_get(json, "server"));
    call->active = json_is_true(json_object_get(json, "active"));
    message->time_ms = (int64_t)(json_number_value(json_object_get(json, "time")) * 1000);
    return NULL;
}

static const char *add(struct recording *recording, json_t *json, unsigned line)
{
    struct recorded *grown = realloc(recording->messages, (recording->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    recording->messages = grown;
    struct recorded *message = &grown[recording->count];
    *message = (struct recorded){ .json = json, .line = line };
    const char *wrong = take_message(message, json);
    if (!wrong)
        recording->count++;
    return wrong;
}

bool recording_read(struct recording *recording, const char *path)
{
    bool standard = strcmp(path, "-") == 0, good = true;
    FILE *file = standard ? stdin : fopen(path, "re");
    char *text = NULL;
    size_t room = 0;
    unsigned line = 0;
    if (!file) {
        perror(path);
        return false;
    }
    for (ssize_t len; good && (len = getline(&text, &room, file)) >= 0;) {
        json_error_t error;
        line++;
        if (text[strspn(text, " \t\r\n")] == '\0')
            continue;
        json_t *json = json_loadb(text, (size_t)len, 0, &error);
        const char *wrong = json ? add(recording, json, line) : error.text;
        good = !wrong;
        if (wrong) {
            fprintf(stderr, "carillonctl: %s:%u: %s\n", path, line, wrong);
            json_decref(json);
        }
    }
    free(text);
    if (!standard)
        fclose(file);
    return good;
}

bool recording_make(struct recording *recording, const char *point, const char *text)
{
    json_t *json = json_pack("{s:s, s:s}", "point", point ? point : "message.publish", "text",
                             text ? text : "Hello, this is a message like many others.");
    const char *wrong = json ? add(recording, json, 0) : "the text is no UTF-8";
    if (!wrong)
        return true;
    fprintf(stderr, "carillonctl: %s\n", wrong);
    json_decref(json);
    return false;
}

void recording_free(struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++)
        json_decref(recording->messages[i].json);
    free(recording->messages);
    *recording = (struct recording){ 0 };
}
