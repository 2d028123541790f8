#include "session/session.h"
#include "base/str.h"

#include "base/hash.h"
#include "channel/attach.h"
#include "fanout/codec.h"
#include "fanout/replay.h"
#include "fanout/roster.h"
#include "session/admit.h"
#include "session/limits.h"
#include "stats/stats.h"

#include <stdlib.h>

struct subscription *session_find_subscription(const struct session *session, struct carillon_str channel)
{
    for (unsigned i = 0; i < session->subscription_count; i++)
        if (str_equal(topic_name(session->subscriptions[i]->topic), channel))
            return session->subscriptions[i];
    return NULL;
}

static bool session_reserve_subscription(struct session *session)
{
    if (session->subscription_count < session->subscription_room)
        return true;
    uint16_t room = (uint16_t)(session->subscription_room ? session->subscription_room * 2 : 2);
    struct subscription **list = realloc(session->subscriptions, room * sizeof(*list));
    if (!list)
        return false;
    session->subscriptions = list;
    session->subscription_room = room;
    return true;
}

struct subscription *session_add_subscription(struct session *session, const struct attach *attach)
{
    struct carillon_str name = { attach->name, attach->name_len };
    if (!session_reserve_subscription(session))
        return NULL;
    struct subscription *subscription = topic_join(session->app, name, attach->epoch_now, session);
    if (!subscription)
        return NULL;
    subscription->pos = attach->recovery == CARILLON_RECOVERY_RECOVERED && attach->event_count
                            ? attach->events[0]->pub.pos - 1
                            : attach->pos_now;
    subscription->identity = identity_ref(attach->identity);
    session->subscriptions[session->subscription_count++] = subscription;
    return subscription;
}

/* Takes it off the session's list and out of its topic, and tells the home. */
static void subscription_end(struct subscription *subscription)
{
    struct session *session = subscription->session;
    struct carillon_str name = topic_name(subscription->topic);
    for (unsigned i = 0; i < session->subscription_count; i++)
        if (session->subscriptions[i] == subscription)
            session->subscriptions[i] = session->subscriptions[session->subscription_count - 1];
    session->subscription_count--;
    session_tell_unsubscribed(session, subscription->identity, name);
    channel_detach(session->app, name, subscription->identity);
    identity_unref(subscription->identity);
    topic_leave(subscription);
}

void session_end_subscriptions(struct session *session)
{
    while (session->subscription_count)
        subscription_end(session->subscriptions[session->subscription_count - 1]);
    free(session->subscriptions);
    session->subscriptions = NULL;
}

void session_drop_subscription(struct subscription *subscription, const struct carillon_failure *failure)
{
    struct session *session = subscription->session;
    char name[SCOPED_NAME_MAX];
    struct carillon_str channel = topic_name(subscription->topic);
    memcpy(name, channel.ptr, channel.len + 1);
    channel.ptr = name;
    subscription_end(subscription);
    if (session->ops->unsubscribed && !session->closing)
        session->ops->unsubscribed(session->handle, session->state, channel, failure);
}

void session_continue_replays(void *owner)
{
    struct session *session = owner;
    for (unsigned i = 0; i < session->subscription_count; i++)
        if (session->subscriptions[i]->replay)
            replay_continue(session->subscriptions[i]);
}

/* ---- subscribing ---- */

static void subscribe_refused(struct session *session, const struct attach *attach,
                              const struct carillon_failure *failure)
{
    stats_count(STAT_SUBSCRIBE_REFUSED);
    struct carillon_subscribed shown = { .channel = { attach->name, attach->name_len } };
    session->ops->subscribed(session->handle, session->state, attach->cookie, &shown, failure);
}

