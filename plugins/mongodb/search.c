#include "message.h"
#include "operations.h"
#include "words.h"

#include <stdint.h>
#include <string.h>

enum { QUERY_WORDS_MAX = 32, STEP = 200 };

/* One word as it was typed, such as "example.org": its parts must follow each other. */
struct phrase {
    size_t first, count; /* in the query's words */
};

struct search {
    struct words words; /* all parts of all phrases */
    struct phrase phrases[QUERY_WORDS_MAX];
    size_t phrase_count;
    bool prefix; /* the last part may be the beginning of a word */
    bool several_parts;
    bson_t *member_of; /* { name: { $in } } of the user; NULL: all may be seen */
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool add_phrase(struct search *search, struct carillon_str typed, struct carillon_storage_thread *thread)
{
    struct words parts;
    if (!words_split(typed, QUERY_WORDS_MAX, &parts)) {
        words_free(&parts);
        return false;
    }
    size_t n = parts.count;
    if (n && search->phrase_count < QUERY_WORDS_MAX && search->words.count + n <= (size_t)QUERY_WORDS_MAX) {
        search->phrases[search->phrase_count++] = (struct phrase){ search->words.count, n };
        for (size_t i = 0; i < n; i++)
            search->words.list[search->words.count++] = doc_copy(thread, parts.list[i]);
        search->several_parts |= n > 1;
    }
    search->prefix = n > 0;
    words_free(&parts);
    return true;
}

/* Words without a letter or digit say nothing. */
static bool parse(struct carillon_storage_thread *thread, struct search *search)
{
    struct carillon_str text = thread->request->in.text;
    search->words.list = doc_alloc(thread, QUERY_WORDS_MAX * sizeof(*search->words.list));
    for (size_t i = 0, begin; search->words.list && i < text.len;) {
        while (i < text.len && is_space(text.ptr[i]))
            i++;
        for (begin = i; i < text.len && !is_space(text.ptr[i]); i++)
            ;
        if (i > begin && !add_phrase(search, (struct carillon_str){ text.ptr + begin, i - begin }, thread))
            return false;
    }
    return search->words.count > 0;
}

/* { words: { $elemMatch: { $gte: "beg", $lt: "beh" } } }: plain comparison, nothing of the text is a pattern. */
static void append_prefix(bson_t *branch, struct carillon_str word)
{
    bson_t child, range;
    char end[WORD_BYTES_MAX + 8];
    memcpy(end, word.ptr, word.len);
    memcpy(end + word.len, "\xf4\x8f\xbf\xbf", 5); /* the last code point there is */
    bson_append_document_begin(branch, "words", -1, &child);
    bson_append_document_begin(&child, "$elemMatch", -1, &range);
    doc_str(&range, "$gte", word);
    doc_str(&range, "$lte", (struct carillon_str){ end, word.len + 4 });
    bson_append_document_end(&child, &range);
    bson_append_document_end(branch, &child);
}

static bson_t *build_filter(struct carillon_storage_thread *thread, const struct search *search,
                            const bson_oid_t *below)
{
    bson_t *filter = thread->request->in.conversation.ptr ? query_scope(thread) : query_app(thread);
    bson_t all, branch, bound;
    char room[16];
    const char *index;
    if (below) {
        bson_append_document_begin(filter, "order", -1, &bound);
        bson_append_oid(&bound, "$lt", -1, below);
        bson_append_document_end(filter, &bound);
    }
    bson_append_array_begin(filter, "$and", -1, &all);
    for (size_t i = 0; i < search->words.count; i++) {
        bson_uint32_to_string((uint32_t)i, &index, room, sizeof(room));
        bson_append_document_begin(&all, index, -1, &branch);
        if (search->prefix && i + 1 == search->words.count)
            append_prefix(&branch, search->words.list[i]);
        else
            doc_str(&branch, "words", search->words.list[i]);
        bson_append_document_end(&all, &branch);
    }
    bson_append_array_end(filter, &all);
    return filter;
}

static bool has_phrases(const bson_t *doc, const struct search *search)
{
    struct words words;
    bool all = true;
    if (!search->several_parts)
        return true;
    if (!words_split(doc_peek_str(doc, "body"), SIZE_MAX, &words)) {
        words_free(&words);
        return false;
    }
    for (size_t i = 0; all && i < search->phrase_count; i++)
        all = words_have_phrase(&words, search->words.list + search->phrases[i].first, search->phrases[i].count,
                                search->prefix && i + 1 == search->phrase_count);
    words_free(&words);
    return all;
}

/* Is the user a member, or is it public and that is enough? */
static bool may_see(struct carillon_storage_thread *thread, const struct search *search, struct carillon_str name)
{
    bson_iter_t iter, list;
    if (!search->member_of)
        return true;
    if (bson_iter_init(&iter, search->member_of) && bson_iter_find_descendant(&iter, "name.$in", &list) &&
        bson_iter_recurse(&list, &iter)) {
        while (bson_iter_next(&iter)) {
            uint32_t len;
            const char *member = bson_iter_utf8(&iter, &len);
            if (str_same(name, (struct carillon_str){ member, len }))
                return true;
        }
    }
    if (!thread->request->in.public_too)
        return false;
    struct carillon_storage_request of = { .app = thread->request->app, .in.conversation = name };
    const struct conversation *conversation = conversation_find(thread, &of);
    return conversation && conversation->visibility == CARILLON_VISIBILITY_PUBLIC;
}

/* Collects what is shown of a page, and whether more follows. */
static void run_search(struct carillon_storage_thread *thread, const struct search *search, const bson_oid_t *below)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_storage_output *out = &thread->request->out;
    int64_t until = mongodb_host->monotonic_ms() + thread->store->read_time_max;
    bson_oid_t last;
    bson_t *opts = doc_sorted("order", -1, 0);
    doc_int(opts, "batchSize", STEP);
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MESSAGES, build_filter(thread, search, below), opts);
    out->messages = doc_alloc(thread, in->limit * sizeof(*out->messages));
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_iter_t iter;
        if (mongodb_host->monotonic_ms() > until)
            thread->failure = FAILURE_UNAVAILABLE;
        if (!has_phrases(doc, search) || !may_see(thread, search, doc_peek_str(doc, "conversation")) ||
            !bson_iter_init_find(&iter, doc, "order") || !BSON_ITER_HOLDS_OID(&iter))
            continue;
        if (out->count == in->limit) {
            out->more = true;
            query_end(cursor);
            break;
        }
        bson_oid_copy(bson_iter_oid(&iter), &last);
        out->messages[out->count++] = message_read(thread, doc);
    }
    if (out->count && !thread->failure)
        message_attach_previews(thread, out->messages, out->count);
    if (out->more)
        out->cursor = query_oid_cursor(thread, &last);
}

enum carillon_result search_messages(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct search search = { 0 };
    bson_oid_t below;
    bool begun;
    if (!query_limit_ok(in->limit) || !query_cursor_oid(in->cursor, &below, &begun))
        return CARILLON_INVALID;
    if (in->conversation.ptr && !conversation_find(thread, request))
        return CARILLON_NOT_FOUND;
    if (!parse(thread, &search))
        return CARILLON_OK;
    /* Whether the user may see a named conversation is the daemon's business. */
    if (!in->any && !in->conversation.ptr) {
        search.member_of = bson_new();
        conversation_append_memberships(thread, search.member_of);
    }
    run_search(thread, &search, begun ? &below : NULL);
    bson_destroy(search.member_of);
    return CARILLON_OK;
}
