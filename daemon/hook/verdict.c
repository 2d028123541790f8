#include "hook/verdict.h"
#include "base/utf8.h"
#include "channel/channel.h"

#include <jansson.h>
#include <string.h>

enum { CODE_MAX = 64, TEXT_MAX = 1000 };

static const unsigned verdicts_known[] = {
#define CARILLON_X(name, text, verdicts) (verdicts),
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
};

/* ---- what it may say: absent, or in good form ---- */

static bool word_valid(struct carillon_str word)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !word.ptr || (word.len > 0 && word.len <= CODE_MAX && strspn(word.ptr, allowed) == word.len);
}

static bool text_valid(struct carillon_str text, size_t max)
{
    return !text.ptr || (text.len <= max && utf8_is_valid(text.ptr, text.len));
}

static bool json_valid(struct carillon_str json)
{
    if (!json.ptr)
        return true;
    json_t *value = json_loadb(json.ptr, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_decref(value);
    return value != NULL;
}

static bool words_valid(const struct carillon_verdict *verdict)
{
    return word_valid(verdict->code) && text_valid(verdict->text, TEXT_MAX);
}

bool verdict_valid(enum carillon_hook_point point, enum carillon_verdict_kind kind,
                   const struct carillon_verdict *verdict)
{
    if ((unsigned)kind >= CARILLON_VERDICT_COUNT || !(verdicts_known[point] & 1u << kind))
        return false;
    switch (kind) {
    case CARILLON_VERDICT_PASS:
    case CARILLON_VERDICT_SUSPEND:
        return true;
    case CARILLON_VERDICT_DROP:
        return words_valid(verdict);
    case CARILLON_VERDICT_MODIFY:
        return text_valid(verdict->body, SIZE_MAX) && json_valid(verdict->data);
    case CARILLON_VERDICT_REROUTE: /* a channel that cannot be is the author's answer */
        return verdict->channel.ptr && verdict->channel.len && text_valid(verdict->channel, SIZE_MAX);
    case CARILLON_VERDICT_COPY:
    case CARILLON_VERDICT_SHADOW:
    case CARILLON_VERDICT_HOLD:
    case CARILLON_VERDICT_MUTE:
    case CARILLON_VERDICT_COUNT:
        break;
    }
    return false;
}

/* ---- what it does ---- */

/* The hook's own words are the author's answer. */
static void refuse(struct action *action, enum error_code error, const struct carillon_verdict *verdict)
{
    action->error = error;
    action->failure = error_failure(error);
    if (verdict->code.ptr)
        action->failure.code = action_str(action, verdict->code).ptr;
    if (verdict->text.ptr)
        action->failure.detail = action_str(action, verdict->text);
}

static void modify(struct action *action, const struct carillon_verdict *verdict)
{
    struct carillon_storage_input *in = &action->request->in;
    if (verdict->body.ptr)
        in->text = action_str(action, verdict->body);
    if (verdict->data.ptr)
        in->data = action_str(action, verdict->data);
}

static void reroute(struct action *action, const struct carillon_verdict *verdict)
{
    action->request->in.conversation = action_str(action, verdict->channel);
    action->rerouted = true;
}

enum verdict_effect verdict_apply(struct action *action, enum carillon_verdict_kind kind,
                                  const struct carillon_verdict *verdict)
{
    switch (kind) {
    case CARILLON_VERDICT_PASS:
        return VERDICT_GO_ON;
    case CARILLON_VERDICT_DROP:
        refuse(action, ERROR_HOOK, verdict);
        return VERDICT_REFUSED;
    case CARILLON_VERDICT_MODIFY:
        modify(action, verdict);
        return VERDICT_GO_ON;
    case CARILLON_VERDICT_REROUTE:
        reroute(action, verdict);
        return VERDICT_PASSED;
    case CARILLON_VERDICT_COPY:
    case CARILLON_VERDICT_SHADOW:
    case CARILLON_VERDICT_HOLD:
    case CARILLON_VERDICT_MUTE:
    case CARILLON_VERDICT_SUSPEND:
    case CARILLON_VERDICT_COUNT:
        break;
    }
    return VERDICT_FAULTY;
}