static void subscribe_told(struct session *session, const struct attach *attach)
{
    static const enum stat_counter counters[] = { [CARILLON_RECOVERY_NONE] = STAT_SUBSCRIBED,
                                                  [CARILLON_RECOVERY_RECOVERED] = STAT_SUBSCRIBED_RECOVERED,
                                                  [CARILLON_RECOVERY_RESET] = STAT_SUBSCRIBED_RESET };
    stats_count(counters[attach->recovery]);
    bool plain = attach->roster && !codec_encodes_members(session->codec);
    struct carillon_user *users = plain ? roster_users(attach->roster) : NULL;
    struct carillon_subscribed shown = {
        .channel = { attach->name, attach->name_len },
        .pos = attach->pos_now,
        .recovery = attach->recovery,
        .reason = attach->reason,
        .stored = attach->stored,
        .users = users,
        .user_count = attach->roster && (users || !plain) ? attach->roster->count : 0,
        .roster = attach->roster,
        .cache_missed = attach->cache_missed,
    };
    if (attach->epoch_now[0])
        shown.epoch = (struct carillon_str){ attach->epoch_now, strlen(attach->epoch_now) };
    session->ops->subscribed(session->handle, session->state, attach->cookie, &shown, NULL);
    free(users);
}

/* It is older than what was subscribed to: the subscription's place stays. */
static void subscribe_add_cached(struct subscription *subscription, const struct attach *attach)
{
    uint64_t pos = subscription->pos;
    if (!attach->cached)
        return;
    topic_deliver_to(subscription, attach->cached);
    subscription->pos = pos;
}

/* What was missed goes behind the answer; live events join its end. */
static void subscribe_replay(struct subscription *subscription, const struct attach *attach)
{
    if (!attach->event_count || attach->recovery != CARILLON_RECOVERY_RECOVERED)
        return;
    if (replay_start(subscription, attach->events, attach->event_count) == CARILLON_OK)
        replay_continue(subscription);
    else
        session_close(subscription->session, ERROR_SLOW_CONSUMER, 0);
}

static void subscribe_done(struct attach *attach)
{
    struct carillon_str name = { attach->name, attach->name_len };
    struct session *session = session_get(attach->session, NULL);
    bool here = session && !session->closing;
    enum error_code error = attach->error;
    struct subscription *subscription = NULL;
    if (here) {
        session->attaching--;
        if (error == ERROR_NONE && session_find_subscription(session, name))
            error = ERROR_EXISTS;
        else if (error == ERROR_NONE && !(subscription = session_add_subscription(session, attach)))
            error = ERROR_BUSY;
    }
    if (attach->error == ERROR_NONE && !subscription)
        channel_detach(attach->app, name, attach->identity);
    if (subscription) {
        subscribe_told(session, attach);
        subscription = session_find_subscription(session, name); /* who was told may have left at once */
        if (subscription) {
            subscribe_add_cached(subscription, attach);
            subscribe_replay(subscription, attach);
        }
    } else if (here) {
        struct carillon_failure failure = error_failure(error);
        subscribe_refused(session, attach, &failure);
    }
    attach_free(attach);
}

static void subscribe_judged(void *arg, const struct carillon_failure *refused)
{
    struct attach *attach = arg;
    struct session *session = session_get(attach->session, NULL);
    bool here = session && !session->closing;
    if (here && !refused) {
        channel_attach(attach);
        return;
    }
    if (here) {
        session->attaching--;
        subscribe_refused(session, attach, refused);
    }
    attach_free(attach);
}

static enum error_code subscribe_check(const struct session *session, struct carillon_str channel)
{
    if ((uint32_t)session->subscription_count + session->attaching >= session_limits()->subscriptions)
        return ERROR_SUBSCRIPTION_LIMIT;
    return session_find_subscription(session, channel) ? ERROR_EXISTS : ERROR_NONE;
}

static void subscribe_answer(struct task *task)
{
    subscribe_done((struct attach *)task);
}

