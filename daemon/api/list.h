/*
 * The common form of lists: {"items":[...],"cursor":"..."?}.
 */
#ifndef CARILLON_API_LIST_H
#define CARILLON_API_LIST_H

#include "api/call.h"

enum { CURSOR_MAX = 1024 };

/* A request for one page, as `limit` and `cursor` of the query say. NULL when the call has failed. */
struct carillon_storage_request *list_request(struct call *call, enum carillon_storage_op op);
void list_begin(struct call *call);
/* Ends the list and answers. */
void list_reply(struct call *call, const struct carillon_storage_request *request);

#endif
