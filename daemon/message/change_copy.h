/* A change of one's own, for who keeps it longer than its maker does. */
#ifndef CARILLON_MESSAGE_CHANGE_COPY_H
#define CARILLON_MESSAGE_CHANGE_COPY_H

#include "base/arena.h"
#include <carillon/message.h>

/* Any thread. Everything that it points to is copied into the arena; NULL when that is full. */
const struct carillon_change *change_copy(struct carillon_arena *arena, const struct carillon_change *change);

#endif
