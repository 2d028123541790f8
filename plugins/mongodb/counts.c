#include "counts.h"

#include <stdio.h>
#include <stdlib.h>

/* Of stages, a pipeline may have 1000. */
enum { BRANCHES_MAX = 400 };

struct branch {
    bson_t *stages; /* an array */
    int64_t *out;
};

struct counts {
    struct branch branches[BRANCHES_MAX];
    size_t count;
    struct counts *next; /* what did not fit */
};

struct counts *counts_new(void)
{
    return calloc(1, sizeof(struct counts));
}

static void add(struct counts *counts, bson_t *stages, int64_t *out)
{
    *out = 0;
    while (counts->count == BRANCHES_MAX) {
        if (!counts->next)
            counts->next = counts_new();
        if (!counts->next) {
            bson_destroy(stages);
            return;
        }
        counts = counts->next;
    }
    counts->branches[counts->count++] = (struct branch){ stages, out };
}

void counts_add(struct counts *counts, bson_t *filter, int64_t *out)
{
    bson_t *stages = BCON_NEW("0", "{", "$match", BCON_DOCUMENT(filter), "}", "1", "{", "$count", BCON_UTF8("n"), "}");
    bson_destroy(filter);
    add(counts, stages, out);
}

void counts_add_first(struct counts *counts, bson_t *filter, const char *field, int64_t *out)
{
    char path[64];
    snprintf(path, sizeof(path), "$%s", field);
    bson_t *stages = BCON_NEW("0", "{", "$match", BCON_DOCUMENT(filter), "}", "1", "{", "$sort", "{", "pos",
                              BCON_INT32(1), "}", "}", "2", "{", "$limit", BCON_INT32(1), "}", "3", "{", "$project",
                              "{", "_id", BCON_INT32(0), "n", BCON_UTF8(path), "}", "}");
    bson_destroy(filter);
    add(counts, stages, out);
}

/* { $match: one document }, { $lookup: a branch }, ...: unlike $unionWith, transactions take that. */
static bson_t *build(const struct counts *counts)
{
    bson_t *pipeline = bson_new(), list;
    bson_t *one = BCON_NEW("$match", "{", "_id", BCON_UTF8("schema"), "}");
    bson_append_array_begin(pipeline, "pipeline", -1, &list);
    bson_append_document(&list, "0", -1, one);
    bson_destroy(one);
    for (size_t i = 0; i < counts->count; i++) {
        char room[16], field[24];
        const char *index;
        snprintf(field, sizeof(field), "b%zu", i);
        bson_t *join = BCON_NEW("$lookup", "{", "from", BCON_UTF8("messages"), "pipeline",
                                BCON_ARRAY(counts->branches[i].stages), "as", BCON_UTF8(field), "}");
        bson_uint32_to_string((uint32_t)i + 1, &index, room, sizeof(room));
        bson_append_document(&list, index, -1, join);
        bson_destroy(join);
    }
    bson_append_array_end(pipeline, &list);
    return pipeline;
}

void counts_run(struct carillon_storage_thread *thread, struct counts *counts)
{
    if (!counts)
        return;
    if (counts->count) {
        mongoc_cursor_t *cursor = query_aggregate(thread, COLLECTION_STATE, build(counts));
        const bson_t *doc = query_next(thread, &cursor);
        for (size_t i = 0; doc && i < counts->count; i++) {
            char path[32];
            snprintf(path, sizeof(path), "b%zu.0.n", i);
            *counts->branches[i].out = doc_get_int(doc, path);
        }
        query_end(cursor);
    }
    for (size_t i = 0; i < counts->count; i++)
        bson_destroy(counts->branches[i].stages);
    counts_run(thread, counts->next);
    free(counts);
}
