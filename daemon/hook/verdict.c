#include "hook/verdict.h"
#include "base/str.h"
#include "base/utf8.h"
#include "channel/channel.h"
#include "hook/copy.h"
#include "hook/mute.h"

#include <jansson.h>
#include <string.h>

enum { CODE_MAX = 64, TEXT_MAX = 1000 };

static const int64_t DAY_MS = 86400000;
#define MUTE_MS_MAX (366 * DAY_MS)
#define HOLD_MS_MAX (366 * DAY_MS)
#define HOLD_MS_DEFAULT (7 * DAY_MS)

static const unsigned verdicts_known[] = {
#define CARILLON_X(name, text, verdicts) (verdicts),
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
};

/* ---- what it may say: absent, or in good form ---- */

static bool word_valid(struct carillon_str word)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    if (!word.ptr)
        return true;
    bool good = word.len > 0 && word.len <= CODE_MAX;
    for (size_t i = 0; good && i < word.len; i++)
        good = memchr(allowed, word.ptr[i], sizeof allowed - 1) != NULL;
    return good;
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

static const char *words_wrong(const struct carillon_verdict *verdict)
{
    if (!word_valid(verdict->code))
        return "has a code that is not 1 to 64 of A-Z a-z 0-9 _ . -";
    return text_valid(verdict->text, TEXT_MAX) ? NULL : "has a text that is not UTF-8, or longer than 1000 bytes";
}

static const char *modify_wrong(const struct carillon_verdict *verdict)
{
    if (!text_valid(verdict->body, SIZE_MAX))
        return "has a new text that is not UTF-8";
    return json_valid(verdict->data) ? NULL : "has data that are not JSON";
}

static const char *mute_wrong(const struct carillon_verdict *verdict)
{
    struct carillon_str channel = verdict->channel;
    if (channel.ptr && !str_equal(channel, CARILLON_STR("*")) && !channel_name_valid(channel))
        return "names a channel that cannot be";
    if (verdict->user.ptr && !user_id_valid(verdict->user))
        return "names a user who cannot be";
    if (verdict->ttl_ms < 0 || verdict->ttl_ms > MUTE_MS_MAX)
        return "mutes for less than nothing, or for more than 366 days";
    return words_wrong(verdict);
}

static const char *hold_wrong(const struct carillon_verdict *verdict)
{
    if (!word_valid(verdict->queue))
        return "names a queue that is not 1 to 64 of A-Z a-z 0-9 _ . -";
    if (verdict->ttl_ms < 0 || verdict->ttl_ms > HOLD_MS_MAX)
        return "holds for less than nothing, or for more than 366 days";
    return words_wrong(verdict);
}

bool verdict_known(enum carillon_hook_point point, enum carillon_verdict_kind kind)
{
    return (unsigned)kind < CARILLON_VERDICT_COUNT && verdicts_known[point] & 1u << kind;
}

/* Whatever the author is. */
static bool ends_chain(enum carillon_verdict_kind kind)
{
    return kind == CARILLON_VERDICT_DROP || kind == CARILLON_VERDICT_REROUTE || kind == CARILLON_VERDICT_SHADOW ||
           kind == CARILLON_VERDICT_HOLD || kind == CARILLON_VERDICT_SUSPEND;
}

const char *verdict_wrong(enum carillon_hook_point point, enum carillon_verdict_kind kind,
                          const struct carillon_verdict *verdict)
{
    if (!verdict_known(point, kind))
        return "is of a kind that its point does not know";
    if (verdict->then && ends_chain(kind))
        return "ends the chain, and yet another stands behind it";
    switch (kind) {
    case CARILLON_VERDICT_DROP:
        return words_wrong(verdict);
    case CARILLON_VERDICT_MODIFY:
        return modify_wrong(verdict);
    case CARILLON_VERDICT_REROUTE: /* a channel that cannot be is the author's answer */
        return verdict->channel.ptr && verdict->channel.len && text_valid(verdict->channel, SIZE_MAX)
                   ? NULL
                   : "names no channel to go to";
    case CARILLON_VERDICT_COPY:
        return channel_name_valid(verdict->channel) && channel_kind(verdict->channel) != CHANNEL_RESERVED
                   ? NULL
                   : "names a channel that cannot be";
    case CARILLON_VERDICT_MUTE:
        return mute_wrong(verdict);
    case CARILLON_VERDICT_HOLD:
        return hold_wrong(verdict);
    case CARILLON_VERDICT_PASS:
    case CARILLON_VERDICT_SUSPEND:
    case CARILLON_VERDICT_SHADOW:
    case CARILLON_VERDICT_COUNT:
        break;
    }
    return NULL;
}

const char *verdicts_wrong(enum carillon_hook_point point, enum carillon_verdict_kind kind,
                           const struct carillon_verdict *verdict)
{
    const char *wrong = verdict_wrong(point, kind, verdict);
    for (unsigned n = 1; !wrong && verdict->then; n++) {
        verdict = verdict->then;
        if (n == CARILLON_VERDICTS_MAX)
            return "is followed by too many others";
        wrong = verdict->kind == CARILLON_VERDICT_SUSPEND ? "is followed by one that tells to wait"
                                                          : verdict_wrong(point, verdict->kind, verdict);
    }
    return wrong;
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

static void hold(struct action *action, const struct carillon_verdict *verdict)
{
    struct carillon_storage_input *in = &action->request->in;
    action->held = true;
    in->queue = action_str(action, verdict->queue.ptr ? verdict->queue : CARILLON_STR("default"));
    in->reason = action_str(action, verdict->text);
    in->expires_ms = in->now_ms + (verdict->ttl_ms ? verdict->ttl_ms : HOLD_MS_DEFAULT);
}

/* Who mutes the author refuses what they just did, too. */
static enum verdict_effect mute(struct action *action, const struct carillon_verdict *verdict)
{
    struct carillon_str author = action_author(action)->id;
    struct carillon_str user = verdict->user.ptr ? verdict->user : author;
    struct carillon_str channel = verdict->channel.ptr ? verdict->channel : action->request->in.conversation;
    const struct carillon_mute what = { user, channel, verdict->text, loop_wall_ms() + verdict->ttl_ms };
    mute_set(action->request->app, &what);
    if (!str_equal(user, author) || !verdict->ttl_ms)
        return VERDICT_GO_ON;
    refuse(action, ERROR_MUTED, verdict);
    return VERDICT_REFUSED;
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
        return copies_add(action, verdict->channel) ? VERDICT_GO_ON : VERDICT_FAULTY;
    case CARILLON_VERDICT_SHADOW:
        action->shadowed = true;
        return VERDICT_PASSED;
    case CARILLON_VERDICT_MUTE:
        return mute(action, verdict);
    case CARILLON_VERDICT_HOLD:
        hold(action, verdict);
        return VERDICT_PASSED;
    case CARILLON_VERDICT_SUSPEND:
    case CARILLON_VERDICT_COUNT:
        break;
    }
    return VERDICT_FAULTY;
}
