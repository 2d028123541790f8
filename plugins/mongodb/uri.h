/* The connection string: what is added to it, and what of it people may see. */
#ifndef MONGODB_URI_H
#define MONGODB_URI_H

#include "store.h"

/* Sets the store's uri, database and shown. error never holds the string itself, which has a password in it. */
enum carillon_result uri_open(struct carillon_storage *store, char *error, size_t error_size);

enum { SET_NAME_MAX = 128 };
/* Asks the hosts one by one for the name of their replica set; "" when it is in none. False: none of them answers. */
bool uri_find_set(const mongoc_uri_t *uri, char name[SET_NAME_MAX]);

#endif
