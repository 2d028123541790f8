/*
 * A storage that is SQLite's plugin but for what the text of a message says:
 *
 *   !late MS    it is stored, and the answer to its batch comes so much later
 *   !lost MS    nothing is heard of its batch for so long, then that it was not stored
 *
 * Once for each client id: a retry is stored like any message. And for the name of who is erased:
 *
 *   Slow ...    each step takes 300 ms
 *   Broken ...  the first end is told as unavailable
 *
 * The one writing thread sleeps meanwhile, as behind a disk
 * that hangs; readers go on.
 */
#include "innerstore.h"

#include <stdlib.h>

enum { SEEN_MAX = 64, ID_SIZE = 80 };

static enum carillon_result (*inner_write)(struct carillon_storage_thread *thread,
                                           struct carillon_storage_request **requests, size_t n);
static char seen[SEEN_MAX][ID_SIZE]; /* the writing thread's */
static size_t seen_count;

static bool is_first(struct carillon_str client_id)
{
    for (size_t i = 0; i < seen_count; i++)
        if (strcmp(seen[i], client_id.ptr) == 0)
            return false;
    if (seen_count < SEEN_MAX)
        snprintf(seen[seen_count++], ID_SIZE, "%s", client_id.ptr);
    return true;
}

/* How long its text says; 0: it is another, or comes again. */
static long delay_of(const struct carillon_storage_request *request, const char *command)
{
    const struct carillon_storage_input *in = &request->in;
    size_t len = strlen(command);
    if (request->op != CARILLON_STORAGE_APPEND || !in->text.ptr || !in->client_id.ptr ||
        strncmp(in->text.ptr, command, len) != 0)
        return 0;
    return is_first(in->client_id) ? strtol(in->text.ptr + len, NULL, 10) : 0;
}

static bool has_name(const struct carillon_storage_request *request, const char *begin)
{
    return request->in.user.name.ptr && strncmp(request->in.user.name.ptr, begin, strlen(begin)) == 0;
}

static enum carillon_result write_slowly(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request **requests, size_t n)
{
    struct carillon_storage_request *kept[BATCH_MAX];
    size_t count = 0;
    long late = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        long ms = delay_of(requests[i], "!lost ");
        if (requests[i]->op == CARILLON_STORAGE_USER_ERASE && has_name(requests[i], "Slow "))
            late = 300;
        if (requests[i]->op == CARILLON_STORAGE_USER_FORGET && has_name(requests[i], "Broken ") &&
            is_first(requests[i]->in.user.id))
            ms = 1;
        lost = ms > lost ? ms : lost;
        requests[i]->result = CARILLON_UNAVAILABLE;
        if (!ms)
            kept[count++] = requests[i];
        ms = delay_of(requests[i], "!late ");
        late = ms > late ? ms : late;
    }
    enum carillon_result result = count ? inner_write(thread, kept, count) : CARILLON_OK;
    sleep_ms(late > lost ? late : lost);
    return result;
}

static const char store_name[] = "faultstore";

static void store_wrap(struct carillon_storage_ops *operations)
{
    inner_write = operations->write;
    operations->write = write_slowly;
}

CARILLON_PLUGIN("faultstore", "1", .options = store_options,
                .option_count = sizeof store_options / sizeof *store_options, .init = store_init);
