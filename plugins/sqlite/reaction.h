#ifndef SQLITE_REACTION_H
#define SQLITE_REACTION_H

#include "store.h"

/* Takes one user's reaction, which is there, away from a message and counts the rest. */
void reaction_remove(struct carillon_storage_thread *thread, int64_t account, int64_t message,
                     struct carillon_str emoji);

#endif
