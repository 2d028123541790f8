/* Reads: each sees one snapshot. */
#ifndef SQLITE_READ_H
#define SQLITE_READ_H

#include "store.h"

/* The contract's read(). */
void read_request(struct carillon_storage_thread *thread, struct carillon_storage_request *request);

#endif
