#include "storage/copy/copy.h"

#include "base/log.h"
#include "storage/copy/conversation.h"
#include "storage/copy/lists.h"

#include <string.h>

/* Of the time for which client ids are remembered: who is forgotten within it is not compared. */
enum { FORGOTTEN_PART = 8 };

static const struct place everywhere;

static enum carillon_result copy_conversations(struct copy *copy, const struct list *list,
                                               const struct carillon_storage_output *page, void *arg)
{
    enum carillon_result result = CARILLON_OK;
    (void)list;
    (void)arg;
    for (size_t i = page->count; result == CARILLON_OK && i-- > 0;)
        result = conversation_copy(copy, page->conversations[i].name);
    return result;
}

/* The conversations' order is that of the last activity, so the oldest come first. */
static enum carillon_result copy_list(struct copy *copy, enum copy_list which)
{
    const struct list *list = &copy_lists[which];
    if (which == COPY_CONVERSATIONS)
        return list_walk(copy, &copy->from, list, everywhere, true, copy_conversations, NULL);
    return list_copy(copy, list, everywhere);
}

/* Client ids that one side is about to forget are not compared: each has a time of its own for them. */
static enum carillon_result find_since(struct copy *copy, struct side *side)
{
    struct carillon_storage_request *page = copy_ask(CARILLON_STORAGE_CLIENT_ID_LIST, copy, everywhere.conversation);
    int64_t now = page->in.now_ms;
    page->in.limit = 1;
    enum carillon_result result = copy_read(side, page);
    int64_t since = page->out.since_ms + (now - page->out.since_ms) / FORGOTTEN_PART;
    copy->since_ms = since > copy->since_ms ? since : copy->since_ms;
    copy_drop(page);
    return result;
}

static enum carillon_result compare_app(struct copy *copy)
{
    enum carillon_result result = find_since(copy, &copy->from);
    if (result == CARILLON_OK)
        result = find_since(copy, &copy->to);
    for (int i = 0; i < COPY_LIST_COUNT && result == CARILLON_OK; i++)
        if (!copy_list_is_of_conversation((enum copy_list)i))
            result = list_compare(copy, &copy_lists[i], everywhere);
    return result;
}

static enum carillon_result copy_app(struct copy *copy)
{
    enum carillon_result result = CARILLON_OK;
    copy->since_ms = 0;
    for (int i = 0; i < COPY_LIST_COUNT && result == CARILLON_OK; i++)
        if (!copy_list_is_of_conversation((enum copy_list)i))
            result = copy_list(copy, (enum copy_list)i);
    return result == CARILLON_OK ? compare_app(copy) : result;
}

enum carillon_result storage_copy(const char *from, const char *to)
{
    struct copy copy = { 0 };
    enum carillon_result result = strcmp(from, to) ? side_open(&copy.from, from) : CARILLON_INVALID;
    if (result == CARILLON_OK)
        result = side_open(&copy.to, to);
    for (size_t i = 0; result == CARILLON_OK && i < apps_count(); i++) {
        copy.app = app_at(i);
        result = copy_app(&copy);
    }
    side_close(&copy.to);
    side_close(&copy.from);
    if (result == CARILLON_OK)
        log_notice("copy", "%s has all of %s: %llu conversations; %llu changes, %llu of them messages, came now", to,
                   from, (unsigned long long)copy.conversations, (unsigned long long)copy.changes,
                   (unsigned long long)copy.messages);
    else
        log_error("copy", "the copy is not complete; it goes on where it was when it is run again");
    return result;
}
