/* One conversation of a copy: its changes repeated in their order, then what no change tells; all of it compared. */
#ifndef CARILLON_STORAGE_COPY_CONVERSATION_H
#define CARILLON_STORAGE_COPY_CONVERSATION_H

#include "storage/copy/side.h"

/* EXISTS: the target has another one of this name. CONFLICT: both sides do not have the same. Both are said. */
enum carillon_result conversation_copy(struct copy *copy, struct carillon_str name);

#endif
