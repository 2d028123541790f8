/* Reads: each sees one snapshot of what a majority has. */
#ifndef MONGODB_READ_H
#define MONGODB_READ_H

#include "store.h"

/* The contract's read(). */
void read_request(struct carillon_storage_thread *thread, struct carillon_storage_request *request);

#endif
