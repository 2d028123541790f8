#include "account.h"

#include "operations.h"
#include "query.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int64_t account_find(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_str user)
{
    return user.len ? FETCH(thread, ACCOUNT_FIND, 0, TEXT(app), TEXT(user)) : 0;
}

int64_t account_make(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_str user)
{
    int64_t key = account_find(thread, app, user);
    return key || !user.len ? key : INSERT(thread, ACCOUNT_ADD, TEXT(app), TEXT(user));
}

static struct carillon_str name_of(struct carillon_user user)
{
    return user.name.ptr ? user.name : CARILLON_STR("");
}

/* ---- rows of those who wrote lately: the next message is most often from one of them ---- */

static void hash_part(XXH3_state_t *state, struct carillon_str part)
{
    uint64_t len = part.len;
    XXH3_128bits_update(state, &len, sizeof(len));
    XXH3_128bits_update(state, part.ptr, part.len);
}

/* 128 bits with a secret seed stand for the strings: nobody can choose a name that meets another's. */
static struct known_actor *place_of(struct carillon_storage_thread *thread, struct carillon_str app,
                                    struct carillon_user user, uint64_t hash[2])
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset_withSeed(&state, thread->seed);
    hash_part(&state, app);
    hash_part(&state, user.id);
    hash_part(&state, name_of(user));
    XXH128_hash_t digest = XXH3_128bits_digest(&state);
    hash[0] = digest.low64;
    hash[1] = digest.high64;
    return &thread->actors[digest.low64 % ACTOR_PLACES];
}

void actors_forget(struct carillon_storage_thread *thread)
{
    memset(thread->actors, 0, sizeof(thread->actors));
}

struct actor actor_find(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_user user)
{
    struct actor actor = { 0 };
    uint64_t hash[2] = { 0 };
    if (!user.id.len)
        return actor;
    struct known_actor *known = thread->writer ? place_of(thread, app, user, hash) : NULL;
    if (known && known->account && known->hash[0] == hash[0] && known->hash[1] == hash[1])
        return (struct actor){ known->account, known->signature };
    sqlite3_stmt *row = QUERY(thread, ACTOR_FIND, TEXT(app), TEXT(user.id), TEXT(name_of(user)));
    if (query_row(thread, row)) {
        actor.account = sqlite3_column_int64(row, 0);
        actor.signature = sqlite3_column_int64(row, 1);
        query_end(row);
    }
    if (known && actor.account && actor.signature)
        *known = (struct known_actor){ { hash[0], hash[1] }, actor.account, actor.signature };
    return actor;
}

void actor_complete(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_user user,
                    struct actor *actor)
{
    if (!user.id.len)
        return;
    if (!actor->account)
        actor->account = INSERT(thread, ACCOUNT_ADD, TEXT(app), TEXT(user.id));
    if (!actor->signature)
        actor->signature = INSERT(thread, SIGNATURE_ADD, INT(actor->account), TEXT(name_of(user)));
}

struct actor account_intern(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_user user)
{
    struct actor actor = actor_find(thread, app, user);
    actor_complete(thread, app, user, &actor);
    return actor;
}

struct carillon_str account_fold_name(struct carillon_storage_thread *thread, struct carillon_str name)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len, &folded,
                                        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                            UTF8PROC_IGNORE);
    if (len < 0) /* not UTF-8: the name stands for itself */
        return query_copy(thread, name.ptr ? name : CARILLON_STR(""));
    struct carillon_str copy = query_copy(thread, (struct carillon_str){ (const char *)folded, (size_t)len });
    free(folded);
    return copy;
}

struct carillon_user account_read(struct carillon_storage_thread *thread, sqlite3_stmt *row, int id_column,
                                  int name_column)
{
    return (struct carillon_user){ query_str(thread, row, id_column), query_str(thread, row, name_column) };
}

struct carillon_user account_copy(struct carillon_storage_thread *thread, struct carillon_user user)
{
    return (struct carillon_user){ query_copy(thread, user.id), query_copy(thread, user.name) };
}

enum carillon_result put_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_user *user = &request->in.user;
    if (!user->id.len || !user->name.len)
        return CARILLON_INVALID;
    struct carillon_str sort_name = account_fold_name(thread, user->name);
    int64_t known = account_find(thread, request->app, user->id);
    if (request->in.unique_name &&
        FETCH(thread, ACCOUNT_NAME_TAKEN, 0, TEXT(request->app), TEXT(sort_name), INT(known)))
        return CARILLON_EXISTS;
    struct actor actor = account_intern(thread, request->app, *user);
    RUN(thread, ACCOUNT_REGISTER, INT(actor.account), TEXT(user->name), TEXT(sort_name));
    RUN(thread, MEMBERS_RENAME, INT(actor.account), INT(actor.signature), TEXT(sort_name));
    return CARILLON_OK;
}

enum carillon_result list_users(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct carillon_str above = in->cursor.ptr ? in->cursor : CARILLON_STR("");
    if (!query_limit_ok(in->limit))
        return CARILLON_INVALID;
    out->users = query_alloc(thread, (in->limit + 1) * sizeof(*out->users));
    sqlite3_stmt *row = QUERY(thread, ACCOUNT_PAGE, TEXT(request->app), TEXT(above), INT(in->limit + 1));
    while (out->users && query_row(thread, row))
        out->users[out->count++] = account_read(thread, row, 0, 1);
    out->more = out->count > in->limit;
    if (out->users && out->more)
        out->cursor = out->users[--out->count - 1].id;
    return CARILLON_OK;
}

enum carillon_result get_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    sqlite3_stmt *row = QUERY(thread, ACCOUNT_GET, TEXT(request->app), TEXT(request->in.user.id));
    if (!query_row(thread, row))
        return CARILLON_NOT_FOUND;
    struct carillon_user *user = query_alloc(thread, sizeof(*user));
    if (user)
        *user = account_read(thread, row, 0, 1);
    request->out.user = user;
    query_end(row);
    return CARILLON_OK;
}
