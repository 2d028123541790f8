/* Users as rows: the account (who), the signature (under which name). */
#ifndef SQLITE_ACCOUNT_H
#define SQLITE_ACCOUNT_H

#include "store.h"

struct actor {
    int64_t account, signature; /* both 0: nobody */
};

/* As far as there are rows; nobody for a user without id. */
struct actor actor_find(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_user user);
/* Makes the rows that actor_find did not find. Writer only. */
void actor_complete(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_user user,
                    struct actor *actor);
/* After a rollback, or when somebody is forgotten: what the writer remembers of rows may not be true any more. */
void actors_forget(struct carillon_storage_thread *thread);
/* Both at once. Writer only. */
struct actor account_intern(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_user user);
/* 0: no such account. */
int64_t account_find(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_str user);
/* The account's row, made if there is none; 0 for a user without id. Writer only. */
int64_t account_make(struct carillon_storage_thread *thread, struct carillon_str app, struct carillon_str user);
/* For sorting and comparing names without regard to case; absent when memory is short. From the request's arena. */
struct carillon_str account_fold_name(struct carillon_storage_thread *thread, struct carillon_str name);
/* The name's column may be NULL. */
struct carillon_user account_read(struct carillon_storage_thread *thread, sqlite3_stmt *row, int id_column,
                                  int name_column);
struct carillon_user account_copy(struct carillon_storage_thread *thread, struct carillon_user user);

#endif
