/*
 * What others write into the database: another daemon, or another program. The storage plugin notices it and tells how
 * far a conversation's changes go; the home reads what it has not delivered and distributes it like its own.
 */
#ifndef CARILLON_CHANNEL_EXTERNAL_H
#define CARILLON_CHANNEL_EXTERNAL_H

#include <carillon/message.h>

/*
 * Any thread. The conversation has changes up to pos, the last of which is of this type; what its home knows already is
 * left alone. pos 0: it may be gone, and is looked at again. conversation absent: any may have changed, and have another
 * epoch; all that are held are looked at again.
 */
void external_changed(struct carillon_str app, struct carillon_str conversation, uint64_t pos,
                      enum carillon_event_type type);

/* Any thread. The same with the change, which is copied: it saves the home reading it when it comes in its turn. */
void external_told(struct carillon_str app, struct carillon_str conversation, const struct carillon_change *change);

struct task;
/* The home's worker, when the channel goes with its list of waiting tasks: frees those that are external.c's. */
void external_drop(struct task *waiting);
/* Main thread: the workers were joined, the storage was closed. */
void external_close(void);

#endif
