/*
 * The lists that a storage answers with: how each is read, written into another storage, and compared. Those of the app,
 * and those of a conversation.
 */
#ifndef CARILLON_STORAGE_COPY_LISTS_H
#define CARILLON_STORAGE_COPY_LISTS_H

#include "storage/copy/side.h"
#include "storage/copy/tally.h"

/* Which list of a kind: of a conversation its name, and where its changes begin. */
struct place {
    struct carillon_str conversation;
    uint64_t first_pos;
};

/* The write that repeats an item; NULL: there is nothing to be written. Its strings are the page's. */
typedef struct carillon_storage_request *again_fn(struct copy *copy, struct place place,
                                                  const struct carillon_storage_output *page, size_t i);
/* Puts into the item what has to be equal on both sides; false: it may be forgotten by either, and does not count. */
typedef bool item_fn(const struct copy *copy, struct tally_item *item, const struct carillon_storage_output *page,
                     size_t i);

struct list {
    const char *name; /* for people */
    enum carillon_storage_op op;
    bool ordered;      /* both sides must list in the same order */
    bool newest_first; /* so that it is repeated from its end */
    again_fn *again;   /* NULL: what is in it comes by other ways */
    item_fn *item;
};

/* X(NAME): in the order in which they are copied. A conversation's are CHANGES to INVITATIONS. */
#define COPY_LISTS(X)                                                                                                  \
    X(USERS)                                                                                                           \
    X(CONVERSATIONS)                                                                                                   \
    X(CHANGES)                                                                                                         \
    X(MESSAGES)                                                                                                        \
    X(MEMBERS)                                                                                                         \
    X(READ_MARKS)                                                                                                      \
    X(INVITATIONS)                                                                                                     \
    X(CLIENT_IDS)                                                                                                      \
    X(HELD)                                                                                                            \
    X(REVOCATIONS)                                                                                                     \
    X(MUTES)                                                                                                           \
    X(ERASURES)

enum copy_list {
#define X(name) COPY_##name,
    COPY_LISTS(X)
#undef X
        COPY_LIST_COUNT
};

static inline bool copy_list_is_of_conversation(enum copy_list list)
{
    return list >= COPY_CHANGES && list <= COPY_INVITATIONS;
}

extern const struct list copy_lists[COPY_LIST_COUNT];

typedef enum carillon_result page_fn(struct copy *copy, const struct list *list,
                                     const struct carillon_storage_output *page, void *arg);

/* Every page of it, until fn fails; backwards: the last page first. */
enum carillon_result list_walk(struct copy *copy, struct side *side, const struct list *list, struct place place,
                               bool backwards, page_fn *fn, void *arg);
/* Writes all of it into copy->to. */
enum carillon_result list_copy(struct copy *copy, const struct list *list, struct place place);
/* CONFLICT, which is said: the two sides do not have the same. */
enum carillon_result list_compare(struct copy *copy, const struct list *list, struct place place);

#endif
