/*
 * Many counts of messages with one command: each is a branch of one aggregation and uses its own index.
 */
#ifndef MONGODB_COUNTS_H
#define MONGODB_COUNTS_H

#include "query.h"

struct counts;

struct counts *counts_new(void);
/* Counts the documents that fit into *out, which must live until counts_run; destroys the filter. */
void counts_add(struct counts *counts, bson_t *filter, int64_t *out);
/* Gives *out the field of the first document that fits, by pos. */
void counts_add_first(struct counts *counts, bson_t *filter, const char *field, int64_t *out);
/* Runs and frees it. */
void counts_run(struct carillon_storage_thread *thread, struct counts *counts);

#endif
