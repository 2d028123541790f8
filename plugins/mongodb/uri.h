/* The connection string: what is added to it, and what of it people may see. */
#ifndef MONGODB_URI_H
#define MONGODB_URI_H

#include "store.h"

/* Sets the store's uri, database and shown. error never holds the string itself, which has a password in it. */
enum carillon_result uri_open(struct carillon_storage *store, char *error, size_t error_size);

#endif