static enum carillon_result subscribe_begin(struct session *session, struct attach *attach, enum error_code wrong,
                                            uint64_t cookie)
{
    if (!attach)
        return CARILLON_NO_MEMORY;
    attach->session = session->handle;
    attach->cookie = cookie;
    attach->done = subscribe_done;
    attach->error = wrong;
    session->attaching++;
    struct carillon_str name = { attach->name, attach->name_len };
    if (attach->error != ERROR_NONE) {
        attach->task.run = subscribe_answer;
        post_task(worker_index(), &attach->task);
    } else if (!session_judge_subscribe(session, attach->identity, name, subscribe_judged, attach)) {
        channel_attach(attach);
    }
    return CARILLON_OK;
}

enum carillon_result session_subscribe(carillon_handle handle, struct carillon_str channel, struct carillon_str epoch,
                                       uint64_t pos, uint64_t cookie)
{
    enum carillon_result why = CARILLON_OK;
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    if (!session->identity)
        return CARILLON_UNAUTHORIZED;
    bool valid = channel_name_valid(channel) && !str_equal(channel, CARILLON_STR("#user"));
    enum error_code wrong = valid ? subscribe_check(session, channel) : ERROR_INVALID_CHANNEL;
    return subscribe_begin(session, attach_new(session->app, session->identity, channel, epoch, pos), wrong, cookie);
}

/* As whom: as the member that is named, or as who is signed in. */
static const struct identity *subscribe_identity(const struct session *session, const struct carillon_subscribe *what)
{
    return what->member.id.ptr ? identity_new_vouched(session->app, &what->member, what->info)
                               : identity_ref(session->identity);
}

/* By which a channel is routed; "#user" is everybody's own. */
static struct carillon_str routed_name(const struct session *session, struct carillon_str channel,
                                       char room[PERSONAL_NAME_SIZE])
{
    if (!str_equal(channel, CARILLON_STR("#user")) || !session->identity || identity_is_anonymous(session->identity))
        return channel;
    return channel_name_personal(room, session->identity->user.id);
}

enum carillon_result session_subscribe_with(carillon_handle handle, const struct carillon_subscribe *what,
                                            uint64_t cookie)
{
    enum carillon_result why = CARILLON_OK;
    char room[PERSONAL_NAME_SIZE];
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    if (!session->identity)
        return CARILLON_UNAUTHORIZED;
    struct carillon_str routed = routed_name(session, what->channel, room);
    bool personal = routed.ptr == room, valid = channel_name_valid(what->channel);
    bool refused = !valid || (!personal && str_equal(what->channel, CARILLON_STR("#user")));
    enum error_code wrong = refused ? ERROR_INVALID_CHANNEL : subscribe_check(session, routed);
    const struct identity *identity = subscribe_identity(session, what);
    if (!identity)
        return CARILLON_NO_MEMORY;
    struct attach *attach = attach_new(session->app, identity, routed, what->epoch, what->pos);
    identity_unref(identity);
    if (attach) {
        attach->authorised = what->authorised;
        attach->members_max = what->members_max;
    }
    return subscribe_begin(session, attach, wrong, cookie);
}

enum carillon_result session_unsubscribe(carillon_handle handle, struct carillon_str channel)
{
    enum carillon_result why = CARILLON_OK;
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    char room[PERSONAL_NAME_SIZE];
    struct subscription *subscription = session_find_subscription(session, routed_name(session, channel, room));
    if (!subscription)
        return CARILLON_NOT_FOUND;
    subscription_end(subscription);
    return CARILLON_OK;
}

size_t session_positions(carillon_handle handle, struct carillon_position *positions, size_t n)
{
    struct session *session = session_get(handle, NULL);
    if (!session)
        return 0;
    for (size_t i = 0; i < session->subscription_count && i < n; i++) {
        const struct subscription *subscription = session->subscriptions[i];
        const char *epoch = topic_epoch(subscription->topic);
        positions[i] = (struct carillon_position){ .channel = topic_name(subscription->topic),
                                                   .epoch = { epoch, strlen(epoch) },
                                                   .pos = subscription->pos };
    }
    return session->subscription_count;
}
