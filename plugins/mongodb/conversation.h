/* Conversations while a request works on them, and as users see them. */
#ifndef MONGODB_CONVERSATION_H
#define MONGODB_CONVERSATION_H

#include "query.h"

#include <uthash.h>

/*
 * What is known of one in this transaction or snapshot. Its numbers are written back once, at the end of the batch or
 * before somebody reads them; every transaction that gives a pos writes here, which makes two of them conflict.
 */
struct conversation {
    UT_hash_handle hh;
    bool exists, dirty;
    int64_t last_pos, first_pos, member_count;
    int64_t message_count; /* messages ever: the ordinal of the newest */
    int64_t last_message;  /* pos of the newest one that is not deleted, or 0 */
    int64_t activity;      /* a number that grows with every append; orders the list of conversations */
    struct news {
        bool any;     /* positions were given that the conversation's document does not tell yet */
        int64_t from; /* the first change that concerns others than subscribers; 0: none */
        enum carillon_event_type type;
    } news;
    enum carillon_visibility visibility;
    struct carillon_str app, name;
    char key[]; /* "app\0name\0" */
};

/* The one that the request names; NULL: there is none (or thread->failure). Lives until conversation_forget_all. */
struct conversation *conversation_find(struct carillon_storage_thread *thread,
                                       const struct carillon_storage_request *request);
/* Looks up those of all requests with one query an app. */
void conversation_find_all(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                           size_t n);
/* Makes the request's one, which there is none of, without a change and without members. NULL: thread->failure. */
struct conversation *conversation_create(struct carillon_storage_thread *thread,
                                         const struct carillon_storage_request *request);
void conversation_rename(struct carillon_storage_thread *thread, struct conversation *conversation,
                         struct carillon_str title, enum carillon_visibility visibility);
/* A number of what is shown of one, kept in `sum`: another one there tells that another program has changed it. */
int64_t conversation_sum(struct carillon_str title, enum carillon_visibility visibility);
enum { CONVERSATION_EPOCH_SIZE = 17 };
/* False: there is no chance to be had. */
bool conversation_new_epoch(char epoch[CONVERSATION_EPOCH_SIZE]);
void conversation_forget_all(struct carillon_storage_thread *thread);
/* Puts it first in the list of conversations. */
void conversation_bump(struct carillon_storage_thread *thread, struct conversation *conversation);
/* Writes the numbers of all that are dirty. */
void conversation_flush(struct carillon_storage_thread *thread);
/* Sets out.conversation to the request's one as in.user sees it; flushes first. */
void conversation_answer(struct carillon_storage_thread *thread, bool with_last_message);
/*
 * Reads those that fit (at most max), newest activity first, as in.user sees them; *list is NULL when there are none.
 * last_activity: of the last one; may be NULL.
 */
size_t conversation_load(struct carillon_storage_thread *thread, bson_t *filter, size_t max,
                         struct carillon_conversation **list, int64_t *last_activity);

/* { name: { $in: those that in.user is a member of } } */
void conversation_append_memberships(struct carillon_storage_thread *thread, bson_t *filter);

#endif
