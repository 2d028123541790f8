/*
 * One of the two storages of a copy, and requests to it without the executor: on the thread that copies.
 *
 * A request is its caller's until copy_drop; what it answered lives as long.
 */
#ifndef CARILLON_STORAGE_COPY_SIDE_H
#define CARILLON_STORAGE_COPY_SIDE_H

#include "session/app.h"
#include <carillon/storage.h>

enum { COPY_PAGE = 200 }; /* items in a list, and writes at once */

struct side {
    const struct carillon_storage_ops *ops;
    struct carillon_storage *store;
    struct carillon_storage_thread *writer, *reader;
};

struct copy {
    struct side from, to;
    const struct app *app;
    uint64_t conversations, changes, messages; /* that came now */
    int64_t told_ms;
    /* Of client ids those from since_ms on are compared, of what ends those that end after until_ms: all others may be
       forgotten by either side meanwhile. */
    int64_t since_ms, until_ms;
};

/* What went wrong is said. */
enum carillon_result side_open(struct side *side, const char *name);
void side_close(struct side *side);

struct carillon_storage_request *copy_ask(enum carillon_storage_op op, const struct copy *copy,
                                          struct carillon_str conversation);
/* NULL is fine. */
void copy_drop(struct carillon_storage_request *request);

/* The request's result; a failure other than NOT_FOUND is said. */
enum carillon_result copy_read(struct side *side, struct carillon_storage_request *request);
/* In one transaction, and drops them. EXISTS counts as done; any other failure is the result, and is said. */
enum carillon_result copy_write_all(struct side *side, struct carillon_storage_request **requests, size_t n);
enum carillon_result copy_write(struct side *side, struct carillon_storage_request *request);
/* NULL: there is none. */
struct carillon_conversation *copy_look(struct side *side, const struct copy *copy, struct carillon_str name,
                                        struct carillon_storage_request **request);

#endif
