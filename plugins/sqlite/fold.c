#include "fold.h"

#include "conversation.h"
#include "query.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <string.h>

/* 0 marks an empty place, so no hash is 0. */
static uint64_t hash_of(const struct carillon_storage_thread *thread, int64_t author, int64_t conversation,
                        struct carillon_str client_id)
{
    const int64_t keys[] = { author, conversation };
    uint64_t hash = XXH3_64bits_withSeed(client_id.ptr, client_id.len, thread->seed);
    hash = XXH3_64bits_withSeed(keys, sizeof(keys), hash);
    return hash ? hash : 1;
}

static uint64_t *place_of(struct fresh *fresh, uint64_t hash)
{
    size_t i = hash % FRESH_PLACES;
    while (fresh->hashes[i] && fresh->hashes[i] != hash)
        i = (i + 1) % FRESH_PLACES;
    return &fresh->hashes[i];
}

static void note(struct fresh *fresh, uint64_t hash)
{
    fresh->rows++;
    if (fresh->rows < FRESH_PLACES) /* beyond it everything may be there */
        *place_of(fresh, hash) = hash;
}

static void clear(struct fresh *fresh)
{
    memset(fresh->hashes, 0, sizeof(fresh->hashes));
    fresh->rows = 0;
    fresh->known = true;
}

/* After the start, or a rollback. */
static void look_up(struct carillon_storage_thread *thread)
{
    struct fresh *fresh = &thread->fresh;
    clear(fresh);
    conversation_flush(thread);
    sqlite3_stmt *row = QUERY0(thread, FRESH_ALL);
    while (query_row(thread, row)) {
        struct carillon_str client_id = { (const char *)sqlite3_column_text(row, 2),
                                          (size_t)sqlite3_column_bytes(row, 2) };
        note(fresh, hash_of(thread, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), client_id));
    }
    fresh->known = !thread->error;
}

bool fresh_may_have(struct carillon_storage_thread *thread, int64_t author, int64_t conversation,
                    struct carillon_str client_id)
{
    struct fresh *fresh = &thread->fresh;
    if (!fresh->known)
        look_up(thread);
    return fresh->rows >= FRESH_PLACES || *place_of(fresh, hash_of(thread, author, conversation, client_id));
}

void fresh_note(struct carillon_storage_thread *thread, int64_t author, int64_t conversation,
                struct carillon_str client_id)
{
    struct fresh *fresh = &thread->fresh;
    if (fresh->known)
        note(fresh, hash_of(thread, author, conversation, client_id));
}

void fresh_forget(struct carillon_storage_thread *thread)
{
    thread->fresh.known = false;
}

void fold_now(struct carillon_storage_thread *thread)
{
    conversation_flush(thread); /* the last positions of this batch */
    RUN0(thread, FOLD_AUTHORED);
    RUN0(thread, FOLD_CLIENT_IDS);
    RUN0(thread, FOLD_CONVERSATIONS);
    RUN0(thread, FOLD_END);
    thread->appended = 0;
    thread->folded = true;
    clear(&thread->fresh);
}

void fold_if_due(struct carillon_storage_thread *thread)
{
    bool due = thread->appended >= thread->store->fold_rows || (thread->appended && !thread->folded);
    if (due && !thread->error)
        fold_now(thread);
}
