/*
 * Making other programs' writes changes of their conversation: a new message gets its pos, an edit and a deletion become
 * a change; so does a new conversation, another title, somebody who comes, goes or gets another role. Each is one
 * transaction, which finds out whether it is still to be done: two daemons that see the same event do it once, and an
 * event that is seen again does nothing.
 */
#ifndef MONGODB_ADOPT_H
#define MONGODB_ADOPT_H

#include "store.h"

/*
 * inserted: a message as its insert told it, which saves reading it; NULL: not known.
 * What has become of the document of messages, conversations or members with this _id. Tells the host of the change.
 * False: the storage did not answer, it is to be tried again.
 */
bool adopt_look(struct carillon_storage_thread *thread, enum collection in, const bson_value_t *key,
                const bson_t *inserted);
/* Looks at all of them: for when events were lost. */
bool adopt_look_at_all(struct carillon_storage_thread *thread);

#endif
