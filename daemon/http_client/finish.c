#include "http_client/client_private.h"

#include "base/arena.h"
#include "base/handle.h"
#include "stats/stats.h"

#include <ctype.h>
#include <string.h>

static const char *const outcome_texts[] = {
#define CARILLON_X(name, word, text) text,
    CARILLON_FETCH_OUTCOMES(CARILLON_X)
#undef CARILLON_X
};

static void outcome_count(enum carillon_fetch_outcome outcome)
{
    static const enum stat_counter counters[] = {
#define CARILLON_X(name, word, text) STAT_FETCH_##name,
        CARILLON_FETCH_OUTCOMES(CARILLON_X)
#undef CARILLON_X
    };
    stats_count(counters[outcome]);
}

static bool is_redirected(const struct fetch *fetch)
{
    long status = 0;
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    return status / 100 == 3;
}

static enum carillon_fetch_outcome outcome_of(const struct fetch *fetch, CURLcode code)
{
    if (fetch->too_large)
        return CARILLON_FETCH_TOO_LARGE;
    if (fetch->no_memory)
        return CARILLON_FETCH_FAILED;
    switch (code) {
    case CURLE_OK:
        return CARILLON_FETCH_DONE;
    case CURLE_OPERATION_TIMEDOUT:
        return CARILLON_FETCH_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
        return CARILLON_FETCH_RESOLVE_FAILED;
    case CURLE_COULDNT_CONNECT:
        return fetch->address_refused ? CARILLON_FETCH_ADDRESS_REFUSED : CARILLON_FETCH_CONNECT_FAILED;
    case CURLE_ABORTED_BY_CALLBACK:
        return fetch->address_refused ? CARILLON_FETCH_ADDRESS_REFUSED : CARILLON_FETCH_FAILED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return CARILLON_FETCH_TLS_FAILED;
    case CURLE_TOO_MANY_REDIRECTS:
        return CARILLON_FETCH_REDIRECT_REFUSED;
    case CURLE_UNSUPPORTED_PROTOCOL: /* of where a redirect leads, or there was no status line */
    case CURLE_URL_MALFORMAT:
        return is_redirected(fetch) ? CARILLON_FETCH_REDIRECT_REFUSED : CARILLON_FETCH_BROKEN;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_SSL_ENGINE_NOTFOUND:
        return CARILLON_FETCH_FAILED;
    default:
        return CARILLON_FETCH_BROKEN;
    }
}

/* ---- the answer's headers ---- */

static struct carillon_str lower_case(struct carillon_arena *arena, const char *name)
{
    struct carillon_str copy = arena_str(arena, (struct carillon_str){ name, strlen(name) });
    for (char *c = (char *)copy.ptr; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static size_t headers_count(CURL *easy)
{
    size_t count = 0;
    for (struct curl_header *header = NULL; (header = curl_easy_nextheader(easy, CURLH_HEADER, -1, header));)
        count++;
    return count;
}

static bool headers_collect(struct fetch *fetch, struct carillon_arena *arena, struct carillon_fetched *fetched)
{
    size_t count = headers_count(fetch->easy), i = 0;
    struct carillon_http_param *params = arena_alloc(arena, count * sizeof *params);
    if (!params)
        return false;
    for (struct curl_header *header = NULL; (header = curl_easy_nextheader(fetch->easy, CURLH_HEADER, -1, header));)
        params[i++] = (struct carillon_http_param){ .name = lower_case(arena, header->name),
                                                    .value = { header->value, strlen(header->value) } };
    fetched->headers = params;
    fetched->header_count = count;
    return count == 0 || params[count - 1].name.ptr;
}

/* ---- the end ---- */

static void fetch_release(struct fetch *fetch, bool resolving)
{
    struct client *client = fetch->client;
    if (!fetch->running)
        queue_leave(fetch);
    else
        multi_stop(fetch);
    handle_close(fetch->handle);
    TAILQ_REMOVE(&client->all, fetch, in_all);
    if (fetch->running && resolving)
        place_haunt(client, fetch->owner);
    else
        place_release(client, fetch->owner, fetch->running);
}

static void fetch_tell(struct fetch *fetch, struct carillon_fetched *fetched)
{
    fetched->took_ms = loop_monotonic_ms() - fetch->began_ms;
    outcome_count(fetched->outcome);
    stats_observe(STAT_FETCH_TIME, (uint64_t)fetched->took_ms * 1000000);
    fetch->done(fetched, fetch->arg);
}

void fetch_finish_as(struct fetch *fetch, enum carillon_fetch_outcome outcome, const char *detail)
{
    const char *text = detail ? detail : outcome_texts[outcome];
    struct carillon_fetched fetched = { .outcome = outcome, .detail = { text, strlen(text) } };
    fetch_release(fetch, fetch->resolving);
    fetch_tell(fetch, &fetched);
    fetch_free(fetch);
}

static void fetch_answered(struct fetch *fetch)
{
    long status = 0;
    struct carillon_arena *arena = arena_new(16 * fetch->headers_max + 4096);
    struct carillon_fetched fetched = { .outcome = CARILLON_FETCH_DONE, .body = { "", 0 } };
    if (!arena || !headers_collect(fetch, arena, &fetched)) {
        arena_free(arena);
        fetch_finish_as(fetch, CARILLON_FETCH_FAILED, NULL);
        return;
    }
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    fetched.status = (unsigned)status;
    if (fetch->body)
        fetched.body = (struct carillon_str){ fetch->body, fetch->body_len };
    fetch_release(fetch, false);
    fetch_tell(fetch, &fetched);
    arena_free(arena);
    fetch_free(fetch);
}

void fetch_finish(struct fetch *fetch, CURLcode code)
{
    enum carillon_fetch_outcome outcome = outcome_of(fetch, code);
    if (outcome == CARILLON_FETCH_DONE) {
        fetch_answered(fetch);
        return;
    }
    if (outcome != CARILLON_FETCH_TIMEOUT)
        fetch->resolving = false; /* its thread has ended */
    fetch_finish_as(fetch, outcome, fetch->error[0] && outcome != CARILLON_FETCH_ADDRESS_REFUSED ? fetch->error : NULL);
}

void fetch_drop(struct fetch *fetch)
{
    outcome_count(CARILLON_FETCH_CANCELLED);
    fetch_release(fetch, fetch->resolving);
    fetch_free(fetch);
}
